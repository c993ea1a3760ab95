// SPDX-License-Identifier: EUPL-1.2
//! Rules about the document as a whole: what it says it is, one currency, dates, decimals, empty elements.

use super::{CUSTOMIZATION, FOUND, FormatRule, Named, Notes};
use crate::documents::fault::shown;
use crate::documents::ubl::wire::{Leaf, WireTaxScheme};

static COMMON_R001: FormatRule = FormatRule::fatal(
    "PEPPOL-COMMON-R001",
    "Il documento non può contenere elementi vuoti",
    "The document cannot have empty elements",
);
static COMMON_R003: FormatRule = FormatRule::warning(
    "PEPPOL-COMMON-R003",
    "Il documento non dovrebbe indicare uno schemaLocation",
    "The document should not name a schemaLocation",
);
static COMMON_R030: FormatRule =
    FormatRule::fatal("PEPPOL-COMMON-R030", "Una data si scrive AAAA-MM-GG", "A date is written YYYY-MM-DD");
static R002: FormatRule = FormatRule::warning(
    "PEPPOL-T01-R002",
    "L'ordine dovrebbe dire fino a quando è valido",
    "The order should say until when it is valid",
);
static R003: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R003",
    "Tutti gli importi devono essere nella valuta dell'ordine",
    "Every amount must be in the currency of the order",
);
static R014: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R014",
    "Chi ha chiesto l'ordine deve avere un nome o un identificativo",
    "The originator must have a name or an identifier",
);
static R026: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R026",
    "Un numero di partita IVA comincia con la sigla di uno Stato",
    "A VAT number begins with the code of a country",
);
static R028: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R028",
    "Un importo, salvo i prezzi, ha al massimo due decimali",
    "An amount, prices excepted, has at most two decimals",
);
static R031: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R031",
    "Il ProfileID deve essere quello di un ordine semplice, con risposta o avanzato",
    "The ProfileID must be that of order only, ordering or advanced ordering",
);
static R034: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R034",
    "Il CustomizationID deve cominciare con urn:fdc:peppol.eu:poacc:trns:order:3",
    "The CustomizationID must begin with urn:fdc:peppol.eu:poacc:trns:order:3",
);

pub(super) static RULES: &[&FormatRule] =
    &[&COMMON_R001, &COMMON_R003, &COMMON_R030, &R002, &R003, &R014, &R026, &R028, &R031, &R034];

const PROFILES: [&str; 3] = [
    "urn:fdc:peppol.eu:poacc:bis:order_only:3",
    "urn:fdc:peppol.eu:poacc:bis:ordering:3",
    "urn:fdc:peppol.eu:poacc:bis:advanced_ordering:3",
];

/// ISO 3166-1 codes, and EL as Greece writes itself, two letters each.
const COUNTRIES: &str = "ADAEAFAGAIALAMANAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICKCLCMCNCOCRCU\
CVCWCXCYCZDEDJDKDMDODZECEEEGEHELERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGSGTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJO\
JPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULVLYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPG\
PHPKPLPMPNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTRTTTVTWTZUAUGUMUSUYUZVAVCVEVG\
VIVNVUWFWSYEYTZAZMZW";

/// The currency of the document.
const EXPECTED: Named = Named("valuta dell'ordine", "currency of the order");

pub(super) fn check(notes: &mut Notes<'_, '_>) {
    let wire = notes.wire;
    for &offset in &wire.sightings.empty {
        notes.add(&COMMON_R001, offset, Vec::new());
    }
    if wire.has_schema_location {
        notes.add(&COMMON_R003, wire.at, Vec::new());
    }
    for date in wire.sightings.dates.iter().filter(|date| !is_date(date.raw)) {
        notes.add_text(&COMMON_R030, date);
    }
    if wire.validity_end.is_none() {
        notes.add(&R002, wire.at, Vec::new());
    }
    if let Some(party) = &wire.originator
        && party.name.is_none()
        && party.identifications.is_empty()
    {
        notes.add(&R014, party.at, Vec::new());
    }
    for scheme in wire.sightings.tax_schemes.iter().filter(|scheme| !has_country(scheme)) {
        let offset = scheme.company_id.map_or(scheme.at, |id| wire.offset(&id));
        let text = scheme.company_id.map(|id| shown(&id.text())).unwrap_or_default();
        notes.add(&R026, offset, vec![(FOUND, text)]);
    }
    if let Some(profile) = wire.profile_id.filter(|profile| !PROFILES.contains(&profile.text().as_ref())) {
        notes.add_text(&R031, &profile);
    }
    if let Some(id) = wire.customization_id.filter(|id| !id.text().starts_with(CUSTOMIZATION)) {
        notes.add_text(&R034, &id);
    }
    for (amount, _) in
        wire.sightings.amounts.iter().filter(|(amount, in_price)| !in_price && decimals(amount) > 2)
    {
        notes.add_text(&R028, amount);
    }
}

/// One currency for all: an amount in another one, or in none, would be added up as if it were in that of the order.
pub(super) fn currencies(notes: &mut Notes<'_, '_>) {
    let wire = notes.wire;
    let currency = super::super::order::currency(wire);
    for (amount, _) in &wire.sightings.amounts {
        let stated = amount.attribute.map(str::trim_ascii).unwrap_or_default();
        if stated != currency {
            let values = vec![(FOUND, shown(stated)), (EXPECTED, shown(&currency))];
            notes.add(&R003, wire.attribute_offset(amount), values);
        }
    }
}

fn decimals(amount: &Leaf<'_>) -> usize {
    amount.text().split_once('.').map_or(0, |(_, decimals)| decimals.len())
}

/// Only VAT registrations are asked for their country.
fn has_country(scheme: &WireTaxScheme<'_>) -> bool {
    if scheme.scheme.is_none_or(|scheme| scheme.text() != "VAT") {
        return true;
    }
    let id = scheme.company_id.map(|id| id.text()).unwrap_or_default();
    let Some(prefix) = id.get(..2) else { return false };
    COUNTRIES.as_bytes().chunks_exact(2).any(|country| country == prefix.as_bytes())
}

/// Ten characters, and a day that exists.
fn is_date(raw: &str) -> bool {
    raw.len() == 10 && chrono::NaiveDate::parse_from_str(raw, "%Y-%m-%d").is_ok()
}
