// SPDX-License-Identifier: EUPL-1.2
//! A purchase order (ODA) as read from a document, whatever its format. What could not be understood is kept beside
//! what could: a malformed code is a [`Found`] with its reason, never a lost value. No rule is applied here.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};

use super::cig::CigOrExclusion;
use super::codice_fiscale::CodiceFiscale;
use super::codice_ipa::CodiceIpa;
use super::codice_ufficio::CodiceUfficio;
use super::cpv::Cpv;
use super::cup::Cup;
use super::decimal::{Percent, Price, Quantity};
use super::declaration::Declaration;
use super::found::{Found, sole};
use super::money::Money;
use super::partita_iva::PartitaIva;
use super::text::Text;

/// The document language an order was written in; it decides how a field is pointed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The gateway's own JSON; fields are JSON pointers.
    Json,
    /// UBL 2.1 Order, in the NSO, Peppol or MePA download habit; fields are XPaths.
    Ubl,
}

/// What kind of message the document is. Only a purchase can be judged and reserved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderKind {
    /// A new order.
    Purchase,
    /// A UBL order that revokes, replaces, confirms or validates another one (`OrderDocumentReference`), or whose type
    /// code is not that of a purchase; the text says what was found.
    Other(String),
}

/// The MePA instrument the purchase was made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Instrument {
    /// Ordine diretto di acquisto.
    Oda,
    /// Any other (trattativa diretta, RdO ...), as written.
    Other(String),
}

/// One purchase order. Amounts are in the order's currency; `net` excludes VAT, `gross` includes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Language of the document, for pointing at fields.
    pub dialect: Dialect,
    /// What kind of message it is.
    pub kind: OrderKind,
    /// ODA number; text, since no official format is known.
    pub number: String,
    /// Date of the order, a Rome date.
    pub order_date: NaiveDate,
    /// Instant at which the Punto Ordinante sent the signed order, where known.
    pub sent_at: Option<DateTime<Utc>>,
    /// Instrument of purchase.
    pub instrument: Instrument,
    /// ISO 4217 code.
    pub currency: String,
    /// Free text.
    pub note: Option<String>,
    /// Every CUP of the document, in document order.
    pub cups: Vec<Found<Cup>>,
    /// Every CIG or exclusion code of the document, in document order.
    pub cigs: Vec<Found<CigOrExclusion>>,
    /// Gross part that the Comune pays with its own money.
    pub own_funds: Money,
    /// The Comune that buys.
    pub buyer: Buyer,
    /// The enterprise that sells.
    pub supplier: Supplier,
    /// Lines in document order; never empty.
    pub lines: Vec<Line>,
    /// Document discounts (negative) and charges (positive), net, summed.
    pub document_allowances: Money,
    /// Totals as stated by the document.
    pub totals: Totals,
    /// PNRR declarations that came with the order.
    pub declarations: Vec<Declaration>,
}

/// The buying body as the document names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Buyer {
    /// Name as written.
    pub name: Option<String>,
    /// IPA code of the body.
    pub ipa_code: Option<Found<CodiceIpa>>,
    /// Tax code of the body, 11 digits.
    pub tax_code: Option<Found<CodiceFiscale>>,
    /// Codice univoco ufficio.
    pub office_code: Option<Found<CodiceUfficio>>,
}

/// The selling enterprise as the document names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Supplier {
    /// Name as written.
    pub name: Option<String>,
    /// Italian VAT number.
    pub vat_number: Option<Found<PartitaIva>>,
    /// Tax code, of a body or a person.
    pub tax_code: Option<Found<CodiceFiscale>>,
}

impl Supplier {
    /// The one code by which orders of a supplier are added up: the VAT number, else the tax code, as 11 or 16 characters.
    pub fn key(&self) -> Option<String> {
        let vat = self.vat_number.as_ref().and_then(Found::ok).map(ToString::to_string);
        vat.or_else(|| self.tax_code.as_ref().and_then(Found::ok).map(ToString::to_string))
    }
}

/// One order line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Identifier inside the order.
    pub id: String,
    /// Supplier's article code.
    pub item_code: Option<String>,
    /// Name of the article; carries the catalogue suffix.
    pub name: String,
    /// Longer description.
    pub description: Option<String>,
    /// CPV, where given.
    pub cpv: Option<Found<Cpv>>,
    /// Ordered quantity.
    pub quantity: Quantity,
    /// Unit of measure, UN/ECE Rec. 20.
    pub unit: String,
    /// Net price of `base_quantity` units.
    pub unit_price: Option<Price>,
    /// Quantity the price refers to; 1 when not said.
    pub base_quantity: Quantity,
    /// Line discounts (negative) and charges (positive), net, summed.
    pub allowances: Money,
    /// VAT rate in percent.
    pub vat_rate: Option<Percent>,
    /// Net amount of the line as stated.
    pub net_amount: Option<Money>,
}

/// Totals as the document states them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Sum of the lines before document discounts and charges, where said apart.
    pub lines: Option<Money>,
    /// Without VAT.
    pub net: Option<Money>,
    /// VAT.
    pub vat: Option<Money>,
    /// With VAT: this is what the budget reserves.
    pub gross: Option<Money>,
}

impl Order {
    /// The one CUP of the order: present, well formed, and the same everywhere it stands.
    pub fn cup(&self) -> Option<&Cup> {
        sole(self.cups.iter())
    }

    /// The one CIG of the order: present, well formed, and the same everywhere it stands.
    pub fn cig(&self) -> Option<&super::cig::Cig> {
        match sole(self.cigs.iter()) {
            Some(CigOrExclusion::Cig(cig)) => Some(cig),
            Some(CigOrExclusion::Exclusion(_)) | None => None,
        }
    }

    /// Where a field stands in the document's own language: JSON pointer or XPath.
    pub fn locate(&self, field: Field) -> String {
        match self.dialect {
            Dialect::Json => field.json_pointer(),
            Dialect::Ubl => field.xpath(),
        }
    }

    /// Every code that stands in the document and is not well formed: (place, text, reason).
    pub fn broken_codes(&self) -> Vec<(&str, &str, &Text)> {
        let mut broken = Vec::new();
        self.cups.iter().for_each(|code| note_broken(code, &mut broken));
        self.cigs.iter().for_each(|code| note_broken(code, &mut broken));
        self.buyer.ipa_code.iter().for_each(|code| note_broken(code, &mut broken));
        self.buyer.tax_code.iter().for_each(|code| note_broken(code, &mut broken));
        self.buyer.office_code.iter().for_each(|code| note_broken(code, &mut broken));
        self.supplier.vat_number.iter().for_each(|code| note_broken(code, &mut broken));
        self.supplier.tax_code.iter().for_each(|code| note_broken(code, &mut broken));
        self.lines
            .iter()
            .filter_map(|line| line.cpv.as_ref())
            .for_each(|code| note_broken(code, &mut broken));
        broken
    }
}

fn note_broken<'a, T>(code: &'a Found<T>, broken: &mut Vec<(&'a str, &'a str, &'a Text)>) {
    if let Err(reason) = &code.value {
        broken.push((&code.at, &code.raw, reason));
    }
}

/// A field of an order that a finding can be about. `usize` is the line's position, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is the field of the same name")]
pub enum Field {
    Document,
    Kind,
    Number,
    OrderDate,
    SentAt,
    Instrument,
    Currency,
    Note,
    Cup,
    Cig,
    OwnFunds,
    Buyer,
    BuyerIpaCode,
    BuyerTaxCode,
    BuyerOfficeCode,
    Supplier,
    SupplierVatNumber,
    SupplierTaxCode,
    Lines,
    LineId(usize),
    LineItemCode(usize),
    LineName(usize),
    LineDescription(usize),
    LineCpv(usize),
    LineQuantity(usize),
    LineUnit(usize),
    LineUnitPrice(usize),
    LineVatRate(usize),
    LineNetAmount(usize),
    TotalsNet,
    TotalsVat,
    TotalsGross,
    Declarations,
    Declaration(usize),
}

impl Field {
    fn json_pointer(self) -> String {
        match self {
            Self::Document | Self::Kind => String::new(),
            Self::Number => "/order_number".into(),
            Self::OrderDate => "/order_date".into(),
            Self::SentAt => "/sent_at".into(),
            Self::Instrument => "/instrument".into(),
            Self::Currency => "/currency".into(),
            Self::Note => "/note".into(),
            Self::Cup => "/cup".into(),
            Self::Cig => "/cig".into(),
            Self::OwnFunds => "/own_funds".into(),
            Self::Buyer => "/buyer".into(),
            Self::BuyerIpaCode => "/buyer/ipa_code".into(),
            Self::BuyerTaxCode => "/buyer/tax_code".into(),
            Self::BuyerOfficeCode => "/buyer/office_code".into(),
            Self::Supplier => "/supplier".into(),
            Self::SupplierVatNumber => "/supplier/vat_number".into(),
            Self::SupplierTaxCode => "/supplier/tax_code".into(),
            Self::Lines => "/lines".into(),
            Self::LineId(n) => format!("/lines/{n}/line_id"),
            Self::LineItemCode(n) => format!("/lines/{n}/item_code"),
            Self::LineName(n) => format!("/lines/{n}/name"),
            Self::LineDescription(n) => format!("/lines/{n}/description"),
            Self::LineCpv(n) => format!("/lines/{n}/cpv"),
            Self::LineQuantity(n) => format!("/lines/{n}/quantity"),
            Self::LineUnit(n) => format!("/lines/{n}/unit"),
            Self::LineUnitPrice(n) => format!("/lines/{n}/unit_price"),
            Self::LineVatRate(n) => format!("/lines/{n}/vat_rate"),
            Self::LineNetAmount(n) => format!("/lines/{n}/net_amount"),
            Self::TotalsNet => "/totals/net".into(),
            Self::TotalsVat => "/totals/vat".into(),
            Self::TotalsGross => "/totals/gross".into(),
            Self::Declarations => "/declarations".into(),
            Self::Declaration(n) => format!("/declarations/{n}"),
        }
    }

    fn xpath(self) -> String {
        let inside = match self {
            Self::Document | Self::OwnFunds | Self::Declarations | Self::Declaration(_) => "",
            Self::Kind | Self::Instrument => "/cbc:OrderTypeCode",
            Self::Number => "/cbc:ID",
            Self::OrderDate => "/cbc:IssueDate",
            Self::SentAt => "/cbc:IssueTime",
            Self::Currency => "/cbc:DocumentCurrencyCode",
            Self::Note => "/cbc:Note",
            Self::Cup => "/cac:ProjectReference/cbc:ID",
            Self::Cig => "/cac:OriginatorDocumentReference/cbc:ID",
            Self::Buyer => "/cac:BuyerCustomerParty",
            Self::BuyerIpaCode | Self::BuyerOfficeCode => "/cac:BuyerCustomerParty/cac:Party/cbc:EndpointID",
            Self::BuyerTaxCode => "/cac:BuyerCustomerParty/cac:Party/cac:PartyLegalEntity/cbc:CompanyID",
            Self::Supplier => "/cac:SellerSupplierParty",
            Self::SupplierVatNumber | Self::SupplierTaxCode => {
                "/cac:SellerSupplierParty/cac:Party/cbc:EndpointID"
            }
            Self::Lines => "/cac:OrderLine",
            Self::LineId(n) => return line_xpath(n, "cbc:ID"),
            Self::LineItemCode(n) => return line_xpath(n, "cac:Item/cac:SellersItemIdentification/cbc:ID"),
            Self::LineName(n) => return line_xpath(n, "cac:Item/cbc:Name"),
            Self::LineDescription(n) => return line_xpath(n, "cac:Item/cbc:Description"),
            Self::LineCpv(n) => return line_xpath(n, "cac:Item/cac:CommodityClassification"),
            Self::LineQuantity(n) => return line_xpath(n, "cbc:Quantity"),
            Self::LineUnit(n) => return line_xpath(n, "cbc:Quantity/@unitCode"),
            Self::LineUnitPrice(n) => return line_xpath(n, "cac:Price/cbc:PriceAmount"),
            Self::LineVatRate(n) => return line_xpath(n, "cac:Item/cac:ClassifiedTaxCategory/cbc:Percent"),
            Self::LineNetAmount(n) => return line_xpath(n, "cbc:LineExtensionAmount"),
            Self::TotalsNet => "/cac:AnticipatedMonetaryTotal/cbc:TaxExclusiveAmount",
            Self::TotalsVat => "/cac:TaxTotal/cbc:TaxAmount",
            Self::TotalsGross => "/cac:AnticipatedMonetaryTotal/cbc:TaxInclusiveAmount",
        };
        format!("/Order{inside}")
    }
}

fn line_xpath(position: usize, rest: &str) -> String {
    format!("/Order/cac:OrderLine[{}]/cac:LineItem/{rest}", position.saturating_add(1))
}

impl fmt::Display for Instrument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Oda => f.write_str("ODA"),
            Self::Other(name) => f.write_str(name),
        }
    }
}
