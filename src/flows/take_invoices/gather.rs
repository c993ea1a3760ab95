// SPDX-License-Identifier: EUPL-1.2
//! What a judgement of an invoice rests on, made of what the store knows beside it.

use std::collections::HashSet;

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::app::App;
use crate::documents::signed::Signature;
use crate::documents::{read_invoices, read_order};
use crate::domain::decimal::Quantity;
use crate::domain::invoice::{DocumentClass, Invoice, ReferenceBlock};
use crate::domain::matching::InvoiceStanding;
use crate::domain::money::Money;
use crate::domain::order::{Line, Order};
use crate::domain::participation::Participation;
use crate::domain::text::Text;
use crate::flows::invoice_standing::standing;
use crate::rules::facts::Fact;
use crate::rules::invoice::facts::{
    Corrected, InvoiceFacts, InvoiceUse, OrderFacts, OrderLineFacts, SdiFacts, SignatureFacts,
};
use crate::rules::invoice::line_of_order;
use crate::store::invoices::InvoiceRow;
use crate::store::invoices::beside::{Beside, InvoiceKeys};
use crate::store::orders::OrderRow;
use crate::store::participation::ParticipationRow;

use super::order::{Belongs, belongs};

const UNREADABLE: Text = Text::new(
    "il documento conservato dell'ordine, o di un'altra sua fattura, non si legge più: eseguire audit verify",
    "the kept document of the order, or of another invoice of it, can no longer be read: run audit verify",
);

/// The facts, and what follows from them for the links of the invoice.
pub(super) struct Gathered {
    pub(super) facts: InvoiceFacts,
    /// The order it belongs to, beyond doubt.
    pub(super) order_id: Option<String>,
    /// The invoice it takes back.
    pub(super) corrects: Option<String>,
}

/// By what the store finds what stands beside an invoice. `row` is how it stands, or will be stored.
pub(super) fn keys(invoice: &Invoice, row: &InvoiceRow) -> InvoiceKeys {
    let is_note = invoice.kind.class() == DocumentClass::CreditNote;
    InvoiceKeys {
        programme: row.programme.clone(),
        comune: row.comune,
        id: row.id.clone(),
        cig: row.cig.clone(),
        supplier: invoice.header.supplier.key(),
        number: invoice.number.clone(),
        sdi_id: row.sdi_id,
        orders: numbers(invoice, ReferenceBlock::Order),
        invoices: if is_note { numbers(invoice, ReferenceBlock::Invoice) } else { Vec::new() },
    }
}

/// The numbers that an invoice names, as they are written, each once.
fn numbers(invoice: &Invoice, block: ReferenceBlock) -> Vec<String> {
    let mut seen = HashSet::new();
    let references = invoice.references.iter().filter(|reference| reference.block == block);
    let ids = references.map(|reference| &reference.id).filter(|id| !id.is_empty());
    ids.filter(|id| seen.insert(*id)).cloned().collect()
}

/// The facts about an invoice of a Comune, of which `beside` is all that the store knows.
pub(super) fn facts(
    app: &App,
    signatures: &[Signature],
    (invoice, row): (&Invoice, &InvoiceRow),
    beside: &Beside,
    now: DateTime<Utc>,
) -> Gathered {
    let belongs = belongs(app, (row, invoice), &beside.orders, &beside.decisions, now);
    let (order_id, order) = match &belongs {
        Belongs::To(order) => (Some(order.id.clone()), order_facts(app, beside, order, &row.id, true)),
        Belongs::Doubtful(order) => (None, order_facts(app, beside, order, &row.id, false)),
        Belongs::Nowhere => (None, Fact::Known(None)),
    };
    let corrected = corrected(beside, (invoice, row));
    let credited = corrected.map_or(Money::ZERO, |corrected| {
        let notes = beside.invoices.iter().filter(|note| note.corrects.as_ref() == Some(&corrected.id));
        sum(notes.filter(|note| is_received(beside, note, &row.id)))
    });
    let facts = InvoiceFacts {
        now,
        tenant: Some(row.comune),
        signature: SignatureFacts::of(signatures),
        participation: Fact::Known(beside.participation.as_ref().map(participation)),
        order,
        same_invoice: Fact::Known(same_invoice(beside, (invoice, row))),
        corrected: Fact::Known(corrected.map(|row| Corrected {
            id: row.id.clone(),
            gross: row.gross,
            credited: credited.checked_neg().unwrap_or_default(),
        })),
        sdi: sdi(beside, (invoice, row)),
    };
    Gathered { facts, order_id, corrects: corrected.map(|row| row.id.clone()) }
}

fn participation(row: &ParticipationRow) -> Participation {
    Participation {
        comune: row.comune,
        state: row.state,
        cup: row.cup,
        cup_template: row.cup_template.clone(),
        assigned: row.balances.assigned,
        available: row.balances.available().unwrap_or_default(),
    }
}

/// Invoices of a supplier, number, class and year, of whatever programme and Comune.
fn alike<'b>(
    beside: &'b Beside,
    supplier: &'b str,
    number: &'b str,
    class: DocumentClass,
    year: i32,
) -> impl Iterator<Item = &'b InvoiceRow> {
    let is_alike = move |row: &&InvoiceRow| {
        row.supplier == supplier && row.number == number && row.class == class && row.date.year() == year
    };
    beside.invoices.iter().filter(is_alike)
}

/// Documents of the same identity, in whatever Comune and programme: the same cost may be paid once.
fn same_invoice(beside: &Beside, (invoice, own): (&Invoice, &InvoiceRow)) -> Vec<InvoiceUse> {
    let Some(supplier) = invoice.header.supplier.key() else { return Vec::new() };
    let alike = alike(beside, &supplier, &invoice.number, invoice.kind.class(), invoice.date.year());
    let used = alike.filter(|row| is_received(beside, row, &own.id));
    // What another body has is its own: only that it is used is told.
    let told = |row: &InvoiceRow| InvoiceUse {
        id: (row.comune == own.comune).then(|| row.id.clone()),
        cup: row.cup.clone(),
    };
    used.map(told).collect()
}

/// Whether another invoice stands. One that was refused does not: its supplier may well send it again, mended, under the same
/// number.
fn is_received(beside: &Beside, row: &InvoiceRow, own_id: &str) -> bool {
    let outcomes = beside.sdi_outcomes.iter().filter(|given| Some(given.sdi_id) == row.sdi_id);
    let file = beside.sdi_files.iter().find(|file| Some(file.sdi_id) == row.sdi_id);
    let has_lapsed = file.is_some_and(|file| file.lapsed_at.is_some());
    row.id != own_id && standing(row, outcomes, has_lapsed) == InvoiceStanding::Received
}

/// The invoices that it names: numbers, and years where it gives dates.
fn named(invoice: &Invoice) -> impl Iterator<Item = (&str, Option<NaiveDate>)> {
    let references = invoice.references.iter().filter(|reference| reference.block == ReferenceBlock::Invoice);
    references.map(|reference| (reference.id.as_str(), reference.date))
}

/// The invoice of the Comune that a credit note names by its number, and by its date where it gives one.
fn corrected<'b>(beside: &'b Beside, (invoice, own): (&Invoice, &InvoiceRow)) -> Option<&'b InvoiceRow> {
    let (DocumentClass::CreditNote, Some(supplier)) = (invoice.kind.class(), invoice.header.supplier.key())
    else {
        return None;
    };
    let corrects = |row: &&InvoiceRow, number: &str, date: Option<NaiveDate>, class: DocumentClass| {
        row.comune == own.comune
            && row.supplier == supplier
            && row.number == number
            && row.class == class
            && date.map_or(row.date.year() == invoice.date.year(), |date| row.date == date)
    };
    named(invoice).find_map(|(number, date)| {
        let classes = [DocumentClass::Invoice, DocumentClass::Advance, DocumentClass::DebitNote];
        classes
            .into_iter()
            .find_map(|class| beside.invoices.iter().find(|row| corrects(row, number, date, class)))
    })
}

fn sdi(beside: &Beside, (invoice, own): (&Invoice, &InvoiceRow)) -> Option<SdiFacts> {
    let file = beside.sdi_files.iter().find(|file| Some(file.sdi_id) == own.sdi_id)?;
    let mut outcomes = beside.sdi_outcomes.iter().filter(|given| given.sdi_id == file.sdi_id);
    Some(SdiFacts {
        term_end: file.term_end(),
        has_lapsed: file.lapsed_at.is_some(),
        is_answered: outcomes.any(|given| given.binds(&invoice.number)),
    })
}

fn order_facts(
    app: &App,
    beside: &Beside,
    order: &OrderRow,
    own_id: &str,
    is_linked: bool,
) -> Fact<Option<OrderFacts>> {
    match order_read(app, beside, order, own_id, is_linked) {
        Some(facts) => Fact::Known(Some(facts)),
        None => Fact::Unavailable(UNREADABLE),
    }
}

fn order_read(
    app: &App,
    beside: &Beside,
    order: &OrderRow,
    own_id: &str,
    is_linked: bool,
) -> Option<OrderFacts> {
    let bytes = beside.documents.get(&order.id)?;
    let document = read_order(bytes, Some(&order.media_type), &app.limits).ok()?.order;
    let is_other =
        |row: &&InvoiceRow| row.order_id.as_ref() == Some(&order.id) && is_received(beside, row, own_id);
    let others: Vec<&InvoiceRow> = beside.invoices.iter().filter(is_other).collect();
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
        invoiced: sum(others.iter().copied()),
    };
    for of_file in others.chunk_by(|one, next| one.content_sha256 == next.content_sha256) {
        add_quantities(app, beside, of_file, &mut facts)?;
    }
    Some(facts)
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

/// Adds what other invoices, of one file, took of each line of the order; a credit note gives back.
fn add_quantities(app: &App, beside: &Beside, others: &[&InvoiceRow], facts: &mut OrderFacts) -> Option<()> {
    let bytes = beside.files.get(&others.first()?.content_sha256)?;
    let read = read_invoices(bytes, &app.limits).ok()?;
    for other in others {
        let is_it = |invoice: &&Invoice| invoice.position == other.position;
        let Some(invoice) = read.file.invoices.iter().find(is_it) else { continue };
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
    }
    Some(())
}
