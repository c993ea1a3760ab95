// SPDX-License-Identifier: EUPL-1.2
//! How the two REST platforms say no: problem documents (RFC 9457) whose kind is the last part of their `type`. An error
//! page that is not such a document proves nothing about what was done.

use serde::Deserialize;

use super::answer::{Answer, Failure};
use super::error::{Kind, said};

const MEDIA_TYPE: &str = "application/problem+json";

/// Overload or maintenance, told by the platform itself before it begins to work on a request.
const UNAVAILABLE: &str = "servizio-non-disponibile";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename = "title")]
    _title: String,
    status: u16,
    detail: String,
    #[serde(default)]
    errori: Vec<Fault>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    campo: String,
    motivo: String,
}

/// What an answer means that is none of the good ones. `kinds` is what the platform's `type`s begin with; `absent` is its
/// kind for "not there".
pub(super) fn refusal(answer: &Answer, kinds: &str, absent: &str) -> Failure {
    let Some((code, document)) = read(answer, kinds) else { return answer.trouble() };
    let text = document.text();
    match answer.status {
        401 | 403 => Failure::not_done(Kind::Denied { text }),
        404 if code == absent => Failure::last_word(Kind::NotFound { text }),
        503 if code == UNAVAILABLE => {
            Failure::not_done(Kind::Unavailable { status: 503, text }).after(answer.retry_after)
        }
        400 | 404..=407 | 409..=428 => Failure::last_word(Kind::Refused { code, text }),
        _ => answer.trouble(),
    }
}

/// Whether the platform itself says "not there": a bare 404, or somebody else's, does not count.
pub(super) fn says_absent(answer: &Answer, kinds: &str, absent: &str) -> bool {
    answer.status == 404 && read(answer, kinds).is_some_and(|(code, _)| code == absent)
}

/// The code of a `type` of the platform.
pub(super) fn code_of<'a>(kind: &'a str, kinds: &str) -> Option<&'a str> {
    kind.strip_prefix(kinds).filter(|code| !code.is_empty())
}

/// Whether the answer calls itself a problem document.
pub(super) fn is_problem(answer: &Answer) -> bool {
    answer.media_type == MEDIA_TYPE
}

fn read(answer: &Answer, kinds: &str) -> Option<(String, Document)> {
    let document: Document = answer.json().ok().filter(|_| is_problem(answer))?;
    let code = code_of(&document.kind, kinds)?.to_owned();
    (document.status == answer.status).then_some((said(&code), document))
}

impl Document {
    fn text(&self) -> String {
        let faults: Vec<String> =
            self.errori.iter().map(|fault| format!("{}: {}", fault.campo, fault.motivo)).collect();
        said(&format!("{} {}", self.detail, faults.join("; ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platforms::answer::Outcome;

    const KINDS: &str = "urn:x:problema:";

    fn answer(status: u16, media_type: &str, body: &str) -> Answer {
        Answer {
            status,
            media_type: media_type.into(),
            body: body.into(),
            retry_after: None,
            spent_for: None,
        }
    }

    fn document(status: u16, kind: &str) -> Answer {
        let body = format!(
            r#"{{"type": "{kind}", "title": "t", "status": {status}, "detail": "d", "errori": [{{"campo": "/cup", "motivo": "m"}}]}}"#
        );
        answer(status, MEDIA_TYPE, &body)
    }

    fn outcome(answer: &Answer) -> (Outcome, Kind) {
        let failure = refusal(answer, KINDS, "assente");
        (failure.outcome, failure.kind)
    }

    #[test]
    fn typed_refusals_are_final() {
        let refused = Kind::Refused { code: "termine-scaduto".into(), text: "d /cup: m".into() };
        assert_eq!(outcome(&document(422, "urn:x:problema:termine-scaduto")), (Outcome::Final, refused));
        assert!(matches!(
            outcome(&document(404, "urn:x:problema:assente")),
            (Outcome::Final, Kind::NotFound { .. })
        ));
        assert!(matches!(
            outcome(&document(404, "urn:x:problema:risorsa-inesistente")),
            (Outcome::Final, Kind::Refused { .. })
        ));
    }

    #[test]
    fn credentials_may_be_mended_and_nothing_was_done_meanwhile() {
        for answer in [document(401, "urn:x:problema:a"), answer(403, "text/html", "<h1>Forbidden</h1>")] {
            assert!(matches!(outcome(&answer), (Outcome::NotDone, Kind::Denied { .. })), "{answer:?}");
        }
    }

    #[test]
    fn only_the_platforms_own_503_proves_that_nothing_was_done() {
        assert_eq!(outcome(&document(503, "urn:x:problema:servizio-non-disponibile")).0, Outcome::NotDone);
        assert_eq!(outcome(&document(503, "urn:x:problema:altro")).0, Outcome::Unknown);
        assert_eq!(outcome(&answer(503, "text/html", "<h1>503</h1>")).0, Outcome::Unknown);
        assert_eq!(outcome(&document(500, "urn:x:problema:errore-interno")).0, Outcome::Unknown);
    }

    #[test]
    fn untyped_refusals_prove_nothing() {
        for answer in [
            answer(
                422,
                "application/json",
                r#"{"type": "urn:x:problema:a", "title": "t", "status": 422, "detail": "d"}"#,
            ),
            answer(
                422,
                MEDIA_TYPE,
                r#"{"type": "urn:x:problema:a", "title": "t", "status": 400, "detail": "d"}"#,
            ),
            answer(404, MEDIA_TYPE, r#"{"type": "about:blank", "title": "t", "status": 404, "detail": "d"}"#),
            answer(404, "text/html", "<h1>Not Found</h1>"),
        ] {
            assert_eq!(outcome(&answer).0, Outcome::Unknown, "{answer:?}");
            assert!(!says_absent(&answer, KINDS, "a"));
        }
        assert!(says_absent(&document(404, "urn:x:problema:a"), KINDS, "a"));
    }
}
