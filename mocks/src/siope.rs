// SPDX-License-Identifier: EUPL-1.2
//! SIOPE+: keeps flows of orders, what the platform and the bank said of them, and the pages of the bank's journal, each
//! under the office it belongs to; lists them by pages, serves them packed, and remembers which were fetched.

mod archive;
mod pack;
#[cfg(test)]
mod sums;

use std::sync::Mutex;

use serde_json::{Value, json};
use wiremock::Request;

use crate::operation::{Operation, Platform};
use crate::reply::{Reply, Served};
use crate::rest::{Dialect, header, parameter, segments};
use crate::schema::Schema;
use crate::server::{MAX_BODY, Service, Shared};
use crate::{admin, locked};
use archive::{Archive, Document, Question, moment};
pub use archive::{Messaggio, PublishedOpi};

/// Longest page; the schema allows no more.
const MAX_PER_PAGE: usize = 1000;
const DIALECT: Dialect =
    Dialect { name: "siope", problem: Schema::SiopeProblem, conflict: Schema::SiopeProblem };

/// What the platform is set up with.
pub(crate) struct Setup {
    pub(crate) bearer: Option<String>,
    /// A2A identifier and office that are served; `None`: any.
    pub(crate) office: Option<(String, String)>,
    pub(crate) per_page: usize,
}

/// The stand-in.
pub(crate) struct Siope {
    setup: Setup,
    shared: Shared,
    archive: Mutex<Archive>,
}

/// What an address is for, whatever the method.
enum Address<'r> {
    List(Messaggio),
    Document(Messaggio, &'r str),
}

impl Siope {
    pub(crate) fn new(setup: Setup, shared: Shared) -> Self {
        Self { setup, shared, archive: Mutex::default() }
    }

    /// Somebody delivers a document. It is filed under the office and the A2A identifier that it names.
    pub(crate) fn publish(&self, document: &str) -> Result<PublishedOpi, String> {
        locked(&self.archive).file(document, self.shared.clock.now())
    }

    fn route(&self, request: &Request) -> Served<Reply> {
        DIALECT.bearer(request, self.setup.bearer.as_deref())?;
        let path = segments(request, "");
        let Some((a2a, office, address)) = address(&path) else { return Ok(DIALECT.no_such_address()) };
        if request.method.as_str() != "GET" {
            return Ok(DIALECT.no_such_method());
        }
        let served = self.setup.office.as_ref().is_none_or(|(known, own)| known == a2a && own == office);
        if !served {
            let detail = "Ufficio sconosciuto, o non di questo identificativo A2A";
            return Err(Box::new(DIALECT.refuse(404, "ufficio-inesistente", detail)));
        }
        match address {
            Address::List(kind) => self.list(request, a2a, office, kind),
            Address::Document(kind, number) => self.fetch(request, (a2a, office), kind, number),
        }
    }

    fn list(&self, request: &Request, a2a: &str, office: &str, kind: Messaggio) -> Served<Reply> {
        let question = question(request, kind)?;
        let per_page = self.setup.per_page.clamp(1, MAX_PER_PAGE);
        let archive = locked(&self.archive);
        let found = archive.find(a2a, office, kind, &question);
        let pages = found.len().div_ceil(per_page);
        let shown = found.iter().skip((question.page - 1).saturating_mul(per_page)).take(per_page);
        let base = format!("http://{}/v1/{a2a}/PA/{office}", header(request, "host").unwrap_or_default());
        let answer = |items: Vec<Value>, count: usize, pages: usize| {
            let mut body = json!({
                "numRisultati": count,
                "numPagine": pages,
                "risultatiPerPagina": per_page,
                "pagina": question.page,
                "risultati": items,
            });
            for (name, at) in kind.window().into_iter().zip([question.from, question.to]) {
                if let Some(at) = at {
                    body[name] = json!(moment(at));
                }
            }
            body
        };
        let items = shown.map(|document| document.entry(kind, &base)).collect();
        let mut reply = Reply::json(200, Schema::SiopeLista, &answer(items, found.len(), pages));
        reply.emptied = answer(Vec::new(), 0, 0).to_string();
        Ok(reply)
    }

    fn fetch(&self, request: &Request, who: (&str, &str), kind: Messaggio, number: &str) -> Served<Reply> {
        let mut archive = locked(&self.archive);
        let Some(document) = archive.get(who, kind, number) else {
            let detail = "Nessun documento con questo numero per questo ufficio";
            return Err(Box::new(DIALECT.refuse(404, "documento-inesistente", detail)));
        };
        let reply = served(document, header(request, "accept").unwrap_or_default())?;
        if !std::mem::replace(&mut document.fetched, true) {
            self.shared.done(Operation::ReadOpi, &document.key(kind), "download");
        }
        Ok(reply)
    }
}

/// The document in the form that is asked for: packed, unless only the plain one will do.
fn served(document: &Document, accept: &str) -> Served<Reply> {
    let takes = |media_type: &str| {
        accept.is_empty()
            || accept.split(',').any(|a| [media_type, "application/*", "*/*"].contains(&media(a)))
    };
    let mut reply = if takes("application/zip") {
        let mut reply = Reply::new(200, "application/zip", String::new());
        let packed = pack::packed(&document.file_name(), &document.text);
        reply.packed = Some(packed.map_err(|why| Box::new(DIALECT.refuse(500, "errore-interno", &why)))?);
        reply
    } else if takes("application/xml") {
        Reply::new(200, "application/xml", document.text.clone())
    } else {
        let detail = "Il documento si ha come application/zip o application/xml";
        return Err(Box::new(DIALECT.refuse(406, "formato-non-ammesso", detail)));
    };
    reply.inside = Some((document.schema, document.text.clone()));
    Ok(reply)
}

fn media(accepted: &str) -> &str {
    accepted.split(';').next().unwrap_or_default().trim()
}

fn question(request: &Request, kind: Messaggio) -> Served<Question> {
    let wrong = |why: String| Box::new(DIALECT.refuse(400, "ricerca-non-valida", &why));
    let given = |name: &str| parameter(request, name).filter(|value| !value.is_empty());
    let [from, to] = kind.window();
    let at = |name: &str| match given(name) {
        None => Ok(None),
        Some(text) => archive::read_moment(&text)
            .map(Some)
            .ok_or_else(|| wrong(format!("{name} non è nel formato aaaa-MM-ggTHH:mm:ss.SSS"))),
    };
    let fetched = match given("download").as_deref() {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) => return Err(wrong("download è true o false".to_owned())),
    };
    let page = match given("pagina") {
        None => 1,
        Some(text) => match text.parse() {
            Ok(page) if (1..=1_000_000).contains(&page) => page,
            _ => return Err(wrong("pagina è un numero da 1".to_owned())),
        },
    };
    Ok(Question { from: at(from)?, to: at(to)?, fetched, page })
}

fn address<'r>(path: &[&'r str]) -> Option<(&'r str, &'r str, Address<'r>)> {
    let ["v1", a2a, "PA", office, rest @ ..] = path else { return None };
    let address = match rest {
        ["flusso"] => Address::List(Messaggio::Flusso),
        ["flusso", "ack"] => Address::List(Messaggio::Ack),
        ["flusso", "ack", number] => Address::Document(Messaggio::Ack, number),
        ["flusso", number] => Address::Document(Messaggio::Flusso, number),
        ["esitoapplicativo"] => Address::List(Messaggio::Esito),
        ["esitoapplicativo", number] => Address::Document(Messaggio::Esito, number),
        ["giornale"] => Address::List(Messaggio::Giornale),
        ["giornale", number] => Address::Document(Messaggio::Giornale, number),
        _ => return None,
    };
    Some((a2a, office, address))
}

impl Service for Siope {
    fn platform(&self) -> Platform {
        Platform::Siope
    }

    fn operation(&self, request: &Request) -> Option<Operation> {
        let (_, _, address) = address(&segments(request, ""))?;
        match address {
            _ if request.method.as_str() != "GET" => None,
            Address::List(_) => Some(Operation::ListOpi),
            Address::Document(..) => Some(Operation::ReadOpi),
        }
    }

    fn serve(&self, request: &Request) -> Reply {
        self.route(request).unwrap_or_else(|refusal| *refusal)
    }

    /// `POST siope/documenti`: the XML of a document.
    fn admin(&self, request: &Request, path: &[&str]) -> Option<Reply> {
        let ("POST", ["siope", "documenti"]) = (request.method.as_str(), path) else { return None };
        if request.body.len() > MAX_BODY {
            return Some(admin::error(413, "too big"));
        }
        let document = std::str::from_utf8(&request.body).map_err(|e| e.to_string());
        Some(match document.and_then(|document| self.publish(document)) {
            Ok(published) => admin::ok(&json!(published)),
            Err(why) => admin::error(422, &why),
        })
    }
}
