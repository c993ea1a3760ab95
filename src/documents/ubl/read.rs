// SPDX-License-Identifier: EUPL-1.2
//! The streaming pass: one function per UBL structure, each knowing only the elements that matter inside it. The order
//! of elements is not enforced; a single element that stands twice is a fault.

use super::wire::{
    Sightings, WireAllowance, WireOrder, WireParty, WireReference, WireTaxCategory, WireTotal,
};
use super::{AGGREGATE, BASIC, ORDER, VOCABULARY};
use crate::documents::fault::{Broken, RawFault, ReadErrorKind};
use crate::documents::guard::Limits;
use crate::documents::guard::tokens::{Tag, Tokens};
use crate::domain::text::Text;

mod leaves;
mod lines;
mod parties;

type Step<T> = Result<T, Box<Broken>>;

/// Reads the wire layer, with the faults of structure that were noticed on the way.
pub(super) fn wire_order<'a>(source: &'a str, limits: &Limits) -> Step<(WireOrder<'a>, Vec<RawFault>)> {
    let mut reading = Reading {
        tokens: Tokens::new(source, &VOCABULARY, limits),
        limits: *limits,
        faults: Vec::new(),
        seen: Sightings {
            amounts: Vec::with_capacity(32),
            dates: Vec::with_capacity(4),
            identifiers: Vec::with_capacity(12),
            tax_categories: Vec::with_capacity(8),
            tax_schemes: Vec::with_capacity(4),
            empty: Vec::new(),
        },
    };
    let root = reading.tokens.root()?;
    if root.space != ORDER || root.local != "Order" {
        let reason = Text {
            it: "l'elemento radice non è un Order di UBL 2.1".into(),
            en: "the root element is not a UBL 2.1 Order".into(),
        };
        return Err(Broken::new(ReadErrorKind::NotThisKind, root.at, root.local, reason));
    }
    let mut order = WireOrder { source, at: root.at, ..WireOrder::default() };
    order.has_schema_location =
        reading.tokens.attributes_of(&root).any(|(name, _)| name.ends_with(":schemaLocation"));
    reading.order(&mut order)?;
    reading.tokens.finish()?;
    order.sightings = reading.seen;
    order.sightings.empty = reading.tokens.take_empty();
    for offset in reading.tokens.take_misplaced() {
        let reason = Text {
            it: "testo o elemento dove non può stare".into(),
            en: "text or element where it cannot stand".into(),
        };
        reading.faults.push(RawFault::new(offset, "", reason));
    }
    Ok((order, reading.faults))
}

/// The state of the pass.
struct Reading<'a> {
    tokens: Tokens<'a>,
    limits: Limits,
    faults: Vec<RawFault>,
    seen: Sightings<'a>,
}

impl<'a> Reading<'a> {
    fn order(&mut self, order: &mut WireOrder<'a>) -> Step<()> {
        while let Some(tag) = self.tokens.child()? {
            match tag.space {
                AGGREGATE => self.order_aggregate(order, &tag)?,
                BASIC => self.order_basic(order, &tag)?,
                _ => self.pass_over(&tag)?,
            }
        }
        Ok(())
    }

    fn order_basic(&mut self, order: &mut WireOrder<'a>, tag: &Tag<'a>) -> Step<()> {
        match tag.local {
            "CustomizationID" => self.once(&mut order.customization_id, tag),
            "ProfileID" => self.once(&mut order.profile_id, tag),
            "ID" => self.once(&mut order.id, tag),
            "IssueDate" => self.once_date(&mut order.issue_date, tag),
            "IssueTime" => self.once(&mut order.issue_time, tag),
            "OrderTypeCode" => self.once(&mut order.order_type_code, tag),
            "Note" => {
                let note = self.leaf(tag)?;
                order.notes.push(note);
                Ok(())
            }
            "DocumentCurrencyCode" => self.once(&mut order.currency, tag),
            "AccountingCost" => self.once(&mut order.accounting_cost, tag),
            _ => self.pass_over(tag),
        }
    }

    fn order_aggregate(&mut self, order: &mut WireOrder<'a>, tag: &Tag<'a>) -> Step<()> {
        match tag.local {
            "OrderLine" => {
                let line = self.line(tag)?;
                order.lines.push(line);
                if order.lines.len() > self.limits.lines {
                    return Err(self.too_many_lines(tag));
                }
            }
            "AllowanceCharge" => {
                let allowance = self.allowance(tag, false)?;
                order.allowances.push(allowance);
            }
            "BuyerCustomerParty" => self.once_party(&mut order.buyer, tag)?,
            "SellerSupplierParty" => self.once_party(&mut order.seller, tag)?,
            "OriginatorCustomerParty" => self.once_party(&mut order.originator, tag)?,
            "AccountingCustomerParty" => self.once_party(&mut order.accounting_customer, tag)?,
            "TaxTotal" => self.tax_total(order, tag)?,
            "AnticipatedMonetaryTotal" => {
                let total = self.total(tag)?;
                self.put(&mut order.total, total, tag);
            }
            "ValidityPeriod" => self.validity(order)?,
            "DeliveryTerms" => self.delivery_terms(order)?,
            "AdditionalDocumentReference" => self.reference(&mut order.additional_references, tag)?,
            "OriginatorDocumentReference" => self.reference(&mut order.originator_references, tag)?,
            "OrderDocumentReference" => self.reference(&mut order.order_references, tag)?,
            "ProjectReference" => self.reference(&mut order.project_references, tag)?,
            "Contract" => self.reference(&mut order.contracts, tag)?,
            "QuotationDocumentReference" => {
                let mut found = Vec::new();
                self.reference(&mut found, tag)?;
                order.quotation = order.quotation.or(found.pop());
            }
            _ => self.pass_over(tag)?,
        }
        Ok(())
    }

    fn validity(&mut self, order: &mut WireOrder<'a>) -> Step<()> {
        while let Some(tag) = self.tokens.child()? {
            match tag.local {
                "EndDate" if tag.space == BASIC => {
                    let date = self.date(&tag)?;
                    order.validity_end = order.validity_end.or(Some(date));
                }
                _ => self.pass_over(&tag)?,
            }
        }
        Ok(())
    }

    fn delivery_terms(&mut self, order: &mut WireOrder<'a>) -> Step<()> {
        while let Some(tag) = self.tokens.child()? {
            match tag.local {
                "SpecialTerms" if tag.space == BASIC => {
                    let terms = self.leaf(&tag)?;
                    order.special_terms = order.special_terms.or(Some(terms));
                }
                _ => self.pass_over(&tag)?,
            }
        }
        Ok(())
    }

    fn tax_total(&mut self, order: &mut WireOrder<'a>, _outer: &Tag<'a>) -> Step<()> {
        order.has_tax_total = true;
        while let Some(tag) = self.tokens.child()? {
            match tag.local {
                "TaxAmount" if tag.space == BASIC => {
                    let amount = self.amount(&tag)?;
                    order.tax_totals.push(amount);
                }
                _ => self.pass_over(&tag)?,
            }
        }
        Ok(())
    }

    fn total(&mut self, outer: &Tag<'a>) -> Step<WireTotal<'a>> {
        let mut total = WireTotal { at: outer.at, ..WireTotal::default() };
        while let Some(tag) = self.tokens.child()? {
            let slot = match tag.local {
                _ if tag.space != BASIC => None,
                "LineExtensionAmount" => Some(&mut total.line_extension),
                "TaxExclusiveAmount" => Some(&mut total.tax_exclusive),
                "TaxInclusiveAmount" => Some(&mut total.tax_inclusive),
                "AllowanceTotalAmount" => Some(&mut total.allowance_total),
                "ChargeTotalAmount" => Some(&mut total.charge_total),
                "PrepaidAmount" => Some(&mut total.prepaid),
                "PayableRoundingAmount" => Some(&mut total.rounding),
                "PayableAmount" => Some(&mut total.payable),
                _ => None,
            };
            match slot {
                Some(slot) => {
                    let amount = self.amount(&tag)?;
                    self.put(slot, amount, &tag);
                }
                None => self.pass_over(&tag)?,
            }
        }
        Ok(total)
    }

    fn allowance(&mut self, outer: &Tag<'a>, in_price: bool) -> Step<WireAllowance<'a>> {
        let mut allowance = WireAllowance { at: outer.at, ..WireAllowance::default() };
        while let Some(tag) = self.tokens.child()? {
            match tag.local {
                "TaxCategory" if tag.space == AGGREGATE => {
                    self.tax_category(&tag)?;
                }
                _ if tag.space != BASIC => self.pass_over(&tag)?,
                "ChargeIndicator" => self.once(&mut allowance.indicator, &tag)?,
                "AllowanceChargeReasonCode" => {
                    let code = self.leaf(&tag)?;
                    allowance.reason_codes.push(code);
                }
                "AllowanceChargeReason" => {
                    allowance.has_reason = true;
                    self.leaf(&tag)?;
                }
                "MultiplierFactorNumeric" => self.once(&mut allowance.percent, &tag)?,
                "Amount" => {
                    let amount = self.amount_in(&tag, in_price)?;
                    self.put(&mut allowance.amount, amount, &tag);
                }
                "BaseAmount" => {
                    let amount = self.amount_in(&tag, in_price)?;
                    self.put(&mut allowance.base, amount, &tag);
                }
                _ => self.pass_over(&tag)?,
            }
        }
        Ok(allowance)
    }

    fn tax_category(&mut self, outer: &Tag<'a>) -> Step<WireTaxCategory<'a>> {
        let mut category = WireTaxCategory { at: outer.at, ..WireTaxCategory::default() };
        while let Some(tag) = self.tokens.child()? {
            match tag.local {
                "ID" if tag.space == BASIC => self.once(&mut category.id, &tag)?,
                "Percent" if tag.space == BASIC => self.once(&mut category.percent, &tag)?,
                _ => self.pass_over(&tag)?,
            }
        }
        self.seen.tax_categories.push(category);
        Ok(category)
    }

    fn reference(&mut self, into: &mut Vec<WireReference<'a>>, outer: &Tag<'a>) -> Step<()> {
        let mut reference = WireReference { at: outer.at, ..WireReference::default() };
        while let Some(tag) = self.tokens.child()? {
            match tag.local {
                "ID" if tag.space == BASIC => self.once(&mut reference.id, &tag)?,
                "DocumentType" if tag.space == BASIC => self.once(&mut reference.document_type, &tag)?,
                _ => self.pass_over(&tag)?,
            }
        }
        into.push(reference);
        Ok(())
    }

    /// Passes over an element of which nothing is known, still noting what rules look at anywhere.
    fn pass_over(&mut self, outer: &Tag<'a>) -> Step<()> {
        if outer.space == BASIC {
            match outer.local {
                "Amount" | "TaxAmount" | "LineExtensionAmount" | "PriceAmount" | "BaseAmount" => {
                    return self.amount(outer).map(drop);
                }
                "IssueDate" | "DueDate" | "TaxPointDate" | "StartDate" | "EndDate" | "ActualDeliveryDate" => {
                    return self.date(outer).map(drop);
                }
                "EndpointID" => return self.identifier(outer, true).map(drop),
                "CompanyID" => return self.identifier(outer, false).map(drop),
                _ => {}
            }
        } else if outer.space == AGGREGATE {
            match outer.local {
                "PartyIdentification" => return self.party_identification(&mut WireParty::default()),
                "PartyTaxScheme" => return self.party_tax_scheme(&mut WireParty::default(), outer),
                "AllowanceCharge" => return self.allowance(outer, false).map(drop),
                "TaxCategory" | "ClassifiedTaxCategory" => return self.tax_category(outer).map(drop),
                _ => {}
            }
        }
        while let Some(tag) = self.tokens.child_of_unknown()? {
            self.pass_over(&tag)?;
        }
        Ok(())
    }
}
