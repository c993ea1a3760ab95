// SPDX-License-Identifier: EUPL-1.2
//! Signed tokens of a client: ES256 and nothing else, times within the skew, each `jti` once.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::Value;

use crate::schema::Schema;

/// How far the clock of a client may be off, in seconds.
const SKEW: i64 = 60;
const MAX_LENGTH: usize = 16 * 1024;
/// Two numbers of 32 bytes.
const SIGNATURE_LENGTH: usize = 64;

/// Opens tokens of one client; `public_key` is a point of P-256, `None` takes any signature.
pub(super) struct Opener {
    pub(super) public_key: Option<Vec<u8>>,
}

impl Opener {
    /// The payload of a token that is well made and well signed and keeps its schema; or what is wrong with it.
    pub(super) fn open(&self, token: &str, schema: Schema) -> Result<Value, String> {
        if token.len() > MAX_LENGTH {
            return Err("token troppo lungo".to_owned());
        }
        let (signed, signature) = token.rsplit_once('.').ok_or("il token non ha tre parti")?;
        let (header, payload) = signed.split_once('.').ok_or("il token non ha tre parti")?;
        check_header(&decoded("header", header)?)?;
        let signature = decoded("firma", signature)?;
        if signature.len() != SIGNATURE_LENGTH {
            return Err("la firma non ha 64 byte".to_owned());
        }
        if let Some(key) = &self.public_key {
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key)
                .verify(signed.as_bytes(), &signature)
                .map_err(|_| "la firma non è della chiave registrata")?;
        }
        let payload = decoded("payload", payload)?;
        let payload = std::str::from_utf8(&payload).map_err(|_| "il payload non è UTF-8")?;
        if let Some(breach) = schema.breaches(payload).into_iter().next() {
            return Err(format!("payload {}: {}", breach.at, breach.why));
        }
        serde_json::from_str(payload).map_err(|e| format!("payload: {e}"))
    }
}

fn decoded(part: &str, text: &str) -> Result<Vec<u8>, String> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| format!("{part} non è base64url senza riempimento"))
}

fn check_header(header: &[u8]) -> Result<(), String> {
    let header: Value = serde_json::from_slice(header).map_err(|_| "header non è JSON")?;
    let text = |name: &str| header.get(name).and_then(Value::as_str).unwrap_or_default();
    if text("alg") != "ES256" {
        return Err("alg deve essere ES256".to_owned());
    }
    if text("typ") != "JWT" {
        return Err("typ deve essere JWT".to_owned());
    }
    if text("kid").is_empty() {
        return Err("kid assente".to_owned());
    }
    // An extension we do not know must be refused (RFC 7515, 4.1.11).
    if header.get("crit").is_some() { Err("crit non ammesso".to_owned()) } else { Ok(()) }
}

/// A text member of a payload; the schema has seen to it that it is there.
pub(super) fn text<'p>(payload: &'p Value, name: &str) -> &'p str {
    payload.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Judges `iat`, `nbf` and `exp` by `now`; `longest` is the longest time between the first and the last.
pub(super) fn check_times(payload: &Value, now: i64, longest: Option<i64>) -> Result<(), String> {
    let second = |name: &str| payload.get(name).and_then(Value::as_i64);
    let iat = second("iat").ok_or("iat non è un numero di secondi")?;
    let exp = second("exp").ok_or("exp non è un numero di secondi")?;
    let nbf = second("nbf").unwrap_or(iat);
    let wrong = if iat > now.saturating_add(SKEW) {
        "iat è nel futuro"
    } else if nbf > now.saturating_add(SKEW) {
        "nbf è nel futuro"
    } else if exp < now.saturating_sub(SKEW) {
        "exp è passato"
    } else if exp <= iat || exp < nbf {
        "exp viene prima di iat o di nbf"
    } else if longest.is_some_and(|longest| exp.saturating_sub(iat) > longest) {
        "exp è troppo lontano da iat"
    } else {
        return Ok(());
    };
    Err(wrong.to_owned())
}

/// The `jti` already taken; never forgotten, as the clock can be set back.
#[derive(Default)]
pub(super) struct Seen(HashSet<String>);

impl Seen {
    /// Takes a `jti`, once.
    pub(super) fn take(&mut self, payload: &Value) -> Result<(), String> {
        let fresh = self.0.insert(text(payload, "jti").to_lowercase());
        if fresh { Ok(()) } else { Err("jti già usato".to_owned()) }
    }
}
