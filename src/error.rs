// SPDX-License-Identifier: EUPL-1.2
//! The one error that flows return. What it means over HTTP is decided in `http::problem` and nowhere else.

use crate::documents::ReadError;
use crate::domain::text::Text;
use crate::store::StoreError;

/// A code in a readable document that is not well formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenCode {
    /// JSON pointer or XPath.
    pub pointer: String,
    /// The text as written.
    pub value: String,
    /// What is wrong with it.
    pub reason: Text,
}

/// Why a flow did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No token, or none that is known.
    #[error("no valid token")]
    Unauthenticated,
    /// The role may not do that.
    #[error("the role may not do that")]
    Forbidden,
    /// There is nothing of that name within the caller's reach.
    #[error("not found")]
    NotFound,
    /// A query, header or small JSON body is not as it must be.
    #[error("invalid request: {}", .reason.en)]
    Invalid {
        /// Where: header name, query parameter or JSON pointer.
        pointer: String,
        /// Why.
        reason: Text,
    },
    /// The document cannot be read.
    #[error("the document cannot be read")]
    Unreadable(#[from] ReadError),
    /// The document can be read but carries codes that are none.
    #[error("the document carries broken codes")]
    BrokenCodes(Vec<BrokenCode>),
    /// The media type is none that is taken here.
    #[error("media type not taken")]
    MediaType,
    /// The body is larger than allowed.
    #[error("the body is too large")]
    TooLarge,
    /// The body ceased to arrive.
    #[error("the body ceased to arrive")]
    BodyStalled,
    /// The idempotency key was used for another request.
    #[error("the idempotency key belongs to another request")]
    KeyReused,
    /// What was asked does not fit the state things are in.
    #[error("not in this state: {}", .0.en)]
    Conflict(Text),
    /// The outcome of an earlier step is still open: come back.
    #[error("not yet: {}", .0.en)]
    NotYet(Text),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}
