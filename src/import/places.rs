// SPDX-License-Identifier: EUPL-1.2
//! Finds the one Comune that a row means: by its codes, else by its name with province and region. What does not agree is
//! never guessed.

use std::collections::HashSet;

use super::error::{both, short};
use crate::domain::belfiore::BelfioreCode;
use crate::domain::codice_fiscale::CodiceFiscale;
use crate::domain::codice_ipa::CodiceIpa;
use crate::domain::istat::IstatCode;
use crate::domain::text::Text;
use crate::reference::{Comune, Comuni, Names, normalise_name};

/// What a row says about its Comune.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Written<'a> {
    pub(super) istat: Option<&'a str>,
    pub(super) tax_code: Option<&'a str>,
    pub(super) ipa: Option<&'a str>,
    pub(super) belfiore: Option<&'a str>,
    pub(super) name: Option<&'a str>,
    pub(super) province: Option<&'a str>,
    pub(super) region: Option<&'a str>,
    /// The region of the rows above, when the row has none of its own: it decides between homonyms, no more.
    pub(super) region_above: Option<&'a str>,
}

/// A Comune found, and what to tell about the way it was found.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) comune: &'a Comune,
    pub(super) note: Option<Text>,
}

/// The Comuni with what is needed to find them.
pub(super) struct Places<'a> {
    comuni: &'a Comuni,
    names: Names<'a>,
    provinces: HashSet<&'a str>,
    regions: Vec<(String, &'a str)>,
}

impl<'a> Places<'a> {
    pub(super) fn new(comuni: &'a Comuni) -> Self {
        let siglas = |comune: &'a Comune| [Some(&*comune.province), comune.province_2026.as_deref()];
        let regions: HashSet<&str> = comuni.iter().map(|comune| &*comune.region).collect();
        Self {
            comuni,
            names: Names::new(comuni),
            provinces: comuni.iter().flat_map(siglas).flatten().collect(),
            regions: regions.into_iter().map(|region| (normalise_name(region), region)).collect(),
        }
    }

    /// Finds the Comune, or says why not.
    pub(super) fn find(&self, row: &Written<'_>) -> Result<Found<'a>, Text> {
        let coded = self.by_codes(row)?;
        let found = match (coded, row.name) {
            (Some((comune, code)), Some(name)) => self.agree(comune, &code, name)?,
            (Some((comune, _)), None) => Found { comune, note: None },
            (None, Some(name)) => return self.by_name(name, row),
            (None, None) => {
                return Err(Text::new(
                    "manca il Comune: né nome né codici",
                    "the Comune is missing: neither name nor codes",
                ));
            }
        };
        self.lies_where_told(found.comune, row)?;
        Ok(found)
    }

    /// Whether any Comune has this name.
    pub(super) fn knows(&self, name: &str) -> bool {
        !self.names.find(name).comuni.is_empty()
    }

    /// The region that a text names, as the table spells it.
    pub(super) fn region(&self, text: &str) -> Option<&'a str> {
        let text = normalise_name(text);
        let text = text.strip_prefix("regione ").unwrap_or(&text);
        let text = text.strip_prefix("autonoma ").unwrap_or(text);
        let autonomous = text.starts_with("provincia autonoma ") || text.starts_with("p a ");
        let same = |name: &str| {
            name == text
                || (text.len() > 5 && name.starts_with(text))
                || text.starts_with(name)
                || (autonomous && name.starts_with("trentino"))
        };
        self.regions.iter().find(|(name, _)| same(name)).map(|(_, region)| *region)
    }

    /// The Comune that all codes of a row agree on, with the first of them as messages name it.
    fn by_codes(&self, row: &Written<'_>) -> Result<Option<(&'a Comune, String)>, Text> {
        type Look<'l, 'a> = &'l dyn Fn(&str) -> Result<Option<&'a Comune>, String>;
        let istat = |raw: &str| {
            let code = IstatCode::parse_lenient(raw).map_err(|error| error.to_string())?;
            Ok(self.comuni.by_istat(&code))
        };
        let tax_code = |raw: &str| {
            let code = CodiceFiscale::parse_lenient(&with_zeros(raw)).map_err(|error| error.to_string())?;
            Ok(self.comuni.by_tax_code(code.as_str()))
        };
        let ipa = |raw: &str| {
            let code = CodiceIpa::parse_lenient(raw).map_err(|error| error.to_string())?;
            Ok(self.comuni.by_ipa(&code))
        };
        let belfiore = |raw: &str| {
            let code = BelfioreCode::parse_lenient(raw).map_err(|error| error.to_string())?;
            Ok(self.comuni.by_belfiore(&code))
        };
        let codes: [(&str, &str, Option<&str>, Look<'_, 'a>); 4] = [
            ("codice ISTAT", "6 cifre", row.istat, &istat),
            ("codice fiscale", "11 cifre, l'ultima di controllo", row.tax_code, &tax_code),
            ("codice IPA", "lettere, cifre e trattini", row.ipa, &ipa),
            ("codice catastale", "una lettera da A a M e 3 cifre", row.belfiore, &belfiore),
        ];
        let mut agreed: Option<(&'a Comune, String)> = None;
        for (kind, shape, raw, look) in codes {
            let Some(raw) = raw else { continue };
            let code = format!("{kind} {}", short(raw));
            let comune =
                look(raw).map_err(|error| invalid(&code, shape, &error))?.ok_or_else(|| unknown(&code))?;
            match &agreed {
                Some((other, first)) if other.istat != comune.istat => {
                    return Err(disagree(first, &shown(other), &code, &shown(comune)));
                }
                Some(_) => {}
                None => agreed = Some((comune, code)),
            }
        }
        Ok(agreed)
    }

    /// Holds the name against the Comune of the codes. A name that no Comune has is a slip; one of another is not.
    fn agree(&self, comune: &'a Comune, code: &str, name: &str) -> Result<Found<'a>, Text> {
        let named = self.names.find(name);
        if named.comuni.iter().any(|other| other.istat == comune.istat) {
            return Ok(Found { comune, note: None });
        }
        if let Some(other) = named.comuni.first() {
            return Err(disagree(code, &shown(comune), &format!("\"{}\"", short(name)), &shown(other)));
        }
        let (name, shown) = (short(name), shown(comune));
        let note = both(
            format!("nessun Comune si chiama \"{name}\": preso {shown}, del {code}"),
            format!("no Comune is called \"{name}\": took {shown}, which has {code}"),
        );
        Ok(Found { comune, note: Some(note) })
    }

    fn by_name(&self, name: &str, row: &Written<'_>) -> Result<Found<'a>, Text> {
        let named = self.names.find(name);
        if named.comuni.is_empty() {
            let name = short(name);
            return Err(both(
                format!("nessun Comune si chiama \"{name}\""),
                format!("no Comune is called \"{name}\""),
            ));
        }
        let province = row
            .province
            .and_then(|text| self.province(text))
            .or_else(|| self.known(named.province.as_deref()));
        let own_region = row.region.and_then(|text| self.region(text));
        let mut left = named.comuni.clone();
        left.retain(|comune| province.as_deref().is_none_or(|sigla| lies_in(comune, sigla)));
        left.retain(|comune| own_region.is_none_or(|region| comune.region == region));
        if left.len() > 1 {
            let above = row.region_above.and_then(|text| self.region(text));
            left.retain(|comune| above.is_none_or(|region| comune.region == region));
        }
        match left.as_slice() {
            [] => Err(elsewhere(name, &named.comuni, row)),
            [comune] => {
                let note = (!named.literal).then(|| {
                    let (name, shown) = (short(name), shown(comune));
                    both(format!("\"{name}\" letto come {shown}"), format!("\"{name}\" read as {shown}"))
                });
                Ok(Found { comune, note })
            }
            several => Err(ambiguous(name, several)),
        }
    }

    /// Holds province and region of the row against the Comune.
    fn lies_where_told(&self, comune: &Comune, row: &Written<'_>) -> Result<(), Text> {
        let province = row.province.and_then(|text| self.province(text));
        let region = row.region.and_then(|text| self.region(text));
        let wrong = if province.is_some_and(|sigla| !lies_in(comune, &sigla)) {
            row.province
        } else if region.is_some_and(|region| comune.region != region) {
            row.region
        } else {
            None
        };
        wrong.map_or(Ok(()), |told| Err(misplaced(comune, told)))
    }

    /// The sigla of a province from its sigla or its name; `None` when the text is not understood. A province is nearly
    /// always called after its chief town, so the name is looked up among the Comuni.
    fn province(&self, text: &str) -> Option<String> {
        if let Some(sigla) = self.known(Some(text.trim())) {
            return Some(sigla);
        }
        let name = normalise_name(text);
        let name = ["provincia di ", "citta metropolitana di ", "prov ", "libero consorzio comunale di "]
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix))
            .unwrap_or(&name);
        let whole = self.names.find(name);
        let town = if whole.comuni.is_empty() {
            self.names.find(name.split([' ', '-', '/']).next().unwrap_or_default())
        } else {
            whole
        };
        match town.comuni.as_slice() {
            [chief_town] => Some(chief_town.province.to_string()),
            _ => None,
        }
    }

    /// A sigla that exists, in capitals; two that changed long ago are still written.
    fn known(&self, sigla: Option<&str>) -> Option<String> {
        let sigla = match sigla?.to_ascii_uppercase().as_str() {
            "FO" => "FC".to_owned(),
            "PS" => "PU".to_owned(),
            other => other.to_owned(),
        };
        self.provinces.contains(sigla.as_str()).then_some(sigla)
    }
}

fn lies_in(comune: &Comune, sigla: &str) -> bool {
    comune.province == sigla || comune.province_2026.as_deref() == Some(sigla)
}

/// A tax code of eleven digits whose zeros at the left were lost in a spreadsheet.
pub(super) fn with_zeros(raw: &str) -> String {
    let raw = raw.trim();
    let digits = raw.bytes().all(|byte| byte.is_ascii_digit());
    if digits && (7..11).contains(&raw.len()) { format!("{raw:0>11}") } else { raw.to_owned() }
}

/// A Comune as messages name it.
pub(super) fn shown(comune: &Comune) -> String {
    format!("{} ({}, {})", comune.name, comune.province, comune.istat)
}

fn invalid(code: &str, shape: &str, error: &str) -> Text {
    both(format!("{code} non valido: servono {shape}"), format!("{code} is not valid: {error}"))
}

fn unknown(code: &str) -> Text {
    both(format!("nessun Comune ha il {code}"), format!("no Comune has {code}"))
}

fn disagree(one: &str, of_one: &str, other: &str, of_other: &str) -> Text {
    both(
        format!("le colonne non concordano: {one} è di {of_one}, {other} è di {of_other}"),
        format!("the columns disagree: {one} is {of_one}, {other} is {of_other}"),
    )
}

fn misplaced(comune: &Comune, told: &str) -> Text {
    let (told, shown, region) = (short(told), shown(comune), &comune.region);
    both(
        format!("le colonne non concordano: {shown} è in {region}, la riga dice {told}"),
        format!("the columns disagree: {shown} is in {region}, the row says {told}"),
    )
}

fn listed(comuni: &[&Comune]) -> String {
    comuni.iter().map(|comune| shown(comune)).collect::<Vec<_>>().join(", ")
}

fn ambiguous(name: &str, comuni: &[&Comune]) -> Text {
    let (name, comuni) = (short(name), listed(comuni));
    both(
        format!("\"{name}\" può essere più Comuni: {comuni}; aggiungere il codice ISTAT o la provincia"),
        format!("\"{name}\" may be more than one Comune: {comuni}; add the ISTAT code or the province"),
    )
}

fn elsewhere(name: &str, comuni: &[&Comune], row: &Written<'_>) -> Text {
    let told: Vec<&str> = [row.province, row.region].into_iter().flatten().collect();
    let (name, comuni, told) = (short(name), listed(comuni), told.join(", "));
    both(
        format!("le colonne non concordano: \"{name}\" è {comuni}, la riga dice {told}"),
        format!("the columns disagree: \"{name}\" is {comuni}, the row says {told}"),
    )
}
