// SPDX-License-Identifier: EUPL-1.2
//! Credentials: they are read from the settings and sent, never printed.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, Visitor};
use subtle::ConstantTimeEq;

use crate::domain::sha256::sha256;

/// A password or token. It has no `Display`, no `Serialize`, and its `Debug` shows nothing of it.
///
/// ```
/// use mepa_gateway::platforms::secret::Secret;
/// assert_eq!(format!("{:?}", Secret::new("s3greto")), "Secret(***)");
/// ```
#[derive(Clone, Default)]
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

    /// Whether a text is the secret; how long it takes to tell says nothing of where they differ.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        bool::from(sha256(self.0.as_bytes()).as_bytes().ct_eq(sha256(text.as_bytes()).as_bytes()))
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

/// What serde says of a value of another kind would quote it; a secret that forgot its quotes is a secret too.
impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecretText)
    }
}

struct SecretText;

const NO_TEXT: &str = "a text in quotes is expected (its value is secret and not shown)";

impl Visitor<'_> for SecretText {
    type Value = Secret;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text in quotes")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Secret, E> {
        Ok(Secret::new(text))
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Secret, E> {
        Err(E::custom(NO_TEXT))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Secret, E> {
        Err(E::custom(NO_TEXT))
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Secret, E> {
        Err(E::custom(NO_TEXT))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Secret, E> {
        Err(E::custom(NO_TEXT))
    }
}
