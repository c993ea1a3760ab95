// SPDX-License-Identifier: EUPL-1.2
//! Lavoro Pubblico, app "Risorse in Comune": the lists of Comuni, and the communication of the CUP with its receipt and deadline.

use std::collections::BTreeMap;
use std::sync::Mutex;

use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use wiremock::Request;

use crate::admin;
use crate::clock::rfc3339;
use crate::locked;
use crate::operation::{Operation, Platform};
use crate::reply::{Reply, Served};
use crate::rest::{Dialect, parameter, segments};
use crate::schema::{Breach, Schema};
use crate::server::{Service, Shared};

const BASE: &str = "/risorse-in-comune/v1";
const DIALECT: Dialect =
    Dialect { name: "lavoro-pubblico", problem: Schema::LavoroProblem, conflict: Schema::LavoroConflitto };

/// A list of Comuni.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Elenco {
    /// Comuni admitted by the decree of 30 December 2025.
    Ammissione,
    /// Comuni admitted for good, after the communication of the CUP.
    Definitivo,
}

/// A Comune on a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comune {
    /// ISTAT code, six digits.
    pub codice_istat: String,
    /// Codice fiscale, eleven digits.
    pub codice_fiscale: String,
    /// Name.
    pub denominazione: String,
    /// Grant in EUR, two decimals: `"54321.00"`.
    pub importo: String,
}

/// What the platform is set up with.
pub(crate) struct Setup {
    pub(crate) bearer: Option<String>,
    pub(crate) templates: Vec<String>,
    /// First moment that is too late.
    pub(crate) closes: DateTime<Utc>,
}

struct List {
    at: DateTime<Utc>,
    comuni: Vec<Comune>,
}

#[derive(Default)]
struct State {
    lists: BTreeMap<Elenco, List>,
    receipts: BTreeMap<String, Receipt>,
}

#[derive(Clone, Serialize)]
struct Receipt {
    protocollo: String,
    data_ora: String,
    impronta: String,
    codice_fiscale: String,
    codice_istat: String,
    cup: String,
}

#[derive(Deserialize)]
struct Communication {
    codice_fiscale: String,
    codice_istat: String,
    cup: String,
    template: String,
    data_generazione: String,
}

/// The stand-in.
pub(crate) struct LavoroPubblico {
    setup: Setup,
    shared: Shared,
    state: Mutex<State>,
}

impl LavoroPubblico {
    pub(crate) fn new(setup: Setup, shared: Shared) -> Self {
        Self { setup, shared, state: Mutex::default() }
    }

    /// Publishes a list in place of the one before; the error names the first Comune that is wrong.
    pub(crate) fn publish(&self, elenco: Elenco, mut comuni: Vec<Comune>) -> Result<(), String> {
        comuni.sort_by(|a, b| a.codice_istat.cmp(&b.codice_istat));
        if let Some([a, _]) = comuni.array_windows().find(|[a, b]| a.codice_istat == b.codice_istat) {
            return Err(format!("{} is there twice", a.codice_istat));
        }
        let at = self.shared.clock.now();
        for chunk in comuni.chunks(MAX_PAGE) {
            let page = page_of(elenco, at, chunk, None).to_string();
            if let Some(breach) = Schema::Elenco.breaches(&page).first() {
                return Err(format!("{}: {}", breach.at, breach.why));
            }
        }
        locked(&self.state).lists.insert(elenco, List { at, comuni });
        Ok(())
    }

    fn route(&self, request: &Request) -> Served<Reply> {
        DIALECT.bearer(request, self.setup.bearer.as_deref())?;
        let path = segments(request, BASE);
        match (request.method.as_str(), path.as_slice()) {
            ("GET", ["elenchi", elenco]) => self.list(request, elenco),
            ("POST", ["comunicazioni-cup"]) => self.communicate(request),
            ("GET", ["comunicazioni-cup", codice_fiscale]) => Ok(self.receipt(codice_fiscale)),
            (_, ["elenchi", _] | ["comunicazioni-cup", ..]) => Ok(DIALECT.no_such_method()),
            _ => Ok(DIALECT.no_such_address()),
        }
    }

    fn list(&self, request: &Request, name: &str) -> Served<Reply> {
        let elenco = match name {
            "ammissione" => Elenco::Ammissione,
            "definitivo" => Elenco::Definitivo,
            _ => return Ok(DIALECT.no_such_address()),
        };
        let limit = page_limit(request)?;
        let after = page_cursor(request)?;
        let state = locked(&self.state);
        let Some(list) = state.lists.get(&elenco) else {
            return Ok(DIALECT.refuse(
                404,
                "elenco-non-pubblicato",
                "L'elenco non è ancora stato pubblicato",
            ));
        };
        let from =
            list.comuni.partition_point(|comune| Some(comune.codice_istat.as_str()) <= after.as_deref());
        let rest = list.comuni.get(from..).unwrap_or_default();
        let page = rest.get(..limit).unwrap_or(rest);
        let next = page.last().filter(|_| page.len() < rest.len());
        Ok(Reply::json(200, Schema::Elenco, &page_of(elenco, list.at, page, next)))
    }

    fn communicate(&self, request: &Request) -> Served<Reply> {
        let body = DIALECT.json(request, Schema::ComunicazioneCup)?;
        let sent: Communication = serde_json::from_value(body)
            .map_err(|e| Box::new(DIALECT.refuse(422, "richiesta-non-valida", &e.to_string())))?;
        let mut state = locked(&self.state);
        if let Some(receipt) = state.receipts.get(&sent.codice_fiscale) {
            self.shared.repeated(Operation::CommunicateCup, &sent.codice_fiscale);
            return Ok(already(receipt, &sent));
        }
        self.admissible(&state, &sent)?;
        let now = self.shared.clock.now();
        let receipt = Receipt {
            protocollo: format!("RIC/{}/{:07}", now.year(), state.receipts.len() + 1),
            data_ora: rfc3339(now),
            impronta: hex(&Sha256::digest(&request.body)),
            codice_fiscale: sent.codice_fiscale,
            codice_istat: sent.codice_istat,
            cup: sent.cup,
        };
        self.shared.done(Operation::CommunicateCup, &receipt.codice_fiscale, &receipt.protocollo);
        let reply = Reply::json(201, Schema::Ricevuta, &json!(receipt))
            .header("location", address(&receipt.codice_fiscale));
        state.receipts.insert(receipt.codice_fiscale.clone(), receipt);
        Ok(reply)
    }

    fn admissible(&self, state: &State, sent: &Communication) -> Served<()> {
        let refuse = |kind: &str, detail: &str| Err(Box::new(DIALECT.refuse(422, kind, detail)));
        if self.shared.clock.now() >= self.setup.closes {
            return refuse("termine-scaduto", "Il termine per la comunicazione del CUP è scaduto");
        }
        if chrono::NaiveDate::parse_from_str(&sent.data_generazione, "%Y-%m-%d").is_err() {
            let breach = Breach::new("/data_generazione", "giorno inesistente");
            let reply = DIALECT.refuse_all(422, "richiesta-non-valida", "Data inesistente", &[breach]);
            return Err(Box::new(reply));
        }
        if !self.setup.templates.contains(&sent.template) {
            return refuse("template-non-ammesso", "Il template non è quello dell'avviso");
        }
        let admitted = state.lists.get(&Elenco::Ammissione).is_none_or(|list| {
            list.comuni
                .iter()
                .any(|c| c.codice_istat == sent.codice_istat && c.codice_fiscale == sent.codice_fiscale)
        });
        if admitted {
            Ok(())
        } else {
            refuse("comune-non-ammesso", "Il Comune non è nell'elenco di ammissione")
        }
    }

    fn receipt(&self, codice_fiscale: &str) -> Reply {
        self.shared.asked(Operation::CommunicateCup, codice_fiscale);
        match locked(&self.state).receipts.get(codice_fiscale) {
            Some(receipt) => Reply::json(200, Schema::Ricevuta, &json!(receipt)),
            None => DIALECT.refuse(404, "comunicazione-assente", "Nessuna comunicazione per questo Comune"),
        }
    }
}

impl Service for LavoroPubblico {
    fn platform(&self) -> Platform {
        Platform::LavoroPubblico
    }

    fn operation(&self, request: &Request) -> Option<Operation> {
        match (request.method.as_str(), segments(request, BASE).as_slice()) {
            ("GET", ["elenchi", _]) => Some(Operation::ListComuni),
            ("POST", ["comunicazioni-cup"]) => Some(Operation::CommunicateCup),
            ("GET", ["comunicazioni-cup", _]) => Some(Operation::ReadReceipt),
            _ => None,
        }
    }

    fn serve(&self, request: &Request) -> Reply {
        self.route(request).unwrap_or_else(|refusal| *refusal)
    }

    /// `PUT elenchi/{elenco}` with an array of Comuni.
    fn admin(&self, request: &Request, path: &[&str]) -> Option<Reply> {
        let elenco = match (request.method.as_str(), path) {
            ("PUT", ["elenchi", "ammissione"]) => Elenco::Ammissione,
            ("PUT", ["elenchi", "definitivo"]) => Elenco::Definitivo,
            _ => return None,
        };
        let comuni = match admin::body::<Vec<Comune>>(request) {
            Ok(comuni) => comuni,
            Err(refusal) => return Some(*refusal),
        };
        let how_many = comuni.len();
        Some(match self.publish(elenco, comuni) {
            Ok(()) => admin::ok(&json!({"elenco": elenco, "comuni": how_many})),
            Err(why) => admin::error(422, &why),
        })
    }
}

const MAX_PAGE: usize = 500;
const PAGE: usize = 200;

fn page_limit(request: &Request) -> Served<usize> {
    let Some(limit) = parameter(request, "limit") else { return Ok(PAGE) };
    let refusal = || Box::new(DIALECT.refuse(400, "limite-non-valido", "limit va da 1 a 500"));
    limit.parse().ok().filter(|limit| (1..=MAX_PAGE).contains(limit)).ok_or_else(refusal)
}

fn page_cursor(request: &Request) -> Served<Option<String>> {
    let Some(cursor) = parameter(request, "cursor") else { return Ok(None) };
    let code = cursor
        .strip_prefix("dopo-")
        .filter(|code| code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()));
    match code {
        Some(code) => Ok(Some(code.to_owned())),
        None => Err(Box::new(DIALECT.refuse(
            400,
            "cursore-non-valido",
            "cursor non viene da una pagina precedente",
        ))),
    }
}

fn page_of(elenco: Elenco, at: DateTime<Utc>, page: &[Comune], next_after: Option<&Comune>) -> Value {
    json!({
        "elenco": elenco,
        "aggiornato_al": rfc3339(at),
        "items": page,
        "next_cursor": next_after.map(|comune| format!("dopo-{}", comune.codice_istat)),
    })
}

fn already(receipt: &Receipt, sent: &Communication) -> Reply {
    let (kind, detail) = if receipt.cup == sent.cup {
        ("cup-gia-comunicato", "Il CUP è già stato comunicato")
    } else {
        ("altro-cup-comunicato", "Per questo Comune è già stato comunicato un altro CUP")
    };
    let address = address(&receipt.codice_fiscale);
    DIALECT.conflict(kind, detail, json!({"ricevuta": address})).header("location", address)
}

fn address(codice_fiscale: &str) -> String {
    format!("{BASE}/comunicazioni-cup/{codice_fiscale}")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
