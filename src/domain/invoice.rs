// SPDX-License-Identifier: EUPL-1.2
//! An electronic invoice (FatturaPA) as read from a document. What could not be understood is kept beside what could.
//! No rule is applied here.
//!
//! Amounts are in the invoice's currency, with the sign that the document gives them: a credit note carries positive
//! amounts, and only its [`DocumentType`] says that they are taken back.

use std::sync::Arc;

use chrono::NaiveDate;

use super::cig::{Cig, CigOrExclusion};
use super::cup::Cup;
use super::decimal::{Exact, Percent, Price, Quantity};
use super::found::{Found, sole};
use super::money::Money;
use super::partita_iva::PartitaIva;

mod field;
mod kinds;

pub(crate) use field::path_in;
pub use field::{InvoiceField, TotalField};
pub use kinds::{DocumentClass, DocumentType, Exigibility, FormatVersion, ReferenceBlock};

/// One invoice of a file: a body with the header that all bodies of the file share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// What stands before the bodies.
    pub header: Arc<Header>,
    /// Position in the file, counted from 1; one file may carry many invoices (*lotto*).
    pub position: u32,
    /// Kind of document.
    pub kind: DocumentType,
    /// ISO 4217 code.
    pub currency: String,
    /// Date of the document.
    pub date: NaiveDate,
    /// Number given by the supplier.
    pub number: String,
    /// Taxes withheld from the payment (*ritenute*), summed.
    pub withheld: Money,
    /// Contributions to professional funds, part of the taxable amounts.
    pub funds: Vec<Fund>,
    /// Stamp duty (`ImportoBollo`).
    pub stamp: Option<Money>,
    /// Discounts (negative) and surcharges of the whole document that are given as amounts; they may be in the stated total
    /// or not.
    pub document_allowance: Money,
    /// Total as stated (`ImportoTotaleDocumento`), VAT included; the element is optional.
    pub stated_total: Option<Money>,
    /// Rounding of the total (`Arrotondamento` of the document).
    pub rounding: Money,
    /// Reasons and notes.
    pub causes: Vec<String>,
    /// Documents referred to: order, contract, framework, receipt, earlier invoices.
    pub references: Vec<Reference>,
    /// Lines in document order.
    pub lines: Vec<InvoiceLine>,
    /// Taxable amount and VAT, a row per rate and exemption.
    pub summaries: Vec<Summary>,
    /// How and when to pay.
    pub payments: Vec<PaymentTerm>,
    /// How many attachments it carries.
    pub attachments: u32,
}

/// What all invoices of a file share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// By which schema it was written.
    pub version: FormatVersion,
    /// The format that `DatiTrasmissione` names; it has to be the document's own.
    pub stated_format: String,
    /// The sender's own number of the file.
    pub progressive: String,
    /// The office (six characters) or the channel (seven) it is addressed to.
    pub recipient_code: String,
    /// Who sells.
    pub supplier: InvoiceParty,
    /// Who buys.
    pub buyer: InvoiceParty,
}

/// A party of an invoice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvoiceParty {
    /// VAT number with its country.
    pub vat: Option<TaxId>,
    /// Italian tax code, as written.
    pub tax_code: Option<String>,
    /// Company, or first name and surname.
    pub name: String,
    /// Tax regime (`RF01` ...), of a supplier.
    pub regime: Option<String>,
}

/// A VAT number: country and code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxId {
    /// ISO 3166 country.
    pub country: String,
    /// The code in that country, without the country.
    pub code: String,
}

impl TaxId {
    /// The Italian VAT number, when it is one and its check digit holds.
    pub fn partita_iva(&self) -> Option<PartitaIva> {
        if self.country == "IT" { self.code.parse().ok() } else { None }
    }
}

impl std::fmt::Display for TaxId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.country, self.code)
    }
}

impl InvoiceParty {
    /// The one code by which documents of a supplier are brought together, as in
    /// [`Supplier::key`](super::order::Supplier::key): the Italian VAT number, else the tax code, else a foreign VAT
    /// number with its country.
    pub fn key(&self) -> Option<String> {
        let italian = self.vat.as_ref().filter(|vat| vat.country == "IT").map(|vat| vat.code.clone());
        italian.or_else(|| self.tax_code.clone()).or_else(|| self.vat.as_ref().map(ToString::to_string))
    }

    /// The code of a public body: its tax code, else its Italian VAT number.
    pub fn body_code(&self) -> Option<&str> {
        let vat = self.vat.as_ref().filter(|vat| vat.country == "IT").map(|vat| vat.code.as_str());
        self.tax_code.as_deref().or(vat)
    }
}

/// A contribution to a professional fund (*cassa previdenziale*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fund {
    /// The contribution.
    pub amount: Money,
    /// VAT rate on it.
    pub vat_rate: Percent,
    /// Why no VAT is due.
    pub exemption: Option<String>,
}

/// A document referred to. CUP and CIG may stand in any of them, for all lines or for some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// In which block it stands.
    pub block: ReferenceBlock,
    /// Position among the references of the same block, counted from 0.
    pub position: usize,
    /// Numbers of the lines it is about; none: all.
    pub lines: Vec<u16>,
    /// Number of the document.
    pub id: String,
    /// Its date.
    pub date: Option<NaiveDate>,
    /// The item in it, such as a line of the order.
    pub item: Option<String>,
    /// `CodiceCommessaConvenzione`.
    pub convention: Option<String>,
    /// The CUP.
    pub cup: Option<Found<Cup>>,
    /// The CIG, or why there is none.
    pub cig: Option<Found<CigOrExclusion>>,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceLine {
    /// Its number in the document.
    pub number: u16,
    /// Codes of the article: kind and value.
    pub item_codes: Vec<(String, String)>,
    /// What was delivered.
    pub description: String,
    /// How much; 1 when not said.
    pub quantity: Option<Quantity>,
    /// Unit of measure, free text.
    pub unit: Option<String>,
    /// Net price of a unit.
    pub unit_price: Price,
    /// Discounts and surcharges, in the order in which they apply.
    pub allowances: Vec<Allowance>,
    /// Net amount of the line.
    pub net: Price,
    /// VAT rate.
    pub vat_rate: Percent,
    /// Why no VAT is due (`Natura`).
    pub exemption: Option<String>,
    /// Data kept for the parties: kind and text.
    pub extra: Vec<(String, Option<String>)>,
}

/// A discount or a surcharge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// A discount; else a surcharge.
    pub is_discount: bool,
    /// In percent of what stands before it.
    pub percent: Option<Percent>,
    /// As an amount; it wins over the percentage.
    pub amount: Option<Price>,
}

/// Taxable amount and VAT of one rate or exemption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// VAT rate.
    pub vat_rate: Percent,
    /// Why no VAT is due (`Natura`).
    pub exemption: Option<String>,
    /// Ancillary expenses in the taxable amount.
    pub expenses: Money,
    /// Rounding in the taxable amount.
    pub rounding: Price,
    /// Taxable amount.
    pub net: Money,
    /// VAT.
    pub vat: Money,
    /// When the VAT falls due, and who pays it.
    pub exigibility: Option<Exigibility>,
    /// The law that exempts.
    pub law: Option<String>,
}

/// One way to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentTerm {
    /// How (`MP05` is a bank transfer).
    pub method: String,
    /// By when.
    pub due: Option<NaiveDate>,
    /// How much.
    pub amount: Money,
    /// To which account, as written.
    pub iban: Option<String>,
}

impl InvoiceLine {
    /// Price of a unit with discounts and surcharges applied one after the other.
    pub fn discounted_price(&self) -> Option<Exact> {
        self.allowances.iter().try_fold(Exact::from(self.unit_price), |price, allowance| {
            match (allowance.amount, allowance.percent) {
                (Some(amount), _) if allowance.is_discount => price.checked_sub(amount),
                (Some(amount), _) => price.checked_add(amount),
                (None, Some(percent)) if allowance.is_discount => {
                    price.checked_sub(price.hundredths(percent)?)
                }
                (None, Some(percent)) => price.checked_add(price.hundredths(percent)?),
                (None, None) => Some(price),
            }
        })
    }

    /// Quantity, 1 when none is said, times the price of a unit.
    pub fn computed_net(&self) -> Option<Exact> {
        let price = self.discounted_price()?;
        self.quantity.map_or(Some(price), |quantity| price.times(quantity))
    }
}

impl Invoice {
    /// Sum of the taxable amounts.
    pub fn net(&self) -> Option<Money> {
        Money::checked_sum(self.summaries.iter().map(|row| row.net))
    }

    /// Sum of the VAT.
    pub fn vat(&self) -> Option<Money> {
        Money::checked_sum(self.summaries.iter().map(|row| row.vat))
    }

    /// Net, VAT and rounding: what the document comes to, whatever total it states.
    pub fn gross(&self) -> Option<Money> {
        self.net()?.checked_add(self.vat()?)?.checked_add(self.rounding)
    }

    /// Whether the buyer pays the VAT to the State (*scissione dei pagamenti*, art. 17-ter DPR 633/1972): some row says so.
    pub fn is_split_payment(&self) -> bool {
        self.summaries.iter().any(|row| row.exigibility == Some(Exigibility::SplitPayment))
    }

    /// VAT that the buyer pays to the State.
    pub fn split_vat(&self) -> Option<Money> {
        let split = |row: &&Summary| row.exigibility == Some(Exigibility::SplitPayment);
        Money::checked_sum(self.summaries.iter().filter(split).map(|row| row.vat))
    }

    /// What the supplier is to be paid: the total less the VAT that goes to the State and the taxes withheld.
    pub fn payable(&self) -> Option<Money> {
        self.gross()?.checked_sub(self.split_vat()?)?.checked_sub(self.withheld)
    }

    /// Every CUP of the document, in document order.
    pub fn cups(&self) -> impl Iterator<Item = &Found<Cup>> {
        self.references.iter().filter_map(|reference| reference.cup.as_ref())
    }

    /// Every CIG or exclusion of the document, in document order.
    pub fn cigs(&self) -> impl Iterator<Item = &Found<CigOrExclusion>> {
        self.references.iter().filter_map(|reference| reference.cig.as_ref())
    }

    /// The one CUP: present, well formed, and the same everywhere it stands.
    pub fn cup(&self) -> Option<&Cup> {
        sole(self.cups())
    }

    /// The one CIG: present, well formed, and the same everywhere it stands.
    pub fn cig(&self) -> Option<&Cig> {
        match sole(self.cigs())? {
            CigOrExclusion::Cig(cig) => Some(cig),
            CigOrExclusion::Exclusion(_) => None,
        }
    }
}
