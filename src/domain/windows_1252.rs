// SPDX-License-Identifier: EUPL-1.2
//! The character set of documents and sheets that are not Unicode: windows-1252, which holds all of ISO-8859-1 that is
//! printed.

/// What stands at 0x80 to 0x9F; NUL where nothing does. Everywhere else it is ISO-8859-1.
const HIGH: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘', '’', '“',
    '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

/// The character of a byte; `None` for the five bytes that have none.
pub(crate) fn character(byte: u8) -> Option<char> {
    let high = byte.checked_sub(0x80).and_then(|above| HIGH.get(usize::from(above)));
    match high {
        Some('\0') => None,
        Some(high) => Some(*high),
        None => Some(char::from(byte)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edges_of_the_table_and_its_five_holes() {
        for (byte, expected) in
            [(0x7F, '\u{7F}'), (0x80, '€'), (0x99, '™'), (0x9F, 'Ÿ'), (0xA0, '\u{A0}'), (0xE0, 'à')]
        {
            assert_eq!(character(byte), Some(expected), "{byte:#x}");
        }
        let holes: Vec<u8> = (0..=u8::MAX).filter(|byte| character(*byte).is_none()).collect();
        assert_eq!(holes, [0x81, 0x8D, 0x8F, 0x90, 0x9D]);
    }
}
