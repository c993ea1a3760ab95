// SPDX-License-Identifier: EUPL-1.2
//! How things look in answers: money as ModI wants it, findings in one language, absolute links. Texts only: what travels
//! around them is for `http`.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::app::App;
use crate::documents::ReadOrder;
use crate::domain::cig_check::Point;
use crate::domain::finding::{Compared, Finding};
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;
use crate::domain::remedy::Remedy;
use crate::domain::text::Text;
use crate::rules::Judgement;
use crate::store::cig_checks::CigCheck;
use crate::store::orders::OrderRow;
use crate::store::outbox::Trouble;
use crate::store::participation::ParticipationRow;

mod grant;
mod invoice;
mod payment;
mod portal;
mod reconciliation;
mod report;

pub use grant::grant_act;
pub use invoice::{
    invoice, invoice_file, invoice_file_values, invoice_page, invoice_url, invoice_values, invoices_url,
};
pub use payment::{payment_file, payment_list};
pub use portal::{portal_oda, portal_oda_page};
pub use reconciliation::{Reconciliation, payment_name, reconciliation, reconciliation_value};
pub use report::{report, report_page, report_url};

/// Path under which the API lives.
pub const BASE: &str = "/rest/acquisti/v1";

/// Language of texts in an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Lang {
    /// Italian, the default.
    #[default]
    It,
    /// English.
    En,
}

impl Lang {
    /// The text in this language.
    pub fn pick(self, text: &Text) -> &str {
        match self {
            Self::It => &text.it,
            Self::En => &text.en,
        }
    }
}

/// Money as the national rules want it: a string with its currency.
#[derive(Debug, Serialize)]
pub struct MoneyView {
    amount: String,
    currency: &'static str,
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> Self {
        Self { amount: money.to_string(), currency: "EUR" }
    }
}

/// A finding in one language.
#[derive(Debug, Serialize)]
pub struct FindingView<'a> {
    rule: &'a str,
    severity: &'static str,
    field: &'a str,
    message: &'a str,
    remedy: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<Remedy>,
    source: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    values: &'a [Compared],
}

impl<'a> FindingView<'a> {
    /// The finding in that language.
    pub fn new(finding: &'a Finding, lang: Lang) -> Self {
        Self {
            rule: &finding.rule,
            severity: finding.severity.as_str(),
            field: &finding.field,
            message: lang.pick(&finding.message),
            remedy: lang.pick(&finding.remedy),
            action: finding.action,
            source: &finding.source,
            values: &finding.values,
        }
    }
}

fn findings(all: &[Finding], lang: Lang) -> Vec<FindingView<'_>> {
    all.iter().map(|finding| FindingView::new(finding, lang)).collect()
}

#[derive(Debug, Serialize)]
struct ComuneRef<'a> {
    istat_code: &'a str,
    ipa_code: Option<String>,
    name: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct TotalsView {
    net: Option<MoneyView>,
    vat: Option<MoneyView>,
    gross: Option<MoneyView>,
}

#[derive(Debug, Serialize)]
struct OrderView<'a> {
    id: &'a str,
    href: String,
    programme: &'a str,
    comune: ComuneRef<'a>,
    order_number: &'a str,
    order_date: String,
    sent_at: Option<String>,
    verdict: &'static str,
    state: &'static str,
    cup: Option<&'a str>,
    cig: Option<&'a str>,
    oda_number: Option<&'a str>,
    supplier_code: &'a str,
    supplier_name: Option<&'a str>,
    totals: TotalsView,
    own_funds: MoneyView,
    reserved: MoneyView,
    invoiced: MoneyView,
    paid: MoneyView,
    spending: &'static str,
    findings: Vec<FindingView<'a>>,
    document_sha256: &'a str,
    version: i64,
    received_at: String,
    updated_at: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    platform_troubles: Vec<TroubleView<'a>>,
    /// What ANAC says of the CIG; left out while it was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    cig_check: Option<CigCheckView<'a>>,
}

#[derive(Debug, Serialize)]
struct CigCheckView<'a> {
    result: &'static str,
    checked_at: String,
    points: Vec<PointView<'a>>,
}

#[derive(Debug, Serialize)]
struct PointView<'a> {
    what: &'a str,
    well: Option<bool>,
    found: &'a str,
}

/// A call to a platform that is not going well: someone may have to act.
#[derive(Debug, Serialize)]
struct TroubleView<'a> {
    call: &'a str,
    state: &'a str,
    said: &'a str,
}

/// An order as it stands.
pub fn order(app: &App, order: &OrderRow, lang: Lang) -> String {
    json(&order_view(app, order, lang))
}

/// An order as it stands, with the calls for it that are not going well and what ANAC says of its CIG.
pub fn order_with_calls<'a>(
    app: &'a App,
    order: &'a OrderRow,
    troubles: &'a [Trouble],
    check: Option<&'a CigCheck>,
    lang: Lang,
) -> String {
    let shown = |Trouble { kind, state, last_error, .. }: &'a Trouble| TroubleView {
        call: kind,
        state,
        said: last_error,
    };
    let platform_troubles = troubles.iter().map(shown).collect();
    let point = |point: &'a Point| PointView {
        what: lang.pick(&point.what),
        well: point.well,
        found: lang.pick(&point.found),
    };
    let cig_check = check.map(|check| CigCheckView {
        result: check.result().as_str(),
        checked_at: instant(check.checked_at),
        points: check.points.iter().map(point).collect(),
    });
    json(&OrderView { platform_troubles, cig_check, ..order_view(app, order, lang) })
}

/// A page of orders.
pub fn order_page(
    app: &App,
    orders: &[OrderRow],
    lang: Lang,
    limit: u32,
    next_cursor: Option<String>,
) -> String {
    let items: Vec<_> = orders.iter().map(|order| order_view(app, order, lang)).collect();
    json(&serde_json::json!({ "items": items, "limit": limit, "next_cursor": next_cursor }))
}

fn order_view<'a>(app: &'a App, order: &'a OrderRow, lang: Lang) -> OrderView<'a> {
    OrderView {
        id: &order.id,
        href: order_url(app, &order.id),
        programme: &order.programme,
        comune: comune_ref(app, &order.comune),
        order_number: &order.number,
        order_date: order.order_date.to_string(),
        sent_at: order.sent_at.map(instant),
        verdict: order.verdict.as_str(),
        state: order.state.as_str(),
        cup: order.cup.as_deref(),
        cig: order.cig.as_deref(),
        oda_number: order.oda_number.as_deref(),
        supplier_code: &order.supplier,
        supplier_name: order.supplier_name.as_deref(),
        totals: TotalsView {
            net: order.net.map(Into::into),
            vat: order.vat.map(Into::into),
            gross: order.gross.map(Into::into),
        },
        own_funds: order.own_funds.into(),
        reserved: if order.state.is_live() { order.reserved } else { Money::ZERO }.into(),
        invoiced: order.spending.invoiced.into(),
        paid: order.spending.paid.into(),
        spending: order.spending.stage(order.reserved, app.programme.tolerance.value).as_str(),
        findings: findings(&order.findings, lang),
        document_sha256: &order.document,
        version: order.version,
        received_at: instant(order.received_at),
        updated_at: instant(order.updated_at),
        platform_troubles: Vec::new(),
        cig_check: None,
    }
}

/// What was added, and what comes next: adding judges nothing.
pub fn declarations_added(app: &App, order_id: &str, added: usize) -> String {
    json(&serde_json::json!({
        "id": order_id,
        "declarations_added": added,
        "recheck": format!("{}/recheck", order_url(app, order_id)),
    }))
}

/// What a judgement without storing says.
pub fn dry_run(read: &ReadOrder, judgement: &Judgement, would_reserve: Money, lang: Lang) -> String {
    json(&serde_json::json!({
        "dry_run": true,
        "order_number": read.order.number,
        "verdict": judgement.verdict.as_str(),
        "would_reserve": MoneyView::from(would_reserve),
        "findings": findings(&judgement.findings, lang),
    }))
}

#[derive(Debug, Serialize)]
struct BalancesView {
    assigned: MoneyView,
    reserved: MoneyView,
    committed: MoneyView,
    invoiced: MoneyView,
    paid: MoneyView,
    available: MoneyView,
}

#[derive(Debug, Serialize)]
struct ComuneView<'a> {
    #[serde(flatten)]
    comune: ComuneRef<'a>,
    href: String,
    programme: &'a str,
    state: &'static str,
    reason: Option<&'a str>,
    cup: Option<String>,
    cup_template: Option<&'a str>,
    receipt: Option<&'a str>,
    receipt_at: Option<String>,
    balances: BalancesView,
    synthetic: bool,
}

fn comune_view<'a>(app: &'a App, row: &'a ParticipationRow) -> ComuneView<'a> {
    let held = &row.balances;
    ComuneView {
        comune: comune_ref(app, &row.comune),
        href: comune_url(app, &row.comune),
        programme: &app.programme.id,
        state: row.state.as_str(),
        reason: row.reason.as_deref(),
        cup: row.cup.as_ref().map(ToString::to_string),
        cup_template: row.cup_template.as_deref(),
        receipt: row.receipt.as_deref(),
        receipt_at: row.receipt_at.map(instant),
        balances: BalancesView {
            assigned: held.assigned.into(),
            reserved: held.reserved.into(),
            committed: held.committed.into(),
            invoiced: held.invoiced.into(),
            paid: held.paid.into(),
            available: held.available().unwrap_or_default().into(),
        },
        synthetic: row.synthetic,
    }
}

/// A Comune in the programme.
pub fn comune(app: &App, row: &ParticipationRow) -> String {
    json(&comune_view(app, row))
}

/// A page of Comuni.
pub fn comune_page(app: &App, rows: &[ParticipationRow], limit: u32, next_cursor: Option<String>) -> String {
    let items: Vec<_> = rows.iter().map(|row| comune_view(app, row)).collect();
    json(&serde_json::json!({ "items": items, "limit": limit, "next_cursor": next_cursor }))
}

fn comune_ref<'a>(app: &'a App, code: &'a IstatCode) -> ComuneRef<'a> {
    let comune = app.reference.comuni.by_istat(code);
    ComuneRef {
        istat_code: code.as_str(),
        ipa_code: comune.map(|comune| comune.ipa.to_string()),
        name: comune.map(|comune| &*comune.name),
    }
}

/// Absolute address of an order.
pub fn order_url(app: &App, id: &str) -> String {
    format!("{}{BASE}/orders/{id}", app.settings.server.public_url)
}

/// Absolute address of a Comune.
pub fn comune_url(app: &App, code: &IstatCode) -> String {
    format!("{}{BASE}/comuni/{code}", app.settings.server.public_url)
}

/// An instant in UTC, RFC 3339.
pub fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// The JSON text of a value made of strings, numbers and lists, which cannot fail to serialise.
pub fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
