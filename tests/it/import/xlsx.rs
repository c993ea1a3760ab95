// SPDX-License-Identifier: EUPL-1.2
//! A workbook with everything that is found in real ones.

use rust_xlsxwriter::{Format, Workbook, Worksheet};

use super::*;

fn save(mut book: Workbook) -> Vec<u8> {
    book.save_to_buffer().unwrap()
}

fn row(sheet: &mut Worksheet, row: u32, texts: &[&str]) {
    for (column, text) in (0..).zip(texts) {
        if !text.is_empty() {
            sheet.write_string(row, column, *text).unwrap();
        }
    }
}

/// Two sheets of a decree and one of notes.
pub(super) fn messy() -> Vec<u8> {
    let mut book = Workbook::new();
    let plain = Format::new();
    let euro = Format::new().set_num_format("€ #,##0.00");
    let north = book.add_worksheet().set_name("Centro-Nord").unwrap();
    north.merge_range(0, 0, 0, 5, "Allegato A: Comuni ammessi e importo assegnato", &plain).unwrap();
    row(north, 2, &["Regione", "Soggetto attuatore", "", "", "", "Importo"]);
    row(north, 3, &["", "Codice ISTAT", "Denominazione", "Codice fiscale", "Prov.", "assegnato"]);
    north.merge_range(4, 0, 6, 0, "Piemonte", &plain).unwrap();
    row(north, 4, &["", "", "Comune di Almese", "", "TO"]);
    north.write_number(4, 1, 1006).unwrap();
    north.write_number(4, 3, 1_817_670_019_u32).unwrap();
    north.write_number_with_format(4, 5, 35_471.47, &euro).unwrap();
    row(north, 5, &["", "001008", "ALPIGNANO", "86003150017", "TO", "€\u{a0}70.942,95"]);
    row(north, 6, &["", "", "Samone", "", ""]);
    north.write_number(6, 5, 0.29).unwrap();
    row(north, 7, &["Totale Piemonte"]);
    north
        .write_formula(7, 5, rust_xlsxwriter::Formula::new("=SUM(F5:F7)").set_result("106414.70999999999"))
        .unwrap();
    row(north, 9, &["Regione", "Soggetto attuatore", "", "", "", "Importo"]);
    row(north, 10, &["", "Codice ISTAT", "Denominazione", "Codice fiscale", "Prov.", "assegnato"]);
    row(north, 11, &["Trentino-Alto Adige", "", "Samone", "", "", "1.000,00"]);
    row(north, 12, &["", "", "Livo", "", "", "2.000,00"]);
    row(north, 13, &["TOTALE COMPLESSIVO", "", "", "", "", "109.414,71"]);
    let south = book.add_worksheet().set_name("Mezzogiorno").unwrap();
    row(south, 0, &["COMUNE", "PROVINCIA", "IMPORTO CONCESSO"]);
    row(south, 1, &["San Teodoro", "SS"]);
    south.write_number(1, 2, 52_631.57).unwrap();
    row(south, 2, &["Comune di Almese", "TO", "35.471,47"]);
    row(south, 3, &["San Teodoro", "ME"]);
    south.write_number(3, 2, 52_631.575).unwrap();
    let notes = book.add_worksheet().set_name("Note").unwrap();
    row(notes, 0, &["Gli importi sono in euro"]);
    book.add_worksheet().set_name("Vuoto").unwrap();
    save(book)
}

#[test]
fn a_messy_workbook() {
    let list = import_as("decreto.xlsx", &messy()).unwrap();
    let found: Vec<(&str, u32, String, String)> = list
        .taken
        .iter()
        .map(|taken| (taken.sheet.as_str(), taken.row, taken.istat.to_string(), taken.amount.to_string()))
        .collect();
    let expected = [
        ("Centro-Nord", 5, "001006", "35471.47"),
        ("Centro-Nord", 6, "001008", "70942.95"),
        ("Centro-Nord", 7, "001235", "0.29"),
        ("Centro-Nord", 12, "022165", "1000.00"),
        ("Centro-Nord", 13, "022106", "2000.00"),
        ("Mezzogiorno", 2, "090092", "52631.57"),
    ];
    let expected =
        expected.map(|(sheet, row, istat, amount)| (sheet, row, istat.to_owned(), amount.to_owned()));
    assert_eq!(found, expected);
    let rejected: Vec<(u32, String)> = list
        .rows
        .iter()
        .filter(|row| row.status == Status::Rejected)
        .map(|row| (row.row, reason(row)))
        .collect();
    assert_eq!(rejected.len(), 2, "{rejected:?}");
    assert!(
        rejected[0].1.contains("Centro-Nord 5") && rejected[0].1.contains("Mezzogiorno 3"),
        "{rejected:?}"
    );
    assert!(rejected[1].1.contains("3 decimali"), "{rejected:?}");
    assert_eq!(warnings(&list), ["-: foglio non letto: nessuna intestazione con Comune e importo"]);
    assert_eq!(list.warnings[0].sheet, "Note");
}

#[test]
fn a_number_is_what_it_shows_or_nothing() {
    for (value, told) in [
        (0.1, Ok("0.10")),
        (70_942.95, Ok("70942.95")),
        (512_400.0, Ok("512400.00")),
        (1.005, Err("3 decimali")),
        (0.1 + 0.2, Err("decimali")),
        (1e300, Err("troppo grande")),
        (1e-7, Err("decimali")),
    ] {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        row(sheet, 0, &["comune", "importo"]);
        row(sheet, 1, &["Almese"]);
        sheet.write_number(1, 1, value).unwrap();
        let list = import_as("a.xlsx", &save(book)).unwrap();
        match told {
            Ok(amount) => assert_eq!(taken(&list)[0].1, amount),
            Err(told) => assert!(reason(&list.rows[0]).contains(told), "{value}: {}", reason(&list.rows[0])),
        }
    }
}

#[test]
fn an_amount_merged_over_two_rows_is_not_paid_twice() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    row(sheet, 0, &["comune", "importo"]);
    row(sheet, 1, &["Almese"]);
    row(sheet, 2, &["Alpignano"]);
    sheet.merge_range(1, 1, 2, 1, "1.000,00", &Format::new()).unwrap();
    let list = import_as("a.xlsx", &save(book)).unwrap();
    assert_eq!(taken(&list), [("001006".to_owned(), "1000.00".to_owned())]);
    assert_eq!(reason(&list.rows[1]), "manca l'importo");
}

#[test]
fn cells_in_far_corners_cost_nothing() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    row(sheet, 0, &["comune", "importo"]);
    row(sheet, 1, &["Almese", "1,00"]);
    sheet.write_string(1_048_575, 16_383, "x").unwrap();
    sheet.merge_range(10, 10, 20, 16_000, "y", &Format::new()).unwrap();
    let list = import_as("a.xlsx", &save(book)).unwrap();
    assert_eq!(list.taken.len(), 1);
    assert_eq!(list.warnings.len(), 2);
}

#[test]
fn dates_and_errors_in_the_amount() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    row(sheet, 0, &["comune", "importo"]);
    row(sheet, 1, &["Almese"]);
    sheet.write_number_with_format(1, 1, 45_000, &Format::new().set_num_format("dd/mm/yyyy")).unwrap();
    row(sheet, 2, &["Alpignano"]);
    sheet.write_boolean(2, 1, true).unwrap();
    let list = import_as("a.xlsx", &save(book)).unwrap();
    assert_eq!(reason(&list.rows[0]), "\"2023-03-15\" non è un importo");
    assert_eq!(reason(&list.rows[1]), "\"true\" non è un importo");
}
