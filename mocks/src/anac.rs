// SPDX-License-Identifier: EUPL-1.2
//! ANAC: the authorization server of PDND and, behind it, the part of the PCP that is read: which procurement a CIG belongs
//! to, what its form declares, how its confirmation ended.

mod form;
mod jws;
mod pdnd;
mod register;
mod wire;

use std::sync::Mutex;

use serde_json::json;
use uuid::Uuid;
use wiremock::Request;

use crate::operation::{Operation, Platform};
use crate::reply::{Reply, Served};
use crate::rest::{parameter, segments};
use crate::server::{Service, Shared};
use crate::{admin, locked};
use pdnd::Pdnd;
use register::{Appalto, Register};
pub use register::{EsitoConferma, RegisteredCig, Scheda};

const APPALTO: &str = "/modi/rest/ComunicaAppalto/v2";
const COMUNI: &str = "/modi/rest/ServiziComuni/v2";
const MAX_PER_PAGE: usize = 20;

/// What the platform is set up with.
pub(crate) struct Setup {
    pub(crate) public_key: Option<Vec<u8>>,
    pub(crate) voucher_lifetime: u32,
    pub(crate) calls_per_minute: u32,
}

/// The stand-in.
pub(crate) struct Anac {
    shared: Shared,
    pdnd: Pdnd,
    limit: Mutex<wire::Limit>,
    register: Mutex<Register>,
}

impl Anac {
    pub(crate) fn new(setup: Setup, shared: Shared) -> Self {
        Self {
            pdnd: Pdnd::new(setup.public_key, setup.voucher_lifetime, shared.clone()),
            limit: Mutex::new(wire::Limit::new(setup.calls_per_minute)),
            register: Mutex::default(),
            shared,
        }
    }

    /// Lets CIG be known, all or none of them. Gives the `idAppalto` of each.
    pub(crate) fn register(&self, cig: Vec<RegisteredCig>) -> Result<Vec<String>, String> {
        let now = self.shared.clock.now();
        let appalti = cig.into_iter().map(|cig| Appalto::new(cig, now)).collect::<Result<Vec<_>, _>>()?;
        let ids = appalti.iter().map(|appalto| appalto.id.clone()).collect();
        locked(&self.register).add(appalti);
        Ok(ids)
    }

    fn read(&self, request: &Request, operation: Operation) -> Served<Reply> {
        match operation {
            Operation::FindProcurement => {
                self.pdnd.admit(request, APPALTO, None)?;
                self.find(request)
            }
            Operation::ReadProcurement => {
                let id = id_asked_for(request);
                self.pdnd.admit(request, APPALTO, id.as_deref())?;
                self.with(id, |appalto| appalto.form())
            }
            _ => {
                let id = id_asked_for(request);
                self.pdnd.admit(request, COMUNI, id.as_deref())?;
                let asked = parameter(request, "tipoOperazione").filter(|asked| !asked.is_empty());
                let asked = asked.ok_or_else(|| wrong("tipoOperazione obbligatorio"))?;
                if parameter(request, "tipoRicerca").as_deref() != Some("ULTIMO_ESITO") {
                    return Err(wrong("tipoRicerca deve essere ULTIMO_ESITO"));
                }
                self.with(id, |appalto| appalto.ask(&asked))
            }
        }
    }

    fn find(&self, request: &Request) -> Served<Reply> {
        let given = |name: &str| parameter(request, name).filter(|value| !value.is_empty());
        let (cig, code) = (given("cig"), given("codiceAppalto"));
        if cig.is_none() && code.is_none() {
            return Err(wrong("almeno un filtro di ricerca deve essere valorizzato"));
        }
        let number = |name: &str, default: usize, most: usize| match given(name) {
            None => Ok(default),
            Some(text) => match text.parse() {
                Ok(number) if (1..=most).contains(&number) => Ok(number),
                _ => Err(wrong(&format!("{name} deve essere tra 1 e {most}"))),
            },
        };
        let page = number("page", 1, 1_000_000)?;
        let per_page = number("perPage", MAX_PER_PAGE, MAX_PER_PAGE)?;
        let register = locked(&self.register);
        Ok(register::page(&register.find(cig.as_deref(), code.as_deref()), page, per_page))
    }

    fn with(&self, id: Option<String>, show: impl FnOnce(&mut Appalto) -> Reply) -> Served<Reply> {
        let refuse = |status, kind, detail, code| Box::new(wire::refuse(status, kind, detail, &[code]));
        let missing = "idAppalto obbligatorio";
        let id = id.ok_or_else(|| refuse(400, "richiesta-non-valida", missing, "ERR26"))?;
        if Uuid::parse_str(&id).is_err() {
            return Err(wrong("idAppalto non è un UUID"));
        }
        match locked(&self.register).get(&id) {
            Some(appalto) => Ok(show(appalto)),
            None => Err(refuse(404, "appalto-inesistente", "idAppalto non trovato", "ERR19")),
        }
    }
}

fn id_asked_for(request: &Request) -> Option<String> {
    parameter(request, "idAppalto").filter(|id| !id.is_empty())
}

fn wrong(detail: &str) -> Box<Reply> {
    Box::new(wire::refuse(400, "richiesta-non-valida", detail, &[]))
}

/// What an address is for, whatever the method.
fn address(request: &Request) -> Option<Operation> {
    match segments(request, "").as_slice() {
        ["authorization-server", "token"] => Some(Operation::IssueVoucher),
        ["modi", "rest", "ComunicaAppalto", "v2", "ricerca-appalto"] => Some(Operation::FindProcurement),
        ["modi", "rest", "ComunicaAppalto", "v2", "consulta-appalto"] => Some(Operation::ReadProcurement),
        ["modi", "rest", "ServiziComuni", "v2", "esito-operazione"] => Some(Operation::ReadOutcome),
        _ => None,
    }
}

impl Service for Anac {
    fn platform(&self) -> Platform {
        Platform::Anac
    }

    fn operation(&self, request: &Request) -> Option<Operation> {
        address(request).filter(|operation| {
            let method = if *operation == Operation::IssueVoucher { "POST" } else { "GET" };
            request.method.as_str() == method
        })
    }

    fn serve(&self, request: &Request) -> Reply {
        let operation = self.operation(request);
        if operation == Some(Operation::IssueVoucher) {
            return self.pdnd.issue(request).unwrap_or_else(|refusal| *refusal);
        }
        let left = locked(&self.limit).count(self.shared.clock.now());
        let reply = match operation {
            _ if left.over => left.refusal(),
            Some(operation) => self.read(request, operation).unwrap_or_else(|refusal| *refusal),
            None if address(request).is_some() => {
                wire::refuse(405, "metodo-non-ammesso", "Metodo non ammesso per questa risorsa", &[])
            }
            None => wire::refuse(404, "risorsa-inesistente", "Risorsa inesistente", &[]),
        };
        left.on(reply)
    }

    fn expire_voucher(&self, request: &Request) -> Reply {
        self.pdnd.forget(request)
    }

    /// `PUT cig`.
    fn admin(&self, request: &Request, path: &[&str]) -> Option<Reply> {
        let ("PUT", ["cig"]) = (request.method.as_str(), path) else { return None };
        Some(match admin::body::<Vec<RegisteredCig>>(request) {
            Err(refusal) => *refusal,
            Ok(cig) => match self.register(cig) {
                Ok(ids) => admin::ok(&json!({"cig": ids.len(), "idAppalto": ids})),
                Err(why) => admin::error(422, &why),
            },
        })
    }
}
