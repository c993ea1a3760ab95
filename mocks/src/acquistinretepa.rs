// SPDX-License-Identifier: EUPL-1.2
//! Acquistinretepa: takes draft ODA in, moves them through their states as people do on the portal, and lets them be read.

mod book;
mod document;
mod states;

use std::sync::Mutex;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;
use wiremock::Request;

use crate::operation::{Operation, Platform};
use crate::reply::{Reply, Served};
use crate::rest::{Dialect, header, parameter, segments};
use crate::schema::Schema;
use crate::server::{Service, Shared};
use crate::{admin, locked};
use book::{Book, Oda};
pub use states::{Azione, Stato};

const BASE: &str = "/oda/v1";
const DIALECT: Dialect = Dialect {
    name: "acquistinretepa",
    problem: Schema::AcquistiProblem,
    conflict: Schema::AcquistiConflitto,
};

/// Why a step on the portal could not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotPossible {
    /// No such ODA.
    NoSuchOda,
    /// The step does not lead anywhere from this state.
    FromState(Stato),
    /// The document is not an order the platform takes; the faults, one per line.
    Document(String),
}

impl std::fmt::Display for NotPossible {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoSuchOda => f.write_str("no such oda"),
            Self::FromState(stato) => write!(f, "not possible from state {stato:?}"),
            Self::Document(faults) => write!(f, "document refused: {faults}"),
        }
    }
}

impl std::error::Error for NotPossible {}

/// The stand-in.
pub(crate) struct Acquistinretepa {
    bearer: Option<String>,
    shared: Shared,
    book: Mutex<Book>,
}

#[derive(Deserialize)]
struct Step {
    azione: Azione,
    #[serde(default)]
    motivo: Option<String>,
}

impl Acquistinretepa {
    pub(crate) fn new(bearer: Option<String>, shared: Shared) -> Self {
        Self { bearer, shared, book: Mutex::default() }
    }

    /// Somebody takes a step on the portal.
    pub(crate) fn act(
        &self,
        numero: &str,
        azione: Azione,
        motivo: Option<&str>,
    ) -> Result<Stato, NotPossible> {
        let now = self.shared.clock.now();
        let stato = locked(&self.book).step(numero, azione, motivo, now)?;
        if stato == Stato::Annullato {
            self.shared.done(Operation::CancelDraft, numero, "ANNULLATO");
        }
        Ok(stato)
    }

    /// Somebody makes an ODA on the portal: it has no reference of ours.
    pub(crate) fn draft_on_portal(&self, document: &str) -> Result<String, NotPossible> {
        document::judge(document).map_err(|refusal| {
            let faults: Vec<_> = refusal.breaches.iter().map(|b| format!("{} {}", b.at, b.why)).collect();
            NotPossible::Document(faults.join("\n"))
        })?;
        Ok(locked(&self.book).add(None, document, self.shared.clock.now()).numero.clone())
    }

    fn route(&self, request: &Request) -> Served<Reply> {
        DIALECT.bearer(request, self.bearer.as_deref())?;
        let path = segments(request, BASE);
        match (request.method.as_str(), path.as_slice()) {
            ("POST", ["bozze"]) => self.take_in(request),
            ("GET", ["ordini"]) => self.find(request),
            ("GET", ["ordini", numero]) => {
                self.with(numero, |oda| Reply::json(200, Schema::Ordine, &oda.story()))
            }
            ("GET", ["ordini", numero, "documento"]) => self.with(numero, |oda| {
                let mut reply = Reply::new(200, "application/xml", oda.document.clone());
                reply.schema = Some(Schema::Order);
                reply
            }),
            ("POST", ["ordini", numero, "annullamento"]) => {
                let body = DIALECT.json(request, Schema::Annullamento)?;
                self.cancel(numero, body.get("motivo").and_then(Value::as_str))
            }
            ("DELETE", ["bozze", numero]) => self.cancel(numero, None),
            (_, ["bozze" | "ordini", ..]) if path.len() < 3 => Ok(DIALECT.no_such_method()),
            _ => Ok(DIALECT.no_such_address()),
        }
    }

    fn take_in(&self, request: &Request) -> Served<Reply> {
        let reference = reference(header(request, "x-riferimento-esterno").unwrap_or_default())?;
        let document = DIALECT.text(request, "application/xml")?;
        let mut book = locked(&self.book);
        if let Some(existing) = book.by_reference(&reference) {
            let detail = "Esiste già un ordine con questo riferimento esterno";
            self.shared.repeated(Operation::CreateDraft, &reference);
            return Ok(conflict("riferimento-gia-usato", detail, existing));
        }
        document::judge(document).map_err(|refusal| {
            let detail = "L'ordine non può essere preso in carico";
            Box::new(DIALECT.refuse_all(422, refusal.kind, detail, &refusal.breaches))
        })?;
        let oda = book.add(Some(reference.clone()), document, self.shared.clock.now());
        self.shared.done(Operation::CreateDraft, &reference, &oda.numero);
        let created =
            json!({"numero_oda": oda.numero, "stato": oda.stato(), "riferimento_esterno": reference});
        let location = format!("{BASE}/ordini/{}", oda.numero);
        Ok(Reply::json(201, Schema::BozzaCreata, &created).header("location", location))
    }

    fn find(&self, request: &Request) -> Served<Reply> {
        let bad = |why: &str| Box::new(DIALECT.refuse(400, "ricerca-non-valida", why));
        let by_reference = parameter(request, "riferimento_esterno");
        let since = parameter(request, "modificati_da");
        let book = locked(&self.book);
        let (items, next) = match (by_reference, since) {
            (Some(given), None) => {
                let reference = reference(&given)?;
                self.shared.asked(Operation::CreateDraft, &reference);
                (book.by_reference(&reference).into_iter().collect(), None)
            }
            (None, Some(since)) => {
                let since: DateTime<Utc> = since.parse().map_err(|_| bad("modificati_da non è RFC 3339"))?;
                let after = match parameter(request, "cursor") {
                    None => 0,
                    Some(cursor) => {
                        cursor.parse().map_err(|_| bad("cursor non viene da una pagina precedente"))?
                    }
                };
                book.changed(since, after)
            }
            _ => return Err(bad("serve riferimento_esterno oppure modificati_da")),
        };
        let items: Vec<_> = items.into_iter().map(Oda::summary).collect();
        let next = next.map(|turn| turn.to_string());
        Ok(Reply::json(200, Schema::Ordini, &json!({"items": items, "next_cursor": next})))
    }

    fn cancel(&self, numero: &str, motivo: Option<&str>) -> Served<Reply> {
        let done = self.act(numero, Azione::Annulla, motivo);
        self.with(numero, |oda| match done {
            Err(NotPossible::FromState(stato)) if stato != Stato::Annullato => {
                conflict("stato-non-ammesso", "Solo una bozza può essere annullata", oda)
            }
            _ => Reply::json(200, Schema::Ordine, &oda.story()),
        })
    }

    fn with(&self, numero: &str, show: impl FnOnce(&Oda) -> Reply) -> Served<Reply> {
        match locked(&self.book).get(numero) {
            Some(oda) => Ok(show(oda)),
            None => {
                Err(Box::new(DIALECT.refuse(404, "ordine-inesistente", "Nessun ordine con questo numero")))
            }
        }
    }
}

impl Service for Acquistinretepa {
    fn platform(&self) -> Platform {
        Platform::Acquistinretepa
    }

    fn operation(&self, request: &Request) -> Option<Operation> {
        match (request.method.as_str(), segments(request, BASE).as_slice()) {
            ("POST", ["bozze"]) => Some(Operation::CreateDraft),
            ("GET", ["ordini"]) if parameter(request, "modificati_da").is_some() => {
                Some(Operation::ListChanges)
            }
            ("GET", ["ordini"]) => Some(Operation::FindOrders),
            ("GET", ["ordini", _]) => Some(Operation::ReadOrder),
            ("GET", ["ordini", _, "documento"]) => Some(Operation::ReadDocument),
            ("POST", ["ordini", _, "annullamento"]) | ("DELETE", ["bozze", _]) => {
                Some(Operation::CancelDraft)
            }
            _ => None,
        }
    }

    fn serve(&self, request: &Request) -> Reply {
        self.route(request).unwrap_or_else(|refusal| *refusal)
    }

    /// `POST oda` (XML: an ODA made on the portal), `POST oda/{numero}/azioni`.
    fn admin(&self, request: &Request, path: &[&str]) -> Option<Reply> {
        let answer = match (request.method.as_str(), path) {
            ("POST", ["oda"]) => self
                .draft_on_portal(&String::from_utf8_lossy(&request.body))
                .map(|numero| json!({"numero_oda": numero, "stato": Stato::Bozza})),
            ("POST", ["oda", numero, "azioni"]) => match admin::body::<Step>(request) {
                Ok(step) => self
                    .act(numero, step.azione, step.motivo.as_deref())
                    .map(|stato| json!({"numero_oda": numero, "stato": stato})),
                Err(refusal) => return Some(*refusal),
            },
            _ => return None,
        };
        Some(match answer {
            Ok(value) => admin::ok(&value),
            Err(NotPossible::NoSuchOda) => admin::error(404, "no such oda"),
            Err(why @ NotPossible::FromState(_)) => admin::error(409, &why.to_string()),
            Err(why @ NotPossible::Document(_)) => admin::error(422, &why.to_string()),
        })
    }
}

/// A reference of ours, in lower case.
fn reference(given: &str) -> Served<String> {
    let refusal = || {
        let detail = "X-Riferimento-Esterno deve essere un UUID";
        Box::new(DIALECT.refuse(400, "riferimento-mancante", detail))
    };
    if given.len() != 36 {
        return Err(refusal());
    }
    Uuid::parse_str(given).map(|uuid| uuid.to_string()).map_err(|_| refusal())
}

fn conflict(kind: &str, detail: &str, existing: &Oda) -> Reply {
    let members = json!({
        "numero_oda": existing.numero,
        "stato": existing.stato(),
        "riferimento_esterno": existing.reference,
    });
    DIALECT.conflict(kind, detail, members).header("location", format!("{BASE}/ordini/{}", existing.numero))
}
