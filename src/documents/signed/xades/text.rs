// SPDX-License-Identifier: EUPL-1.2
//! Characters as XML reads them and as canonical XML writes them. Only the five predefined entities exist,
//! since documents with a DOCTYPE are never followed.

use std::borrow::Cow;

use super::super::trouble::Obstacle;

/// The character a reference stands for.
pub(super) fn referred(name: &str) -> Result<char, Obstacle> {
    let number = match name {
        "amp" => return Ok('&'),
        "lt" => return Ok('<'),
        "gt" => return Ok('>'),
        "quot" => return Ok('"'),
        "apos" => return Ok('\''),
        _ => name.strip_prefix('#').ok_or(Obstacle::Malformed)?,
    };
    let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |digits| (digits, 16));
    let number = u32::from_str_radix(digits, radix).map_err(|_| Obstacle::Malformed)?;
    char::from_u32(number).filter(|character| is_character(*character)).ok_or(Obstacle::Malformed)
}

/// Whether XML 1.0 knows this character.
const fn is_character(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The value of an attribute: blanks become spaces, references become characters.
pub(super) fn attribute_value(raw: &str) -> Result<String, Obstacle> {
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(character) = rest.chars().next() {
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
        match character {
            '\r' => {
                rest = rest.strip_prefix('\n').unwrap_or(rest);
                value.push(' ');
            }
            '\t' | '\n' => value.push(' '),
            '&' => {
                let (name, behind) = rest.split_once(';').ok_or(Obstacle::Malformed)?;
                value.push(referred(name)?);
                rest = behind;
            }
            '<' => return Err(Obstacle::Malformed),
            other if is_character(other) => value.push(other),
            _ => return Err(Obstacle::Malformed),
        }
    }
    Ok(value)
}

/// Text as XML reads it: every line end is one line feed.
pub(super) fn lines(raw: &str) -> Result<Cow<'_, str>, Obstacle> {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    if raw.bytes().all(is_plain) {
        return Ok(Cow::Borrowed(raw));
    }
    if !raw.chars().all(is_character) {
        return Err(Obstacle::Malformed);
    }
    Ok(Cow::Owned(raw.replace("\r\n", "\n").replace('\r', "\n")))
}

/// Writes text between tags.
pub(super) fn write_text(text: &str, out: &mut Vec<u8>) {
    write(text, out, |character| match character {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    });
}

/// Writes the value of an attribute, without the quotes.
pub(super) fn write_value(value: &str, out: &mut Vec<u8>) {
    write(value, out, |character| match character {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'"' => Some("&quot;"),
        b'\t' => Some("&#x9;"),
        b'\n' => Some("&#xA;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    });
}

/// All that is written otherwise is ASCII, so that bytes can be looked at one by one.
fn write(text: &str, out: &mut Vec<u8>, replaced: impl Fn(u8) -> Option<&'static str>) {
    let mut rest = text;
    while let Some((at, replacement)) =
        rest.bytes().enumerate().find_map(|(at, byte)| replaced(byte).map(|text| (at, text)))
    {
        let (before, behind) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.extend_from_slice(before.as_bytes());
        out.extend_from_slice(replacement.as_bytes());
        rest = behind.get(1..).unwrap_or_default();
    }
    out.extend_from_slice(rest.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_normalised_before_references_are_replaced() {
        assert_eq!(attribute_value("a\r\nb\tc&#10;d&#x9;&lt;è").unwrap(), "a b c\nd\t<è");
        for bad in ["&", "&nbsp;", "&#0;", "&#xD800;", "<", "\u{1}", "&#-1;"] {
            assert_eq!(attribute_value(bad), Err(Obstacle::Malformed), "{bad}");
        }
    }

    #[test]
    fn characters_are_written_as_canonical_xml_wants_them() {
        let mut out = Vec::new();
        write_text("<&>\"\r\t", &mut out);
        write_value("<&>\"\r\t\n", &mut out);
        assert_eq!(str::from_utf8(&out).unwrap(), "&lt;&amp;&gt;\"&#xD;\t&lt;&amp;>&quot;&#xD;&#x9;&#xA;");
        assert_eq!(lines("a\r\nb\rc\n").unwrap(), "a\nb\nc\n");
    }
}
