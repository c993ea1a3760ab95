// SPDX-License-Identifier: EUPL-1.2
//! A text for people, in the two languages the gateway speaks.

use std::borrow::Cow;

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
