// SPDX-License-Identifier: EUPL-1.2
//! Sistema CUP: generates CUP and finds them again. A generation asked twice makes two CUP, as the real one would.

mod envelope;
mod payload;
mod register;
mod rules;

use std::sync::Mutex;

use wiremock::Request;

use crate::locked;
use crate::operation::{Operation, Platform};
use crate::reply::Reply;
use crate::rest::header;
use crate::schema::Schema;
use crate::server::{MAX_BODY, Service, Shared};
use crate::xml::{self, Element};
use envelope::Outcome;
use register::{Criteria, Register};

const PATH: &str = "/CUPServices";

/// What the platform is set up with.
pub(crate) struct Setup {
    /// User and password; with none, any will do.
    pub(crate) credentials: Option<(String, String)>,
    pub(crate) templates: Vec<String>,
}

/// The stand-in.
pub(crate) struct SistemaCup {
    setup: Setup,
    shared: Shared,
    register: Mutex<Register>,
}

impl SistemaCup {
    pub(crate) fn new(setup: Setup, shared: Shared) -> Self {
        Self { setup, shared, register: Mutex::default() }
    }

    fn elaborate(&self, operation: Operation, document: &str) -> Reply {
        let asked = match request_of(operation, document) {
            Ok(asked) => asked,
            Err(why) => return bad_message(operation, document, &why),
        };
        let text = |name| asked.get(name).map(|element| element.text.as_str()).unwrap_or_default();
        let (user, password) = (text("USER"), text("PASSWORD"));
        if self.setup.credentials.as_ref().is_some_and(|(u, p)| u != user || p != password) {
            return envelope::plain(operation, Outcome::ApplicationError, "Utente non autorizzato");
        }
        match operation {
            Operation::GenerateCup => self.generate(&asked, text("ID_RICHIESTA"), user),
            Operation::CupDetail => self.detail(text("CODICE_CUP").trim()),
            Operation::EndCup => self.end(&asked, text("ID_RICHIESTA")),
            _ => self.list(&asked, user),
        }
    }

    fn generate(&self, asked: &Element, id: &str, user: &str) -> Reply {
        let answer = |payload| envelope::answer(Operation::GenerateCup, Outcome::Done, &payload);
        let ko = |why: &str| answer(payload::generation(id, Err(why)));
        let Some(project) = asked.get("CUP_GENERAZIONE") else { return ko("CUP_GENERAZIONE assente") };
        if let Some(why) = rules::refusal(project, &self.setup.templates) {
            return ko(&why);
        }
        let mut register = locked(&self.register);
        let Some(record) = register.generate(project.clone(), user, self.shared.clock.now()) else {
            return ko("Numerazione esaurita");
        };
        let key = record.general("codifica_locale").unwrap_or_default();
        self.shared.done(Operation::GenerateCup, key, &record.cup);
        let said = format!("creato CUP con codice: {}", record.cup);
        answer(payload::generation(id, Ok((record, &said))))
    }

    fn end(&self, asked: &Element, id: &str) -> Reply {
        let project = asked.get("CUP_CHIUSURA_REVOCA");
        let attribute = |name| project.and_then(|project| project.attribute(name)).unwrap_or_default();
        let cup = project.and_then(|project| project.text_at(&["CODICE_CUP"])).unwrap_or_default();
        let stato = if attribute("tipo_operazione") == "REVOCA" { "Revocato" } else { "Chiuso" };
        let ended = locked(&self.register).end(cup, stato);
        match ended {
            Ok(true) => self.shared.done(Operation::EndCup, cup, stato),
            Ok(false) => self.shared.repeated(Operation::EndCup, cup),
            Err(_) => {}
        }
        let verdict = ended.as_ref().map(|_| stato).map_err(String::as_str);
        let answer = payload::ending(id, attribute("id_progetto"), cup, verdict);
        envelope::answer(Operation::EndCup, Outcome::Done, &answer)
    }

    fn detail(&self, cup: &str) -> Reply {
        self.shared.asked(Operation::EndCup, cup);
        match locked(&self.register).find(cup) {
            Some(record) => envelope::answer(Operation::CupDetail, Outcome::Done, &payload::detail(record)),
            None => envelope::plain(Operation::CupDetail, Outcome::ApplicationError, "Codice CUP non valido"),
        }
    }

    fn list(&self, asked: &Element, user: &str) -> Reply {
        let answer = |payload| envelope::answer(Operation::CupList, Outcome::Done, &payload);
        let Some(given) = asked.get("CRITERI_RICERCA_CUP").filter(|given| !given.children.is_empty()) else {
            return answer(payload::list(Err("Indicare almeno un criterio di ricerca")));
        };
        let text = |name| given.text_at(&[name]);
        let own = given.get("PROGETTI_DI_COMPETENZA").and_then(|p| p.attribute("solo_progetti_utente"));
        let criteria = Criteria {
            year: text("ANNO_DECISIONE"),
            cup: text("CODICE_CUP"),
            from: text("DATA_GENERAZIONE_DA"),
            to: text("DATA_GENERAZIONE_A"),
            natura: text("NATURA"),
            tipologia: text("TIPOLOGIA"),
            description: text("DESCRIZIONE"),
            local_code: text("CODIFICA_LOCALE"),
            only_user: (own == Some("S")).then_some(user),
        };
        answer(payload::list(Ok(&locked(&self.register).list(&criteria))))
    }
}

impl Service for SistemaCup {
    fn platform(&self) -> Platform {
        Platform::SistemaCup
    }

    fn operation(&self, request: &Request) -> Option<Operation> {
        let document = std::str::from_utf8(&request.body).ok().filter(|_| request.body.len() <= MAX_BODY)?;
        (request.url.path() == PATH).then(|| envelope::operation(document)).flatten()
    }

    fn serve(&self, request: &Request) -> Reply {
        let given = header(request, "content-type").unwrap_or_default();
        if request.url.path() != PATH {
            return Reply::new(404, "text/html", "<html><body>404</body></html>");
        }
        if request.method.as_str() != "POST" {
            return Reply::new(405, "text/html", "<html><body>405</body></html>").header("allow", "POST");
        }
        if request.body.len() > MAX_BODY {
            return Reply::new(413, "text/html", "<html><body>413</body></html>");
        }
        if !given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/xml") {
            return Reply::new(415, "text/html", "<html><body>415</body></html>");
        }
        if header(request, "soapaction").is_none() {
            return envelope::fault("SOAPAction assente");
        }
        let Ok(document) = std::str::from_utf8(&request.body) else {
            return envelope::fault("il messaggio non è UTF-8");
        };
        match envelope::open(document) {
            Ok((operation, payload)) => self.elaborate(operation, &payload),
            Err(why) => envelope::fault(&why),
        }
    }

    /// The payload without what differs from one sending to the next.
    fn subject(&self, request: &Request) -> String {
        let document = std::str::from_utf8(&request.body).unwrap_or_default();
        let asked = envelope::open(document).and_then(|(_, payload)| xml::read(&payload));
        let passing = ["ID_RICHIESTA", "USER", "PASSWORD"];
        let kept = asked.map(|mut asked| {
            asked.children.retain(|child| !passing.contains(&child.name.as_str()));
            asked.document()
        });
        kept.unwrap_or_default()
    }

    /// A refusal and an empty list name no CUP.
    fn names_its_subject(&self, reply: &Reply) -> bool {
        reply.inside.as_ref().is_some_and(|(_, document)| document.contains("<CODICE_CUP>"))
    }

    fn admin(&self, _: &Request, _: &[&str]) -> Option<Reply> {
        None
    }
}

/// The payload of a request, if it keeps its schema and belongs to the operation.
fn request_of(operation: Operation, document: &str) -> Result<Element, String> {
    let root = match operation {
        Operation::GenerateCup => "RICHIESTA_GENERAZIONE_CUP",
        Operation::CupDetail => "RICHIESTA_DETTAGLIO_CUP",
        Operation::EndCup => "RICHIESTA_CHIUSURA_REVOCA_CUP",
        _ => "RICHIESTA_LISTA_CUP",
    };
    let asked = xml::read(document)?;
    if let Some(breach) = Schema::CupPayload.breaches(document).into_iter().next() {
        return Err(format!("{} {}", breach.at, breach.why).trim().to_owned());
    }
    if asked.name == root { Ok(asked) } else { Err(format!("atteso {root}, trovato {}", asked.name)) }
}

fn bad_message(operation: Operation, document: &str, why: &str) -> Reply {
    let why = format!("Messaggio non valido: {why}");
    let outcome = Outcome::BadMessage;
    match operation {
        Operation::GenerateCup => {
            let read = xml::read(document).ok();
            let id = read.as_ref().and_then(|asked| asked.text_at(&["ID_RICHIESTA"]));
            let id = id.filter(|id| (1..=60).contains(&id.chars().count())).unwrap_or("0");
            envelope::answer(operation, outcome, &payload::generation(id, Err(&why)))
        }
        Operation::CupDetail | Operation::EndCup => envelope::plain(operation, outcome, &why),
        _ => envelope::answer(operation, outcome, &payload::list(Err(&why))),
    }
}
