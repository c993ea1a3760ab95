// SPDX-License-Identifier: EUPL-1.2
//! Texts to an invoice: what the reader passes by is put together here. Each text arrives with its meaning; where in the
//! document it stood follows from what was entered before.

use std::sync::Arc;

use chrono::NaiveDate;

use super::shape::Slot;
use crate::documents::{amounts, dates};
use crate::domain::cig::CigOrExclusion;
use crate::domain::cup::Cup;
use crate::domain::decimal::{Percent, Price, Quantity};
use crate::domain::found::Found;
use crate::domain::invoice::{
    Allowance, DocumentType, Exigibility, FormatVersion, Fund, Header, Invoice, InvoiceField, InvoiceLine,
    InvoiceParty, PaymentTerm, Reference, ReferenceBlock, Summary, TaxId, path_in,
};
use crate::domain::money::Money;
use crate::domain::text::{Bilingual, Text};

type Told = Result<(), Text>;

/// An invoice in the making, and the header it shares.
#[derive(Debug, Default, Clone)]
pub(super) struct Draft {
    version: Option<FormatVersion>,
    stated_format: String,
    progressive: String,
    recipient_code: String,
    supplier: InvoiceParty,
    buyer: InvoiceParty,
    /// Parties being read, the innermost last.
    parties: Vec<InvoiceParty>,
    first_name: String,
    /// Companies, first names and surnames so far.
    names: [u32; 3],
    header: Option<Arc<Header>>,
    body: Body,
}

#[derive(Debug, Default, Clone)]
struct Body {
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

impl Draft {
    pub(super) fn version(&mut self, version: FormatVersion) {
        self.version = Some(version);
    }

    /// A new body begins.
    pub(super) fn begin(&mut self, position: u32) {
        let lines = self.body.lines.capacity().min(64);
        self.body = Body { position, lines: Vec::with_capacity(lines), ..Body::default() };
    }

    /// The invoice, unless what it cannot be without is missing (and was told).
    pub(super) fn finish(&mut self) -> Option<Invoice> {
        let body = std::mem::take(&mut self.body);
        let header = self.shared();
        Some(Invoice {
            header,
            position: body.position,
            kind: body.kind?,
            currency: body.currency,
            date: body.date?,
            number: Some(body.number).filter(|number| !number.is_empty())?,
            withheld: body.withheld,
            funds: body.funds,
            stamp: body.stamp,
            document_allowance: body.document_allowance,
            stated_total: body.stated_total,
            rounding: body.rounding,
            causes: body.causes,
            references: body.references,
            lines: body.lines,
            summaries: body.summaries,
            payments: body.payments,
            attachments: body.attachments,
        })
    }

    /// The header, made once.
    pub(super) fn shared(&mut self) -> Arc<Header> {
        if let Some(header) = &self.header {
            return Arc::clone(header);
        }
        let header = Arc::new(Header {
            version: self.version.unwrap_or(FormatVersion::Fpa12),
            stated_format: std::mem::take(&mut self.stated_format),
            progressive: std::mem::take(&mut self.progressive),
            recipient_code: std::mem::take(&mut self.recipient_code),
            supplier: std::mem::take(&mut self.supplier),
            buyer: std::mem::take(&mut self.buyer),
        });
        self.header = Some(Arc::clone(&header));
        header
    }

    /// How often a company, a first name and a surname stood so far.
    pub(super) const fn names_seen(&self) -> [u32; 3] {
        self.names
    }

    /// Whether since then either one company stood, or one first name and one surname.
    pub(super) fn is_named_once(&self, before: [u32; 3]) -> bool {
        let [company, first, surname] = self.names;
        matches!((company - before[0], first - before[1], surname - before[2]), (1, 0, 0) | (0, 1, 1))
    }

    pub(super) fn enter(&mut self, slot: Slot) {
        match slot {
            Slot::Supplier | Slot::Buyer | Slot::OtherParty => self.parties.push(InvoiceParty::default()),
            Slot::TaxId => {
                if let Some(party) = self.parties.last_mut() {
                    party.vat = Some(TaxId { country: String::new(), code: String::new() });
                }
            }
            Slot::Fund => {
                self.body.funds.push(Fund { amount: Money::ZERO, vat_rate: Percent::ZERO, exemption: None })
            }
            Slot::Reference(block) => self.body.begin_reference(block),
            Slot::Line => self.body.lines.push(empty_line()),
            Slot::ItemCode => {
                self.body.line(|line| line.item_codes.push(<(String, String)>::default()));
            }
            Slot::DocumentAllowance => self.body.is_document_allowance = true,
            Slot::LineAllowance => self.body.line(|line| {
                line.allowances.push(Allowance { is_discount: true, percent: None, amount: None });
            }),
            Slot::Extra => self.body.line(|line| line.extra.push((String::new(), None))),
            Slot::Summary => self.body.summaries.push(empty_summary()),
            Slot::SimplifiedLine => {
                self.body.lines.push(empty_line());
                self.body.summaries.push(empty_summary());
            }
            Slot::Payment => self.body.payments.push(PaymentTerm {
                method: String::new(),
                due: None,
                amount: Money::ZERO,
                iban: None,
            }),
            Slot::Attachment => self.body.attachments += 1,
            _ => {}
        }
    }

    pub(super) fn leave(&mut self, slot: Slot) {
        match slot {
            Slot::Supplier => self.supplier = self.parties.pop().unwrap_or_default(),
            Slot::Buyer => self.buyer = self.parties.pop().unwrap_or_default(),
            Slot::OtherParty => {
                self.parties.pop();
            }
            Slot::DocumentAllowance => self.body.is_document_allowance = false,
            Slot::SimplifiedLine => self.body.leave_simplified_line(),
            _ => {}
        }
    }

    /// Takes a text in.
    ///
    /// # Errors
    /// When it cannot be understood as what it should be.
    pub(super) fn value(&mut self, slot: Slot, text: &str) -> Told {
        match slot {
            Slot::Unused => {}
            Slot::Progressive => text.clone_into(&mut self.progressive),
            Slot::StatedFormat => text.clone_into(&mut self.stated_format),
            Slot::RecipientCode => text.clone_into(&mut self.recipient_code),
            Slot::TaxIdCountry | Slot::TaxIdCode | Slot::TaxCode | Slot::Regime => {
                self.code_of_party(slot, text)
            }
            Slot::Company | Slot::FirstName | Slot::Surname => self.name_of_party(slot, text),
            _ => {
                let root = self.version.unwrap_or(FormatVersion::Fpa12);
                return self.body.value(slot, text, root);
            }
        }
        Ok(())
    }

    fn code_of_party(&mut self, slot: Slot, text: &str) {
        let Some(party) = self.parties.last_mut() else { return };
        match (slot, &mut party.vat) {
            (Slot::TaxIdCountry, Some(vat)) => text.clone_into(&mut vat.country),
            (Slot::TaxIdCode, Some(vat)) => text.clone_into(&mut vat.code),
            (Slot::TaxCode, _) => party.tax_code = Some(text.to_owned()),
            (Slot::Regime, _) => party.regime = Some(text.to_owned()),
            _ => {}
        }
    }

    fn name_of_party(&mut self, slot: Slot, text: &str) {
        let (which, name) = match slot {
            Slot::Company => (0, text.to_owned()),
            Slot::FirstName => {
                text.clone_into(&mut self.first_name);
                (1, text.to_owned())
            }
            _ => (2, format!("{} {text}", std::mem::take(&mut self.first_name)).trim().to_owned()),
        };
        self.names[which] += 1;
        if let Some(party) = self.parties.last_mut() {
            party.name = name;
        }
    }
}

impl Body {
    fn line(&mut self, with: impl FnOnce(&mut InvoiceLine)) {
        if let Some(line) = self.lines.last_mut() {
            with(line);
        }
    }

    fn begin_reference(&mut self, block: ReferenceBlock) {
        let position = self.references.iter().filter(|reference| reference.block == block).count();
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

    fn value(&mut self, slot: Slot, text: &str, root: FormatVersion) -> Told {
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
