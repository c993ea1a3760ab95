// SPDX-License-Identifier: EUPL-1.2
//! Credentials: they are read from the settings and sent, never printed.

use std::fmt;

use serde::Deserialize;

/// A password or token. It has no `Display`, no `Serialize`, and its `Debug` shows nothing of it.
///
/// ```
/// use mepa_gateway::platforms::secret::Secret;
/// assert_eq!(format!("{:?}", Secret::new("s3greto")), "Secret(***)");
/// ```
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the request that needs it.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// Whether there is anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text with every occurrence of the secret blotted out: a platform may quote our request back at us.
    pub(super) fn blot(&self, text: &str) -> String {
        if self.0.is_empty() { text.to_owned() } else { text.replace(&self.0, "***") }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}
