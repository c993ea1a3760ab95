// SPDX-License-Identifier: EUPL-1.2
//! How an ODA of the portal looks in answers.

use serde::Serialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::domain::istat::IstatCode;
use crate::domain::linking::{Candidate, Clue};
use crate::store::portal::PortalOda;

use super::{BASE, ComuneRef, Lang, comune_ref, instant, order_url};

#[derive(Debug, Serialize)]
struct PortalOdaView<'a> {
    oda_number: &'a str,
    href: String,
    status: &'static str,
    /// Why it is not linked.
    waiting: Option<Value>,
    portal_state: &'static str,
    story: Vec<Value>,
    comune: Option<ComuneRef<'a>>,
    order: Option<String>,
    candidates: Vec<CandidateView<'a>>,
    decided_by: Option<&'a str>,
    reason: Option<&'a str>,
    document_sha256: &'a str,
    first_seen_at: String,
    updated_at: String,
}

#[derive(Debug, Serialize)]
struct CandidateView<'a> {
    comune: ComuneRef<'a>,
    order_id: Option<&'a str>,
    score: u32,
    agrees: &'a [Clue],
    differs: &'a [Clue],
}

/// `viewer` is the Comune that looks: ids of orders are shown to those whose orders they are.
fn view<'a>(app: &'a App, oda: &'a PortalOda, viewer: Option<IstatCode>, lang: Lang) -> PortalOdaView<'a> {
    let own = |comune: IstatCode| viewer.is_none_or(|viewer| viewer == comune);
    let candidate = |candidate: &'a Candidate| CandidateView {
        comune: comune_ref(app, &candidate.comune),
        order_id: candidate.order.as_deref().filter(|_| own(candidate.comune)),
        score: candidate.score,
        agrees: &candidate.agrees,
        differs: &candidate.differs,
    };
    PortalOdaView {
        oda_number: &oda.number,
        href: format!("{}{BASE}/portal-orders/{}", app.settings.server.public_url, oda.number),
        status: oda.status.as_str(),
        waiting: oda.waiting.map(|why| json!({ "code": why.as_str(), "text": lang.pick(&why.text()) })),
        portal_state: oda.state.as_str(),
        story: oda.story.iter().map(|(state, at)| json!({ "state": state, "at": instant(*at) })).collect(),
        comune: oda.comune.as_ref().map(|comune| comune_ref(app, comune)),
        order: oda.order_id.as_ref().filter(|_| oda.comune.is_some_and(own)).map(|id| order_url(app, id)),
        candidates: oda.candidates.iter().map(candidate).collect(),
        decided_by: oda.decided_by.as_deref(),
        reason: oda.reason.as_deref(),
        document_sha256: &oda.sha256,
        first_seen_at: instant(oda.first_seen_at),
        updated_at: instant(oda.updated_at),
    }
}

/// An ODA of the portal as it stands.
pub fn portal_oda(app: &App, oda: &PortalOda, viewer: Option<IstatCode>, lang: Lang) -> String {
    super::json(&view(app, oda, viewer, lang))
}

/// A page of them; each can belong to the caller, so candidates of others are shown too: that is what has to be cleared
/// up.
pub fn portal_oda_page(
    app: &App,
    odas: &[PortalOda],
    viewer: Option<IstatCode>,
    lang: Lang,
    limit: u32,
) -> String {
    let full = u32::try_from(odas.len()).is_ok_and(|count| count == limit);
    let next = odas.last().filter(|_| full).map(|oda| &oda.number);
    let items: Vec<_> = odas.iter().map(|oda| view(app, oda, viewer, lang)).collect();
    super::json(&json!({ "items": items, "limit": limit, "next_cursor": next }))
}
