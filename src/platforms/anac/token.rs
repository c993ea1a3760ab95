// SPDX-License-Identifier: EUPL-1.2
//! The two tokens of ours (JWS, ES256): the assertion that buys a voucher, and the evidence that goes with each call
//! (ModI, AUDIT_REST_01 with the claims of ANAC).

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::Url;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::Clock;
use crate::platforms::answer::Failure;
use crate::platforms::error::{Kind, Platform};
use crate::platforms::secret::Secret;
use crate::platforms::settings::{AnacSettings, SettingsError};

/// How long an assertion is good, seconds.
const ASSERTION_S: i64 = 60;
/// How long an evidence is good, seconds: the most that ANAC takes.
const EVIDENCE_S: i64 = 10;

/// Signs in our name.
pub(super) struct Signer {
    key: EcdsaKeyPair,
    random: SystemRandom,
    settings: AnacSettings,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("key_id", &self.settings.key_id).finish_non_exhaustive()
    }
}

impl Signer {
    pub(super) fn new(settings: &AnacSettings) -> Result<Self, SettingsError> {
        let random = SystemRandom::new();
        let bad = |why| SettingsError::Credentials { platform: Platform::Anac, why };
        let der = der(&settings.private_key).ok_or(bad("the private key is no PEM or base64"))?;
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &random)
            .map_err(|_| bad("the private key is no PKCS#8 key on the curve P-256"))?;
        Ok(Self { key, random, settings: settings.clone() })
    }

    pub(super) fn client_id(&self) -> &str {
        &self.settings.client_id
    }

    /// The assertion for the authorization server.
    pub(super) fn assertion(&self, clock: &Clock, audience: &Url) -> Result<String, Failure> {
        let now = clock.now().timestamp();
        let id = &self.settings.client_id;
        self.sign(&json!({
            "iss": id, "sub": id, "aud": audience.as_str(), "iat": now, "exp": now + ASSERTION_S,
            "jti": clock.new_id().to_string(), "purposeId": self.settings.purpose_id,
        }))
    }

    /// The evidence for one call of a service, about a procurement.
    pub(super) fn evidence(&self, clock: &Clock, service: &Url, flow: Uuid) -> Result<String, Failure> {
        let (now, settings) = (clock.now().timestamp(), &self.settings);
        self.sign(&json!({
            "iss": settings.client_id, "aud": service.as_str(), "iat": now, "nbf": now, "exp": now + EVIDENCE_S,
            "jti": clock.new_id().to_string(), "dnonce": clock.new_id().as_u128().to_string(),
            "purposeId": settings.purpose_id, "userCodiceFiscale": settings.user_tax_code,
            "userRole": settings.user_role, "userLoa": settings.user_loa, "userIdpType": settings.user_idp_type,
            "SAcodiceAUSA": settings.ausa_code, "regCodicePiattaforma": settings.platform_code,
            "regCodiceComponente": settings.component_code, "businessFlowID": flow.to_string(),
            "traceID": clock.new_id().to_string(), "spanID": clock.new_id().to_string(),
        }))
    }

    fn sign(&self, claims: &Value) -> Result<String, Failure> {
        let header = json!({ "alg": "ES256", "kid": self.settings.key_id, "typ": "JWT" });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let text = format!("{}.{}", part(&header), part(claims));
        let signature = self.key.sign(&self.random, text.as_bytes()).map_err(|_| {
            Failure::last_word(Kind::Unwritable { why: "the token could not be signed".into() })
        })?;
        Ok(format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref())))
    }
}

/// The bytes of a key given as PEM, or as base64 alone.
fn der(key: &Secret) -> Option<Vec<u8>> {
    let lines = key.expose().lines().map(str::trim).filter(|line| !line.starts_with("-----"));
    STANDARD.decode(lines.collect::<String>()).ok().filter(|bytes| !bytes.is_empty())
}
