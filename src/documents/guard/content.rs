// SPDX-License-Identifier: EUPL-1.2
//! Raw markup to plain text: references resolved, CDATA unwrapped, comments dropped, line ends made equal.

use std::borrow::Cow;

/// The text of an element's content or of an attribute, blanks at the ends removed. Borrowed unless something had to
/// be resolved. References were checked when the document was tokenised; one that is not known stays as written.
pub(crate) fn plain(raw: &str) -> Cow<'_, str> {
    match whole(raw.trim_ascii()) {
        Cow::Borrowed(text) => Cow::Borrowed(text),
        Cow::Owned(text) => Cow::Owned(text.trim_ascii().to_owned()),
    }
}

/// The text with its blanks, as a schema looks at it.
pub(crate) fn whole(raw: &str) -> Cow<'_, str> {
    // Without an early exit the compiler looks at 16 bytes at a time.
    if raw.bytes().fold(false, |found, byte| found | (byte == b'<') | (byte == b'&') | (byte == b'\r')) {
        Cow::Owned(resolved(raw))
    } else {
        Cow::Borrowed(raw)
    }
}

/// The text without blanks of any kind around it.
#[inline]
pub(crate) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        // Nearly always: no need to look at whole characters.
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

fn resolved(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(special) = rest.find(['<', '&', '\r']) {
        let (before, from) = rest.split_at(special);
        text.push_str(before);
        rest = if let Some(cdata) = from.strip_prefix("<![CDATA[") {
            let (inside, after) = cdata.split_once("]]>").unwrap_or((cdata, ""));
            text.push_str(inside);
            after
        } else if let Some(comment) = from.strip_prefix("<!--") {
            comment.split_once("-->").map_or("", |(_, after)| after)
        } else if from.starts_with('<') {
            from.split_once('>').map_or("", |(_, after)| after)
        } else if let Some(after) = from.strip_prefix('\r') {
            text.push('\n');
            after.strip_prefix('\n').unwrap_or(after)
        } else {
            reference(from, &mut text)
        };
    }
    text.push_str(rest);
    text
}

fn reference<'a>(from: &'a str, text: &mut String) -> &'a str {
    let known = from.strip_prefix('&').and_then(|from| from.split_once(';'));
    match known.and_then(|(name, after)| Some((referred(name)?, after))) {
        Some((character, after)) => {
            text.push(character);
            after
        }
        None => {
            text.push('&');
            from.get(1..).unwrap_or_default()
        }
    }
}

/// The character that a reference stands for: one of the five predefined entities, or a number of a character that
/// XML allows.
pub(crate) fn referred(name: &str) -> Option<char> {
    let code = match name {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        number => number.strip_prefix('#')?,
    };
    let code = match code.strip_prefix('x') {
        Some(hex) if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => u32::from_str_radix(hex, 16).ok()?,
        None if code.bytes().all(|byte| byte.is_ascii_digit()) => code.parse().ok()?,
        Some(_) | None => return None,
    };
    char::from_u32(code).filter(|&character| is_xml_character(character))
}

fn is_xml_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_borrowed_and_trimmed() {
        assert!(matches!(plain(" 12.50 \n"), Cow::Borrowed("12.50")));
    }

    #[test]
    fn markup_is_resolved() {
        assert_eq!(plain("a &amp; b"), "a & b");
        assert_eq!(plain("&#233;&#xE9;"), "éé");
        assert_eq!(plain("<![CDATA[<1 & 2>]]><!-- no --> x<?pi?>"), "<1 & 2> x");
        assert_eq!(plain("a\r\nb\rc"), "a\nb\nc");
        assert_eq!(plain("a & b &x; &#0; &#xD800;"), "a & b &x; &#0; &#xD800;");
    }

    #[test]
    fn unfinished_markup_does_no_harm() {
        for raw in ["<![CDATA[a", "<!--", "<", "&", "&amp", "a\r"] {
            let _ = plain(raw);
        }
    }
}
