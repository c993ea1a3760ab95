// SPDX-License-Identifier: EUPL-1.2
//! What the REST platforms have in common: problem+json, bearer token, JSON bodies held to their schema.

use serde_json::{Map, Value, json};
use wiremock::Request;

use crate::reply::{Reply, Served};
use crate::schema::{Breach, Schema};
use crate::server::MAX_BODY;

/// How one platform words its refusals.
pub(crate) struct Dialect {
    /// Second part of `urn:<name>:problema:<kind>`.
    pub(crate) name: &'static str,
    /// Schema of a problem.
    pub(crate) problem: Schema,
    /// Schema of a 409.
    pub(crate) conflict: Schema,
}

impl Dialect {
    /// A problem.
    pub(crate) fn refuse(&self, status: u16, kind: &str, detail: &str) -> Reply {
        self.finish(self.problem, self.members(status, kind, detail))
    }

    /// A problem with one entry per fault.
    pub(crate) fn refuse_all(&self, status: u16, kind: &str, detail: &str, breaches: &[Breach]) -> Reply {
        let mut members = self.members(status, kind, detail);
        members.insert("errori".to_owned(), json!(breaches));
        self.finish(self.problem, members)
    }

    /// A 409 that names what is there already.
    pub(crate) fn conflict(&self, kind: &str, detail: &str, existing: Value) -> Reply {
        let mut members = self.members(409, kind, detail);
        if let Value::Object(existing) = existing {
            members.extend(existing);
        }
        self.finish(self.conflict, members)
    }

    /// Refuses a call without the expected token; with none expected, any token will do.
    pub(crate) fn bearer(&self, request: &Request, expected: Option<&str>) -> Served<()> {
        let token = header(request, "authorization").and_then(|value| value.strip_prefix("Bearer "));
        let known = token.is_some_and(|t| !t.trim().is_empty() && expected.is_none_or(|wanted| wanted == t));
        if known {
            return Ok(());
        }
        let refusal = self.refuse(401, "non-autenticato", "Token assente o non valido");
        Err(Box::new(refusal.header("www-authenticate", "Bearer")))
    }

    /// The body as text, if it has the right size and type.
    pub(crate) fn text<'r>(&self, request: &'r Request, media_type: &str) -> Served<&'r str> {
        let refuse = |status, kind, detail: &str| Box::new(self.refuse(status, kind, detail));
        if request.body.len() > MAX_BODY {
            return Err(refuse(413, "richiesta-troppo-grande", "Il corpo supera 8 MiB"));
        }
        let given = header(request, "content-type").unwrap_or_default();
        if !given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media_type) {
            return Err(refuse(415, "tipo-non-ammesso", &format!("Il tipo ammesso è {media_type}")));
        }
        std::str::from_utf8(&request.body)
            .map_err(|_| refuse(400, "json-non-leggibile", "Il corpo non è UTF-8"))
    }

    /// A JSON body that keeps its schema.
    pub(crate) fn json(&self, request: &Request, schema: Schema) -> Served<Value> {
        let text = self.text(request, "application/json")?;
        let value = serde_json::from_str(text).map_err(|e| {
            Box::new(self.refuse(400, "json-non-leggibile", &format!("JSON non leggibile: {e}")))
        })?;
        let breaches = schema.breaches(text);
        if breaches.is_empty() {
            return Ok(value);
        }
        let detail = "La richiesta non rispetta lo schema";
        Err(Box::new(self.refuse_all(422, "richiesta-non-valida", detail, &breaches)))
    }

    /// The address exists, but not for this method.
    pub(crate) fn no_such_method(&self) -> Reply {
        self.refuse(405, "metodo-non-ammesso", "Metodo non ammesso per questa risorsa")
    }

    /// No such address.
    pub(crate) fn no_such_address(&self) -> Reply {
        self.refuse(404, "risorsa-inesistente", "Risorsa inesistente")
    }

    fn members(&self, status: u16, kind: &str, detail: &str) -> Map<String, Value> {
        let title = kind.replace('-', " ");
        let members = json!({
            "type": format!("urn:{}:problema:{kind}", self.name),
            "title": title,
            "status": status,
            "detail": detail.chars().take(1000).collect::<String>(),
        });
        if let Value::Object(members) = members { members } else { Map::new() }
    }

    fn finish(&self, schema: Schema, members: Map<String, Value>) -> Reply {
        let status = members.get("status").and_then(Value::as_u64).and_then(|s| u16::try_from(s).ok());
        let mut reply = Reply::json(status.unwrap_or(500), schema, &Value::Object(members));
        reply.media_type = "application/problem+json".to_owned();
        reply
    }
}

/// The value of a header, if it is text.
pub(crate) fn header<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    request.headers.get(name).and_then(|value| value.to_str().ok())
}

/// The value of a query parameter, decoded; the first one if repeated.
pub(crate) fn parameter(request: &Request, name: &str) -> Option<String> {
    request.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The segments of the path after `prefix`.
pub(crate) fn segments<'r>(request: &'r Request, prefix: &str) -> Vec<&'r str> {
    let path = request.url.path().strip_prefix(prefix).unwrap_or_default();
    path.split('/').filter(|segment| !segment.is_empty()).collect()
}
