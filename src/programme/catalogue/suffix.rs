// SPDX-License-Identifier: EUPL-1.2
//! The suffix that marks the catalogue lines of a programme. Its punctuation is not published, so any dash, bracket or
//! blank may part it from the name, and a bracket may close it.

/// What stands before the suffix, without the dash or bracket; `None` when the name does not end with it.
pub(super) fn stem<'n>(name: &'n str, suffix: &str) -> Option<&'n str> {
    let mut rest = name.trim_end();
    rest = rest.strip_suffix([')', ']', '}']).unwrap_or(rest).trim_end();
    let mut words = suffix.split_whitespace().rev().peekable();
    while let Some(word) = words.next() {
        let before = without_last_word(rest, word)?;
        rest = before.trim_end();
        if words.peek().is_some() && rest.len() == before.len() {
            return None;
        }
        if words.peek().is_none() && before.ends_with(char::is_alphanumeric) {
            return None;
        }
    }
    Some(rest.trim_end_matches(|c| is_dash(c) || matches!(c, '(' | '[' | '{') || c.is_whitespace()))
}

/// `text` without `word` at its end, case apart.
fn without_last_word<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    // Nearly every name is plain ASCII at its end, and then no letter changes its length with its case.
    if let Some((before, last)) = text.len().checked_sub(word.len()).and_then(|n| text.split_at_checked(n))
        && word.is_ascii()
        && last.is_ascii()
    {
        return last.eq_ignore_ascii_case(word).then_some(before);
    }
    let mut rest = text;
    for wanted in word.chars().rev() {
        let found = rest.chars().next_back()?;
        if !found.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
        rest = rest.strip_suffix(found)?;
    }
    Some(rest)
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}')
}

/// Hands the letters of a name as they are compared to `each`: those of [`folded`], quicker where the name is ASCII.
pub(super) fn each_folded(name: &str, mut each: impl FnMut(char)) {
    if !name.is_ascii() {
        return folded(name).for_each(each);
    }
    let mut parted = false;
    for byte in name.trim().bytes() {
        let is_blank = char::from(byte).is_whitespace();
        if !is_blank {
            if parted {
                each(' ');
            }
            each(char::from(byte.to_ascii_lowercase()));
        }
        parted = is_blank;
    }
}

/// The letters of a name as they are compared: lower case, runs of blanks as one, none at the ends.
pub(super) fn folded(name: &str) -> impl Iterator<Item = char> {
    name.split_whitespace().enumerate().flat_map(|(position, word)| {
        let blank = (position > 0).then_some(' ');
        blank.into_iter().chain(word.chars().flat_map(char::to_lowercase))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUFFIX: &str = "Risorse in Comune";

    #[test]
    fn every_way_to_part_the_suffix_is_taken() {
        for name in [
            "Sedute - Risorse in Comune",
            "Sedute – Risorse in Comune",
            "Sedute — RISORSE IN COMUNE  ",
            "Sedute -Risorse in Comune",
            "Sedute-Risorse in Comune",
            "Sedute (Risorse in Comune)",
            "Sedute [risorse  in comune ]",
            "Sedute - (Risorse\u{a0}in Comune)",
            "Sedute Risorse in Comune",
            "Sedute \u{2212} risorse in comune",
        ] {
            assert_eq!(stem(name, SUFFIX), Some("Sedute"), "{name}");
        }
        assert_eq!(stem("Risorse in Comune", SUFFIX), Some(""));
    }

    #[test]
    fn a_suffix_elsewhere_or_cut_is_none() {
        for name in [
            "Sedute",
            "",
            "Sedute - Risorse in Comun",
            "Sedute - Risorsein Comune",
            "SeduteRisorse in Comune",
            "Risorse in Comune - Sedute",
            "Sedute - Risorse in Comune 2",
            "Sedute - Risorse in Comune.",
            "in Comune",
        ] {
            assert_eq!(stem(name, SUFFIX), None, "{name}");
        }
    }

    #[test]
    fn names_are_compared_without_case_and_blanks() {
        assert!(folded("  Gruppi  di\tContinuità ").eq("gruppi di continuità".chars()));
        assert_eq!(folded("  ").count(), 0);
        for name in
            ["  Gruppi \t\u{b}\u{c} di  CONTINUITA' ", "", " ", "A", "Città  alta", "\u{b}a\u{b}b\u{b}"]
        {
            let mut each = String::new();
            each_folded(name, |c| each.push(c));
            assert_eq!(each, folded(name).collect::<String>(), "{name:?}");
        }
    }
}
