// SPDX-License-Identifier: EUPL-1.2
//! An answer before it goes out: with the schemas it must keep, and what an "empty outcome" of it would look like.

use std::borrow::Cow;

use serde_json::Value;
use wiremock::ResponseTemplate;

use crate::fault::{Fault, Kind};
use crate::schema::Schema;

/// An answer of a platform.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) media_type: String,
    pub(crate) headers: Vec<(Cow<'static, str>, String)>,
    pub(crate) body: String,
    /// What goes out in place of the text, when it is no text.
    pub(crate) packed: Option<Vec<u8>>,
    /// How long it takes to come.
    pub(crate) delay_ms: u64,
    /// The schema of the body.
    pub(crate) schema: Option<Schema>,
    /// A document carried inside the body, with its schema.
    pub(crate) inside: Option<(Schema, String)>,
    /// The body of a success that says nothing.
    pub(crate) emptied: String,
}

/// What a step of serving gives: its result, or the answer that ends the matter.
pub(crate) type Served<T> = Result<T, Box<Reply>>;

impl Reply {
    pub(crate) fn new(status: u16, media_type: &str, body: impl Into<String>) -> Self {
        Self {
            status,
            media_type: media_type.to_owned(),
            headers: Vec::new(),
            delay_ms: 0,
            body: body.into(),
            packed: None,
            schema: None,
            inside: None,
            emptied: String::new(),
        }
    }

    /// JSON that keeps a schema.
    pub(crate) fn json(status: u16, schema: Schema, body: &Value) -> Self {
        let mut reply = Self::new(status, "application/json", body.to_string());
        reply.schema = Some(schema);
        reply
    }

    pub(crate) fn header(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Where the answer breaks its own contract.
    pub(crate) fn breaches(&self) -> Option<String> {
        let body = self.schema.map(|schema| (schema, self.body.as_str()));
        let inside = self.inside.as_ref().map(|(schema, document)| (*schema, document.as_str()));
        let broken: Vec<_> = [body, inside]
            .into_iter()
            .flatten()
            .flat_map(|(schema, document)| {
                schema.breaches(document).into_iter().map(move |b| format!("{schema:?} {}: {}", b.at, b.why))
            })
            .collect();
        (!broken.is_empty()).then(|| broken.join("; "))
    }

    /// The answer as the fault leaves it.
    pub(crate) fn spoilt(mut self, fault: &Fault) -> Self {
        match fault.kind {
            Kind::Answer => Self::scripted(fault),
            Kind::Truncate => {
                let middle = self.body.len() / 2;
                let cut = (0..=middle).rev().find(|at| self.body.is_char_boundary(*at)).unwrap_or_default();
                self.body.truncate(cut);
                if let Some(packed) = &mut self.packed {
                    packed.truncate(packed.len() / 2);
                }
                self
            }
            Kind::Empty => {
                self.body = std::mem::take(&mut self.emptied);
                self.packed = None;
                self
            }
            // Whole as it is: what is done to it is done elsewhere.
            Kind::Delay
            | Kind::Foreign
            | Kind::VoucherExpired
            | Kind::Drop
            | Kind::Reset
            | Kind::Refuse
            | Kind::Hang
            | Kind::Drip
            | Kind::Cut
            | Kind::BrokenChunk
            | Kind::Rubbish => self,
        }
    }

    /// The answer a fault gives by itself.
    pub(crate) fn scripted(fault: &Fault) -> Self {
        let reply = Self::new(fault.status, &fault.media_type, fault.body.clone());
        let reply = match fault.status {
            // Somewhere that nobody answers: who follows it is found out.
            300..=399 => reply.header("location", "http://altrove.invalid/"),
            _ => reply,
        };
        match &fault.retry_after {
            Some(value) => reply.header("retry-after", value.clone()),
            None => reply,
        }
    }

    /// Puts it on the wire. What cannot be a status or a header value is replaced, never a panic.
    pub(crate) fn template(self) -> ResponseTemplate {
        let status = if (200..=599).contains(&self.status) { self.status } else { 500 };
        let mut template = ResponseTemplate::new(status);
        for (name, value) in &self.headers {
            template = template.insert_header(name.as_ref(), printable(value));
        }
        template
            .set_body_raw(self.packed.unwrap_or_else(|| self.body.into_bytes()), &printable(&self.media_type))
    }
}

fn printable(value: &str) -> String {
    value.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Operation;

    #[test]
    fn a_cut_answer_is_shorter_and_still_text() {
        let reply = Reply::new(200, "text/plain", "àèìòù");
        let cut = reply.spoilt(&Fault::on(Operation::CupDetail).truncated());
        assert_eq!(cut.body, "àè");
    }

    #[test]
    fn an_answer_that_breaks_its_schema_is_found_out() {
        let reply = Reply::json(200, Schema::Ricevuta, &serde_json::json!({"protocollo": "x"}));
        assert!(reply.breaches().is_some());
    }
}
