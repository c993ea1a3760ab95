// SPDX-License-Identifier: EUPL-1.2
//! The contract of SIOPE+ against the published schemas of the OPI: both must say the same of our documents, and of each of
//! them with one thing changed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mepa_gateway_mocks::schema::Schema;
use uppsala::XsdValidator;

use crate::shared::shared;
use crate::support::opi_fixtures;

/// A fixture, our schema for it, and the published one.
fn contract(file: &str) -> (Schema, &'static str) {
    match file.split('-').next() {
        Some("flusso") if file.contains("1.6.1") => {
            (Schema::SiopeFlusso, "OPI_FLUSSO_ORDINATIVI_V_1_6_1.xsd")
        }
        Some("flusso") => (Schema::SiopeFlusso, "OPI_FLUSSO_ORDINATIVI_V_1_7_1.xsd"),
        Some("ack") => (Schema::SiopeAck, "OPI_MSG_ACK_SIOPE_V_1_6_1.xsd"),
        Some("esito") => (Schema::SiopeEsito, "OPI_MSG_ESITO_APPLICATIVO_V_1_6_1.xsd"),
        Some("giornale") => (Schema::SiopeGiornale, "OPI_GIORNALE_DI_CASSA_V_1_7_1.xsd"),
        _ => panic!("no contract for {file}"),
    }
}

/// The published schemas, reworded (not changed) where the validator reads them wrong: several patterns of one type are one
/// or the other, and a sequence may be left out.
fn reworded(folder: &Path) -> PathBuf {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("opi-siope");
    fs::create_dir_all(&out).unwrap();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
        let name = entry.file_name().into_string().unwrap();
        if name.ends_with(".xsd") {
            let text = fs::read_to_string(entry.path()).unwrap();
            let text = optional_sequences(&patterns(text.trim_start_matches('\u{feff}')));
            // Put in place in one step: other tests may be reading.
            let draft = out.join(format!("{name}.{}", std::process::id()));
            fs::write(&draft, text).unwrap();
            fs::rename(draft, out.join(name)).unwrap();
        }
    }
    out
}

fn patterns(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let value = |line: &str| {
            let (_, rest) = line.split_once("<xs:pattern value=\"")?;
            rest.split('"').next().map(str::to_owned)
        };
        match (lines.last().and_then(|last| value(last)), value(line)) {
            (Some(before), Some(now)) => {
                lines.pop();
                lines.push(format!("<xs:pattern value=\"{before}|{now}\"/>"));
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines.join("\n")
}

fn optional_sequences(text: &str) -> String {
    const OPEN: &str = "<xs:sequence minOccurs=\"0\">";
    const CLOSE: &str = "</xs:sequence>";
    let mut text = text.to_owned();
    while let Some(start) = text.find(OPEN) {
        let mut at = start + OPEN.len();
        let mut depth = 1;
        while depth > 0 {
            let close = at + text[at..].find(CLOSE).unwrap();
            depth += text[at..close].matches("<xs:sequence").count();
            depth -= 1;
            at = close + CLOSE.len();
        }
        text.insert_str(at, "</xs:choice>");
        text.replace_range(start..start + OPEN.len(), "<xs:choice minOccurs=\"0\"><xs:sequence>");
    }
    text
}

fn published(folder: &Path, file: &str) -> XsdValidator {
    let path = folder.join(file);
    let text = fs::read_to_string(&path).unwrap();
    let schema = uppsala::parse(&text).unwrap();
    XsdValidator::from_schema_with_base_path(&schema, Some(&path)).unwrap()
}

fn breaches(published: &XsdValidator, document: &str) -> Vec<String> {
    let parsed = uppsala::parse(document).unwrap();
    published.validate(&parsed).into_iter().map(|error| error.message).collect()
}

/// The document with one thing changed, for each element whose parent and name are new: left out, said twice,
/// given a value that most may not have. What is inside the signature is passed over.
fn changed(document: &str, seen: &mut BTreeSet<String>) -> Vec<(String, String)> {
    let lines: Vec<&str> = document.lines().collect();
    let mut open: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate().skip(1) {
        let tag = line.trim_start();
        let name = tag.trim_start_matches(['<', '/']).split(['>', ' ']).next().unwrap();
        if tag.starts_with("</") {
            open.pop();
            continue;
        }
        let place = format!("{}/{name}", open.last().unwrap_or(&""));
        let leaf = tag.contains("</") || tag.ends_with("/>");
        let indent = line.len() - tag.len();
        let closing = format!("{}</{name}>", " ".repeat(indent));
        let end = if leaf { at } else { at + lines[at..].iter().position(|l| *l == closing).unwrap() };
        if !leaf {
            open.push(name);
        }
        if at == 1 || place.contains("ds:") && !place.ends_with("ds:Signature") || !seen.insert(place.clone())
        {
            continue;
        }
        let with = |middle: &[&str]| [&lines[..at], middle, &lines[end + 1..]].concat().join("\n");
        let itself = &lines[at..=end];
        found.push((format!("{place} left out"), with(&[])));
        found.push((format!("{place} twice"), with(&[itself, itself].concat())));
        if leaf {
            let long = "A".repeat(80);
            for value in ["", "§", "-1.00", "0", "1.234", "99999999999999999999", long.as_str()] {
                found.push((format!("{place} is {value:?}"), with(&[&format!("<{name}>{value}</{name}>")])));
            }
        }
    }
    found
}

#[test]
fn documents_keep_the_published_schemas() {
    let Some(folder) = shared("schemas/opi-siope") else { return };
    let folder = reworded(&folder);
    for (file, text) in opi_fixtures() {
        let (ours, theirs) = contract(&file);
        assert_eq!(ours.breaches(&text), [], "{file}");
        assert_eq!(breaches(&published(&folder, theirs), &text), [] as [String; 0], "{file}");
    }
}

#[test]
fn both_schemas_say_the_same_of_every_change() {
    let Some(folder) = shared("schemas/opi-siope") else { return };
    let folder = reworded(&folder);
    let mut seen = BTreeSet::new();
    let (mut refused, mut taken, mut apart) = (0, 0, Vec::new());
    for (file, text) in opi_fixtures() {
        let (ours, theirs) = contract(&file);
        let published = published(&folder, theirs);
        for (what, document) in changed(&text, &mut seen) {
            let verdicts = (ours.breaches(&document).is_empty(), breaches(&published, &document).is_empty());
            match verdicts {
                (true, true) => taken += 1,
                (false, false) => refused += 1,
                _ => apart.push(format!("{file}: {what}: ours {}, theirs {}", verdicts.0, verdicts.1)),
            }
        }
    }
    assert!(apart.is_empty(), "{}", apart.join("\n"));
    assert!(refused >= 400 && taken >= 100, "{refused} refused, {taken} taken");
}

#[test]
fn words_of_the_older_version_are_no_longer_published() {
    let Some(folder) = shared("schemas/opi-siope") else { return };
    let folder = reworded(&folder);
    let newer = published(&folder, "OPI_FLUSSO_ORDINATIVI_V_1_7_1.xsd");
    let (_, older) = opi_fixtures().into_iter().find(|(file, _)| file.contains("1.6.1")).unwrap();
    assert_ne!(breaches(&newer, &older), [] as [String; 0]);
}

fn words(text: &str) -> BTreeSet<String> {
    let values = text.split("<xs:enumeration value=").skip(1);
    values.map(|rest| rest.trim_start().split('"').nth(1).unwrap().to_owned()).collect()
}

#[test]
fn lists_of_words_are_the_published_ones() {
    let Some(folder) = shared("schemas/opi-siope") else { return };
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/siope");
    let all = |folder: &Path, files: &[&str]| -> BTreeSet<String> {
        files.iter().flat_map(|file| words(&fs::read_to_string(folder.join(file)).unwrap())).collect()
    };
    // How a letter goes by post: left out of ours, and named in its README.
    let post = [
        "ASSICURATA",
        "COME DA CONVENZIONE",
        "CONSEGNA ALL'ENTE",
        "POSTA PRIORITARIA",
        "RACCOMANDATA",
        "RACCOMANDATA A.R.",
    ];
    for (ours, theirs, left_out) in [
        (
            ["flusso-ordinativi.xsd", "opi-comune.xsd"],
            ["OPI_FLUSSO_ORDINATIVI_V_1_7_1.xsd", "OPI_FLUSSO_ORDINATIVI_V_1_6_1.xsd"],
            &post[..],
        ),
        (
            ["giornale-di-cassa.xsd", "opi-comune.xsd"],
            ["OPI_GIORNALE_DI_CASSA_V_1_7_1.xsd", "OPI_GIORNALE_DI_CASSA_V_1_6_1.xsd"],
            &[],
        ),
        (["esito-applicativo.xsd"; 2], ["OPI_MSG_ESITO_APPLICATIVO_V_1_6_1.xsd"; 2], &[]),
        (["messaggio-ack.xsd"; 2], ["OPI_MSG_ACK_SIOPE_V_1_6_1.xsd"; 2], &[]),
    ] {
        let mut expected = all(&folder, &theirs);
        expected.retain(|word| !left_out.contains(&word.as_str()));
        assert_eq!(all(&own, &ours), expected, "{}", ours[0]);
    }
}
