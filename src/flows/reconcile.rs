// SPDX-License-Identifier: EUPL-1.2
//! Orders, invoices and payments of a Comune, reconciled: what belongs together, what does not agree, what is missing. It is
//! worked out from the documents and the decisions of people alone, so the same documents always come to the same, in whatever
//! order they came. Those of before a day come to what stood on that day: orders that had not died, refusals, payments and
//! decisions of until then. What is shown beside it (assigned, state of an order, verdict of an invoice) is today's.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use crate::answer::Reconciliation;
use crate::app::App;
use crate::domain::invoice::DocumentClass;
use crate::domain::istat::IstatCode;
use crate::domain::matching::{
    Books, Code, Codes, Depth, Difference, Doc, InvoiceStanding, Kind, Policy, Tolerance,
};
use crate::domain::money::Money;
use crate::domain::payment::discrepancy::{Discrepancy, discrepancies};
use crate::domain::payment::story::tell;
use crate::domain::reason::Reason;
use crate::domain::role::Act;
use crate::domain::saying::Saying;
use crate::domain::sdi::SdiId;
use crate::domain::sha256::sha256;
use crate::domain::text::Text;
use crate::error::Error;
use crate::flows::invoice_standing::standing;
use crate::flows::take_invoices::judge_again;
use crate::flows::{Change, Principal, once};
use crate::store::audit::{Actor, Record, chain_of};
use crate::store::idempotency::Reply;
use crate::store::invoices::{InvoiceFilter, InvoiceRow};
use crate::store::orders::{OrderFilter, OrderRow};
use crate::store::payments::{MatchDecision, PaymentDocuments};
use crate::store::sdi::SdiOutcome;
use crate::store::{Store, Tx};

mod facts;

pub(super) use facts::Numbered;
pub use facts::ReadDocuments;

/// Documents read at a time.
const PAGE: u32 = 10_000;

/// The moment at which a day ends in Rome; what came before it counts for that day.
#[must_use]
pub fn end_of(day: NaiveDate) -> DateTime<Utc> {
    crate::domain::rome::day_bounds(day, day).1
}

/// Reconciles the documents of a Comune that came before a moment; without one, all that have come, also by a clock that is
/// ahead of this one.
///
/// # Errors
/// [`Error::NotFound`] when the Comune is not in the programme; the store's.
pub async fn reconcile(
    app: &App,
    comune: &IstatCode,
    until: Option<DateTime<Utc>>,
) -> Result<Reconciliation, Error> {
    Ok(reconcile_in(app, &app.store, comune, until).await?.0)
}

/// The same on a store that may be a snapshot, with the documents that were read for it.
///
/// # Errors
/// As [`reconcile`].
pub async fn reconcile_in(
    app: &App,
    store: &Store,
    comune: &IstatCode,
    until: Option<DateTime<Utc>>,
) -> Result<(Reconciliation, ReadDocuments), Error> {
    let before = until.unwrap_or(DateTime::<Utc>::MAX_UTC);
    let programme = &app.programme.id;
    let participation = store.participation(programme, comune).await?.ok_or(Error::NotFound)?;
    let orders = orders(store, programme, comune, before).await?;
    let invoices = invoices(store, programme, comune, before).await?;
    let PaymentDocuments { parts, said } = store.payments(programme, comune, before).await?;
    let payments = tell(&parts, &said);
    let decisions = store.match_decisions(programme, comune, before).await?;

    let codes = Arc::new(Codes::default());
    let mut books = Books::new(Arc::clone(&codes), policy(app));
    let numbered = Numbered { codes: &codes, orders: &orders, invoices: &invoices, payments: &payments };
    let documents = ReadDocuments::read(store, &app.limits, &orders, &invoices).await?;
    let standings = standings(store, programme, comune, &invoices, before).await?;
    let buyer = app.reference.comuni.by_istat(comune).map(|comune| comune.tax_code.to_string());
    let buyer = buyer.map_or(Code::NONE, |code| codes.code(&code));
    numbered.insert_into(&mut books, buyer, before, &documents, &standings);
    numbered.decide(&mut books, &decisions);
    let cup = participation.cup.map(|cup| cup.to_string());
    let own_cup = cup.as_deref().map_or(Code::NONE, |cup| codes.code(cup));
    if own_cup.is_some() {
        books.grant(own_cup, participation.balances.assigned.cents());
    }
    let mut outcome = books.settle(1);
    outcome.differences.extend(discrepancies(&payments, &said).iter().map(of_bank));
    outcome.differences.sort_unstable();
    let cups = books.cups();
    let found = Reconciliation {
        comune: *comune,
        before: until,
        assigned: participation.balances.assigned,
        cup,
        orders,
        invoices,
        payments,
        outcome,
        cups,
        own_cup,
    };
    Ok((found, documents))
}

/// That the bank paid another amount than was ordered.
fn of_bank(found: &Discrepancy) -> Difference {
    let payment = |place: &usize| Doc::Payment(u32::try_from(*place).unwrap_or(u32::MAX));
    Difference {
        kind: Kind::BankAmount,
        amount: found.ordered.abs_diff(found.paid),
        documents: found.parts.iter().map(payment).collect(),
    }
}

/// How strictly documents are compared.
pub(super) fn policy(app: &App) -> Policy {
    let cents = app.programme.tolerance.value.cents();
    Policy { depth: Depth::Full, tolerance: Tolerance { order: cents, payment: 0, rounding: cents } }
}

/// Orders that stood at some time: one that never was live binds nobody.
async fn orders(
    store: &Store,
    programme: &str,
    comune: &IstatCode,
    before: DateTime<Utc>,
) -> Result<Vec<OrderRow>, Error> {
    let mut filter = OrderFilter { comune: Some(*comune), limit: PAGE, ..OrderFilter::default() };
    let mut orders = Vec::new();
    loop {
        let page = store.orders(programme, &filter).await?;
        filter.after = page.last().map(|row| (row.received_at.timestamp_micros(), row.id.clone()));
        let stood = |row: &OrderRow| row.state.is_live() || row.ended_at.is_some();
        let is_last = page.len() < PAGE as usize;
        orders.extend(page.into_iter().filter(|row| row.received_at < before && stood(row)));
        if is_last {
            return Ok(orders);
        }
    }
}

async fn invoices(
    store: &Store,
    programme: &str,
    comune: &IstatCode,
    before: DateTime<Utc>,
) -> Result<Vec<InvoiceRow>, Error> {
    let mut filter = InvoiceFilter { comune: Some(*comune), limit: PAGE, ..InvoiceFilter::default() };
    let mut invoices = Vec::new();
    loop {
        let page = store.invoices(programme, &filter).await?;
        filter.after = page.last().map(|row| (row.received_at.timestamp_micros(), row.id.clone()));
        let is_last = page.len() < PAGE as usize;
        invoices.extend(page.into_iter().filter(|row| row.received_at < before));
        if is_last {
            return Ok(invoices);
        }
    }
}

/// How the invoices stand, by their place.
async fn standings(
    store: &Store,
    programme: &str,
    comune: &IstatCode,
    invoices: &[InvoiceRow],
    before: DateTime<Utc>,
) -> Result<Vec<InvoiceStanding>, Error> {
    let outcomes = store.sdi_outcomes_of_invoices(programme, comune).await?;
    let mut of_file: HashMap<SdiId, Vec<SdiOutcome>> = HashMap::new();
    let given = outcomes.into_iter().filter(|given| given.decided_at < before);
    given.for_each(|given| of_file.entry(given.sdi_id).or_default().push(given));
    let lapsed = store.sdi_lapsed_of_invoices(programme, comune, before).await?;
    let stands = |row: &InvoiceRow| {
        let given = row.sdi_id.and_then(|sdi_id| of_file.get(&sdi_id)).into_iter().flatten();
        standing(row, given, row.sdi_id.is_some_and(|sdi_id| lapsed.contains(&sdi_id)))
    };
    Ok(invoices.iter().map(stands).collect())
}

/// A decision to be taken.
#[derive(Debug, Clone)]
pub struct NewDecision {
    /// The later document: the invoice of an order, the credit note, the payment.
    pub from: String,
    /// The earlier document.
    pub to: String,
    /// What is said.
    pub saying: Saying,
    /// How much of it, where not all.
    pub amount: Option<Money>,
    /// Why.
    pub reason: Reason,
}

const NO_PAIR: Text = Text::new(
    "i due documenti non si possono collegare: una fattura va con il suo ordine, una nota di credito con la sua fattura, un pagamento con la sua fattura",
    "the two documents cannot be linked: an invoice goes with its order, a credit note with its invoice, a payment with its invoice",
);

const AMOUNT: Text = Text::new(
    "l'importo deve essere una parte di quello del documento, con lo stesso segno, e con le altre parti già indicate non superarlo",
    "the amount must be a part of that of the document, with the same sign, and not exceed it with the parts said before",
);

/// Writes down what a person decided, in the name of a Comune.
///
/// # Errors
/// [`Error::NotFound`] when one of the documents is not the Comune's; [`Error::Conflict`] when the two are no pair;
/// [`Error::Invalid`] when the amount is no part of the document; the store's.
pub async fn decide(
    app: &Arc<App>,
    comune: &IstatCode,
    decision: NewDecision,
    actor: Actor,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    let whole = whole_of_pair(app, comune, &decision).await?;
    let (shared, comune) = (Arc::clone(app), *comune);
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            match write(&shared, tx, &comune, (&decision, whole), &actor, at).await {
                Err(Error::Store(error)) => Err(error),
                done => Ok(done),
            }
        })
    });
    written.await?
}

/// The same, asked for by a client under a key.
///
/// # Errors
/// As [`decide`], and when the caller may not or the key belongs to another request.
pub async fn post_decision(
    app: &Arc<App>,
    principal: &Principal,
    comune: IstatCode,
    decision: NewDecision,
    change: Change,
) -> Result<Reply, Error> {
    principal.must(Act::Reconcile)?;
    let whole = whole_of_pair(app, &comune, &decision).await?;
    let (actor, at, shared) = (principal.actor(), change.at, Arc::clone(app));
    let body = crate::answer::json(&serde_json::json!({
        "from": decision.from, "to": decision.to, "verdict": decision.saying.as_str(),
    }));
    once(app, &change, move |tx| {
        Box::pin(async move {
            write(&shared, tx, &comune, (&decision, whole), &actor, at).await?;
            Ok(Reply { status: 201, location: None, body })
        })
    })
    .await
}

/// What the later document of a pair comes to, of which a person may say a part; an error when the two are no pair.
async fn whole_of_pair(app: &App, comune: &IstatCode, decision: &NewDecision) -> Result<Money, Error> {
    let standing = reconcile(app, comune, None).await?;
    let orders = (0u32..).zip(&standing.orders).map(|(n, _)| Doc::Order(n));
    let invoices = (0u32..).zip(&standing.invoices).map(|(n, _)| Doc::Invoice(n));
    let payments = (0u32..).zip(&standing.payments).map(|(n, _)| Doc::Payment(n));
    let documents: Vec<Doc> = orders.chain(invoices).chain(payments).collect();
    let named = |name: &str| documents.iter().copied().find(|doc| standing.name(*doc) == name);
    let (Some(from), Some(to)) = (named(&decision.from), named(&decision.to)) else {
        return Err(Error::NotFound);
    };
    let class = |n: u32| standing.invoices.get(n as usize).map(|row| row.class);
    let is_note = |n: u32| class(n) == Some(DocumentClass::CreditNote);
    let is_pair = match (from, to) {
        (Doc::Invoice(_), Doc::Order(_)) | (Doc::Payment(_), Doc::Invoice(_)) => true,
        (Doc::Invoice(note), Doc::Invoice(invoice)) => is_note(note) && !is_note(invoice),
        _ => false,
    };
    if !is_pair {
        return Err(Error::Conflict(NO_PAIR));
    }
    Ok(standing.amount(from))
}

/// Whether a part, with what was said before of parts of the same document for others, is within the whole.
fn is_within(part: Money, whole: Money, before: &[MatchDecision], to: &str) -> bool {
    // The last word about a pair holds.
    let others = before.iter().filter(|one| one.to != to);
    let last: HashMap<&str, &MatchDecision> = others.map(|one| (one.to.as_str(), one)).collect();
    let linked = last.into_values().filter(|one| one.saying == Saying::Link);
    let said = linked.filter_map(|one| one.amount).chain([part]);
    let sum: i128 = said.map(|amount| i128::from(amount.cents()).abs()).sum();
    part.cents().signum() == whole.cents().signum() && sum <= i128::from(whole.cents()).abs()
}

/// Keeps a decision about a document that comes to so much; the invoice that it is about is judged again with it.
async fn write(
    app: &App,
    tx: &mut Tx,
    comune: &IstatCode,
    (decision, whole): (&NewDecision, Money),
    actor: &Actor,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    if let Some(part) = decision.amount {
        let before = tx.decisions_from(&app.programme.id, comune, &decision.from).await?;
        if !is_within(part, whole, &before, &decision.to) {
            return Err(Error::Invalid { pointer: "/amount".into(), reason: AMOUNT });
        }
    }
    let row = MatchDecision {
        id: 0,
        from: decision.from.clone(),
        to: decision.to.clone(),
        saying: decision.saying,
        amount: decision.amount,
        reason: decision.reason.as_str().to_owned(),
        decided_by: actor.id.clone(),
        decided_at: at,
    };
    tx.decide_match(&app.programme.id, comune, &row).await?;
    let record = Record {
        chain: chain_of(Some(comune)),
        at,
        actor: actor.clone(),
        action: "match.decided",
        subject: decision.from.clone(),
        detail: format!(
            "to={} verdict={} amount={} reason_sha256={}",
            decision.to,
            decision.saying.as_str(),
            decision.amount.map_or_else(|| "-".to_owned(), |amount| amount.to_string()),
            sha256(decision.reason.as_str().as_bytes())
        ),
    };
    tx.audit(&[record]).await?;
    if let Some(id) = decision.from.strip_prefix("invoice:")
        && let Some(invoice) = tx.invoice(id).await?
    {
        match judge_again(app, tx, &invoice, actor, at).await {
            Ok(_) => {}
            Err(Error::Store(error)) => return Err(error.into()),
            // The word holds whatever becomes of the judgement.
            Err(error) => tracing::warn!(invoice.id = %id, %error, "an invoice could not be judged again"),
        }
    }
    Ok(())
}
