// SPDX-License-Identifier: EUPL-1.2
//! SdI as the one who calls: files and notices go to the address that the receiver gave.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use super::TYPES;
use super::register::Delivery;
use crate::schema::Schema;
use crate::soap;
use crate::xml::{self, Element};

const PATIENCE: Duration = Duration::from_secs(30);

/// Where SdI delivers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// Address of its service `RicezioneFatture`, `http` only.
    pub url: String,
    /// Bearer token it wants to see.
    pub token: String,
}

/// Why something could not be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undelivered {
    /// SdI has no such file.
    NoSuchFile,
    /// The receiver could not be reached, or did not answer in time.
    Unreachable(String),
    /// It answered, but not that it takes it in charge.
    NotTaken {
        /// HTTP status.
        status: u16,
        /// Body.
        answer: String,
    },
}

/// Delivers a file; it is taken when the answer says `ER01` and keeps its schema.
pub(super) async fn deliver(delivery: &Delivery, to: &Receiver) -> Result<(), Undelivered> {
    let (status, answer) = post(to, "RiceviFattureSdI", delivery_envelope(delivery)).await?;
    let taken = status == StatusCode::OK
        && Schema::SdiEnvelope.breaches(&answer).is_empty()
        && xml::read(&answer).is_ok_and(|envelope| {
            envelope.text_at(&["Body", "rispostaRiceviFatture", "Esito"]) == Some("ER01")
        });
    if taken { Ok(()) } else { Err(Undelivered::NotTaken { status: status.as_u16(), answer }) }
}

/// Tells that the term is over; the operation has no answer but the status.
pub(super) async fn notify_lapse(delivery: &Delivery, to: &Receiver) -> Result<(), Undelivered> {
    let (status, answer) = post(to, "NotificaDecorrenzaTermini", lapse_envelope(delivery)).await?;
    if status.is_success() { Ok(()) } else { Err(Undelivered::NotTaken { status: status.as_u16(), answer }) }
}

async fn post(to: &Receiver, action: &str, envelope: String) -> Result<(StatusCode, String), Undelivered> {
    let exchange = async {
        let request = Request::post(&to.url)
            .header("authorization", format!("Bearer {}", to.token))
            .header("content-type", "text/xml; charset=utf-8")
            .header("soapaction", format!("\"http://www.fatturapa.it/RicezioneFatture/{action}\""))
            .body(Full::<Bytes>::from(envelope))
            .map_err(unreachable)?;
        let client = Client::builder(TokioExecutor::new()).build_http();
        let answer = client.request(request).await.map_err(unreachable)?;
        let status = answer.status();
        let body = answer.into_body().collect().await.map_err(unreachable)?.to_bytes();
        Ok((status, String::from_utf8_lossy(&body).into_owned()))
    };
    tokio::time::timeout(PATIENCE, exchange).await.unwrap_or_else(|elapsed| Err(unreachable(elapsed)))
}

fn unreachable(error: impl ToString) -> Undelivered {
    Undelivered::Unreachable(error.to_string())
}

pub(super) fn delivery_envelope(delivery: &Delivery) -> String {
    let name = &delivery.file.name;
    let stem = name.split('.').next().unwrap_or(name);
    let metadata = format!("{stem}_MT_{:03}.xml", delivery.attempts.min(999));
    let content = Element::new("ns:fileSdIConMetadati")
        .with("xmlns:ns", TYPES)
        .child(Element::leaf("IdentificativoSdI", delivery.id.to_string()))
        .child(Element::leaf("NomeFile", name))
        .child(Element::leaf("File", STANDARD.encode(&delivery.file.content)))
        .child(Element::leaf("NomeFileMetadati", metadata))
        .child(Element::leaf("Metadati", STANDARD.encode(delivery.metadata())));
    soap::wrap(content)
}

pub(super) fn lapse_envelope(delivery: &Delivery) -> String {
    let name = &delivery.file.name;
    let stem = name.split('.').next().unwrap_or(name);
    let content = Element::new("ns:fileSdI")
        .with("xmlns:ns", TYPES)
        .child(Element::leaf("IdentificativoSdI", delivery.id.to_string()))
        .child(Element::leaf("NomeFile", format!("{stem}_DT_001.xml")))
        .child(Element::leaf("File", STANDARD.encode(delivery.lapse_message())));
    soap::wrap(content)
}
