// SPDX-License-Identifier: EUPL-1.2
//! What is done right before a message with an effect goes out: whoever owes the call writes down that it is being sent, so
//! that after a crash it is known which calls may have reached the platform and which certainly have not.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use chrono::{DateTime, Utc};

/// A message that is about to go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sending {
    /// Which operation, by our name for it.
    pub operation: &'static str,
    /// SHA-256 of its body, lower-case hex.
    pub sha256: String,
    /// When.
    pub at: DateTime<Utc>,
}

type Told = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// Told of each message before it goes out; when it fails, the message does not go out.
#[derive(Clone)]
pub struct BeforeSending(Arc<dyn Fn(Sending) -> Told + Send + Sync>);

impl BeforeSending {
    /// Tells `told`.
    pub fn new<F>(told: impl Fn(Sending) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self(Arc::new(move |sending| Box::pin(told(sending))))
    }

    /// Tells nobody: for calls that no store owes.
    #[must_use]
    pub fn untold() -> Self {
        Self::new(|_| async { Ok(()) })
    }

    pub(super) async fn tell(&self, sending: Sending) -> Result<(), String> {
        (self.0)(sending).await
    }
}

impl fmt::Debug for BeforeSending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BeforeSending")
    }
}
