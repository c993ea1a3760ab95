// SPDX-License-Identifier: EUPL-1.2
//! Why a file as a whole cannot be imported; faults of single rows are told in the report instead.

use std::borrow::Cow;
use std::{fmt, io};

use crate::domain::text::Text;

/// Why nothing of a file was imported.
#[derive(Debug)]
pub enum ImportError {
    /// The file cannot be opened or read.
    Unreadable(io::Error),
    /// The file has no bytes, or no sheet has a cell with content.
    Empty,
    /// The file is larger than this many MiB.
    TooLarge(u64),
    /// Unpacked, the file holds more than the program is ready to read.
    TooMuch(Limit),
    /// The content is of a kind that is not read.
    Kind(Text),
    /// The content claims to be of a known kind, but is damaged.
    Corrupt(String),
    /// No sheet has the columns that are needed.
    ColumnsMissing {
        /// Where the likeliest header stands.
        place: String,
        /// What is missing.
        missing: Vec<Column>,
        /// The texts seen there.
        seen: Vec<String>,
    },
    /// Two columns could be the amount, and none of them is the likelier.
    Ambiguous {
        /// Where the header stands.
        place: String,
        /// The texts of the columns in doubt.
        columns: Vec<String>,
    },
    /// There is a header, but no row with data.
    NoRows,
}

/// A limit that keeps memory bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Rows.
    Rows(u64),
    /// Cells.
    Cells(u64),
    /// Bytes of text, in MiB.
    Text(u64),
    /// Bytes of the unpacked file, in MiB.
    Unpacked(u64),
    /// Files inside the file.
    Parts(u64),
}

/// A kind of column that must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// What tells which Comune a row is about.
    Comune,
    /// The amount.
    Amount,
    /// The number of the mandato.
    MandatoNumber,
    /// The date of the mandato.
    MandatoDate,
    /// The amount of the mandato.
    MandatoAmount,
}

impl Column {
    fn text(self) -> Text {
        match self {
            Self::Comune => Text::new(
                "il Comune (comune, ente, denominazione, soggetto attuatore, codice ISTAT, codice catastale, codice IPA, \
                 codice fiscale)",
                "the Comune (comune, ente, denominazione, soggetto attuatore, ISTAT code, Belfiore code, IPA code, tax code)",
            ),
            Self::Amount => Text::new(
                "l'importo (importo, importo assegnato, importo concesso, contributo, finanziamento)",
                "the amount (importo, importo assegnato, importo concesso, contributo, finanziamento, amount)",
            ),
            Self::MandatoNumber => Text::new(
                "il numero del mandato (numero mandato, n. mandato)",
                "the number of the mandato (numero mandato, n. mandato)",
            ),
            Self::MandatoDate => Text::new(
                "la data del mandato (data mandato, data emissione)",
                "the date of the mandato (data mandato, data emissione)",
            ),
            Self::MandatoAmount => Text::new(
                "l'importo del mandato (importo, importo mandato)",
                "the amount of the mandato (importo, importo mandato)",
            ),
        }
    }
}

impl Limit {
    fn text(self) -> Text {
        match self {
            Self::Rows(limit) => both(format!("più di {limit} righe"), format!("more than {limit} rows")),
            Self::Cells(limit) => both(format!("più di {limit} celle"), format!("more than {limit} cells")),
            Self::Text(limit) => {
                both(format!("più di {limit} MiB di testo"), format!("more than {limit} MiB of text"))
            }
            Self::Unpacked(limit) => both(
                format!("più di {limit} MiB una volta estratto"),
                format!("more than {limit} MiB once unpacked"),
            ),
            Self::Parts(limit) => both(
                format!("più di {limit} file al suo interno"),
                format!("more than {limit} files inside it"),
            ),
        }
    }
}

impl ImportError {
    /// What to tell people, in both languages.
    #[must_use]
    pub fn text(&self) -> Text {
        match self {
            Self::Unreadable(error) => both(
                format!("il file non si può leggere: {error}"),
                format!("the file cannot be read: {error}"),
            ),
            Self::Empty => Text::new("il file è vuoto", "the file is empty"),
            Self::TooLarge(limit) => {
                both(format!("il file supera {limit} MiB"), format!("the file is larger than {limit} MiB"))
            }
            Self::TooMuch(limit) => {
                let limit = limit.text();
                both(format!("il file contiene {}", limit.it), format!("the file holds {}", limit.en))
            }
            Self::Kind(found) => both(
                format!("servono CSV, XLSX oppure ODS; questo file è {}", found.it),
                format!("CSV, XLSX or ODS expected; this file is {}", found.en),
            ),
            Self::Corrupt(detail) => {
                both(format!("il file è danneggiato: {detail}"), format!("the file is damaged: {detail}"))
            }
            Self::ColumnsMissing { place, missing, seen } => columns_missing(place, missing, seen),
            Self::Ambiguous { place, columns } => {
                let columns = quoted(columns);
                both(
                    format!(
                        "{place}: più colonne potrebbero essere l'importo: {columns}; lasciarne una sola"
                    ),
                    format!("{place}: more than one column could be the amount: {columns}; leave only one"),
                )
            }
            Self::NoRows => Text::new(
                "c'è l'intestazione, ma nessuna riga di dati",
                "there is a header, but no row with data",
            ),
        }
    }
}

fn columns_missing(place: &str, missing: &[Column], seen: &[String]) -> Text {
    let wanted: Vec<Text> = missing.iter().map(|column| column.text()).collect();
    let it: Vec<&str> = wanted.iter().map(|text| &*text.it).collect();
    let en: Vec<&str> = wanted.iter().map(|text| &*text.en).collect();
    let seen = quoted(seen);
    both(
        format!("non si trova la colonna per {}; colonne viste in {place}: {seen}", it.join(" e per ")),
        format!("no column found for {}; columns seen in {place}: {seen}", en.join(" and for ")),
    )
}

/// The most texts of a header that a message repeats, and the longest piece of each.
const SHOWN: usize = 30;

fn quoted(texts: &[String]) -> String {
    let shown: Vec<String> = texts.iter().take(SHOWN).map(|text| format!("\"{}\"", short(text))).collect();
    shown.join(", ")
}

/// The beginning of a text, as long as a message can bear.
pub(super) fn short(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// A text in both languages.
pub(super) fn both(it: String, en: String) -> Text {
    Text { it: Cow::Owned(it), en: Cow::Owned(en) }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text().en)
    }
}

/// The cause stands in the message itself.
impl std::error::Error for ImportError {}

impl From<io::Error> for ImportError {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}
