// SPDX-License-Identifier: EUPL-1.2
//! Who buys and who sells. The same identifier stands in different places by NSO, Peppol and MePA habit; the first
//! place that has it wins, in the order given here.

use std::borrow::Cow;

use super::codes::found;
use super::wire::{Leaf, WireOrder, WireParty};
use crate::domain::codice_fiscale::CodiceFiscale;
use crate::domain::codice_ipa::CodiceIpa;
use crate::domain::codice_ufficio::CodiceUfficio;
use crate::domain::found::Found;
use crate::domain::order::{Buyer, Supplier};
use crate::domain::partita_iva::PartitaIva;

/// Schemes of a VAT number: current, old Peppol, old MePA.
const VAT_SCHEMES: [&str; 3] = ["0211", "9906", "IT:VAT"];
/// Schemes of a tax code.
const TAX_CODE_SCHEMES: [&str; 3] = ["0210", "9907", "IT:CF"];
/// Scheme of an office in the index of public administrations.
const OFFICE_SCHEME: &str = "0201";

/// A text and the path where it stands.
type Candidate<'a> = (Cow<'a, str>, Cow<'static, str>);

macro_rules! party_path {
    ($party:literal, $rest:literal) => {
        Cow::Borrowed(concat!("/Order/cac:", $party, "/cac:Party/", $rest))
    };
}

/// The buying body.
pub(super) fn buyer(wire: &WireOrder<'_>) -> Buyer {
    let Some(party) = &wire.buyer else { return Buyer::default() };
    let (office_code, ipa_code) = index_codes(wire, party);
    let company = party.company_id.filter(|id| !id.has_attribute(OFFICE_SCHEME));
    let company = company
        .map(|id| (id.text(), party_path!("BuyerCustomerParty", "cac:PartyLegalEntity/cbc:CompanyID")));
    let registered = || {
        let id = party.tax_schemes.first()?.company_id?;
        Some((id.text(), party_path!("BuyerCustomerParty", "cac:PartyTaxScheme/cbc:CompanyID")))
    };
    let identified = || {
        let (position, id) = identification(party, &TAX_CODE_SCHEMES)?;
        Some((id.text(), identification_path("BuyerCustomerParty", position)))
    };
    let tax_code = company.or_else(registered).or_else(identified);
    Buyer { name: name(party), ipa_code, tax_code: tax_code.map(tax_code_of), office_code }
}

/// The six-character office and the code of the body, told apart by their shape: MePA writes either into the place
/// of the other.
fn index_codes(
    wire: &WireOrder<'_>,
    party: &WireParty<'_>,
) -> (Option<Found<CodiceUfficio>>, Option<Found<CodiceIpa>>) {
    let is_index_type = |kind: Leaf<'_>| kind.text().eq_ignore_ascii_case("IPA");
    let additional = wire.additional_references.iter().enumerate().filter_map(|(position, reference)| {
        let id = reference.id.filter(|_| reference.document_type.is_some_and(is_index_type))?;
        Some((id.text(), format!("/Order/cac:AdditionalDocumentReference[{}]/cbc:ID", position + 1).into()))
    });
    let endpoint = party.endpoint.filter(|id| id.has_attribute(OFFICE_SCHEME));
    let endpoint = endpoint.map(|id| (id.text(), party_path!("BuyerCustomerParty", "cbc:EndpointID")));
    let contact = party
        .accounting_contact
        .map(|id| (id.text(), Cow::Borrowed("/Order/cac:BuyerCustomerParty/cac:AccountingContact/cbc:ID")));
    let (mut office, mut body) = (None, None);
    for (text, at) in additional.chain(endpoint).chain(contact) {
        let code = if text.len() == 8 { text.strip_prefix("IT").unwrap_or(&text) } else { &text };
        if is_office(code) {
            office.get_or_insert_with(|| found(code, at, CodiceUfficio::parse_lenient));
        } else {
            body.get_or_insert_with(|| found(code, at, CodiceIpa::parse_lenient));
        }
    }
    (office, body)
}

fn is_office(code: &str) -> bool {
    code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The selling enterprise.
pub(super) fn supplier(wire: &WireOrder<'_>) -> Supplier {
    let Some(party) = &wire.seller else { return Supplier::default() };
    let vat = vat_candidate(party).map(|(text, at)| found(&text, at, PartitaIva::parse_lenient));
    Supplier { name: name(party), vat_number: vat, tax_code: tax_candidate(party).map(tax_code_of) }
}

fn vat_candidate<'a>(party: &WireParty<'a>) -> Option<Candidate<'a>> {
    let is_vat =
        |id: &Leaf<'_>| has_scheme(id, &VAT_SCHEMES) || (id.attribute.is_none() && is_vat_shape(&id.text()));
    let endpoint = party.endpoint.filter(is_vat);
    let endpoint = endpoint.map(|id| (id.text(), party_path!("SellerSupplierParty", "cbc:EndpointID")));
    let identified = || {
        let (position, id) = identification(party, &VAT_SCHEMES)?;
        Some((id.text(), identification_path("SellerSupplierParty", position)))
    };
    let registered = || {
        let id = party.tax_schemes.first()?.company_id?;
        Some((id.text(), party_path!("SellerSupplierParty", "cac:PartyTaxScheme/cbc:CompanyID")))
    };
    let company = || {
        let id = party.company_id.filter(is_vat)?;
        Some((id.text(), party_path!("SellerSupplierParty", "cac:PartyLegalEntity/cbc:CompanyID")))
    };
    endpoint.or_else(identified).or_else(registered).or_else(company)
}

fn tax_candidate<'a>(party: &WireParty<'a>) -> Option<Candidate<'a>> {
    let is_tax_code = |id: &Leaf<'_>| {
        has_scheme(id, &TAX_CODE_SCHEMES) || (id.attribute.is_none() && id.text().len() == 16)
    };
    let endpoint = party.endpoint.filter(is_tax_code);
    let endpoint = endpoint.map(|id| (id.text(), party_path!("SellerSupplierParty", "cbc:EndpointID")));
    let identified = || {
        let (position, id) = identification(party, &TAX_CODE_SCHEMES)?;
        Some((id.text(), identification_path("SellerSupplierParty", position)))
    };
    let company = || {
        let id = party.company_id.filter(is_tax_code)?;
        Some((id.text(), party_path!("SellerSupplierParty", "cac:PartyLegalEntity/cbc:CompanyID")))
    };
    endpoint.or_else(identified).or_else(company)
}

fn tax_code_of((text, at): Candidate<'_>) -> Found<CodiceFiscale> {
    let bare = if text.len() == 13 { text.strip_prefix("IT").unwrap_or(&text) } else { &text };
    found(bare, at, CodiceFiscale::parse_lenient)
}

fn is_vat_shape(text: &str) -> bool {
    let digits = text.strip_prefix("IT").unwrap_or(text);
    digits.len() == 11 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn has_scheme(id: &Leaf<'_>, schemes: &[&str]) -> bool {
    id.attribute.is_some_and(|scheme| schemes.contains(&scheme.trim_ascii()))
}

fn identification<'a>(party: &WireParty<'a>, schemes: &[&str]) -> Option<(usize, Leaf<'a>)> {
    let found = party.identifications.iter().enumerate().find(|(_, id)| has_scheme(id, schemes));
    found.map(|(position, id)| (position + 1, *id))
}

fn identification_path(party: &str, position: usize) -> Cow<'static, str> {
    format!("/Order/cac:{party}/cac:Party/cac:PartyIdentification[{position}]/cbc:ID").into()
}

fn name(party: &WireParty<'_>) -> Option<String> {
    let text = party.legal_name.or(party.name)?.text();
    (!text.is_empty()).then(|| text.into_owned())
}
