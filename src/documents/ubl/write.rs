// SPDX-License-Identifier: EUPL-1.2
//! Writes a checked order as a UBL 2.1 Order in the habits of the MePA download: this is what is handed over as a draft
//! ODA (`schemas/acquistinretepa/order.xsd`).

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::domain::cpv::Cpv;
use crate::domain::decimal::Percent;
use crate::domain::found::Found;
use crate::domain::money::Money;
use crate::domain::order::{Line, Order};
use crate::programme::Programme;
use crate::reference::{Comune, Reference};

const ORDER: &str = "urn:oasis:names:specification:ubl:schema:xsd:Order-2";
const CAC: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2";
const CBC: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2";

/// Scheme of Italian tax codes, of VAT numbers, of IPA offices.
const SCHEME_TAX_CODE: &str = "0210";
const SCHEME_VAT: &str = "0211";
const SCHEME_OFFICE: &str = "0201";

/// What the document itself may lack.
#[derive(Debug, Clone, Copy)]
pub struct HandOver<'a> {
    /// The Comune that buys, from the reference table.
    pub comune: &'a Comune,
    /// The programme, for the CPV of the catalogue sheets.
    pub programme: &'a Programme,
    /// The reference tables, for the check digit of CPV codes.
    pub reference: &'a Reference,
}

/// The order as the platform takes it. Values that are missing are left out: the platform then says so.
pub fn write_ubl(order: &Order, with: &HandOver<'_>) -> Vec<u8> {
    let mut xml = Xml { writer: Writer::new(Vec::with_capacity(8192)) };
    xml.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
    let root =
        BytesStart::new("Order").with_attributes([("xmlns", ORDER), ("xmlns:cac", CAC), ("xmlns:cbc", CBC)]);
    xml.event(Event::Start(root));
    head(&mut xml, order, with);
    buyer(&mut xml, order, with);
    supplier(&mut xml, order);
    totals(&mut xml, order);
    for line in &order.lines {
        self::line(&mut xml, order, line, with);
    }
    xml.event(Event::End(BytesEnd::new("Order")));
    xml.writer.into_inner()
}

struct Xml {
    writer: Writer<Vec<u8>>,
}

impl Xml {
    fn event(&mut self, event: Event<'_>) {
        // Writing into memory cannot fail.
        let _ = self.writer.write_event(event);
    }

    fn leaf(&mut self, name: &str, text: &str) {
        self.leaf_with(name, &[], text);
    }

    fn leaf_with(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.event(Event::Start(BytesStart::new(name).with_attributes(attributes.iter().copied())));
        self.event(Event::Text(BytesText::new(text)));
        self.event(Event::End(BytesEnd::new(name)));
    }

    fn inside(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.event(Event::Start(BytesStart::new(name)));
        content(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    fn amount(&mut self, name: &str, order: &Order, amount: Option<Money>) {
        if let Some(amount) = amount {
            self.leaf_with(name, &[("currencyID", &order.currency)], &amount.to_string());
        }
    }
}

fn head(xml: &mut Xml, order: &Order, with: &HandOver<'_>) {
    xml.leaf("cbc:ID", &order.number);
    xml.leaf("cbc:IssueDate", &order.order_date.to_string());
    xml.leaf("cbc:OrderTypeCode", "220");
    if let Some(note) = &order.note {
        xml.leaf("cbc:Note", note);
    }
    xml.leaf("cbc:DocumentCurrencyCode", &order.currency);
    if let Some(cig) = order.cig() {
        xml.inside("cac:OriginatorDocumentReference", |xml| xml.leaf("cbc:ID", cig.as_str()));
    }
    xml.inside("cac:AdditionalDocumentReference", |xml| {
        xml.leaf("cbc:ID", &office(order, with));
        xml.leaf("cbc:DocumentType", "IPA");
    });
    if let Some(cup) = order.cup() {
        xml.inside("cac:ProjectReference", |xml| xml.leaf("cbc:ID", cup.as_str()));
    }
}

/// The buyer's office; a document without one is handed over under the Comune's own IPA code.
fn office(order: &Order, with: &HandOver<'_>) -> String {
    let office = order.buyer.office_code.as_ref().and_then(Found::ok).map(ToString::to_string);
    office.unwrap_or_else(|| with.comune.ipa.to_string())
}

fn buyer(xml: &mut Xml, order: &Order, with: &HandOver<'_>) {
    let name = order.buyer.name.clone().unwrap_or_else(|| format!("Comune di {}", with.comune.name));
    xml.inside("cac:BuyerCustomerParty", |xml| {
        xml.inside("cac:Party", |xml| {
            xml.leaf_with("cbc:EndpointID", &[("schemeID", SCHEME_OFFICE)], &office(order, with));
            xml.inside("cac:PartyName", |xml| xml.leaf("cbc:Name", &name));
            xml.inside("cac:PartyLegalEntity", |xml| {
                xml.leaf("cbc:RegistrationName", &name);
                xml.leaf_with(
                    "cbc:CompanyID",
                    &[("schemeID", SCHEME_TAX_CODE)],
                    with.comune.tax_code.as_str(),
                );
            });
        });
    });
}

fn supplier(xml: &mut Xml, order: &Order) {
    let supplier = &order.supplier;
    xml.inside("cac:SellerSupplierParty", |xml| {
        xml.inside("cac:Party", |xml| {
            if let Some(vat) = supplier.vat_number.as_ref().and_then(Found::ok) {
                xml.leaf_with("cbc:EndpointID", &[("schemeID", SCHEME_VAT)], &format!("IT{vat}"));
            } else if let Some(code) = supplier.tax_code.as_ref().and_then(Found::ok) {
                xml.leaf_with("cbc:EndpointID", &[("schemeID", SCHEME_TAX_CODE)], code.as_str());
            }
            if let Some(name) = &supplier.name {
                xml.inside("cac:PartyName", |xml| xml.leaf("cbc:Name", name));
                xml.inside("cac:PartyLegalEntity", |xml| xml.leaf("cbc:RegistrationName", name));
            }
        });
    });
}

fn totals(xml: &mut Xml, order: &Order) {
    let totals = &order.totals;
    allowance(xml, order, order.document_allowances);
    if totals.vat.is_some() {
        xml.inside("cac:TaxTotal", |xml| xml.amount("cbc:TaxAmount", order, totals.vat));
    }
    if totals.gross.is_none() {
        return;
    }
    xml.inside("cac:AnticipatedMonetaryTotal", |xml| {
        xml.amount("cbc:LineExtensionAmount", order, totals.lines.or(totals.net));
        xml.amount("cbc:TaxExclusiveAmount", order, totals.net);
        xml.amount("cbc:TaxInclusiveAmount", order, totals.gross);
        if !order.document_allowances.is_zero() {
            let name = if order.document_allowances.is_negative() {
                "cbc:AllowanceTotalAmount"
            } else {
                "cbc:ChargeTotalAmount"
            };
            xml.amount(name, order, without_sign(order.document_allowances));
        }
        xml.amount("cbc:PayableAmount", order, totals.gross);
    });
}

/// Discounts (negative) and charges of one level as one, since only their sum is kept.
fn allowance(xml: &mut Xml, order: &Order, sum: Money) {
    if sum.is_zero() {
        return;
    }
    let (indicator, reason) = if sum.is_negative() { ("false", "Sconto") } else { ("true", "Maggiorazione") };
    xml.inside("cac:AllowanceCharge", |xml| {
        xml.leaf("cbc:ChargeIndicator", indicator);
        xml.leaf("cbc:AllowanceChargeReason", reason);
        xml.amount("cbc:Amount", order, without_sign(sum));
    });
}

fn without_sign(amount: Money) -> Option<Money> {
    if amount.is_negative() { amount.checked_neg() } else { Some(amount) }
}

fn line(xml: &mut Xml, order: &Order, line: &Line, with: &HandOver<'_>) {
    xml.inside("cac:OrderLine", |xml| {
        xml.inside("cac:LineItem", |xml| {
            xml.leaf("cbc:ID", &line.id);
            xml.leaf_with("cbc:Quantity", &[("unitCode", &line.unit)], &line.quantity.to_string());
            xml.amount("cbc:LineExtensionAmount", order, line.net_amount);
            allowance(xml, order, line.allowances);
            if let Some(price) = line.unit_price {
                xml.inside("cac:Price", |xml| {
                    xml.leaf_with("cbc:PriceAmount", &[("currencyID", &order.currency)], &price.to_string());
                    xml.leaf_with(
                        "cbc:BaseQuantity",
                        &[("unitCode", &line.unit)],
                        &line.base_quantity.to_string(),
                    );
                });
            }
            xml.inside("cac:Item", |xml| item(xml, line, with));
        });
    });
}

fn item(xml: &mut Xml, line: &Line, with: &HandOver<'_>) {
    if let Some(description) = &line.description {
        xml.leaf("cbc:Description", description);
    }
    xml.leaf("cbc:Name", &line.name);
    if let Some(code) = &line.item_code {
        xml.inside("cac:SellersItemIdentification", |xml| xml.leaf("cbc:ID", code));
    }
    if let Some(cpv) = cpv(line, with) {
        xml.inside("cac:CommodityClassification", |xml| xml.leaf("cbc:CommodityCode", &cpv));
    }
    if let Some(rate) = line.vat_rate {
        xml.inside("cac:ClassifiedTaxCategory", |xml| {
            xml.leaf("cbc:ID", if rate == Percent::ZERO { "Z" } else { "S" });
            xml.leaf("cbc:Percent", &rate.to_string());
            xml.inside("cac:TaxScheme", |xml| xml.leaf("cbc:ID", "VAT"));
        });
    }
}

/// The CPV with its check digit: the line's own, else the first of its sheet.
fn cpv(line: &Line, with: &HandOver<'_>) -> Option<String> {
    let own = line.cpv.as_ref().and_then(Found::ok);
    let of_sheet = || with.programme.catalogue.sheet_for_line(&line.name, None).sheet()?.sheet.cpv.first();
    let cpv: &Cpv = own.or_else(of_sheet)?;
    let entry = with.reference.cpv.get(cpv)?;
    Some(format!("{}-{}", cpv.code(), entry.check))
}
