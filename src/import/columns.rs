// SPDX-License-Identifier: EUPL-1.2
//! What the columns of a list are, by the words of their headers.

use super::spelling::{all_of, any_of, words};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Amount,
    Cup,
    Istat,
    TaxCode,
    Ipa,
    Belfiore,
    Province,
    Region,
    Name,
}

/// How many fields there are.
const FIELDS: usize = 9;

/// Where each field stands in a sheet, columns counted from 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Columns([Option<u32>; FIELDS]);

/// Columns that are equally likely to be the amount.
#[derive(Debug)]
pub(super) struct Doubt(pub(super) Vec<u32>);

/// The header of one column: the lower line, both lines together and the upper line, where there are two.
#[derive(Debug)]
pub(super) struct Heading {
    pub(super) column: u32,
    pub(super) texts: Vec<String>,
}

impl Columns {
    /// The column of a field.
    pub(super) fn of(&self, field: Field) -> Option<u32> {
        self.0[field as usize]
    }

    /// How many fields were recognised.
    pub(super) fn count(&self) -> usize {
        self.0.iter().flatten().count()
    }

    /// Whether a column tells which Comune a row is about.
    pub(super) fn has_comune(&self) -> bool {
        const TELLING: [Field; 5] = [Field::Istat, Field::TaxCode, Field::Ipa, Field::Belfiore, Field::Name];
        TELLING.iter().any(|field| self.of(*field).is_some())
    }

    /// Whether the columns suffice to read a list.
    pub(super) fn is_complete(&self) -> bool {
        self.has_comune() && self.of(Field::Amount).is_some()
    }

    /// Finds the fields in a header. Of several columns for one field the likeliest is taken, then the leftmost; but the
    /// amount is never a matter of place.
    pub(super) fn recognise(headings: &[Heading]) -> Result<Self, Doubt> {
        let mut best: [Option<(u8, u32)>; FIELDS] = [None; FIELDS];
        let mut doubt = Vec::new();
        for heading in headings {
            let Some((field, rank)) = heading.texts.iter().find_map(|text| meaning(text)) else { continue };
            let place = &mut best[field as usize];
            match *place {
                Some((known, column)) if known == rank && field == Field::Amount => {
                    doubt.extend([column, heading.column]);
                }
                Some((known, _)) if known >= rank => {}
                _ => {
                    *place = Some((rank, heading.column));
                    if field == Field::Amount {
                        doubt.clear();
                    }
                }
            }
        }
        doubt.dedup();
        if doubt.is_empty() {
            Ok(Self(best.map(|found| found.map(|(_, column)| column))))
        } else {
            Err(Doubt(doubt))
        }
    }
}

/// The longest text that can be the header of a column, in characters.
const LONGEST: usize = 120;

/// Words of columns about persons, dates and the like, whatever else they say.
const OTHER: [&str; 12] = [
    "data",
    "date",
    "rup",
    "sindaco",
    "rappresentante",
    "responsabile",
    "referente",
    "delegato",
    "fornitore",
    "pec",
    "popolazione",
    "residenti",
];

/// What a header means, and how sure that is; the higher the surer.
fn meaning(text: &str) -> Option<(Field, u8)> {
    if text.chars().count() > LONGEST {
        return None;
    }
    let words = words(text);
    if words.is_empty() || any_of(&words, &OTHER) {
        return None;
    }
    let containing = |part: &str| words.iter().any(|word| word.contains(part));
    let plain = u8::from(!words.iter().any(|word| word.bytes().all(|byte| byte.is_ascii_digit())));
    if let Some(rank) = amount(&words) {
        Some((Field::Amount, rank))
    } else if any_of(&words, &["cup"]) || containing("codicecup") {
        Some((Field::Cup, plain))
    } else if containing("istat") && !any_of(&words, &["provincia", "regione", "abitanti"]) {
        Some((Field::Istat, plain))
    } else if containing("fiscale")
        || any_of(&words, &["cf", "piva", "iva", "vat", "tax"])
        || words == ["c", "f"]
    {
        Some((Field::TaxCode, u8::from(containing("fiscale") || any_of(&words, &["cf", "tax"]))))
    } else if any_of(&words, &["ipa", "codiceipa", "codipa"]) && !any_of(&words, &["ufficio"]) {
        Some((Field::Ipa, plain))
    } else if containing("belfiore") || containing("catastal") {
        Some((Field::Belfiore, plain))
    } else {
        place(&words)
    }
}

/// Words that say that an amount was granted.
const GRANTED: [&str; 18] = [
    "assegnato",
    "assegnati",
    "assegnata",
    "assegnate",
    "concesso",
    "concessa",
    "ammesso",
    "ammessa",
    "finanziato",
    "riconosciuto",
    "attribuito",
    "attribuita",
    "spettante",
    "definitivo",
    "granted",
    "awarded",
    "assigned",
    "concedibile",
];

/// Whether a text says that something was granted.
pub(super) fn says_granted(text: &str) -> bool {
    any_of(&words(text), &GRANTED)
}

/// The amount that a Comune was granted, not one that it asked for, or that was already paid.
fn amount(words: &[String]) -> Option<u8> {
    const AMOUNT: [&str; 9] = [
        "importo",
        "importi",
        "contributo",
        "finanziamento",
        "amount",
        "grant",
        "assegnazione",
        "stanziamento",
        "funding",
    ];
    const MONEY: [&str; 6] = ["risorse", "somma", "somme", "quota", "totale", "euro"];
    const NOT_GRANTED: [&str; 29] = [
        "richiesto",
        "richiesta",
        "requested",
        "iva",
        "cofinanziamento",
        "codice",
        "cod",
        "code",
        "tipo",
        "tipologia",
        "numero",
        "id",
        "fonte",
        "anno",
        "linea",
        "decreto",
        "titolo",
        "stato",
        "massimo",
        "max",
        "minimo",
        "percentuale",
        "liquidato",
        "erogato",
        "pagato",
        "paid",
        "residuo",
        "anticipo",
        "anticipazione",
    ];
    if any_of(words, &NOT_GRANTED) {
        return None;
    }
    let granted = any_of(words, &GRANTED);
    if any_of(words, &AMOUNT) {
        return Some(if granted { 3 } else { 2 });
    }
    (granted && any_of(words, &MONEY)).then_some(1)
}

/// Province, region, or the name of the Comune.
fn place(words: &[String]) -> Option<(Field, u8)> {
    const PROVINCE: [&str; 5] = ["provincia", "prov", "sigla", "pr", "province"];
    const OF_PROVINCE: [&str; 6] =
        ["automobilistica", "citta", "metropolitana", "denominazione", "della", "di"];
    const REGION: [&str; 3] = ["regione", "region", "regioni"];
    const OF_REGION: [&str; 5] = ["denominazione", "nome", "provincia", "autonoma", "name"];
    const NAMES: [(&str, u8); 20] = [
        ("comune", 9),
        ("comuni", 9),
        ("municipality", 9),
        ("town", 8),
        ("attuatore", 7),
        ("beneficiario", 7),
        ("beneficiari", 7),
        ("beneficiary", 7),
        ("ente", 6),
        ("enti", 6),
        ("amministrazione", 5),
        ("denominazione", 4),
        ("nominativo", 3),
        ("nome", 2),
        ("name", 2),
        ("city", 2),
        ("istante", 2),
        ("richiedente", 2),
        ("localita", 1),
        ("soggetto", 1),
    ];
    const OF_NAME: [&str; 13] = [
        "di", "del", "dell", "locale", "italiano", "ragione", "sociale", "it", "ammesso", "pubblica",
        "elenco", "the", "of",
    ];
    let only = |list: &[&str], of: &[&str]| {
        words.iter().all(|word| list.contains(&&**word) || of.contains(&&**word))
    };
    if any_of(words, &REGION) && only(&REGION, &OF_REGION) {
        return Some((Field::Region, 1));
    }
    if any_of(words, &PROVINCE) && only(&PROVINCE, &OF_PROVINCE) {
        return Some((Field::Province, u8::from(any_of(words, &["sigla", "prov", "pr"]))));
    }
    let rank = |word: &String| NAMES.iter().find(|(name, _)| name == word).map(|(_, rank)| *rank);
    let best = words.iter().filter_map(rank).max()?;
    let rest: Vec<String> = words.iter().filter(|word| rank(word).is_none()).cloned().collect();
    let of_comune =
        all_of(&rest, &OF_NAME) || (best == 9 && all_of(&rest, &[&OF_NAME[..], &PROVINCE[..]].concat()));
    of_comune.then_some((Field::Name, best))
}
