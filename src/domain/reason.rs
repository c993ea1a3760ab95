// SPDX-License-Identifier: EUPL-1.2
//! Why a person decided something: one line, kept for the auditor.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Most characters of a reason.
const LENGTH_MAX: usize = 500;

/// One line of 1 to 500 characters.
///
/// ```
/// use mepa_gateway::domain::reason::Reason;
/// assert_eq!(" visto sul portale ".parse::<Reason>()?.as_str(), "visto sul portale");
/// assert!("due\nrighe".parse::<Reason>().is_err());
/// # Ok::<(), mepa_gateway::domain::reason::ReasonError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

/// Why a text is not a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("one line of 1 to {LENGTH_MAX} characters expected")]
pub struct ReasonError;

impl Reason {
    /// The line.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Reason {
    type Err = ReasonError;

    fn from_str(text: &str) -> Result<Self, ReasonError> {
        let line = text.trim();
        let is_unseen = |c: char| {
            c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
        };
        let fits = !line.is_empty() && line.chars().count() <= LENGTH_MAX && !line.contains(is_unseen);
        if fits { Ok(Self(line.to_owned())) } else { Err(ReasonError) }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_of_some_length() {
        assert!("à".repeat(LENGTH_MAX).parse::<Reason>().is_ok());
        for bad in ["", " \t", "a\u{0}b", "a\u{202e}b", "\u{200b}", &"à".repeat(LENGTH_MAX + 1)] {
            assert_eq!(bad.parse::<Reason>(), Err(ReasonError));
        }
    }
}
