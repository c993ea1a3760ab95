// SPDX-License-Identifier: EUPL-1.2
//! What the columns of a list of mandati are, by the words of their headers.

use crate::domain::text::Text;
use crate::import::error::{Column, ImportError};
use crate::import::layout;
use crate::import::sheet::{Cell, SheetRow};
use crate::import::spelling::{all_of, any_of, words};

/// How many rows with content are searched for a header.
const SEARCHED: usize = 20;
/// The longest text that can be the header of a column, in characters.
const LONGEST: usize = 80;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Exercise,
    Number,
    Date,
    Amount,
    Payee,
    Vat,
    TaxCode,
    Cup,
    Cig,
    InvoiceNumber,
    InvoiceDate,
    InvoiceYear,
    SdiId,
    Debt,
    State,
    PaidAt,
    Iban,
    Cause,
}

/// How many fields there are.
const FIELDS: usize = 18;

impl Field {
    /// What the column should hold, as messages name it.
    pub(super) const fn text(self) -> Text {
        match self {
            Self::Exercise => Text::new("esercizio", "exercise"),
            Self::Number => Text::new("numero mandato", "number of the mandato"),
            Self::Date => Text::new("data mandato", "date of the mandato"),
            Self::Amount => Text::new("importo", "amount"),
            Self::Payee => Text::new("beneficiario", "payee"),
            Self::Vat => Text::new("partita IVA", "VAT number"),
            Self::TaxCode => Text::new("codice fiscale", "tax code"),
            Self::Cup => Text::new("CUP", "CUP"),
            Self::Cig => Text::new("CIG", "CIG"),
            Self::InvoiceNumber => Text::new("numero fattura", "number of the invoice"),
            Self::InvoiceDate => Text::new("data fattura", "date of the invoice"),
            Self::InvoiceYear => Text::new("anno fattura", "year of the invoice"),
            Self::SdiId => Text::new("identificativo SdI", "IdentificativoSdI"),
            Self::Debt => Text::new("tipo debito", "kind of debt"),
            Self::State => Text::new("stato", "state"),
            Self::PaidAt => Text::new("data pagamento", "date of payment"),
            Self::Iban => Text::new("IBAN", "IBAN"),
            Self::Cause => Text::new("causale", "cause"),
        }
    }
}

/// Where each field stands in a sheet, and how its column is headed.
#[derive(Debug, Clone, Default)]
pub(super) struct Columns([Option<(u32, String)>; FIELDS]);

/// The header of a sheet and the position of the first row below it.
pub(super) fn find(rows: &[SheetRow]) -> Result<(Columns, usize), ImportError> {
    let mut nearest: Option<(usize, ImportError)> = None;
    for (index, row) in rows.iter().take(SEARCHED).enumerate() {
        let columns = Columns::recognise(row)?;
        let missing = columns.missing();
        if missing.is_empty() {
            return Ok((columns, index + 1));
        }
        let count = columns.count();
        if nearest.as_ref().is_none_or(|(best, _)| *best < count) {
            let seen = row.own_cells().map(|(_, text)| text.to_owned()).collect();
            nearest = Some((count, ImportError::ColumnsMissing { place: layout::place(row), missing, seen }));
        }
    }
    Err(nearest.map_or(ImportError::Empty, |(_, error)| error))
}

impl Columns {
    /// Finds the fields in a header. Of several columns for one field the likeliest is taken, then the leftmost; but the amount
    /// is never a matter of place.
    pub(super) fn recognise(row: &SheetRow) -> Result<Self, ImportError> {
        let mut best: [Option<(u8, u32, String)>; FIELDS] = Default::default();
        let mut amounts = Vec::new();
        for (column, text) in row.own_cells() {
            let Some((field, rank)) = meaning(text) else { continue };
            if field == Field::Amount {
                amounts.push(text.to_owned());
            }
            let place = &mut best[field as usize];
            if place.as_ref().is_none_or(|(known, ..)| *known < rank) {
                *place = Some((rank, column, text.to_owned()));
            }
        }
        let columns = Self(best.map(|found| found.map(|(_, column, text)| (column, text))));
        if amounts.len() > 1 && columns.missing().is_empty() {
            return Err(ImportError::Ambiguous { place: layout::place(row), columns: amounts });
        }
        Ok(columns)
    }

    /// The columns that are needed and are not there.
    pub(super) fn missing(&self) -> Vec<Column> {
        let needed = [
            (Field::Number, Column::MandatoNumber),
            (Field::Date, Column::MandatoDate),
            (Field::Amount, Column::MandatoAmount),
        ];
        needed
            .into_iter()
            .filter(|(field, _)| self.0[*field as usize].is_none())
            .map(|(_, column)| column)
            .collect()
    }

    fn count(&self) -> usize {
        self.0.iter().flatten().count()
    }

    /// The cell of a field in a row.
    pub(super) fn cell<'r>(&self, row: &'r SheetRow, field: Field) -> Option<&'r Cell> {
        self.0[field as usize].as_ref().and_then(|(column, _)| row.cell(*column))
    }

    /// What a field shows in a row, also when that comes from a merged area.
    pub(super) fn shown<'r>(&self, row: &'r SheetRow, field: Field) -> Option<&'r str> {
        self.cell(row, field).map(Cell::shown)
    }

    /// How the column of a field is headed.
    pub(super) fn heading(&self, field: Field) -> String {
        match &self.0[field as usize] {
            Some((_, heading)) => heading.clone(),
            None => field.text().it.into_owned(),
        }
    }
}

/// Words that say number.
const NUMBER: [&str; 8] = ["n", "nr", "num", "no", "nº", "numero", "numeri", "progressivo"];
/// Words of an invoice.
const INVOICE: [&str; 7] = ["fattura", "fatture", "documento", "doc", "ft", "fatt", "fatturazione"];
/// Words of a mandato.
const MANDATO: [&str; 3] = ["mandato", "mandati", "mand"];

/// What a header means, and how sure that is; the higher the surer.
fn meaning(text: &str) -> Option<(Field, u8)> {
    if text.chars().count() > LONGEST {
        return None;
    }
    let words = words(text);
    let any = |list: &[&str]| any_of(&words, list);
    if any(&["cup"]) {
        Some((Field::Cup, 1))
    } else if any(&["cig", "smartcig"]) {
        Some((Field::Cig, 1))
    } else if any(&["sdi", "idsdi"]) {
        (!any(&["data", "stato", "esito"])).then_some((Field::SdiId, 1))
    } else if any(&["iban"]) {
        Some((Field::Iban, 1))
    } else if any(&["data", "giorno"]) {
        date(&words)
    } else if any(&["anno", "esercizio"]) {
        year(&words)
    } else if any(&["importo", "ammontare"]) {
        amount(&words)
    } else if any(&["debito"]) {
        any(&["tipo", "tipologia", "natura"]).then_some((Field::Debt, 1))
    } else if any(&["stato", "esito"]) {
        let is_another = any(&INVOICE) || any(&["beneficiario", "fornitore", "creditore", "estero"]);
        (!is_another).then_some((Field::State, 1))
    } else {
        document(&words).or_else(|| party(&words))
    }
}

/// Of what a date is: whichever is named first.
fn date(words: &[String]) -> Option<(Field, u8)> {
    const PAID: [&str; 8] = [
        "pagamento",
        "pagato",
        "quietanza",
        "quietanzamento",
        "esecuzione",
        "estinzione",
        "esito",
        "regolarizzazione",
    ];
    const OTHER: [&str; 12] = [
        "scadenza",
        "valuta",
        "ricezione",
        "protocollo",
        "impegno",
        "determina",
        "liquidazione",
        "nascita",
        "ordine",
        "storno",
        "reversale",
        "trasmissione",
    ];
    if any_of(words, &OTHER) {
        return None;
    }
    let first = words.iter().find_map(|word| {
        let is_of = |list: &[&str]| list.contains(&word.as_str());
        if is_of(&INVOICE) {
            Some(Field::InvoiceDate)
        } else if is_of(&MANDATO) {
            Some(Field::Date)
        } else {
            is_of(&PAID).then_some(Field::PaidAt)
        }
    });
    match first {
        Some(field) => Some((field, 2)),
        None if any_of(words, &["emissione"]) => Some((Field::Date, 1)),
        None => (words.len() == 1).then_some((Field::Date, 0)),
    }
}

fn year(words: &[String]) -> Option<(Field, u8)> {
    if any_of(words, &["residuo", "impegno", "imposta", "nascita", "ordine"]) {
        None
    } else if any_of(words, &INVOICE) {
        Some((Field::InvoiceYear, 1))
    } else {
        Some((Field::Exercise, if any_of(words, &["esercizio"]) { 2 } else { 1 }))
    }
}

/// The amount of the mandato, or of the part of it that a row is; not that of the invoice, nor a part of it.
fn amount(words: &[String]) -> Option<(Field, u8)> {
    const OTHER: [&str; 16] = [
        "iva",
        "imponibile",
        "ritenute",
        "ritenuta",
        "bollo",
        "impegno",
        "impegnato",
        "residuo",
        "netto",
        "spese",
        "ordine",
        "nota",
        "liquidato",
        "disponibile",
        "previsione",
        "stanziamento",
    ];
    (!any_of(words, &OTHER) && !any_of(words, &INVOICE)).then_some((Field::Amount, 1))
}

/// Number of the invoice or of the mandato.
fn document(words: &[String]) -> Option<(Field, u8)> {
    const OTHER: [&str; 9] =
        ["tipo", "tipologia", "oggetto", "natura", "descrizione", "file", "protocollo", "ufficio", "ordine"];
    if any_of(words, &OTHER) {
        return None;
    }
    let rank = if any_of(words, &NUMBER) { 2 } else { 1 };
    if any_of(words, &INVOICE) {
        return Some((Field::InvoiceNumber, rank));
    }
    let is_plain = all_of(words, &["mandato", "mandati", "mand", "di", "pagamento"]);
    (any_of(words, &MANDATO) && (rank == 2 || is_plain)).then_some((Field::Number, rank))
}

/// Who is paid, and why.
fn party(words: &[String]) -> Option<(Field, u8)> {
    const NAMES: [&str; 9] = [
        "beneficiario",
        "fornitore",
        "creditore",
        "percipiente",
        "intestatario",
        "destinatario",
        "sociale",
        "denominazione",
        "nominativo",
    ];
    const OF_NAME: [&str; 9] = ["ragione", "nome", "cognome", "anagrafica", "ditta", "del", "di", "e", "o"];
    let any = |list: &[&str]| any_of(words, list);
    let is_vat = any(&["piva", "partitaiva", "vat"]) || (any(&["iva"]) && any(&["p", "partita", "part"]));
    let is_tax_code =
        any(&["fiscale", "codicefiscale", "cf"]) || words.windows(2).any(|pair| pair == ["c", "f"]);
    if any(&["ente", "comune", "amministrazione"]) {
        None
    } else if is_tax_code {
        Some((Field::TaxCode, if is_vat { 0 } else { 1 }))
    } else if is_vat {
        Some((Field::Vat, 1))
    } else if any(&NAMES) && all_of(words, &[&NAMES[..], &OF_NAME[..]].concat()) {
        Some((Field::Payee, 1))
    } else {
        any(&["causale", "oggetto", "descrizione", "motivo"]).then_some((Field::Cause, 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_known_by_their_words() {
        for (field, headers) in [
            (Field::Exercise, &["Esercizio", "ANNO", "Anno mandato", "Esercizio finanziario"][..]),
            (
                Field::Number,
                &["Numero mandato", "N. Mandato", "n° mandato", "Nr. mandato", "MANDATO", "num_mandato"],
            ),
            (Field::Date, &["Data mandato", "data emissione", "Data", "Data mandato di pagamento"]),
            (
                Field::Amount,
                &["Importo", "importo mandato", "Importo (€)", "IMPORTO LORDO", "Importo pagato"],
            ),
            (Field::Payee, &["Beneficiario", "Fornitore", "Ragione sociale beneficiario", "Creditore"]),
            (Field::Vat, &["Partita IVA", "P.IVA", "P. IVA fornitore", "partita_iva"]),
            (Field::TaxCode, &["Codice fiscale", "C.F.", "CF", "C.F./P.IVA", "codice_fiscale_beneficiario"]),
            (Field::Cup, &["CUP", "codice CUP"]),
            (Field::Cig, &["CIG", "Codice CIG", "Smart-CIG"]),
            (Field::InvoiceNumber, &["Numero fattura", "N. fattura", "Fattura", "Num. documento"]),
            (Field::InvoiceDate, &["Data fattura", "Data emissione fattura", "data/anno fattura"]),
            (Field::InvoiceYear, &["Anno fattura"]),
            (Field::SdiId, &["Identificativo SdI", "ID SDI", "lotto_sdi"]),
            (Field::Debt, &["Tipo debito", "tipo_debito", "Tipologia debito SIOPE"]),
            (Field::State, &["Esito", "Stato", "stato mandato", "Esito pagamento"]),
            (
                Field::PaidAt,
                &["Data pagamento", "Data quietanza", "data esecuzione", "Data pagamento mandato"],
            ),
            (Field::Iban, &["IBAN", "Iban beneficiario"]),
            (Field::Cause, &["Causale", "Oggetto", "Descrizione mandato"]),
        ] {
            for header in headers {
                assert_eq!(meaning(header).map(|(field, _)| field), Some(field), "{header}");
            }
        }
    }

    #[test]
    fn other_columns_are_left_alone() {
        for header in [
            "Data scadenza pagamento",
            "Importo IVA",
            "Importo fattura",
            "Importo netto",
            "Codice fiscale ente",
            "Capitolo",
            "Stato estero fornitore",
            "Tipo documento",
            "Anno residuo",
            "Indirizzo beneficiario",
            "",
        ] {
            assert_eq!(meaning(header), None, "{header}");
        }
        assert_eq!(meaning(&"importo ".repeat(20)), None);
    }
}
