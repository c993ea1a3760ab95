// SPDX-License-Identifier: EUPL-1.2
//! Judging one order: gather the facts, run the rules, work out what would be held of the grant.

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::documents::ReadOrder;
use crate::domain::declaration::Declaration;
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;
use crate::error::Error;
use crate::programme::Programme;
use crate::reference::Reference;
use crate::rules::facts::{Fact, Facts};
use crate::rules::{Case, Judgement, judge};
use crate::store::facts::{OrderKeys, StoredFacts};

/// A judged order with what storing it needs.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The judgement.
    pub judgement: Judgement,
    /// Gross less own funds: what is held when the order is accepted.
    pub reserve: Money,
    /// Net amount per catalogue category, lines on no sheet left out.
    pub categories: Vec<(String, Money)>,
}

/// By what an order of a Comune is found and held against others.
pub fn keys(app: &App, comune: &IstatCode, read: &ReadOrder) -> OrderKeys {
    OrderKeys {
        programme: app.programme.id.clone(),
        comune: *comune,
        number: read.order.number.clone(),
        cig: read.order.cig().map(ToString::to_string),
        supplier: read.order.supplier.key().unwrap_or_default(),
    }
}

/// Judges an order of a Comune on the facts as stored now.
///
/// # Errors
/// When the store cannot be read.
pub async fn judge_now(
    app: &App,
    comune: &IstatCode,
    read: &ReadOrder,
    now: DateTime<Utc>,
) -> Result<Judged, Error> {
    let stored = app.store.order_facts(&keys(app, comune, read)).await?;
    Ok(judge_stored(app, comune, read, stored, now))
}

/// Judges an order of a Comune on facts from the store.
pub fn judge_stored(
    app: &App,
    comune: &IstatCode,
    read: &ReadOrder,
    stored: StoredFacts,
    now: DateTime<Utc>,
) -> Judged {
    let facts = Facts {
        now,
        tenant: Some(*comune),
        participation: Fact::Known(stored.participation),
        cig_uses: Fact::Known(stored.cig_uses),
        purchases: Fact::Known(stored.purchases),
        same_number: Fact::Known(stored.same_number),
        declarations_on_file: stored.declarations_on_file,
    };
    judge_on(read, &facts, &app.programme, &app.reference)
}

/// Judges an order on given facts.
pub fn judge_on(read: &ReadOrder, facts: &Facts, programme: &Programme, reference: &Reference) -> Judged {
    let case = Case::new(&read.order, facts, programme, reference);
    let judgement = judge(&case, read.format_findings.clone());
    let gross = read.order.totals.gross.unwrap_or_default();
    let reserve = gross.checked_sub(read.order.own_funds).unwrap_or_default();
    Judged { judgement, reserve, categories: case.net_by_category() }
}

/// The order with declarations that were given after it was received.
pub fn with_declarations(mut read: ReadOrder, later: Vec<Declaration>) -> ReadOrder {
    read.order.declarations.extend(later);
    read
}
