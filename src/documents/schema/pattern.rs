// SPDX-License-Identifier: EUPL-1.2
//! Forms of codes: runs of characters, one after the other.

use crate::domain::text::Text;

/// The form of a code.
#[derive(Debug)]
pub(crate) struct Pattern {
    /// How it is shown to people.
    pub(crate) shown: Text,
    /// The code is made of one of these.
    pub(crate) any_of: &'static [&'static [Run]],
}

/// A run of characters.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Run {
    /// These.
    Just(&'static str),
    /// At least and at most so many of a kind. As many as there are belong to it: the next run begins with another kind, or all
    /// lengths are fixed.
    Of(fn(u8) -> bool, usize, usize),
}

impl Pattern {
    /// Whether the text has the form.
    pub(super) fn holds(&self, text: &str) -> bool {
        self.any_of.iter().any(|runs| {
            let rest = runs.iter().try_fold(text.as_bytes(), |rest, run| run.behind(rest));
            rest.is_some_and(<[u8]>::is_empty)
        })
    }
}

impl Run {
    /// What follows the run at the beginning of the bytes.
    fn behind(self, bytes: &[u8]) -> Option<&[u8]> {
        match self {
            Self::Just(text) => bytes.strip_prefix(text.as_bytes()),
            Self::Of(is_of_kind, least, most) => {
                let count = bytes.iter().take(most).take_while(|byte| is_of_kind(**byte)).count();
                bytes.get(count..).filter(|_| count >= least)
            }
        }
    }
}

/// `0` to `9`.
pub(crate) const fn digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

/// `A` to `Z`.
pub(crate) const fn capital(byte: u8) -> bool {
    byte.is_ascii_uppercase()
}

/// `A` to `Z`, `a` to `z`, `0` to `9`.
pub(crate) const fn alphanumeric(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

/// `0` to `9`, `A` to `F`.
pub(crate) const fn hexadecimal(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'F')
}

#[cfg(test)]
mod tests {
    use super::*;

    static CODE: Pattern = Pattern {
        shown: Text::new("A-12", "A-12"),
        any_of: &[
            &[Run::Just("A-"), Run::Of(digit, 2, 3)],
            &[Run::Of(capital, 1, 1), Run::Of(hexadecimal, 4, 4)],
        ],
    };

    #[test]
    fn a_code_is_made_of_its_runs_and_nothing_else() {
        for right in ["A-12", "A-123", "B00FF", "FFFFF"] {
            assert!(CODE.holds(right), "{right}");
        }
        for wrong in ["", "A-", "A-1", "A-1234", "a-12", "B00FG", "B00FF0", "B00F", " A-12", "A-1à", "É0000"]
        {
            assert!(!CODE.holds(wrong), "{wrong}");
        }
        assert!(alphanumeric(b'z') && !alphanumeric(b'-'));
    }
}
