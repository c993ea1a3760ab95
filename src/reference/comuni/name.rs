// SPDX-License-Identifier: EUPL-1.2
//! Names of Comuni as they are compared: without case, accents, apostrophes and "Comune di".

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The form in which two spellings of a name are equal: lower case, without accents (a final apostrophe stands for one),
/// every other sign a blank, blanks single, without a leading `Comune di`. Doing it twice changes nothing.
///
/// ```
/// use mepa_gateway::reference::normalise_name;
/// assert_eq!(normalise_name("COMUNE DI  AGLIE'"), normalise_name("Agliè"));
/// assert_eq!(normalise_name("Sant’Angelo Lodigiano"), "sant angelo lodigiano");
/// ```
#[must_use]
pub fn normalise_name(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    if name.is_ascii() {
        name.chars().for_each(|c| push_folded(c, &mut plain));
    } else {
        name.nfd().filter(|c| !is_combining_mark(*c)).for_each(|c| push_folded(c, &mut plain));
    }
    plain.truncate(plain.trim_end().len());
    while let Some(rest) = plain.strip_prefix("comune di ") {
        plain = rest.to_owned();
    }
    plain
}

/// Appends a letter or digit in lower case, or one blank for any run of other signs.
fn push_folded(c: char, plain: &mut String) {
    match c {
        'ß' | 'ẞ' => plain.push_str("ss"),
        c if c.is_alphanumeric() => plain.extend(c.to_lowercase()),
        _ if plain.is_empty() || plain.ends_with(' ') => {}
        _ => plain.push(' '),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_name_are_equal() {
        for (one, other) in [
            ("Cantù", "CANTU'"),
            ("Cantù", "Cantu\u{300}"),
            ("Reggio nell'Emilia", "REGGIO NELL’EMILIA"),
            ("San Dorligo della Valle-Dolina", "san dorligo della valle - dolina"),
            ("Comune di Almese", " almese "),
            ("Völs am Schlern", "vols am schlern"),
            ("Pederobba", "PEDEROBBA."),
        ] {
            assert_eq!(normalise_name(one), normalise_name(other), "{one} / {other}");
        }
    }

    #[test]
    fn different_names_stay_different() {
        assert_ne!(normalise_name("Castro"), normalise_name("Castro dei Volsci"));
        assert_ne!(normalise_name("Calliano"), normalise_name("Caliano"));
        assert_eq!(normalise_name("Comunanza"), "comunanza");
    }

    proptest! {
        #[test]
        fn doing_it_twice_changes_nothing(name in "\\PC{0,40}") {
            let once = normalise_name(&name);
            prop_assert_eq!(normalise_name(&once), once);
        }
    }
}
