// SPDX-License-Identifier: EUPL-1.2
//! The request for a CUP, and how it is written: every value is checked against the form of `schemas/sistema_cup/` first,
//! so that what cannot be written is refused here and not by a platform in the middle of a generation.

use super::super::xml::Element;
use super::{CodiceFiscale, EventKey};
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;

/// What the project buys, on the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purchase {
    /// Goods: nature `01`.
    Goods,
    /// Services other than training and research: nature `02`.
    Services,
}

/// The codes that a template fixes for every project made on it; they are data of the programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CupCodes {
    /// Template, seven digits, e.g. `2510006`.
    pub template: String,
    /// Goods or services.
    pub purchase: Purchase,
    /// `tipologia`.
    pub typology: String,
    /// `settore`.
    pub sector: String,
    /// `sottosettore`.
    pub subsector: String,
    /// `categoria`.
    pub category: String,
    /// `tipo_ind_area_rifer`, `01` to `05`: what kind of place the project is at.
    pub place_kind: String,
    /// `strum_progr`: kind of the planning document the project belongs to.
    pub planning_tool: String,
    /// Where the money comes from, `001` to `008` (`001` State, `006` European Union); never empty.
    pub coverage: Vec<String>,
}

/// A CUP to be generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CupRequest {
    /// Our key of the event; unique, and written down before the call.
    pub event_key: EventKey,
    /// ISTAT code of the Comune.
    pub istat: IstatCode,
    /// Name of the Comune.
    pub comune: String,
    /// Tax code of the Comune: the holder of the CUP.
    pub tax_code: CodiceFiscale,
    /// ISTAT code of the region, two digits.
    pub region: String,
    /// ISTAT code of the province or metropolitan city, three digits.
    pub province: String,
    /// Year of the decision.
    pub year: u16,
    /// Title of the programme: name of what is realised, 5 to 100 characters.
    pub title: String,
    /// What is bought, in words: 5 to 100 characters for goods, to 256 for services.
    pub object: String,
    /// Codes of the template.
    pub codes: CupCodes,
    /// Cost of the project, above zero. On the wire thousands of euro with three decimals; cents are rounded **up** to
    /// the next euro, so that the cost declared never falls short of the money granted.
    pub cost: Money,
    /// The part of the cost that is public money; not above the cost, rounded likewise.
    pub funding: Money,
}

/// The payload, begun with the credentials.
pub(super) fn generation(wanted: &CupRequest, begun: Element) -> Result<Element, String> {
    if wanted.tax_code.is_person() {
        return Err("the tax code is that of a person, not of a Comune".into());
    }
    if wanted.cost < wanted.funding {
        return Err("the funding is above the cost".into());
    }
    let key = wanted.event_key.as_str();
    let project = Element::new("CUP_GENERAZIONE")
        .with_attribute("soggetto_titolare", wanted.tax_code.as_str())
        .with_attribute("id_progetto", key)
        .with_child(general(wanted)?)
        .with_child(place(wanted)?)
        .with_child(Element::new("DESCRIZIONE").with_child(description(wanted)?))
        .with_child(financing(wanted)?);
    Ok(begun.with_child(project))
}

fn general(wanted: &CupRequest) -> Result<Element, String> {
    let codes = &wanted.codes;
    if !(1950..=2099).contains(&wanted.year) {
        return Err(format!("year {}: 1950 to 2099 expected", wanted.year));
    }
    let nature = match codes.purchase {
        Purchase::Goods => "01",
        Purchase::Services => "02",
    };
    Ok(Element::new("DATI_GENERALI_PROGETTO")
        .with_attribute("anno_decisione", wanted.year.to_string())
        .with_attribute("cumulativo", "N")
        .with_attribute("codifica_locale", wanted.event_key.as_str())
        .with_attribute("template", digits("template", &codes.template, 7)?)
        .with_attribute("natura", nature)
        .with_attribute("tipologia", code("tipologia", &codes.typology)?)
        .with_attribute("settore", code("settore", &codes.sector)?)
        .with_attribute("sottosettore", code("sottosettore", &codes.subsector)?)
        .with_attribute("categoria", code("categoria", &codes.category)?))
}

fn place(wanted: &CupRequest) -> Result<Element, String> {
    const ITALY: &str = "05";
    Ok(Element::new("LOCALIZZAZIONE")
        .with_attribute("stato", ITALY)
        .with_attribute("regione", digits("region", &wanted.region, 2)?)
        .with_attribute("provincia", digits("province", &wanted.province, 3)?)
        .with_attribute("comune", wanted.istat.as_str()))
}

fn description(wanted: &CupRequest) -> Result<Element, String> {
    let (element, attribute, longest) = match wanted.codes.purchase {
        Purchase::Goods => ("ACQUISTO_BENI", "bene", 100),
        Purchase::Services => ("REALIZZ_ACQUISTO_SERVIZI_NO_FORMAZIONE_RICERCA", "servizio", 256),
    };
    let kind = digits("place kind", &wanted.codes.place_kind, 2)?;
    if !("01"..="05").contains(&kind) {
        return Err("place kind: 01 to 05 expected".into());
    }
    Ok(Element::new(element)
        .with_attribute("nome_str_infrastr", plain("title", &wanted.title, 5, 100)?)
        .with_attribute(attribute, plain("object", &wanted.object, 5, longest)?)
        .with_attribute("tipo_ind_area_rifer", kind)
        .with_attribute("ind_area_rifer", plain("name of the Comune", &wanted.comune, 1, 255)?)
        .with_attribute("strum_progr", code("strum_progr", &wanted.codes.planning_tool)?))
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
    let mut financing = Element::new("FINANZIAMENTO")
        .with_attribute("costo", thousands(wanted.cost)?)
        .with_attribute("finanziamento", thousands(wanted.funding)?);
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
