// SPDX-License-Identifier: EUPL-1.2
//! A UBL order as it stands in the document: borrowed text, nothing parsed, everything optional. The rules of Peppol
//! and NSO speak about this layer, because they must also judge orders that are too broken to be an `Order`.

use std::borrow::Cow;

use crate::documents::guard::content::plain;

/// One element with text, and the one attribute of it that matters (`schemeID`, `currencyID`, `unitCode`, `listID`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf<'a> {
    /// Content as written, references not resolved.
    pub raw: &'a str,
    /// There is nothing in it to resolve.
    pub is_literal: bool,
    /// The attribute as written.
    pub attribute: Option<&'a str>,
}

impl<'a> Leaf<'a> {
    /// The text, trimmed, references resolved.
    pub fn text(&self) -> Cow<'a, str> {
        if self.is_literal { Cow::Borrowed(self.raw.trim_ascii()) } else { plain(self.raw) }
    }

    /// True when the attribute has exactly this value.
    pub fn has_attribute(&self, value: &str) -> bool {
        self.attribute.is_some_and(|attribute| attribute.trim_ascii() == value)
    }
}

/// A reference to another document.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WireReference<'a> {
    /// Offset of the element.
    pub at: usize,
    /// `cbc:ID`.
    pub id: Option<Leaf<'a>>,
    /// `cbc:DocumentType`.
    pub document_type: Option<Leaf<'a>>,
}

/// A discount or a charge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WireAllowance<'a> {
    /// Offset of the element.
    pub at: usize,
    /// `cbc:ChargeIndicator`: true is a charge.
    pub indicator: Option<Leaf<'a>>,
    /// `cbc:AllowanceChargeReasonCode`.
    pub reason_codes: Vec<Leaf<'a>>,
    /// Some `cbc:AllowanceChargeReason` is there.
    pub has_reason: bool,
    /// `cbc:MultiplierFactorNumeric`, in percent.
    pub percent: Option<Leaf<'a>>,
    /// `cbc:Amount`.
    pub amount: Option<Leaf<'a>>,
    /// `cbc:BaseAmount`.
    pub base: Option<Leaf<'a>>,
}

impl WireAllowance<'_> {
    /// `Some(true)` for a charge, `Some(false)` for a discount.
    pub fn is_charge(&self) -> Option<bool> {
        match self.indicator?.text().as_ref() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }
}

/// A VAT category.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WireTaxCategory<'a> {
    /// Offset of the element.
    pub at: usize,
    /// `cbc:ID`, UNCL5305.
    pub id: Option<Leaf<'a>>,
    /// `cbc:Percent`.
    pub percent: Option<Leaf<'a>>,
}

/// One tax registration of a party.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WireTaxScheme<'a> {
    /// Offset of the element.
    pub at: usize,
    /// `cbc:CompanyID`.
    pub company_id: Option<Leaf<'a>>,
    /// `cac:TaxScheme/cbc:ID`.
    pub scheme: Option<Leaf<'a>>,
}

/// A party: buyer, seller, originator, who pays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WireParty<'a> {
    /// Offset of the outer element (`cac:BuyerCustomerParty` ...).
    pub at: usize,
    /// `cac:Party/cbc:EndpointID`.
    pub endpoint: Option<Leaf<'a>>,
    /// `cac:Party/cac:PartyIdentification/cbc:ID`.
    pub identifications: Vec<Leaf<'a>>,
    /// `cac:Party/cac:PartyName/cbc:Name`.
    pub name: Option<Leaf<'a>>,
    /// `cac:Party/cac:PartyTaxScheme`.
    pub tax_schemes: Vec<WireTaxScheme<'a>>,
    /// `cac:Party/cac:PartyLegalEntity/cbc:RegistrationName`.
    pub legal_name: Option<Leaf<'a>>,
    /// `cac:Party/cac:PartyLegalEntity/cbc:CompanyID`.
    pub company_id: Option<Leaf<'a>>,
    /// `cac:AccountingContact/cbc:ID`, beside the party.
    pub accounting_contact: Option<Leaf<'a>>,
}

/// `cac:AnticipatedMonetaryTotal`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each member is the element of the same name")]
pub struct WireTotal<'a> {
    pub at: usize,
    pub line_extension: Option<Leaf<'a>>,
    pub tax_exclusive: Option<Leaf<'a>>,
    pub tax_inclusive: Option<Leaf<'a>>,
    pub allowance_total: Option<Leaf<'a>>,
    pub charge_total: Option<Leaf<'a>>,
    pub prepaid: Option<Leaf<'a>>,
    pub rounding: Option<Leaf<'a>>,
    pub payable: Option<Leaf<'a>>,
}

/// `cac:Price`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WirePrice<'a> {
    /// Offset of the element.
    pub at: usize,
    /// `cbc:PriceAmount`.
    pub amount: Option<Leaf<'a>>,
    /// `cbc:BaseQuantity`.
    pub base_quantity: Option<Leaf<'a>>,
    /// `cac:AllowanceCharge`: from the gross price to the net one.
    pub allowances: Vec<WireAllowance<'a>>,
}

/// How an article is classified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WireClass<'a> {
    /// `cbc:ItemClassificationCode`; its `listID` says in which list.
    Listed(Leaf<'a>),
    /// `cbc:CommodityCode`, where the MePA download writes the CPV.
    Commodity(Leaf<'a>),
}

/// `cac:Item`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WireItem<'a> {
    /// `cbc:Name`.
    pub name: Option<Leaf<'a>>,
    /// `cbc:Description`, the first.
    pub description: Option<Leaf<'a>>,
    /// `cac:SellersItemIdentification/cbc:ID`.
    pub seller_code: Option<Leaf<'a>>,
    /// `cac:ItemSpecificationDocumentReference`.
    pub specifications: Vec<WireReference<'a>>,
    /// `cac:CommodityClassification`; each with its position, counted from 1.
    pub classes: Vec<(usize, WireClass<'a>)>,
    /// `cac:ClassifiedTaxCategory`.
    pub tax_categories: Vec<WireTaxCategory<'a>>,
}

/// `cac:OrderLine`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WireLine<'a> {
    /// Offset of `cac:OrderLine`.
    pub at: usize,
    /// Offset of `cac:LineItem`, if there is one.
    pub item_at: Option<usize>,
    /// `cac:LineItem/cbc:ID`.
    pub id: Option<Leaf<'a>>,
    /// `cbc:Quantity`.
    pub quantity: Option<Leaf<'a>>,
    /// `cbc:LineExtensionAmount`.
    pub net_amount: Option<Leaf<'a>>,
    /// `cbc:AccountingCost`.
    pub accounting_cost: Option<Leaf<'a>>,
    /// `cac:AllowanceCharge`.
    pub allowances: Vec<WireAllowance<'a>>,
    /// `cac:Price`.
    pub price: Option<WirePrice<'a>>,
    /// `cac:Item`.
    pub item: WireItem<'a>,
}

/// Elements that rules look at wherever they stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sightings<'a> {
    /// Amounts; true for those inside a price, which may have any number of decimals.
    pub amounts: Vec<(Leaf<'a>, bool)>,
    /// Dates.
    pub dates: Vec<Leaf<'a>>,
    /// Identifiers of parties; true for those that are an endpoint.
    pub identifiers: Vec<(Leaf<'a>, bool)>,
    /// VAT categories of allowances and lines.
    pub tax_categories: Vec<WireTaxCategory<'a>>,
    /// Tax registrations of any party.
    pub tax_schemes: Vec<WireTaxScheme<'a>>,
    /// Offsets of elements without any content.
    pub empty: Vec<usize>,
}

/// A whole UBL order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "members without a comment are the element of the same name")]
pub struct WireOrder<'a> {
    /// The text that every member borrows from.
    pub source: &'a str,
    /// Offset of the root element.
    pub at: usize,
    /// The root carries `xsi:schemaLocation`.
    pub has_schema_location: bool,
    pub customization_id: Option<Leaf<'a>>,
    pub profile_id: Option<Leaf<'a>>,
    pub id: Option<Leaf<'a>>,
    pub issue_date: Option<Leaf<'a>>,
    pub issue_time: Option<Leaf<'a>>,
    pub order_type_code: Option<Leaf<'a>>,
    pub notes: Vec<Leaf<'a>>,
    pub currency: Option<Leaf<'a>>,
    pub accounting_cost: Option<Leaf<'a>>,
    /// `cac:ValidityPeriod/cbc:EndDate`.
    pub validity_end: Option<Leaf<'a>>,
    /// `cac:QuotationDocumentReference`: the order came out of a trattativa or an RdO.
    pub quotation: Option<WireReference<'a>>,
    /// `cac:OrderDocumentReference`: the order is about another order.
    pub order_references: Vec<WireReference<'a>>,
    /// `cac:OriginatorDocumentReference`: the CIG.
    pub originator_references: Vec<WireReference<'a>>,
    /// `cac:AdditionalDocumentReference`.
    pub additional_references: Vec<WireReference<'a>>,
    /// `cac:Contract`.
    pub contracts: Vec<WireReference<'a>>,
    /// `cac:ProjectReference`: the CUP.
    pub project_references: Vec<WireReference<'a>>,
    pub buyer: Option<WireParty<'a>>,
    pub seller: Option<WireParty<'a>>,
    pub originator: Option<WireParty<'a>>,
    pub accounting_customer: Option<WireParty<'a>>,
    /// `cac:DeliveryTerms/cbc:SpecialTerms`, the NSO sub-type.
    pub special_terms: Option<Leaf<'a>>,
    pub allowances: Vec<WireAllowance<'a>>,
    /// `cac:TaxTotal/cbc:TaxAmount`.
    pub tax_totals: Vec<Leaf<'a>>,
    /// Some `cac:TaxTotal` is there, with an amount or not.
    pub has_tax_total: bool,
    pub total: Option<WireTotal<'a>>,
    pub lines: Vec<WireLine<'a>>,
    /// What is looked at wherever it stands.
    pub sightings: Sightings<'a>,
}

impl<'a> WireOrder<'a> {
    /// Byte offset of an element's text, or of its start tag when it has none.
    pub fn offset(&self, leaf: &Leaf<'a>) -> usize {
        offset_in(self.source, leaf.raw)
    }

    /// Byte offset of an element's attribute, or of its text when it has none.
    pub fn attribute_offset(&self, leaf: &Leaf<'a>) -> usize {
        offset_in(self.source, leaf.attribute.unwrap_or(leaf.raw))
    }
}

/// Where a part of a text begins in it.
fn offset_in(source: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(source.as_ptr() as usize)
}
