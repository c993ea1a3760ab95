// SPDX-License-Identifier: EUPL-1.2
//! CSV: delimiters, encodings, quotes, row numbers.

use super::*;

#[test]
fn delimiters_are_found_by_content() {
    for text in [
        "comune;provincia;importo\nAlmese;TO;35.471,47\nAlpignano;TO;70942,95\n",
        "comune,provincia,importo\nAlmese,TO,35471.47\nAlpignano,TO,\"70.942,95\"\n",
        "comune\tprovincia\timporto\nAlmese\tTO\t35.471,47\nAlpignano\tTO\t70.942,95\n",
        "sep=;\ncomune;provincia;importo\nAlmese;TO;35.471,47\nAlpignano;TO;70.942,95\n",
        "comune;provincia;importo\r\n\"Almese\";\"TO\";\"35.471,47\"\r\nAlpignano;TO;70.942,95",
        "comune;provincia;importo\rAlmese;TO;35.471,47\rAlpignano;TO;70.942,95\r",
    ] {
        let list = import(text);
        let expected =
            [("001006", "35471.47"), ("001008", "70942.95")].map(|(i, a)| (i.to_owned(), a.to_owned()));
        assert_eq!(taken(&list), expected, "{text}");
        assert_eq!(list.warnings, [], "{text}");
    }
}

#[test]
fn a_comma_in_every_amount_does_not_win() {
    let list = import("Comune;Importo\nAlmese;35471,47\nAlpignano;70942,95\n");
    assert_eq!(list.taken.len(), 2);
    let list =
        import("comune,nota,importo\nAlmese,\"a;b;c;d;e\",\"1,00\"\nAlpignano,\"a;b;c;d;e\",\"2,00\"\n");
    assert_eq!(list.taken.len(), 2);
}

#[test]
fn encodings_are_found_by_content() {
    let text = "comune;importo\nAgliè;€ 35.471,47\nSant’Angelo Lodigiano;1.000,00\n";
    let utf_16 = |order: fn(u16) -> [u8; 2]| {
        "\u{FEFF}".encode_utf16().chain(text.encode_utf16()).flat_map(order).collect::<Vec<u8>>()
    };
    let windows_1252: Vec<u8> = text
        .chars()
        .map(|c| match c {
            '€' => 0x80,
            '’' => 0x92,
            c => u8::try_from(c).unwrap(),
        })
        .collect();
    let with_mark = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    for bytes in [
        text.as_bytes().to_vec(),
        with_mark,
        windows_1252,
        utf_16(u16::to_le_bytes),
        utf_16(u16::to_be_bytes),
    ] {
        let list = import_as("elenco.csv", &bytes).unwrap();
        let codes: Vec<String> = list.taken.iter().map(|taken| taken.istat.to_string()).collect();
        assert_eq!(codes, ["001001", "098050"]);
        assert_eq!(list.rows[0].comune, "Agliè");
    }
}

#[test]
fn rows_are_numbered_as_in_a_spreadsheet() {
    let list =
        import("Elenco\n\n\ncomune;importo\n\n\"Almese\";1,00\n;\n\"Alpignano\n\";2,00\nBeinasco;3,00\n");
    let rows: Vec<u32> = list.rows.iter().map(|row| row.row).collect();
    assert_eq!(rows, [6, 8, 9]);
    assert_eq!(list.rows[0].sheet, "elenco");
}

#[test]
fn quotes_hold_delimiters_and_quotes() {
    let list = import("comune;nota;importo\nAlmese;\"a;\"\"b\"\"\nc\";35.471,47\n");
    assert_eq!(taken(&list).len(), 1);
    let error = import_as("a.csv", b"comune;importo\nAlmese;\"1,00\nAlpignano;2,00\n").unwrap_err();
    assert!(error.to_string().contains("row 2"), "{error}");
}

#[test]
fn amounts_as_italians_write_them() {
    for (raw, amount) in [
        ("1.234,56", "1234.56"),
        ("€ 35.471,47", "35471.47"),
        ("€\u{a0}35.471,47", "35471.47"),
        ("35\u{202f}471,47\u{a0}€", "35471.47"),
        ("35471.47", "35471.47"),
        ("35471,5", "35471.50"),
        ("35.471", "35471.00"),
        ("EUR 35'471.47", "35471.47"),
    ] {
        let list = import(&format!("comune;importo\nAlmese;{raw}\n"));
        assert_eq!(taken(&list), [("001006".to_owned(), amount.to_owned())], "{raw}");
    }
}
