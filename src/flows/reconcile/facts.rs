// SPDX-License-Identifier: EUPL-1.2
//! Stored documents to the compact facts that matching works on. A document's number is its place in the list of its kind.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::answer::payment_name;
use crate::documents::{Limits, ReadOrder, read_invoices, read_order};
use crate::domain::invoice::{DocumentClass, Invoice, InvoiceLine, ReferenceBlock};
use crate::domain::matching::{
    Books, Class, Code, Codes, Day, Debt, Decision, Doc, Fact, InvoiceFact, InvoiceRef, InvoiceRest,
    InvoiceStanding, Line, OrderFact, OrderRef, OrderRest, OrderStanding, PaymentFact, PaymentRest,
    PaymentStanding, Scaled, Verdict,
};
use crate::domain::money::Money;
use crate::domain::order::Order;
use crate::domain::payment::DebtKind;
use crate::domain::payment::story::{PaidPart, Standing};
use crate::domain::saying::Saying;
use crate::domain::sdi::SdiId;
use crate::error::Error;
use crate::store::Store;
use crate::store::invoices::InvoiceRow;
use crate::store::orders::OrderRow;
use crate::store::payments::MatchDecision;

/// What the documents themselves say beyond the columns they are stored in.
#[derive(Debug)]
pub struct ReadDocuments {
    /// Orders, by their places; none for one that can no longer be read.
    pub orders: Vec<Option<ReadOrder>>,
    /// Invoices, by their places.
    pub invoices: Vec<Option<Invoice>>,
}

impl ReadDocuments {
    /// One invoice, beside orders whose lines do not matter.
    pub(in crate::flows) fn of_one(orders: usize, invoice: &Invoice) -> Self {
        Self { orders: vec![None; orders], invoices: vec![Some(invoice.clone())] }
    }

    /// Reads every document again. One that can no longer be read is matched by its columns.
    pub(super) async fn read(
        store: &Store,
        limits: &Limits,
        orders: &[OrderRow],
        invoices: &[InvoiceRow],
    ) -> Result<Self, Error> {
        let mut read = Self { orders: Vec::new(), invoices: Vec::new() };
        for row in orders {
            let bytes = store.document(&row.id).await?.unwrap_or_default();
            let order = read_order(&bytes, Some(&row.media_type), limits);
            read.orders.push(order.ok());
        }
        // The invoices of a file lie beside each other.
        let mut file: (String, Vec<Invoice>) = Default::default();
        for row in invoices {
            if file.0 != row.content_sha256 {
                let bytes = store.invoice_file(&row.content_sha256).await?.unwrap_or_default();
                let all = read_invoices(&bytes, limits).map(|read| read.file.invoices);
                file = (row.content_sha256.clone(), all.unwrap_or_default());
            }
            read.invoices.push(file.1.iter().find(|invoice| invoice.position == row.position).cloned());
        }
        Ok(read)
    }
}

/// The documents of a Comune, numbered by their places.
pub(in crate::flows) struct Numbered<'d> {
    pub(in crate::flows) codes: &'d Codes,
    pub(in crate::flows) orders: &'d [OrderRow],
    pub(in crate::flows) invoices: &'d [InvoiceRow],
    pub(in crate::flows) payments: &'d [PaidPart],
}

impl Numbered<'_> {
    /// Puts every document into the books.
    pub(in crate::flows) fn insert_into(
        &self,
        books: &mut Books,
        buyer: Code,
        before: DateTime<Utc>,
        lines: &ReadDocuments,
        standings: &[InvoiceStanding],
    ) {
        for ((id, row), document) in (0u32..).zip(self.orders).zip(&lines.orders) {
            books.insert(Fact::Order(self.order(
                id,
                row,
                document.as_ref().map(|read| &read.order),
                buyer,
                before,
            )));
        }
        for (((id, row), document), standing) in
            (0u32..).zip(self.invoices).zip(&lines.invoices).zip(standings)
        {
            books.insert(Fact::Invoice(self.invoice(id, row, document.as_ref(), buyer, *standing)));
        }
        for (id, paid) in (0u32..).zip(self.payments) {
            books.insert(Fact::Payment(self.payment(id, paid, buyer)));
        }
    }

    fn code(&self, text: &str) -> Code {
        if text.is_empty() { Code::NONE } else { self.codes.code(text) }
    }

    fn maybe(&self, text: Option<&str>) -> Code {
        text.map_or(Code::NONE, |text| self.code(text))
    }

    fn order(
        &self,
        id: u32,
        row: &OrderRow,
        document: Option<&Order>,
        buyer: Code,
        before: DateTime<Utc>,
    ) -> OrderFact {
        // An order that died after the moment stood until then.
        let is_live = row.state.is_live() || row.ended_at.is_some_and(|ended_at| ended_at >= before);
        let lines = document.map(|order| self.order_lines(order)).unwrap_or_default();
        OrderFact {
            supplier: self.code(&row.supplier),
            number: self.code(&row.number),
            cig: self.maybe(row.cig.as_deref()),
            cup: self.maybe(row.cup.as_deref()),
            gross: row.gross.unwrap_or_default().cents(),
            id,
            day: day(row.order_date),
            standing: if is_live { OrderStanding::Live } else { OrderStanding::Dead },
            rest: Some(Box::new(OrderRest { buyer, lines })),
        }
    }

    fn order_lines(&self, order: &Order) -> Vec<Line> {
        let numbered = (1u16..).zip(&order.lines);
        numbered
            .map(|(place, line)| Line {
                // The line's own number where it has one, else its place.
                number: line.id.parse().unwrap_or(place),
                order_line: 0,
                item: self.maybe(line.item_code.as_deref()),
                description: digest(&line.name),
                quantity: Scaled(line.quantity.scaled()),
                price: Scaled(line.unit_price.map_or(0, |price| price.scaled())),
                net: line.net_amount.unwrap_or_default().cents(),
                rate: line.vat_rate.map_or(0, |rate| hundredths(rate.scaled())),
            })
            .collect()
    }

    fn invoice(
        &self,
        id: u32,
        row: &InvoiceRow,
        document: Option<&Invoice>,
        buyer: Code,
        standing: InvoiceStanding,
    ) -> InvoiceFact {
        let mut rest = document.map(|invoice| self.rest(invoice)).unwrap_or_default();
        rest.buyer = buyer;
        rest.vat = if row.class == DocumentClass::CreditNote {
            row.vat.cents().saturating_abs()
        } else {
            row.vat.cents()
        };
        rest.split = row.split_payment;
        rest.sdi = row.sdi_id.map_or(0, |sdi| sdi.get().unsigned_abs());
        rest.position = u16::try_from(row.position).unwrap_or(u16::MAX);
        rest.extra.hash = digest(&(&row.content_sha256, row.position));
        if rest.cups.is_empty() {
            rest.cups.extend(row.cup.as_deref().map(|cup| self.code(cup)));
        }
        let undated = document.and_then(|invoice| {
            invoice
                .references
                .iter()
                .find(|reference| reference.block == ReferenceBlock::Order && reference.date.is_none())
        });
        InvoiceFact {
            supplier: self.code(&row.supplier),
            number: self.code(&row.number),
            cig: self.maybe(row.cig.as_deref()),
            order_number: undated.map_or(Code::NONE, |reference| self.code(&reference.id)),
            // A credit note takes away, whatever sign its supplier wrote.
            gross: if row.class == DocumentClass::CreditNote {
                row.gross.cents().saturating_abs()
            } else {
                row.gross.cents()
            },
            id,
            day: day(row.date),
            year: year(row.date),
            class: class(row.class),
            standing,
            rest: Some(Box::new(rest)),
        }
    }

    fn rest(&self, invoice: &Invoice) -> InvoiceRest {
        let mut rest = InvoiceRest::default();
        rest.extra.withheld = invoice.withheld.cents();
        for reference in &invoice.references {
            let number = self.code(&reference.id);
            match (reference.block, reference.date) {
                (ReferenceBlock::Order, Some(date)) => rest.orders.push(OrderRef {
                    number,
                    day: day(date),
                    lines: reference.lines.clone().into_boxed_slice(),
                }),
                (ReferenceBlock::Invoice, date) => rest.extra.corrects.push(InvoiceRef {
                    number,
                    day: date.map_or(Day(0), day),
                    year: date.map_or_else(|| year(invoice.date), year),
                }),
                _ => {}
            }
        }
        let mut cups: Vec<Code> =
            invoice.cups().filter_map(|cup| cup.ok()).map(|cup| self.code(cup.as_str())).collect();
        cups.sort_unstable();
        cups.dedup();
        rest.cups.extend(cups);
        let iban = invoice.payments.iter().find_map(|payment| payment.iban.as_deref());
        rest.iban = self.maybe(iban);
        rest.extra.lines = invoice.lines.iter().map(|line| self.invoice_line(invoice, line)).collect();
        rest
    }

    fn invoice_line(&self, invoice: &Invoice, line: &InvoiceLine) -> Line {
        let named = invoice.references.iter().find(|reference| {
            reference.block == ReferenceBlock::Order && reference.lines.contains(&line.number)
        });
        let order_line = named.and_then(|reference| reference.item.as_deref()?.parse().ok());
        Line {
            number: line.number,
            order_line: order_line.unwrap_or(0),
            item: self.maybe(line.item_codes.first().map(|(_, value)| value.as_str())),
            description: digest(&line.description),
            quantity: Scaled(line.quantity.map_or(100_000_000, |quantity| quantity.scaled())),
            price: Scaled(line.unit_price.scaled()),
            net: cents(line.net.scaled()),
            rate: hundredths(line.vat_rate.scaled()),
        }
    }

    fn payment(&self, id: u32, paid: &PaidPart, buyer: Code) -> PaymentFact {
        let part = &paid.part;
        PaymentFact {
            supplier: self.code(&part.supplier),
            number: self.maybe(part.invoice_number.as_deref()),
            cig: self.maybe(part.cig.as_deref()),
            amount: part.amount.cents(),
            id,
            year: part.invoice_year.unwrap_or(0),
            debt: match part.debt {
                DebtKind::Vat => Debt::Vat,
                DebtKind::Commercial | DebtKind::NonCommercial => Debt::Commercial,
            },
            standing: match paid.standing {
                Standing::Ordered => PaymentStanding::Ordered,
                Standing::Executed(_) => PaymentStanding::Executed,
                Standing::Undone => PaymentStanding::Undone,
            },
            rest: Some(Box::new(PaymentRest {
                buyer,
                cup: self.maybe(part.cup.as_deref()),
                sdi: part.sdi_id.map_or(0, |sdi: SdiId| sdi.get().unsigned_abs()),
                iban: self.maybe(part.iban.as_deref()),
            })),
        }
    }

    /// Tells the books what people decided; a decision about a document that is not here says nothing.
    pub(in crate::flows) fn decide(&self, books: &mut Books, decisions: &[MatchDecision]) {
        let mut places: HashMap<String, Doc> = HashMap::new();
        places.extend((0u32..).zip(self.orders).map(|(n, row)| (format!("order:{}", row.id), Doc::Order(n))));
        places.extend(
            (0u32..).zip(self.invoices).map(|(n, row)| (format!("invoice:{}", row.id), Doc::Invoice(n))),
        );
        places.extend((0u32..).zip(self.payments).map(|(n, paid)| (payment_name(paid), Doc::Payment(n))));
        for decision in decisions {
            let (Some(from), Some(to)) = (places.get(&decision.from), places.get(&decision.to)) else {
                continue;
            };
            let verdict = match decision.saying {
                Saying::Link => Verdict::Link(decision.amount.map(Money::cents)),
                Saying::Unlink => Verdict::Unlink,
                Saying::Undecided => Verdict::Undecided,
            };
            let sequence = decision.id.unsigned_abs();
            books.remember(Decision { sequence, from: *from, to: *to, verdict, reason: 0 });
        }
    }
}

const fn class(class: DocumentClass) -> Class {
    match class {
        DocumentClass::Invoice | DocumentClass::SelfBilled => Class::Invoice,
        DocumentClass::Advance => Class::Advance,
        DocumentClass::CreditNote => Class::CreditNote,
        DocumentClass::DebitNote => Class::DebitNote,
    }
}

fn day(date: NaiveDate) -> Day {
    let days = date.signed_duration_since(NaiveDate::default()).num_days();
    Day(u16::try_from(days.max(0)).unwrap_or(u16::MAX))
}

fn year(date: NaiveDate) -> u16 {
    u16::try_from(date.year()).unwrap_or(0)
}

/// A percentage in units of 10^-8, in hundredths of a percent.
fn hundredths(scaled: i128) -> u16 {
    u16::try_from(scaled / 1_000_000).unwrap_or(u16::MAX)
}

/// An amount in units of 10^-8, in whole cents, half a cent away from zero.
fn cents(scaled: i128) -> i64 {
    let half = 500_000 * scaled.signum();
    i64::try_from((scaled + half) / 1_000_000).unwrap_or(i64::MAX)
}

/// A key that is equal for what is equal, within one run of the program.
fn digest(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}
