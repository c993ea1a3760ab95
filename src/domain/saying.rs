// SPDX-License-Identifier: EUPL-1.2
//! What a person may say of two documents.

/// What a person may say of two documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saying {
    /// They belong together.
    Link,
    /// They do not.
    Unlink,
    /// What was said before is taken back.
    Undecided,
}

impl Saying {
    /// The name stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Unlink => "unlink",
            Self::Undecided => "undecided",
        }
    }

    /// The saying of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Link, Self::Unlink, Self::Undecided].into_iter().find(|saying| saying.as_str() == name)
    }
}
