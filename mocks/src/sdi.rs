// SPDX-License-Identifier: EUPL-1.2
//! SdI, the side of who receives invoices: it delivers files with their metadata, takes the outcome of each invoice once,
//! and says when the term for it is over.

mod message;
mod register;
mod sender;

use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::json;
use wiremock::Request;

use crate::admin;
use crate::locked;
use crate::operation::{Operation, Platform};
use crate::reply::Reply;
use crate::rest::header;
use crate::schema::Schema;
use crate::server::{MAX_BODY, Service, Shared};
use crate::soap;
use crate::xml::{self, Element};
use message::{OutcomeMessage, Scarto};
pub use register::InvoiceFile;
use register::{NotTaken, Register};
pub use sender::{Receiver, Undelivered};

const PATH: &str = "/ricevi_notifica";
pub(crate) const TYPES: &str = "http://www.fatturapa.gov.it/sdi/ws/ricezione/v1.0/types";
/// How long a buyer has for an outcome (D.M. 55/2013).
const TERM: TimeDelta = TimeDelta::days(15);

/// The stand-in.
pub(crate) struct Sdi {
    shared: Shared,
    register: Mutex<Register>,
}

impl Sdi {
    pub(crate) fn new(shared: Shared) -> Self {
        Self { shared, register: Mutex::default() }
    }

    /// Takes a file in from a supplier. Gives its `IdentificativoSdI`.
    pub(crate) fn take_in(&self, file: InvoiceFile) -> Result<u64, String> {
        locked(&self.register).take_in(file)
    }

    /// Delivers a file to its receiver, for the first time or again.
    pub(crate) async fn deliver(&self, id: u64, to: &Receiver) -> Result<(), Undelivered> {
        let delivery = locked(&self.register).delivery(id).ok_or(Undelivered::NoSuchFile)?;
        locked(&self.shared.ledger).note_call(Operation::DeliverInvoices);
        sender::deliver(&delivery, to).await?;
        if locked(&self.register).delivered(id, self.shared.clock.now()) {
            self.shared.done(Operation::DeliverInvoices, &id.to_string(), &delivery.file.name);
        }
        Ok(())
    }

    /// Ends the term of a file and tells its receiver.
    pub(crate) async fn lapse(&self, id: u64, to: &Receiver) -> Result<(), Undelivered> {
        let delivery = locked(&self.register).lapse(id).ok_or(Undelivered::NoSuchFile)?;
        locked(&self.shared.ledger).note_call(Operation::NotifyLapse);
        sender::notify_lapse(&delivery, to).await?;
        self.shared.done(Operation::NotifyLapse, &id.to_string(), &delivery.file.name);
        Ok(())
    }

    /// Answers an outcome.
    fn take_outcome(&self, document: &str) -> Reply {
        if let Some(breach) = Schema::SdiEnvelope.breaches(document).first() {
            return soap::fault(Schema::SdiEnvelope, &format!("{} {}", breach.at, breach.why));
        }
        let Some((id, name, file)) = file_sdi(document) else {
            return soap::fault(Schema::SdiEnvelope, "atteso fileSdI");
        };
        let message = match OutcomeMessage::read(&file) {
            Ok(message) if message.id == id => message,
            Ok(message) => {
                let why = format!("IdentificativoSdI {} nel messaggio, {id} nella richiesta", message.id);
                return refused(id, &name, Scarto::NotConform, &why);
            }
            Err(why) => return refused(id, &name, Scarto::NotConform, &why),
        };
        let key = message.key();
        match locked(&self.register).answer(&message, self.shared.clock.now(), TERM) {
            Ok(()) => {
                self.shared.done(Operation::NotifyOutcome, &key, &message.outcome);
                outcome("ES01", None)
            }
            Err(why) => {
                if why == NotTaken::AnsweredAlready {
                    self.shared.repeated(Operation::NotifyOutcome, &key);
                }
                refused(id, &name, Scarto::NotAdmissible, why.text())
            }
        }
    }

    fn post_delivery(&self, request: &Request) -> Reply {
        /// Body of `POST /__admin/deliveries`.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Order {
            name: String,
            content_base64: String,
            office: String,
            format: String,
        }
        let taken = admin::body::<Order>(request).and_then(|order| {
            let content = STANDARD.decode(&order.content_base64);
            let content = content.map_err(|e| Box::new(admin::error(422, &e.to_string())))?;
            let file = InvoiceFile { name: order.name, content, office: order.office, format: order.format };
            self.take_in(file).map_err(|why| Box::new(admin::error(422, &why)))
        });
        match taken {
            Ok(id) => admin::ok(&json!({ "identificativo_sdi": id })),
            Err(refusal) => *refusal,
        }
    }

    /// The message that is to be posted to the receiver, for whoever tests one without this process calling it.
    fn envelope_of(&self, id: &str, lapse: bool) -> Option<Reply> {
        let mut register = locked(&self.register);
        let id = id.parse().ok()?;
        let text = if lapse {
            sender::lapse_envelope(&register.lapse(id)?)
        } else {
            let envelope = sender::delivery_envelope(&register.delivery(id)?);
            register.delivered(id, self.shared.clock.now());
            envelope
        };
        Some(Reply::new(200, "text/xml; charset=utf-8", text))
    }
}

impl Service for Sdi {
    fn platform(&self) -> Platform {
        Platform::Sdi
    }

    fn operation(&self, request: &Request) -> Option<Operation> {
        (request.url.path() == PATH).then_some(Operation::NotifyOutcome)
    }

    fn serve(&self, request: &Request) -> Reply {
        let given = header(request, "content-type").unwrap_or_default();
        let page =
            |status: u16| Reply::new(status, "text/html", format!("<html><body>{status}</body></html>"));
        if request.url.path() != PATH {
            return page(404);
        }
        if request.method.as_str() != "POST" {
            return page(405).header("allow", "POST");
        }
        if request.body.len() > MAX_BODY {
            return page(413);
        }
        if !given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/xml") {
            return page(415);
        }
        if header(request, "soapaction").is_none() {
            return soap::fault(Schema::SdiEnvelope, "SOAPAction assente");
        }
        match std::str::from_utf8(&request.body) {
            Ok(document) => self.take_outcome(document),
            Err(_) => soap::fault(Schema::SdiEnvelope, "il messaggio non è UTF-8"),
        }
    }

    fn admin(&self, request: &Request, path: &[&str]) -> Option<Reply> {
        match (request.method.as_str(), path) {
            ("GET", ["deliveries"]) => Some(admin::ok(&locked(&self.register).shown())),
            ("POST", ["deliveries"]) => Some(self.post_delivery(request)),
            ("GET", ["deliveries", id, "message"]) => self.envelope_of(id, false),
            ("GET", ["deliveries", id, "lapse-message"]) => self.envelope_of(id, true),
            _ => None,
        }
    }
}

/// Identifier, name and content of the message that an envelope carries.
fn file_sdi(document: &str) -> Option<(u64, String, String)> {
    let envelope = xml::read(document).ok()?;
    let carried = envelope.get("Body")?.get("fileSdI")?;
    let packed: String = carried.text_at(&["File"])?.split_whitespace().collect();
    let content = String::from_utf8(STANDARD.decode(packed).ok()?).ok()?;
    let id = carried.text_at(&["IdentificativoSdI"])?.parse().ok()?;
    Some((id, carried.text_at(&["NomeFile"])?.to_owned(), content))
}

fn refused(id: u64, name: &str, scarto: Scarto, why: &str) -> Reply {
    let message = message::scarto(id, scarto, why);
    let stem = name.strip_suffix(".xml").unwrap_or(name).replace("_EC_", "_SE_");
    let mut reply = outcome("ES00", Some((&format!("{stem}.xml"), &message)));
    reply.inside = Some((Schema::SdiMessage, message));
    reply
}

fn outcome(esito: &str, scarto: Option<(&str, &str)>) -> Reply {
    let answer = || Element::new("ns:rispostaSdINotificaEsito").with("xmlns:ns", TYPES);
    let mut body = answer().child(Element::leaf("Esito", esito));
    if let Some((name, message)) = scarto {
        let file = Element::leaf("File", STANDARD.encode(message));
        body = body.child(Element::new("ScartoEsito").child(Element::leaf("NomeFile", name)).child(file));
    }
    let mut reply = Reply::new(200, "text/xml; charset=utf-8", soap::wrap(body));
    reply.schema = Some(Schema::SdiEnvelope);
    reply.emptied = soap::wrap(answer());
    reply
}

impl NotTaken {
    fn text(self) -> &'static str {
        match self {
            Self::Unknown => "IdentificativoSdI sconosciuto o non consegnato",
            Self::TermOver => "termine di 15 giorni decorso",
            Self::AnsweredAlready => "esito già notificato",
        }
    }
}
