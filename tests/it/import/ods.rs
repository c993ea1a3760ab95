// SPDX-License-Identifier: EUPL-1.2
//! OpenDocument sheets, written here part by part.

use std::io::Write as _;

use mepa_gateway::import::Limit;

use super::*;

/// An ODS file around the tables.
fn ods(tables: &str) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    writer.start_file("mimetype", stored).unwrap();
    writer.write_all(b"application/vnd.oasis.opendocument.spreadsheet").unwrap();
    writer.start_file("content.xml", zip::write::SimpleFileOptions::default()).unwrap();
    let content = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><office:document-content><office:body><office:spreadsheet>{tables}\
         </office:spreadsheet></office:body></office:document-content>"
    );
    writer.write_all(content.as_bytes()).unwrap();
    writer.finish().unwrap().into_inner()
}

fn text(text: &str) -> String {
    format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
}

fn number(value: &str) -> String {
    format!(
        "<table:table-cell calcext:value-type=\"error\" office:value-type=\"currency\" office:currency=\"EUR\" \
         office:value=\"{value}\"><text:p>shown otherwise</text:p></table:table-cell>"
    )
}

fn row(cells: &[String]) -> String {
    format!("<table:table-row>{}</table:table-row>", cells.concat())
}

const EMPTY: &str = "<table:table-cell/>";
const COVERED: &str = "<table:covered-table-cell/>";

#[test]
fn a_messy_document() {
    let region = "<table:table-cell office:value-type=\"string\" table:number-rows-spanned=\"2\">\
                  <text:p>Piemonte</text:p></table:table-cell>";
    let first = [
        row(&[text("Elenco dei Comuni &amp; importo assegnato")]),
        "<table:table-row table:number-rows-repeated=\"3\"><table:table-cell/></table:table-row>".to_owned(),
        "<table:table-header-rows>".to_owned(),
        row(&[text("Regione"), text("ISTAT"), text("Comune<office:annotation><text:p>nota</text:p></office:annotation>"), text("Importo")]),
        "</table:table-header-rows>".to_owned(),
        row(&[region.to_owned(), number("1006"), text("Comune <text:span>di</text:span> Almese"), number("35471.47")]),
        row(&[COVERED.to_owned(), EMPTY.to_owned(), text("Samone"), number("3.547147E4")]),
        row(&[text("Trentino-Alto Adige"), EMPTY.to_owned(), text("Samone"), text("1.000,00&#160;&#8364;")]),
        row(&[text("Totale"), "<table:table-cell table:number-columns-repeated=\"2\"/>".to_owned(), number("71942.94")]),
        "<table:table-row table:number-rows-repeated=\"1048000\"><table:table-cell table:number-columns-repeated=\"16384\"/>\
         </table:table-row>"
            .to_owned(),
    ]
    .concat();
    let second = [row(&[text("Ente"), text("Contributo")]), row(&[text("Alpignano"), number("1")])].concat();
    let list = import_as(
        "elenco.ods",
        &ods(&format!("<table:table table:name=\"Nord\">{first}</table:table><table:table table:name=\"Altri\">{second}</table:table>")),
    )
    .unwrap();
    let found: Vec<(&str, u32, String, String)> = list
        .taken
        .iter()
        .map(|taken| (taken.sheet.as_str(), taken.row, taken.istat.to_string(), taken.amount.to_string()))
        .collect();
    let expected = [
        ("Nord", 6, "001006", "35471.47"),
        ("Nord", 7, "001235", "35471.47"),
        ("Nord", 8, "022165", "1000.00"),
        ("Altri", 2, "001008", "1.00"),
    ];
    let expected =
        expected.map(|(sheet, row, istat, amount)| (sheet, row, istat.to_owned(), amount.to_owned()));
    assert_eq!(found, expected);
    assert_eq!(list.warnings, []);
    assert_eq!(list.rejected(), 0);
}

#[test]
fn repeats_that_would_fill_the_memory() {
    let cell = "<table:table-cell table:number-columns-repeated=\"16384\" office:value-type=\"string\"><text:p>x</text:p>\
                </table:table-cell>";
    let rows = format!("<table:table-row table:number-rows-repeated=\"1048576\">{cell}</table:table-row>");
    let error = import_as("bomb.ods", &ods(&format!("<table:table table:name=\"a\">{rows}</table:table>")))
        .unwrap_err();
    assert!(matches!(error, ImportError::TooMuch(Limit::Cells(_))), "{error}");
    let long = "x".repeat(1 << 20);
    let rows =
        format!("<table:table-row table:number-rows-repeated=\"1048576\">{}</table:table-row>", text(&long));
    let error = import_as("bomb.ods", &ods(&format!("<table:table table:name=\"a\">{rows}</table:table>")))
        .unwrap_err();
    assert!(matches!(error, ImportError::TooMuch(Limit::Text(_))), "{error}");
}

#[test]
fn a_document_without_end_or_with_its_own_entities() {
    for content in [
        "<table:table table:name=\"a\"><table:table-row>",
        "<table:table><table:table-row><table:table-cell><text:p>&x;</text:p>",
    ] {
        let error = import_as("a.ods", &ods(content)).unwrap_err();
        assert!(matches!(error, ImportError::Corrupt(_)), "{error}");
    }
}
