// SPDX-License-Identifier: EUPL-1.2
//! The request for a CUP, and how it is written: every value is checked against the form of `schemas/sistema_cup/` first,
//! so that what cannot be written is refused here and not by a platform in the middle of a generation.

use super::super::xml::Element;
use super::{CupEnding, region};
use crate::domain::codice_fiscale::CodiceFiscale;
use crate::domain::cup::Cup;
use crate::domain::cup_codes::{CupCodes, Purchase};
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;

/// A CUP to be generated. Province and region follow from the ISTAT code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CupRequest {
    /// Our key of the event "this Comune needs its CUP", unique, and written down before the call: 1 to 60 letters,
    /// digits and `- _ . : /`. The platform keeps it as `codifica_locale`.
    pub event_key: String,
    /// Tax code of the Comune: the holder of the CUP.
    pub holder_tax_code: CodiceFiscale,
    /// ISTAT code of the Comune.
    pub comune: IstatCode,
    /// Name of the Comune.
    pub comune_name: String,
    /// Year of the decision.
    pub decision_year: u16,
    /// Title of the programme: name of what is realised, 5 to 100 characters.
    pub title: String,
    /// Template, seven digits.
    pub template: String,
    /// The codes that the template fixes.
    pub codes: CupCodes,
    /// Cost of the project, above zero, all of it public money. On the wire thousands of euro with three decimals;
    /// cents are rounded **up** to the next euro, so that the cost declared never falls short of the money granted.
    pub cost: Money,
}

/// The payload, begun with the credentials.
pub(super) fn generation(wanted: &CupRequest, begun: Element) -> Result<Element, String> {
    if wanted.holder_tax_code.is_person() {
        return Err("the tax code is that of a person, not of a Comune".into());
    }
    let key = event_key(&wanted.event_key)?;
    let project = Element::new("CUP_GENERAZIONE")
        .with_attribute("soggetto_titolare", wanted.holder_tax_code.as_str())
        .with_attribute("id_progetto", key)
        .with_child(general(wanted)?)
        .with_child(place(wanted)?)
        .with_child(Element::new("DESCRIZIONE").with_child(description(wanted)?))
        .with_child(financing(wanted)?);
    Ok(begun.with_child(project))
}

/// The payload that closes or revokes a CUP, begun with the credentials.
pub(super) fn ending(cup: &Cup, ending: CupEnding, key: &str, begun: Element) -> Element {
    let operation = match ending {
        CupEnding::Close => "CHIUSURA",
        CupEnding::Revoke => "REVOCA",
    };
    begun.with_child(
        Element::new("CUP_CHIUSURA_REVOCA")
            .with_attribute("tipo_operazione", operation)
            .with_attribute("id_progetto", key)
            .with_value("CODICE_CUP", cup.as_str()),
    )
}

/// A key that the platform keeps and finds as it is.
pub(super) fn event_key(key: &str) -> Result<&str, String> {
    let plain = |found: char| found.is_ascii_alphanumeric() || "-_.:/".contains(found);
    if (1..=60).contains(&key.len()) && key.chars().all(plain) {
        Ok(key)
    } else {
        Err(format!("event key {key:?}: 1 to 60 letters, digits and - _ . : / expected"))
    }
}

fn general(wanted: &CupRequest) -> Result<Element, String> {
    let codes = &wanted.codes;
    let year = wanted.decision_year;
    if !(1950..=2099).contains(&year) {
        return Err(format!("year {year}: 1950 to 2099 expected"));
    }
    let nature = match codes.purchase {
        Purchase::Goods => "01",
        Purchase::Services => "02",
    };
    Ok(Element::new("DATI_GENERALI_PROGETTO")
        .with_attribute("anno_decisione", year.to_string())
        .with_attribute("cumulativo", "N")
        .with_attribute("codifica_locale", event_key(&wanted.event_key)?)
        .with_attribute("template", digits("template", &wanted.template, 7)?)
        .with_attribute("natura", nature)
        .with_attribute("tipologia", code("tipologia", &codes.typology)?)
        .with_attribute("settore", code("settore", &codes.sector)?)
        .with_attribute("sottosettore", code("sottosettore", &codes.subsector)?)
        .with_attribute("categoria", code("categoria", &codes.category)?))
}

fn place(wanted: &CupRequest) -> Result<Element, String> {
    const ITALY: &str = "05";
    let comune = wanted.comune.as_str();
    let province = comune.get(..3).unwrap_or_default();
    let region = region::of_province(province)
        .ok_or_else(|| format!("{comune}: no region has province {province}"))?;
    Ok(Element::new("LOCALIZZAZIONE")
        .with_attribute("stato", ITALY)
        .with_attribute("regione", region)
        .with_attribute("provincia", province)
        .with_attribute("comune", comune))
}

fn description(wanted: &CupRequest) -> Result<Element, String> {
    let codes = &wanted.codes;
    let (element, attribute, longest) = match codes.purchase {
        Purchase::Goods => ("ACQUISTO_BENI", "bene", 100),
        Purchase::Services => ("REALIZZ_ACQUISTO_SERVIZI_NO_FORMAZIONE_RICERCA", "servizio", 256),
    };
    let kind = digits("place kind", &codes.place_kind, 2)?;
    if !("01"..="05").contains(&kind) {
        return Err("place kind: 01 to 05 expected".into());
    }
    Ok(Element::new(element)
        .with_attribute("nome_str_infrastr", plain("title", &wanted.title, 5, 100)?)
        .with_attribute(attribute, plain("object", &codes.object, 5, longest)?)
        .with_attribute("tipo_ind_area_rifer", kind)
        .with_attribute("ind_area_rifer", plain("name of the Comune", &wanted.comune_name, 1, 255)?)
        .with_attribute("strum_progr", code("strum_progr", &codes.planning_tool)?))
}

fn financing(wanted: &CupRequest) -> Result<Element, String> {
    let coverage = &wanted.codes.coverage;
    if !(1..=8).contains(&coverage.len())
        || coverage.iter().any(|code| !("001"..="008").contains(&code.as_str()))
    {
        return Err("coverage: one to eight codes of 001 to 008 expected".into());
    }
    if wanted.cost <= Money::ZERO {
        return Err("the cost is not above zero".into());
    }
    let cost = thousands(wanted.cost)?;
    let mut financing = Element::new("FINANZIAMENTO")
        .with_attribute("costo", cost.as_str())
        .with_attribute("finanziamento", cost);
    for source in coverage {
        financing = financing.with_value("CODICE_TIPOLOGIA_COP_FINANZ", digits("coverage", source, 3)?);
    }
    Ok(financing)
}

/// Thousands of euro, to the euro: `54.322` is what 54,321.55 becomes.
fn thousands(amount: Money) -> Result<String, String> {
    let cents = u64::try_from(amount.cents()).map_err(|_| "an amount below zero".to_owned())?;
    let euros = cents.div_ceil(100);
    Ok(format!("{}.{:03}", euros / 1000, euros % 1000))
}

fn digits<'a>(name: &str, text: &'a str, length: usize) -> Result<&'a str, String> {
    if text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text)
    } else {
        Err(format!("{name}: {length} digits expected"))
    }
}

fn code<'a>(name: &str, text: &'a str) -> Result<&'a str, String> {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if (1..=10).contains(&text.len()) && text.bytes().all(plain) {
        Ok(text)
    } else {
        Err(format!("{name}: 1 to 10 capital letters and digits expected"))
    }
}

/// A text of so many characters, none of which XML could not carry or a log would trip over.
pub(super) fn plain<'a>(
    name: &str,
    text: &'a str,
    shortest: usize,
    longest: usize,
) -> Result<&'a str, String> {
    let length = text.chars().count();
    if !(shortest..=longest).contains(&length) {
        return Err(format!("{name}: {shortest} to {longest} characters expected, {length} found"));
    }
    match text.chars().find(|found| found.is_control() || matches!(found, '\u{fffe}' | '\u{ffff}')) {
        Some(found) => Err(format!("{name}: character {found:?} cannot be sent")),
        None => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cost_is_in_thousands_and_rounded_up_to_the_euro() {
        let wire = |text: &str| thousands(text.parse().unwrap());
        assert_eq!(wire("54321.55"), Ok("54.322".into()));
        assert_eq!(wire("54321.01"), Ok("54.322".into()));
        assert_eq!(wire("54321.00"), Ok("54.321".into()));
        assert_eq!(wire("0.01"), Ok("0.001".into()));
        assert_eq!(wire("1000000.00"), Ok("1000.000".into()));
        assert!(wire("-1.00").is_err());
    }

    #[test]
    fn texts_that_cannot_be_sent_are_named() {
        assert_eq!(plain("title", "abc", 5, 100), Err("title: 5 to 100 characters expected, 3 found".into()));
        assert_eq!(plain("title", "abc\u{0}de", 5, 100), Err("title: character '\\0' cannot be sent".into()));
        assert_eq!(plain("title", "Forlì & dintorni", 5, 100), Ok("Forlì & dintorni"));
    }

    #[test]
    fn codes_have_their_shape() {
        assert!(digits("template", "2510006", 7).is_ok());
        assert!(digits("template", "251000６", 7).is_err());
        assert!(code("settore", "08").is_ok());
        assert!(code("settore", "").is_err());
        assert!(code("settore", "a1").is_err());
    }
}
