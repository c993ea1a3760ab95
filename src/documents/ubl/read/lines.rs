// SPDX-License-Identifier: EUPL-1.2
//! The streaming pass inside an order line.

use super::{Reading, Step};
use crate::documents::guard::tokens::Tag;
use crate::documents::ubl::wire::{WireClass, WireItem, WireLine, WirePrice};
use crate::documents::ubl::{AGGREGATE, BASIC};

impl<'a> Reading<'a> {
    pub(super) fn line(&mut self, outer: &Tag<'a>) -> Step<WireLine<'a>> {
        let mut line = WireLine { at: outer.at, ..WireLine::default() };
        while let Some(tag) = self.tokens.child()? {
            match tag.local {
                "LineItem" if tag.space == AGGREGATE => {
                    self.put(&mut line.item_at, tag.at, &tag);
                    self.line_item(&mut line)?;
                }
                _ => self.pass_over(&tag)?,
            }
        }
        Ok(line)
    }

    fn line_item(&mut self, line: &mut WireLine<'a>) -> Step<()> {
        while let Some(tag) = self.tokens.child()? {
            match (tag.space, tag.local) {
                (BASIC, "ID") => self.once(&mut line.id, &tag)?,
                (BASIC, "Quantity") => self.once(&mut line.quantity, &tag)?,
                (BASIC, "LineExtensionAmount") => {
                    let amount = self.amount(&tag)?;
                    self.put(&mut line.net_amount, amount, &tag);
                }
                (BASIC, "AccountingCost") => self.once(&mut line.accounting_cost, &tag)?,
                (AGGREGATE, "Item") => self.item(&mut line.item)?,
                (AGGREGATE, "Price") => {
                    let price = self.price(&tag)?;
                    self.put(&mut line.price, price, &tag);
                }
                (AGGREGATE, "AllowanceCharge") => {
                    let allowance = self.allowance(&tag, false)?;
                    line.allowances.push(allowance);
                }
                _ => self.pass_over(&tag)?,
            }
        }
        Ok(())
    }

    fn price(&mut self, outer: &Tag<'a>) -> Step<WirePrice<'a>> {
        let mut price = WirePrice { at: outer.at, ..WirePrice::default() };
        while let Some(tag) = self.tokens.child()? {
            match (tag.space, tag.local) {
                (BASIC, "PriceAmount") => {
                    let amount = self.amount_in(&tag, true)?;
                    self.put(&mut price.amount, amount, &tag);
                }
                (BASIC, "BaseQuantity") => self.once(&mut price.base_quantity, &tag)?,
                (AGGREGATE, "AllowanceCharge") => {
                    let allowance = self.allowance(&tag, true)?;
                    price.allowances.push(allowance);
                }
                _ => self.pass_over(&tag)?,
            }
        }
        Ok(price)
    }

    fn item(&mut self, item: &mut WireItem<'a>) -> Step<()> {
        let mut classifications = 0;
        while let Some(tag) = self.tokens.child()? {
            match (tag.space, tag.local) {
                (BASIC, "Name") => self.once(&mut item.name, &tag)?,
                (BASIC, "Description") => {
                    let description = self.leaf(&tag)?;
                    item.description = item.description.or(Some(description));
                }
                (AGGREGATE, "SellersItemIdentification") => self.seller_code(item)?,
                (AGGREGATE, "ItemSpecificationDocumentReference") => {
                    self.reference(&mut item.specifications, &tag)?
                }
                (AGGREGATE, "CommodityClassification") => {
                    classifications += 1;
                    self.classification(item, classifications)?;
                }
                (AGGREGATE, "ClassifiedTaxCategory") => {
                    let category = self.tax_category(&tag)?;
                    item.tax_categories.push(category);
                }
                _ => self.pass_over(&tag)?,
            }
        }
        Ok(())
    }

    fn seller_code(&mut self, item: &mut WireItem<'a>) -> Step<()> {
        while let Some(tag) = self.tokens.child()? {
            match (tag.space, tag.local) {
                (BASIC, "ID") => self.once(&mut item.seller_code, &tag)?,
                _ => self.pass_over(&tag)?,
            }
        }
        Ok(())
    }

    fn classification(&mut self, item: &mut WireItem<'a>, position: usize) -> Step<()> {
        while let Some(tag) = self.tokens.child()? {
            match (tag.space, tag.local) {
                (BASIC, "ItemClassificationCode") => {
                    let code = self.leaf(&tag)?;
                    item.classes.push((position, WireClass::Listed(code)));
                }
                (BASIC, "CommodityCode") => {
                    let code = self.leaf(&tag)?;
                    item.classes.push((position, WireClass::Commodity(code)));
                }
                _ => self.pass_over(&tag)?,
            }
        }
        Ok(())
    }
}
