// SPDX-License-Identifier: EUPL-1.2
//! Who is calling: the bearer token (on the pages, the session) names the client, and the client names role and Comune. Nothing
//! else does.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::domain::sha256::sha256;
use crate::error::Error;
use crate::flows::Principal;
use crate::store::clients::Client;

use super::Shared;
use super::limits::{Allowance, TooMany, Turn};
use super::problem::Problem;

/// Tokens are 32 random bytes in hexadecimal; anything much longer is none.
const TOKEN_MAX: usize = 128;

/// A verified caller with what is left of its allowance.
#[derive(Debug)]
pub struct Caller {
    /// Who it is.
    pub principal: Principal,
    /// What it may still ask for in this minute.
    pub allowance: Allowance,
    /// Counts as one of the client's requests under way until it is dropped.
    _turn: Turn,
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        Ok(Self::admit(shared, authenticate(parts, shared).await?)?)
    }
}

impl Caller {
    /// Lets someone who is known go on, within its allowance.
    pub(super) fn admit(shared: &Shared, principal: Principal) -> Result<Self, TooMany> {
        let allowance = shared.rates.take(&principal.client).map_err(TooMany::InAMinute)?;
        let turn = shared.turns.begin(&principal.client).ok_or(TooMany::AtOnce(allowance))?;
        Ok(Self { principal, allowance, _turn: turn })
    }
}

async fn authenticate(parts: &Parts, shared: &Shared) -> Result<Principal, Error> {
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(bearer).ok_or(Error::Unauthenticated)?;
    let digest = sha256(token.as_bytes());
    if let Some(principal) = shared.callers.get(&digest) {
        return Ok(principal);
    }
    let principal = principal_of(&shared.app, client_of_token(&shared.app, token).await?)?;
    shared.callers.put(digest, principal.clone());
    Ok(principal)
}

/// The client whose token that is.
pub(super) async fn client_of_token(app: &App, token: &str) -> Result<Client, Error> {
    let digest = sha256(token.as_bytes());
    let client = app.store.client_by_token(&digest).await?.ok_or(Error::Unauthenticated)?;
    let same = bool::from(client.token_sha256.as_bytes().ct_eq(digest.as_bytes()));
    if same { Ok(client) } else { Err(Error::Unauthenticated) }
}

/// In what capacity a client acts here; one of another programme does not.
pub(super) fn principal_of(app: &App, client: Client) -> Result<Principal, Error> {
    if client.programme != app.programme.id {
        return Err(Error::Unauthenticated);
    }
    Ok(Principal { client: client.id, role: client.role, comune: client.comune })
}

/// Callers whose token was verified a moment ago, by the token's hash: a busy client is not looked up for every request.
#[derive(Debug, Default)]
pub struct RecentCallers {
    verified: Mutex<HashMap<String, (Instant, Principal)>>,
}

impl RecentCallers {
    /// How long a revoked token may still pass.
    const TRUSTED_FOR: Duration = Duration::from_secs(1);
    /// Callers remembered at most.
    const CALLERS_MAX: usize = 4096;

    fn get(&self, digest: &str) -> Option<Principal> {
        let verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, principal) = verified.get(digest)?;
        (at.elapsed() < Self::TRUSTED_FOR).then(|| principal.clone())
    }

    fn put(&self, digest: String, principal: Principal) {
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if verified.len() >= Self::CALLERS_MAX {
            verified.retain(|_, (at, _)| at.elapsed() < Self::TRUSTED_FOR);
        }
        if verified.len() < Self::CALLERS_MAX {
            verified.insert(digest, (Instant::now(), principal));
        }
    }
}

/// The token of an `Authorization` header.
pub(super) fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.len() <= TOKEN_MAX).then_some(token)
}
