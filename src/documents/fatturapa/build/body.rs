// SPDX-License-Identifier: EUPL-1.2
//! The body of an invoice in the making.

use std::sync::Arc;

use chrono::NaiveDate;

use super::Told;
use crate::documents::fatturapa::shape::Slot;
use crate::documents::{amounts, dates};
use crate::domain::cig::CigOrExclusion;
use crate::domain::cup::Cup;
use crate::domain::decimal::{Percent, Price, Quantity};
use crate::domain::found::Found;
use crate::domain::invoice::{
    Allowance, DocumentType, Exigibility, FormatVersion, Fund, Header, Invoice, InvoiceField, InvoiceLine,
    PaymentTerm, Reference, ReferenceBlock, Summary, path_in,
};
use crate::domain::money::Money;
use crate::domain::text::{Bilingual, Text};

/// A body so far.
#[derive(Debug, Default, Clone)]
pub(super) struct Body {
    position: u32,
    kind: Option<DocumentType>,
    currency: String,
    date: Option<NaiveDate>,
    number: String,
    withheld: Money,
    funds: Vec<Fund>,
    stamp: Option<Money>,
    document_allowance: Money,
    stated_total: Option<Money>,
    rounding: Money,
    causes: Vec<String>,
    references: Vec<Reference>,
    lines: Vec<InvoiceLine>,
    summaries: Vec<Summary>,
    payments: Vec<PaymentTerm>,
    attachments: u32,
    /// What is read is a discount or surcharge of the document; else of the last line.
    is_document_allowance: bool,
    is_surcharge: bool,
    simplified_gross: Money,
}

impl Body {
    /// The body at a position of the document, counted from 1.
    pub(super) fn at(position: u32) -> Self {
        Self { position, ..Self::default() }
    }

    /// The invoice, unless it has no kind, date or number.
    pub(super) fn finish(self, header: Arc<Header>) -> Option<Invoice> {
        Some(Invoice {
            header,
            position: self.position,
            kind: self.kind?,
            currency: self.currency,
            date: self.date?,
            number: Some(self.number).filter(|number| !number.is_empty())?,
            withheld: self.withheld,
            funds: self.funds,
            stamp: self.stamp,
            document_allowance: self.document_allowance,
            stated_total: self.stated_total,
            rounding: self.rounding,
            causes: self.causes,
            references: self.references,
            lines: self.lines,
            summaries: self.summaries,
            payments: self.payments,
            attachments: self.attachments,
        })
    }

    pub(super) fn enter(&mut self, slot: Slot) {
        match slot {
            Slot::Fund => {
                self.funds.push(Fund { amount: Money::ZERO, vat_rate: Percent::ZERO, exemption: None });
            }
            Slot::Reference(block) => self.begin_reference(block),
            Slot::Line => self.lines.push(empty_line()),
            Slot::ItemCode => self.line(|line| line.item_codes.push(<(String, String)>::default())),
            Slot::DocumentAllowance => self.is_document_allowance = true,
            Slot::LineAllowance => self.line(|line| {
                line.allowances.push(Allowance { is_discount: true, percent: None, amount: None });
            }),
            Slot::Extra => self.line(|line| line.extra.push((String::new(), None))),
            Slot::Summary => self.summaries.push(empty_summary()),
            Slot::SimplifiedLine => {
                self.lines.push(empty_line());
                self.summaries.push(empty_summary());
            }
            Slot::Payment => self.payments.push(empty_payment()),
            Slot::Attachment => self.attachments += 1,
            _ => {}
        }
    }

    pub(super) fn leave(&mut self, slot: Slot) {
        match slot {
            Slot::DocumentAllowance => self.is_document_allowance = false,
            Slot::SimplifiedLine => self.leave_simplified_line(),
            _ => {}
        }
    }

    fn line(&mut self, with: impl FnOnce(&mut InvoiceLine)) {
        if let Some(line) = self.lines.last_mut() {
            with(line);
        }
    }

    fn begin_reference(&mut self, block: ReferenceBlock) {
        // Blocks of a kind stand together: the one before it is the last.
        let before = self.references.iter().rfind(|reference| reference.block == block);
        let position = before.map_or(0, |before| before.position + 1);
        self.references.push(Reference {
            block,
            position,
            lines: Vec::new(),
            id: String::new(),
            date: None,
            item: None,
            convention: None,
            cup: None,
            cig: None,
        });
    }

    /// A simplified line states its amount with VAT; the VAT itself, or its rate.
    fn leave_simplified_line(&mut self) {
        let gross = std::mem::take(&mut self.simplified_gross);
        let (Some(line), Some(summary)) = (self.lines.last_mut(), self.summaries.last_mut()) else { return };
        if summary.vat == Money::ZERO {
            summary.vat = amounts::vat_inside(gross, summary.vat_rate).unwrap_or_default();
        }
        summary.net = gross.checked_sub(summary.vat).unwrap_or_default();
        line.net = amounts::price(summary.net);
        line.unit_price = line.net;
        line.vat_rate = summary.vat_rate;
        line.exemption.clone_from(&summary.exemption);
    }

    /// Takes a text in.
    pub(super) fn value(&mut self, slot: Slot, text: &str, root: FormatVersion) -> Told {
        match slot {
            Slot::Kind => self.kind = DocumentType::from_code(text),
            Slot::Currency => text.clone_into(&mut self.currency),
            Slot::Date => self.date = dates::date(text),
            Slot::Number => text.clone_into(&mut self.number),
            Slot::Withheld => self.withheld = sum(self.withheld, money(text)?)?,
            Slot::Total => self.stated_total = Some(money(text)?),
            Slot::Stamp => self.stamp = Some(money(text)?),
            Slot::Rounding => self.rounding = money(text)?,
            Slot::Cause => self.causes.push(text.to_owned()),
            Slot::SimplifiedGross => self.simplified_gross = money(text)?,
            Slot::FundAmount | Slot::FundVatRate | Slot::FundExemption => return self.fund(slot, text),
            Slot::PaymentMethod | Slot::PaymentDue | Slot::PaymentAmount | Slot::PaymentIban => {
                return self.payment(slot, text);
            }
            Slot::SummaryVatRate
            | Slot::SummaryExemption
            | Slot::Expenses
            | Slot::SummaryRounding
            | Slot::SummaryNet
            | Slot::SummaryVat
            | Slot::Exigibility
            | Slot::Law => return self.summary(slot, text),
            Slot::ReferenceLine
            | Slot::ReferenceId
            | Slot::ReferenceDate
            | Slot::ReferenceItem
            | Slot::ReferenceConvention
            | Slot::ReferenceCup
            | Slot::ReferenceCig => self.reference(slot, text, root),
            Slot::AllowanceKind | Slot::AllowancePercent | Slot::AllowanceAmount => {
                return self.allowance(slot, text);
            }
            _ => return self.line_value(slot, text),
        }
        Ok(())
    }

    fn fund(&mut self, slot: Slot, text: &str) -> Told {
        let Some(fund) = self.funds.last_mut() else { return Ok(()) };
        match slot {
            Slot::FundAmount => fund.amount = money(text)?,
            Slot::FundVatRate => fund.vat_rate = percent(text)?,
            _ => fund.exemption = Some(text.to_owned()),
        }
        Ok(())
    }

    fn payment(&mut self, slot: Slot, text: &str) -> Told {
        let Some(payment) = self.payments.last_mut() else { return Ok(()) };
        match slot {
            Slot::PaymentMethod => text.clone_into(&mut payment.method),
            Slot::PaymentDue => payment.due = dates::date(text),
            Slot::PaymentAmount => payment.amount = money(text)?,
            _ => payment.iban = Some(text.to_owned()),
        }
        Ok(())
    }

    fn summary(&mut self, slot: Slot, text: &str) -> Told {
        let Some(summary) = self.summaries.last_mut() else { return Ok(()) };
        match slot {
            Slot::SummaryVatRate => summary.vat_rate = percent(text)?,
            Slot::SummaryExemption => summary.exemption = Some(text.to_owned()),
            Slot::Expenses => summary.expenses = money(text)?,
            Slot::SummaryRounding => summary.rounding = price(text)?,
            Slot::SummaryNet => summary.net = money(text)?,
            Slot::SummaryVat => summary.vat = money(text)?,
            Slot::Exigibility => summary.exigibility = Exigibility::from_letter(text),
            _ => summary.law = Some(text.to_owned()),
        }
        Ok(())
    }

    fn reference(&mut self, slot: Slot, text: &str, root: FormatVersion) {
        let position = self.position;
        let Some(reference) = self.references.last_mut() else { return };
        let (block, n) = (reference.block, reference.position);
        let at = |field| path_in(root, position, field).into();
        match slot {
            Slot::ReferenceLine => reference.lines.extend(text.parse::<u16>().ok()),
            Slot::ReferenceId => text.clone_into(&mut reference.id),
            Slot::ReferenceDate => reference.date = dates::date(text),
            Slot::ReferenceItem => reference.item = Some(text.to_owned()),
            Slot::ReferenceConvention => reference.convention = Some(text.to_owned()),
            // Blanks only: nothing was written.
            _ if text.is_empty() => {}
            Slot::ReferenceCup => {
                let value = Cup::parse_lenient(text).map_err(|error| error.text());
                reference.cup =
                    Some(Found { raw: text.to_owned(), at: at(InvoiceField::Cup(block, n)), value });
            }
            _ => {
                let value = CigOrExclusion::parse_lenient(text).map_err(|error| error.text());
                reference.cig =
                    Some(Found { raw: text.to_owned(), at: at(InvoiceField::Cig(block, n)), value });
            }
        }
    }

    fn allowance(&mut self, slot: Slot, text: &str) -> Told {
        if self.is_document_allowance {
            return self.document_allowance(slot, text);
        }
        let Some(allowance) = self.lines.last_mut().and_then(|line| line.allowances.last_mut()) else {
            return Ok(());
        };
        match slot {
            Slot::AllowanceKind => allowance.is_discount = text != "MG",
            Slot::AllowancePercent => allowance.percent = Some(percent(text)?),
            _ => allowance.amount = Some(price(text)?),
        }
        Ok(())
    }

    /// Only what is given as an amount counts: a percentage of the whole document is already in its taxable amounts.
    fn document_allowance(&mut self, slot: Slot, text: &str) -> Told {
        match slot {
            Slot::AllowanceKind => self.is_surcharge = text == "MG",
            Slot::AllowanceAmount => {
                let amount = amounts::whole_cents(price(text)?).unwrap_or_default();
                let signed = if self.is_surcharge { Some(amount) } else { amount.checked_neg() };
                self.document_allowance = sum(self.document_allowance, signed.unwrap_or_default())?;
            }
            _ => {}
        }
        Ok(())
    }

    fn line_value(&mut self, slot: Slot, text: &str) -> Told {
        let Some(line) = self.lines.last_mut() else { return Ok(()) };
        match slot {
            Slot::LineNumber => line.number = text.parse().unwrap_or_default(),
            Slot::ItemCodeKind | Slot::ItemCodeValue => {
                if let Some((kind, value)) = line.item_codes.last_mut() {
                    text.clone_into(if slot == Slot::ItemCodeKind { kind } else { value });
                }
            }
            Slot::Description => text.clone_into(&mut line.description),
            Slot::Quantity => {
                line.quantity = Some(Quantity::from_bytes(text.as_bytes()).map_err(|error| error.text())?);
            }
            Slot::Unit => line.unit = Some(text.to_owned()),
            Slot::UnitPrice => line.unit_price = price(text)?,
            Slot::LineNet => line.net = price(text)?,
            Slot::LineVatRate => line.vat_rate = percent(text)?,
            Slot::LineExemption => line.exemption = Some(text.to_owned()),
            Slot::ExtraKind | Slot::ExtraText => {
                if let Some((kind, value)) = line.extra.last_mut() {
                    if slot == Slot::ExtraKind {
                        text.clone_into(kind);
                    } else {
                        *value = Some(text.to_owned());
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn empty_line() -> InvoiceLine {
    InvoiceLine {
        number: 0,
        item_codes: Vec::new(),
        description: String::new(),
        quantity: None,
        unit: None,
        unit_price: Price::ZERO,
        allowances: Vec::new(),
        net: Price::ZERO,
        vat_rate: Percent::ZERO,
        exemption: None,
        extra: Vec::new(),
    }
}

fn empty_payment() -> PaymentTerm {
    PaymentTerm { method: String::new(), due: None, amount: Money::ZERO, iban: None }
}

fn empty_summary() -> Summary {
    Summary {
        vat_rate: Percent::ZERO,
        exemption: None,
        expenses: Money::ZERO,
        rounding: Price::ZERO,
        net: Money::ZERO,
        vat: Money::ZERO,
        exigibility: None,
        law: None,
    }
}

fn price(text: &str) -> Result<Price, Text> {
    Price::from_bytes(text.as_bytes()).map_err(|error| error.text())
}

fn percent(text: &str) -> Result<Percent, Text> {
    Percent::from_bytes(text.as_bytes()).map_err(|error| error.text())
}

fn money(text: &str) -> Result<Money, Text> {
    amounts::whole_cents(price(text)?)
        .ok_or_else(|| Text::new("importo con più di due decimali", "amount with more than two decimals"))
}

fn sum(one: Money, other: Money) -> Result<Money, Text> {
    one.checked_add(other).ok_or_else(|| Text::new("somma troppo grande", "sum too large"))
}
