// SPDX-License-Identifier: EUPL-1.2
//! What the store knows beside an invoice, read in the transaction that stores the judgement.

use chrono::{DateTime, Datelike, Utc};

use crate::app::App;
use crate::documents::{ReadOrder, read_invoices};
use crate::domain::decimal::Quantity;
use crate::domain::invoice::{DocumentClass, Invoice, ReferenceBlock};
use crate::domain::istat::IstatCode;
use crate::domain::matching::InvoiceStanding;
use crate::domain::money::Money;
use crate::domain::order::{Line, Order};
use crate::domain::order_state::OrderState;
use crate::domain::participation::Participation;
use crate::domain::sdi::SdiId;
use crate::error::Error;
use crate::flows::invoice_standing::standing;
use crate::flows::rejudge::read_again;
use crate::rules::facts::Fact;
use crate::rules::invoice::facts::{
    Corrected, InvoiceFacts, InvoiceUse, OrderFacts, OrderLineFacts, SdiFacts, SignatureFacts,
};
use crate::rules::invoice::line_of_order;
use crate::store::Tx;
use crate::store::invoices::InvoiceRow;
use crate::store::orders::OrderRow;
use crate::store::payments::MatchDecision;

use super::Delivery;
use super::order::{Belongs, belongs, numbers};

/// The facts, and what follows from them for the links of the invoice.
pub(super) struct Gathered {
    pub(super) facts: InvoiceFacts,
    /// The order it belongs to, beyond doubt.
    pub(super) order_id: Option<String>,
    /// The invoice it takes back.
    pub(super) corrects: Option<String>,
}

/// Gathers what is known beside an invoice of a Comune. `row` is how it stands, or will be stored.
pub(super) async fn facts(
    app: &App,
    tx: &mut Tx,
    delivery: &Delivery,
    invoice: &Invoice,
    row: &InvoiceRow,
    now: DateTime<Utc>,
) -> Result<Gathered, Error> {
    let (programme, comune, own_id) = (&app.programme.id, &row.comune, row.id.as_str());
    let decisions = tx.decisions_from(programme, comune, &format!("invoice:{own_id}")).await?;
    let candidates = candidates(tx, invoice, row, &decisions).await?;
    let belongs = belongs(app, (row, invoice), &candidates, &decisions, now);
    let order_id = match &belongs {
        Belongs::To(order) => Some(order.id.clone()),
        Belongs::Doubtful(_) | Belongs::Nowhere => None,
    };
    let order = match &belongs {
        Belongs::To(order) => Some(order_facts(app, tx, order, own_id, true).await?),
        Belongs::Doubtful(order) => Some(order_facts(app, tx, order, own_id, false).await?),
        Belongs::Nowhere => None,
    };
    let corrected = corrected(tx, invoice, comune).await?;
    let credited = match &corrected {
        Some(corrected) => {
            let notes = tx.credit_notes_of(&corrected.id).await?;
            sum(received(tx, notes, own_id).await?.iter())
        }
        None => Money::ZERO,
    };
    let facts = InvoiceFacts {
        now,
        tenant: Some(*comune),
        signature: SignatureFacts::of(&delivery.read.signatures),
        participation: Fact::Known(participation(tx, programme, comune).await?),
        order: Fact::Known(order),
        same_invoice: Fact::Known(same_invoice(tx, invoice, row).await?),
        corrected: Fact::Known(corrected.as_ref().map(|row| Corrected {
            id: row.id.clone(),
            gross: row.gross,
            credited: credited.checked_neg().unwrap_or_default(),
        })),
        sdi: sdi(tx, delivery.sdi_id, invoice).await?,
    };
    Ok(Gathered { facts, order_id, corrects: corrected.map(|row| row.id) })
}

/// Orders of the Comune that the invoice may mean: those with its CIG or a number it names, and those a person spoke of.
async fn candidates(
    tx: &mut Tx,
    invoice: &Invoice,
    row: &InvoiceRow,
    decisions: &[MatchDecision],
) -> Result<Vec<OrderRow>, Error> {
    let (programme, comune) = (&row.programme, &row.comune);
    let mut orders = tx.orders_named(programme, comune, row.cig.as_deref(), &numbers(invoice)).await?;
    for decision in decisions {
        let Some(id) = decision.to.strip_prefix("order:") else { continue };
        if orders.iter().all(|order| order.id != id) {
            orders.extend(tx.order(id).await?.filter(|order| order.comune == *comune));
        }
    }
    orders.retain(|order| !matches!(order.state, OrderState::Refused | OrderState::Incomplete));
    Ok(orders)
}

async fn participation(
    tx: &mut Tx,
    programme: &str,
    comune: &IstatCode,
) -> Result<Option<Participation>, Error> {
    let row = tx.participation(programme, comune).await?;
    Ok(row.map(|row| Participation {
        comune: row.comune,
        state: row.state,
        cup: row.cup,
        cup_template: row.cup_template,
        assigned: row.balances.assigned,
        available: row.balances.available().unwrap_or_default(),
    }))
}

/// Documents of the same identity, in whatever Comune and programme: the same cost may be paid once.
async fn same_invoice(tx: &mut Tx, invoice: &Invoice, own: &InvoiceRow) -> Result<Vec<InvoiceUse>, Error> {
    let Some(supplier) = invoice.header.supplier.key() else { return Ok(Vec::new()) };
    let class = invoice.kind.class();
    let alike = tx.invoices_like(&supplier, &invoice.number, class, invoice.date.year()).await?;
    let used = received(tx, alike, &own.id).await?.into_iter();
    // What another body has is its own: only that it is used is told.
    let told =
        |row: InvoiceRow| InvoiceUse { id: (row.comune == own.comune).then_some(row.id), cup: row.cup };
    Ok(used.map(told).collect())
}

/// Of other invoices those that stand. One that was refused does not: its supplier may well send it again, mended, under the
/// same number.
async fn received(tx: &mut Tx, others: Vec<InvoiceRow>, own_id: &str) -> Result<Vec<InvoiceRow>, Error> {
    let mut received = Vec::new();
    for row in others.into_iter().filter(|row| row.id != own_id) {
        let (outcomes, file) = match row.sdi_id {
            Some(sdi_id) => (tx.sdi_outcomes(sdi_id).await?, tx.sdi_file(sdi_id).await?),
            None => (Vec::new(), None),
        };
        let has_lapsed = file.is_some_and(|file| file.lapsed_at.is_some());
        if standing(&row, &outcomes, has_lapsed) == InvoiceStanding::Received {
            received.push(row);
        }
    }
    Ok(received)
}

/// The invoice of the Comune that a credit note names by its number, and by its date where it gives one.
async fn corrected(tx: &mut Tx, invoice: &Invoice, comune: &IstatCode) -> Result<Option<InvoiceRow>, Error> {
    let (DocumentClass::CreditNote, Some(supplier)) = (invoice.kind.class(), invoice.header.supplier.key())
    else {
        return Ok(None);
    };
    for reference in invoice.references.iter().filter(|reference| reference.block == ReferenceBlock::Invoice)
    {
        for class in [DocumentClass::Invoice, DocumentClass::Advance, DocumentClass::DebitNote] {
            let year = reference.date.unwrap_or(invoice.date).year();
            let alike = tx.invoices_like(&supplier, &reference.id, class, year).await?;
            let is_it = |row: &InvoiceRow| {
                row.comune == *comune && reference.date.is_none_or(|date| date == row.date)
            };
            if let Some(found) = alike.into_iter().find(is_it) {
                return Ok(Some(found));
            }
        }
    }
    Ok(None)
}

async fn sdi(tx: &mut Tx, sdi_id: Option<SdiId>, invoice: &Invoice) -> Result<Option<SdiFacts>, Error> {
    let Some(sdi_id) = sdi_id else { return Ok(None) };
    let Some(file) = tx.sdi_file(sdi_id).await? else { return Ok(None) };
    let outcomes = tx.sdi_outcomes(sdi_id).await?;
    Ok(Some(SdiFacts {
        term_end: file.term_end(),
        has_lapsed: file.lapsed_at.is_some(),
        is_answered: outcomes.iter().any(|given| given.binds(&invoice.number)),
    }))
}

async fn order_facts(
    app: &App,
    tx: &mut Tx,
    order: &OrderRow,
    own_id: &str,
    is_linked: bool,
) -> Result<OrderFacts, Error> {
    let ReadOrder { order: document, .. } = read_again(app, tx, order).await?;
    let others = tx.invoices_of_order(&order.id).await?;
    let others = received(tx, others, own_id).await?;
    let mut facts = OrderFacts {
        id: order.id.clone(),
        is_linked,
        number: order.number.clone(),
        date: order.order_date,
        state: order.state,
        supplier: order.supplier.clone(),
        supplier_name: order.supplier_name.clone(),
        cup: document.cup().copied(),
        cig: document.cig().copied(),
        gross: order.gross.unwrap_or_default(),
        lines: lines(&document),
        invoiced: sum(others.iter()),
    };
    for other in others {
        add_quantities(app, tx, &other, &mut facts).await?;
    }
    Ok(facts)
}

fn sum<'a>(rows: impl Iterator<Item = &'a InvoiceRow>) -> Money {
    Money::checked_sum(rows.map(InvoiceRow::signed_gross)).unwrap_or_default()
}

fn lines(order: &Order) -> Vec<OrderLineFacts> {
    let line = |line: &Line| OrderLineFacts {
        id: line.id.clone(),
        item_code: line.item_code.clone(),
        name: line.name.clone(),
        quantity: line.quantity,
        unit_price: line.unit_price.filter(|_| line.base_quantity == one()),
        vat_rate: line.vat_rate,
        invoiced: Quantity::ZERO,
    };
    order.lines.iter().map(line).collect()
}

fn one() -> Quantity {
    "1".parse().unwrap_or_default()
}

/// Adds what another invoice took of each line of the order; a credit note gives back.
async fn add_quantities(
    app: &App,
    tx: &mut Tx,
    other: &InvoiceRow,
    facts: &mut OrderFacts,
) -> Result<(), Error> {
    let Some(bytes) = tx.invoice_file(&other.content_sha256).await? else { return Ok(()) };
    let read = read_invoices(&bytes, &app.limits)?;
    let position = |invoice: &&Invoice| invoice.position == other.position;
    let Some(invoice) = read.file.invoices.iter().find(position) else { return Ok(()) };
    let taken: Vec<(String, Quantity)> = invoice
        .lines
        .iter()
        .filter_map(|line| Some((line_of_order(invoice, line, facts)?.id.clone(), line.quantity?)))
        .collect();
    for (id, quantity) in taken {
        let signed = if other.class == DocumentClass::CreditNote { quantity.negated() } else { quantity };
        if let Some(line) = facts.lines.iter_mut().find(|line| line.id == id) {
            line.invoiced = line.invoiced.checked_add(signed).unwrap_or(line.invoiced);
        }
    }
    Ok(())
}
