// SPDX-License-Identifier: EUPL-1.2
//! Texts to an invoice: what the reader passes by is put together here. Each text arrives with its meaning; where in the
//! document it stood follows from what was entered before.

use std::sync::Arc;

use super::shape::Slot;
use crate::documents::schema;
use crate::domain::invoice::{FormatVersion, Header, Invoice, InvoiceParty, TaxId};
use crate::domain::text::Text;

mod body;

use body::Body;

/// What taking a text in comes to: it may not be what it should be.
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
    header: Option<Arc<Header>>,
    body: Body,
}

impl Draft {
    pub(super) fn version(&mut self, version: FormatVersion) {
        self.version = Some(version);
    }

    /// A new body begins.
    pub(super) fn begin(&mut self, position: u32) {
        self.body = Body::at(position);
    }

    /// The invoice, unless what it cannot be without is missing (and was told).
    pub(super) fn finish(&mut self) -> Option<Invoice> {
        std::mem::take(&mut self.body).finish(self.shared())
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
}

impl schema::Draft for Draft {
    type Slot = Slot;

    fn enter(&mut self, slot: Slot) {
        match slot {
            Slot::Supplier | Slot::Buyer | Slot::OtherParty => self.parties.push(InvoiceParty::default()),
            Slot::TaxId => {
                if let Some(party) = self.parties.last_mut() {
                    party.vat = Some(TaxId { country: String::new(), code: String::new() });
                }
            }
            _ => self.body.enter(slot),
        }
    }

    fn leave(&mut self, slot: Slot) -> Told {
        match slot {
            Slot::Supplier => self.supplier = self.parties.pop().unwrap_or_default(),
            Slot::Buyer => self.buyer = self.parties.pop().unwrap_or_default(),
            Slot::OtherParty => {
                self.parties.pop();
            }
            _ => self.body.leave(slot),
        }
        Ok(())
    }

    fn value(&mut self, slot: Slot, text: &str) -> Told {
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
}

impl Draft {
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
        let name = match slot {
            Slot::Company => text.to_owned(),
            Slot::FirstName => {
                text.clone_into(&mut self.first_name);
                text.to_owned()
            }
            _ => format!("{} {text}", std::mem::take(&mut self.first_name)).trim().to_owned(),
        };
        if let Some(party) = self.parties.last_mut() {
            party.name = name;
        }
    }
}
