// SPDX-License-Identifier: EUPL-1.2
//! What all stand-ins have in common on the wire: count the call, play the fault, serve, hold the answer to its schema.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::json;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use crate::clock::Clock;
use crate::fault::{Fault, Kind};
use crate::ledger::{Effect, Ledger};
use crate::mapping::{self, Mapping};
use crate::operation::{Operation, Platform};
use crate::quota::Quota;
use crate::reply::Reply;
use crate::rest::header;
use crate::script::Script;
use crate::wire::{self, Act, Wire, Wires};
use crate::{admin, locked, page};

/// Largest request taken, in bytes.
pub(crate) const MAX_BODY: usize = 8 * 1024 * 1024;

/// What the stand-ins share.
#[derive(Clone, Default)]
pub(crate) struct Shared {
    pub(crate) clock: Clock,
    pub(crate) script: Arc<Mutex<Script>>,
    pub(crate) ledger: Arc<Mutex<Ledger>>,
    pub(crate) quotas: Arc<Mutex<BTreeMap<Platform, Quota>>>,
    pub(crate) mappings: Arc<[Mapping]>,
    /// The last good answer of each operation, with what it was asked: the stuff that foreign answers are made of.
    earlier: Arc<Mutex<HashMap<Operation, (String, Reply)>>>,
}

impl Shared {
    /// Writes down that something was really done.
    pub(crate) fn done(&self, operation: Operation, key: &str, result: &str) {
        let effect =
            Effect { operation, key: key.to_owned(), result: result.to_owned(), at: self.clock.now() };
        locked(&self.ledger).note_effect(effect);
    }

    /// Writes down that something was sent that had been done already.
    pub(crate) fn repeated(&self, operation: Operation, key: &str) {
        locked(&self.ledger).note_repeat(operation, key);
    }

    /// Writes down that it was asked what became of something that is sent.
    pub(crate) fn asked(&self, operation: Operation, key: &str) {
        locked(&self.ledger).note_asked(operation, key);
    }
}

/// A platform behind its door.
pub(crate) trait Service: Send + Sync + 'static {
    /// Which one.
    fn platform(&self) -> Platform;
    /// What the request asks for, as far as that can be told without judging it.
    fn operation(&self, request: &Request) -> Option<Operation>;
    /// Does what is asked.
    fn serve(&self, request: &Request) -> Reply;
    /// What a request is about: the same for two requests whose answers may be the same.
    fn subject(&self, request: &Request) -> String {
        let reference = header(request, "x-riferimento-esterno").unwrap_or_default();
        format!("{} {reference}", request.url)
    }
    /// Whether the answer tells what it is about: one that does not may not be given to another question, as nobody
    /// could tell.
    fn names_its_subject(&self, _: &Reply) -> bool {
        true
    }
    /// Forgets the voucher of the request, and says so.
    fn expire_voucher(&self, _: &Request) -> Reply {
        Reply::new(401, "text/html", "<html><body>401</body></html>").header("www-authenticate", "Bearer")
    }
    /// Admin calls of this platform alone; the path is what follows `/__admin/`.
    fn admin(&self, request: &Request, path: &[&str]) -> Option<Reply>;
}

#[derive(Clone)]
struct Door {
    service: Arc<dyn Service>,
    shared: Shared,
}

/// Starts a stand-in on `address`.
pub(crate) async fn open(
    wires: &Wires,
    address: SocketAddr,
    service: Arc<dyn Service>,
    shared: Shared,
) -> io::Result<Wire> {
    let listener = TcpListener::bind(wire::any_port())?;
    let server = MockServer::builder().listener(listener).disable_request_recording().start().await;
    Mock::given(any()).respond_with(Door { service, shared }).mount(&server).await;
    wires.put_before(server, address)
}

impl Respond for Door {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let answer = self.answer(request);
        // The length of a body that does not follow would mislead the wire.
        if request.method.as_str() == "HEAD" { answer.set_body_bytes([]) } else { answer }
    }
}

impl Door {
    fn answer(&self, request: &Request) -> ResponseTemplate {
        if let Some(path) = admin::path(request) {
            return admin::serve(&*self.service, &self.shared, request, &path).template();
        }
        if page::is_asked_for(request) {
            return page::page(self.service.platform(), &self.shared, request).template();
        }
        let operation = self.service.operation(request);
        let platform = self.service.platform();
        let over = locked(&self.shared.quotas).entry(platform).or_default().count(self.shared.clock.now());
        if let Some(refusal) = over {
            self.count(operation, None);
            return refusal.template();
        }
        let fault = locked(&self.shared.script).take(platform, operation);
        self.count(operation, fault.as_ref());
        let (reply, act) = match fault {
            Some(fault) => (self.play(request, &fault), fault.act()),
            None => (self.serve(request), Act::SEND),
        };
        let act = Act { after_ms: act.after_ms.saturating_add(reply.delay_ms), ..act };
        if act == Act::SEND {
            return reply.template();
        }
        reply.template().insert_header(wire::ACT, json!(act).to_string())
    }

    fn count(&self, operation: Option<Operation>, fault: Option<&Fault>) {
        let platform = self.service.platform();
        let mut ledger = locked(&self.shared.ledger);
        ledger.note_arrival(platform, Instant::now());
        if let Some(fault) = fault {
            ledger.note_kind(platform, fault.kind);
        }
        let Some(operation) = operation else { return };
        ledger.note_call(operation);
        if fault.is_some() {
            ledger.note_fault(operation);
        }
    }

    fn play(&self, request: &Request, fault: &Fault) -> Reply {
        if fault.kind == Kind::Foreign {
            let subject = self.service.subject(request);
            let earlier = self.service.operation(request).and_then(|operation| {
                locked(&self.shared.earlier).get(&operation).filter(|(asked, _)| *asked != subject).cloned()
            });
            let own = self.serve(request);
            return earlier.map_or(own, |(_, reply)| reply);
        }
        if fault.kind == Kind::VoucherExpired {
            if fault.after_effect {
                self.serve(request);
            }
            return self.service.expire_voucher(request);
        }
        if fault.has_effect() { self.serve(request).spoilt(fault) } else { Reply::scripted(fault) }
    }

    /// Serves, and answers 500 rather than something that breaks the contract.
    fn serve(&self, request: &Request) -> Reply {
        if let Some(canned) = mapping::answer(&self.shared.mappings, self.service.platform(), request) {
            return canned;
        }
        let reply = self.service.serve(request);
        let Some(why) = reply.breaches() else {
            if let Some(operation) =
                self.service.operation(request).filter(|_| self.service.names_its_subject(&reply))
            {
                let subject = self.service.subject(request);
                locked(&self.shared.earlier).insert(operation, (subject, reply.clone()));
            }
            return reply;
        };
        tracing::error!(platform = ?self.service.platform(), status = reply.status, %why, "STAND-IN ANSWER BREAKS ITS SCHEMA");
        locked(&self.shared.ledger).note_broken_answer(why.clone());
        Reply::new(500, "text/plain", format!("stand-in broken: {why}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;

    /// Answers what the contract does not allow.
    struct Liar;

    impl Service for Liar {
        fn platform(&self) -> Platform {
            Platform::LavoroPubblico
        }

        fn operation(&self, _: &Request) -> Option<Operation> {
            Some(Operation::ReadReceipt)
        }

        fn serve(&self, _: &Request) -> Reply {
            Reply::json(200, Schema::Ricevuta, &serde_json::json!({"protocollo": "RIC/2026/0000001"}))
        }

        fn admin(&self, _: &Request, _: &[&str]) -> Option<Reply> {
            None
        }
    }

    #[test]
    fn an_answer_that_breaks_the_contract_does_not_go_out() {
        let door = Door { service: Arc::new(Liar), shared: Shared::default() };
        let request = Request {
            url: "http://localhost/".parse().unwrap(),
            method: "GET".parse().unwrap(),
            headers: Default::default(),
            body: Vec::new(),
        };
        assert_eq!(door.serve(&request).status, 500);
        let ledger = locked(&door.shared.ledger).clone();
        assert!(ledger.broken_answers()[0].contains("impronta"), "{ledger:?}");
    }
}
