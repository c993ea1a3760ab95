// SPDX-License-Identifier: EUPL-1.2
//! A text for people, in the two languages the gateway speaks.

use std::borrow::Cow;
use std::fmt::Display;

use serde::{Deserialize, Serialize};

/// The same sentence in Italian and in English.
///
/// ```
/// use mepa_gateway::domain::text::Text;
/// const MISSING: Text = Text::new("manca il CUP", "the CUP is missing");
/// assert_eq!(MISSING.it, "manca il CUP");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Italian: what the users read.
    pub it: Cow<'static, str>,
    /// English.
    pub en: Cow<'static, str>,
}

impl Text {
    /// A fixed text.
    #[must_use]
    pub const fn new(it: &'static str, en: &'static str) -> Self {
        Self { it: Cow::Borrowed(it), en: Cow::Borrowed(en) }
    }
}

/// An error that users read. Its `Display` is the English; the Italian is written beside it, so that neither is a
/// translation made somewhere else.
///
/// ```
/// use mepa_gateway::domain::cup::Cup;
/// use mepa_gateway::domain::text::Bilingual;
/// let reason = "F81C2300078000".parse::<Cup>().unwrap_err().text();
/// assert_eq!(reason.it, "non è un CUP: attesi 15 caratteri, trovati 14");
/// assert_eq!(reason.en, "not a CUP: 15 characters expected, 14 found");
/// ```
pub trait Bilingual: Display {
    /// What `Display` says, in Italian.
    fn italian(&self) -> String;

    /// Both languages.
    fn text(&self) -> Text {
        Text { it: Cow::Owned(self.italian()), en: Cow::Owned(self.to_string()) }
    }
}
