// SPDX-License-Identifier: EUPL-1.2
//! Rows that are rejected, files that are refused, and the form of the report.

use std::io::Write as _;

use mepa_gateway::import::Limit;

use super::*;

#[test]
fn amounts_that_cannot_be_granted() {
    for (raw, told) in [
        ("0", "zero"),
        ("0,00", "zero"),
        ("-1,00", "negativo"),
        ("512.400,01", "supera il massimo del programma, 512.400,00 €"),
        ("", "manca l'importo"),
        ("n.d.", "non è un importo"),
        ("35.471,475", "3 decimali"),
        ("1,234.56", "si può leggere in più modi"),
        ("9999999999999", "troppo grande"),
        ("#RIF!", "non è un importo"),
    ] {
        let list = import(&format!("comune;importo\nAlmese;{raw}\nAlpignano;512.400,00\n"));
        assert_eq!(list.taken.len(), 1, "{raw}");
        assert!(reason(&list.rows[0]).contains(told), "{raw}: {}", reason(&list.rows[0]));
        assert_eq!(list.rows[0].istat.unwrap().as_str(), "001006");
    }
}

#[test]
fn one_comune_twice_names_both_rows() {
    let statuses = |amount: &str| {
        let list = import(&format!(
            "istat;comune;importo\n001006;Almese;1,00\n001008;Alpignano;2,00\n;Comune di Almese;{amount}\n"
        ));
        let reason = reason(&list.rows[2]).to_owned();
        assert!(reason.contains("elenco 2") && reason.contains("elenco 4"), "{reason}");
        assert_eq!(list.rejected() + list.taken.len(), 3);
        list.rows.iter().map(|row| row.status).collect::<Vec<_>>()
    };
    assert_eq!(statuses("1,00"), [Status::Taken, Status::Taken, Status::Rejected]);
    assert_eq!(
        statuses("3,00"),
        [Status::Rejected, Status::Taken, Status::Rejected],
        "which amount is right?"
    );
}

#[test]
fn an_amount_below_the_least_is_pointed_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("elenco.csv");
    std::fs::write(&path, "comune;importo\nAlmese;35,47\nAlpignano;30.000,00\n").unwrap();
    let rows = read_file(&path).unwrap().rows;
    let bounds = [Money::from_cents(3_000_000), MAXIMUM];
    let list = resolve(&rows, comuni(), bounds, &mut |_, _| {}).unwrap();
    assert_eq!(list.taken.len(), 2);
    assert_eq!(list.warnings.len(), 1);
    assert!(list.warnings[0].text.it.contains("inferiore al minimo"), "{:?}", list.warnings);
}

#[test]
fn a_cup_is_kept_or_refused() {
    let list =
        import("comune;CUP;importo\nAlmese;f81c23000780006;1,00\nAlpignano;F81C;2,00\nBeinasco;;3,00\n");
    assert_eq!(list.taken[0].cup.unwrap().as_str(), "F81C23000780006");
    assert!(reason(&list.rows[1]).contains("CUP"));
    assert_eq!(list.taken[1].cup, None);
}

#[test]
fn the_report_as_json() {
    let list = import("comune;importo\nAlmese;1.234,5\nFrittole;x\n");
    let json = serde_json::to_value(&list.rows).unwrap();
    assert_eq!(
        json,
        serde_json::json!([
            {"sheet": "elenco", "row": 2, "comune": "Almese", "istat": "001006", "amount": "1234.50", "status": "taken",
             "reason": null},
            {"sheet": "elenco", "row": 3, "comune": "Frittole", "istat": null, "amount": null, "status": "rejected",
             "reason": {"it": "nessun Comune si chiama \"Frittole\"; \"x\" non è un importo",
                        "en": "no Comune is called \"Frittole\"; \"x\" is not an amount"}},
        ])
    );
    let keys: Vec<&String> = json[0].as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 7);
}

#[test]
fn progress_ends_at_the_end() {
    let rows: String = comuni().iter().take(500).map(|comune| format!("{};1,00\n", comune.istat)).collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    std::fs::write(&path, format!("istat;importo\n{rows}")).unwrap();
    let mut told = Vec::new();
    read(&path, &mut |done, all| told.push((done, all))).unwrap();
    assert_eq!(told.last(), Some(&(501, 501)));
    assert!(told.len() > 3 && told.is_sorted(), "{told:?}");
}

fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn wrong_kinds_are_named_by_content() {
    let told = |bytes: &[u8]| import_as("elenco.xlsx", bytes).unwrap_err().text().it.to_string();
    for (bytes, kind) in [
        (b"%PDF-1.7 ...".to_vec(), "PDF"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".repeat(4), ".xls"),
        (b"<html><body>404</body></html>".to_vec(), "HTML"),
        (b"\xEF\xBB\xBF <?xml version='1.0'?><a/>".to_vec(), "XML"),
        (b"{\"a\": 1}".to_vec(), "JSON"),
        (b"a\0b\0c".to_vec(), "binario"),
        (archive(&[("word/document.xml", b"<a/>")]), "Word"),
        (archive(&[("elenco.csv", b"comune;importo")]), "ZIP"),
        (archive(&[("xl/workbook.bin", b""), ("[Content_Types].xml", b"")]), ".xlsb"),
    ] {
        let text = told(&bytes);
        assert!(text.contains(kind), "{kind}: {text}");
    }
    let csv = import_as("elenco.xlsx", b"comune;importo\nAlmese;1,00\n").unwrap();
    assert_eq!(csv.taken.len(), 1);
}

#[test]
fn damaged_and_empty_files() {
    assert!(matches!(import_as("a.csv", b"").unwrap_err(), ImportError::Empty));
    assert!(matches!(import_as("a.csv", b"\n \n;;\n").unwrap_err(), ImportError::Empty));
    for bytes in [
        b"PK\x03\x04broken".to_vec(),
        b"PK\x05\x06".to_vec(),
        archive(&[("[Content_Types].xml", b"<a/>"), ("xl/workbook.xml", b"<a")]),
        archive(&[("[Content_Types].xml", b""), ("xl/worksheets/sheet1.xml", b"")]),
        archive(&[("content.xml", b"<table:table>")]),
        archive(&[("content.xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><table:table/>")]),
        archive(&[("content.xml", b"\xFF\xFE\x00")]),
    ] {
        let error = import_as("a.xlsx", &bytes).unwrap_err();
        assert!(matches!(error, ImportError::Corrupt(_) | ImportError::Empty), "{error:?}");
    }
    let missing = read(&PathBuf::from("/nowhere/a.csv"), &mut |_, _| {});
    assert!(matches!(missing.unwrap_err(), ImportError::Unreadable(_)));
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(read(folder.path(), &mut |_, _| {}).unwrap_err(), ImportError::Unreadable(_)));
}

#[test]
fn a_packed_file_that_grows_without_bound() {
    let zeros = vec![b' '; 1 << 20];
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("content.xml", zip::write::SimpleFileOptions::default()).unwrap();
    for _ in 0..513 {
        writer.write_all(&zeros).unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    assert!(bytes.len() < 2 << 20);
    let error = import_as("bomb.ods", &bytes).unwrap_err();
    assert!(matches!(error, ImportError::TooMuch(Limit::Unpacked(512))), "{error}");
}

#[test]
fn a_file_that_is_too_large_or_too_long() {
    let error = import_as("a.csv", &vec![b'x'; (64 << 20) + 1]).unwrap_err();
    assert!(matches!(error, ImportError::TooLarge(64)), "{error}");
    let error = import_as("a.csv", "a\n".repeat(1_000_001).as_bytes()).unwrap_err();
    assert!(matches!(error, ImportError::TooMuch(Limit::Rows(1_000_000))), "{error}");
}

#[test]
fn any_cut_of_a_workbook_is_survived() {
    let workbook = super::xlsx::messy();
    for end in (0..workbook.len()).step_by(97) {
        let _ = import_as("cut.xlsx", &workbook[..end]);
    }
    for index in (0..workbook.len()).step_by(53) {
        let mut bytes = workbook.clone();
        bytes[index] ^= 0x55;
        let _ = import_as("bent.xlsx", &bytes);
    }
}
