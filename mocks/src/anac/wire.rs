// SPDX-License-Identifier: EUPL-1.2
//! How the PCP words its answers: `status`, `title`, `detail` and `type` on each, coded values, errors of its own list, limits.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::reply::Reply;
use crate::schema::Schema;

/// Length of a period of the limit, in seconds.
const PERIOD: i64 = 60;

/// A coded value.
pub(super) fn coded(list: &str, code: &str) -> Value {
    json!({"idTipologica": list, "codice": code})
}

/// An error of the official list, with its text.
pub(super) fn error(code: &str) -> Value {
    let text = match code {
        "ERR1" => "utente non autorizzato alla chiamata del servizio",
        "ERR19" => "idAppalto non trovato",
        "ERR26" => "idAppalto obbligatorio",
        "ERR97" => "errore durante la validazione del CUP",
        "ERR130" => "Scheda Afferente Investimenti PNRR senza CUP presenti in REGIS",
        "ERR131" => "CUP presenti in REGIS ma non afferenti a Investimenti PNRR",
        "ERR132" => {
            "Servizio di verifica del CUP erogato dal DIPE indisponibile. Effettuare un nuovo tentativo di Conferma successivamente."
        }
        "ERR133" => "Errore durante la chiamata al servizio di verifica del CUP in Regis",
        _ => "errore generico",
    };
    json!({"idTipologica": "errori", "codice": code, "dettaglio": text})
}

/// A success. `emptied` are the members of a success that says nothing.
pub(super) fn found(schema: Schema, members: Value, emptied: Value) -> Reply {
    let mut reply = Reply::json(200, schema, &success(members));
    reply.emptied = success(emptied).to_string();
    reply
}

fn success(members: Value) -> Value {
    let mut body = json!({
        "status": 200,
        "title": "Operazione effettuata",
        "detail": "Operazione terminata con successo",
        "type": "about:blank",
    });
    if let (Value::Object(body), Value::Object(members)) = (&mut body, members) {
        body.extend(members);
    }
    body
}

/// A problem.
pub(super) fn refuse(status: u16, kind: &str, detail: &str, errors: &[&str]) -> Reply {
    let body = json!({
        "status": status,
        "title": kind.replace('-', " "),
        "detail": detail.chars().take(1000).collect::<String>(),
        "type": format!("urn:anac:problema:{kind}"),
        "errori": errors.iter().map(|code| error(code)).collect::<Vec<_>>(),
    });
    let mut reply = Reply::json(status, Schema::AnacProblem, &body);
    reply.media_type = "application/problem+json".to_owned();
    reply
}

/// Counts the calls of the present period.
pub(super) struct Limit {
    calls: u32,
    since: DateTime<Utc>,
    used: u32,
}

/// What is left of the limit after a call.
#[derive(Clone, Copy)]
pub(super) struct Left {
    calls: u32,
    remaining: u32,
    reset: i64,
    /// The call was one too many.
    pub(super) over: bool,
}

impl Limit {
    pub(super) fn new(calls: u32) -> Self {
        Self { calls, since: DateTime::UNIX_EPOCH, used: 0 }
    }

    /// Counts a call.
    pub(super) fn count(&mut self, now: DateTime<Utc>) -> Left {
        let gone = (now - self.since).num_seconds();
        if !(0..PERIOD).contains(&gone) {
            (self.since, self.used) = (now, 0);
        }
        let reset = PERIOD - (now - self.since).num_seconds();
        let over = self.used >= self.calls;
        self.used = self.used.saturating_add(1);
        Left { calls: self.calls, remaining: self.calls.saturating_sub(self.used), reset, over }
    }
}

impl Left {
    /// Says on the answer what is left.
    pub(super) fn on(self, reply: Reply) -> Reply {
        reply
            .header("x-ratelimit-limit", self.calls.to_string())
            .header("x-ratelimit-remaining", self.remaining.to_string())
            .header("x-ratelimit-reset", self.reset.to_string())
    }

    /// The answer to a call too many.
    pub(super) fn refusal(self) -> Reply {
        refuse(429, "troppe-richieste", "Limite di richieste raggiunto", &[])
            .header("retry-after", self.reset.to_string())
    }
}
