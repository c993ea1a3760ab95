// SPDX-License-Identifier: EUPL-1.2
//! The streaming pass inside a party.

use super::{Reading, Step};
use crate::documents::guard::tokens::Tag;
use crate::documents::ubl::wire::{WireParty, WireTaxScheme};
use crate::documents::ubl::{AGGREGATE, BASIC};

impl<'a> Reading<'a> {
    pub(super) fn once_party(&mut self, slot: &mut Option<WireParty<'a>>, outer: &Tag<'a>) -> Step<()> {
        let mut party = WireParty { at: outer.at, ..WireParty::default() };
        while let Some(tag) = self.tokens.child()? {
            match tag.local {
                "Party" if tag.space == AGGREGATE => self.party(&mut party)?,
                "AccountingContact" if tag.space == AGGREGATE => {
                    let mut found = Vec::new();
                    self.reference(&mut found, &tag)?;
                    party.accounting_contact = found.pop().and_then(|contact| contact.id);
                }
                _ => self.pass_over(&tag)?,
            }
        }
        self.put(slot, party, outer);
        Ok(())
    }

    fn party(&mut self, party: &mut WireParty<'a>) -> Step<()> {
        while let Some(tag) = self.tokens.child()? {
            match tag.local {
                "EndpointID" if tag.space == BASIC => {
                    let id = self.identifier(&tag, true)?;
                    self.put(&mut party.endpoint, id, &tag);
                }
                _ if tag.space != AGGREGATE => self.pass_over(&tag)?,
                "PartyIdentification" => self.party_identification(party)?,
                "PartyName" => self.party_name(party)?,
                "PartyTaxScheme" => self.party_tax_scheme(party, &tag)?,
                "PartyLegalEntity" => self.party_legal_entity(party)?,
                _ => self.pass_over(&tag)?,
            }
        }
        Ok(())
    }

    pub(super) fn party_identification(&mut self, party: &mut WireParty<'a>) -> Step<()> {
        while let Some(tag) = self.tokens.child()? {
            match tag.local {
                "ID" if tag.space == BASIC => {
                    let id = self.identifier(&tag, false)?;
                    party.identifications.push(id);
                }
                _ => self.pass_over(&tag)?,
            }
        }
        Ok(())
    }

    fn party_name(&mut self, party: &mut WireParty<'a>) -> Step<()> {
        while let Some(tag) = self.tokens.child()? {
            match tag.local {
                "Name" if tag.space == BASIC => {
                    let name = self.leaf(&tag)?;
                    party.name = party.name.or(Some(name));
                }
                _ => self.pass_over(&tag)?,
            }
        }
        Ok(())
    }

    pub(super) fn party_tax_scheme(&mut self, party: &mut WireParty<'a>, outer: &Tag<'a>) -> Step<()> {
        let mut scheme = WireTaxScheme { at: outer.at, ..WireTaxScheme::default() };
        while let Some(tag) = self.tokens.child()? {
            match tag.local {
                "CompanyID" if tag.space == BASIC => {
                    let id = self.identifier(&tag, false)?;
                    self.put(&mut scheme.company_id, id, &tag);
                }
                "TaxScheme" if tag.space == AGGREGATE => {
                    let mut found = Vec::new();
                    self.reference(&mut found, &tag)?;
                    scheme.scheme = found.pop().and_then(|scheme| scheme.id);
                }
                _ => self.pass_over(&tag)?,
            }
        }
        self.seen.tax_schemes.push(scheme);
        party.tax_schemes.push(scheme);
        Ok(())
    }

    fn party_legal_entity(&mut self, party: &mut WireParty<'a>) -> Step<()> {
        while let Some(tag) = self.tokens.child()? {
            match tag.local {
                "RegistrationName" if tag.space == BASIC => {
                    let name = self.leaf(&tag)?;
                    party.legal_name = party.legal_name.or(Some(name));
                }
                "CompanyID" if tag.space == BASIC => {
                    let id = self.identifier(&tag, false)?;
                    party.company_id = party.company_id.or(Some(id));
                }
                _ => self.pass_over(&tag)?,
            }
        }
        Ok(())
    }
}
