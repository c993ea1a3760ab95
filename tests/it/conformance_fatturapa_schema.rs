// SPDX-License-Identifier: EUPL-1.2
//! Our schemas of the FatturaPA against the published ones: both must say the same of the samples, of a document with every
//! element the published ones know, and of each of them with one thing changed, or with a few at random.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use uppsala::XsdValidator;

use self::changes::{Seeded, changed, name, places, rooted, values};
use crate::shared::shared;

mod changes;
mod full;

const V1_2: &str = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2";
const V1_1: &str = "http://www.fatturapa.gov.it/sdi/fatturapa/v1.1";
const SIMPLIFIED: &str = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.0";

/// Namespace, our schema, the published one, and what its root is called and says.
const CONTRACTS: [(&str, &str, &str, &str, &str); 3] = [
    (V1_2, "fattura.xsd", "Schema_VFPA12_V1.2.3.xsd", "FatturaElettronica", "FPA12"),
    (V1_1, "fattura-1.1.xsd", "fatturapa_v1.1.xsd", "FatturaElettronica", "1.1"),
    (
        SIMPLIFIED,
        "fattura-semplificata.xsd",
        "FatturaSemplificata_VFSM10_v1.0.2.xsd",
        "FatturaElettronicaSemplificata",
        "FSM10",
    ),
];

fn own() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas/fatturapa")
}

/// The published schemas, reworded (not changed) where the validator reads them wrong: the schema of signatures lies beside
/// them and not in the net, a type of an attribute is looked for outside of the namespace, blanks around a word do not count,
/// and a facet about blanks is passed over.
fn reworded(folder: &Path) -> &'static Path {
    const REMOTE: &str = "http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd";
    static DONE: OnceLock<PathBuf> = OnceLock::new();
    DONE.get_or_init(|| {
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fatturapa");
        fs::create_dir_all(&out).unwrap();
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
            let name = entry.file_name().into_string().unwrap();
            if name.ends_with(".xsd") {
                let text = fs::read_to_string(entry.path()).unwrap();
                let text = text.trim_start_matches('\u{feff}').replace(REMOTE, "xmldsig-core-schema.xsd");
                // Put in place in one step: other tests may be reading.
                let draft = out.join(format!("{name}.{}", std::process::id()));
                fs::write(&draft, blanks(&attribute_types(&text))).unwrap();
                fs::rename(draft, out.join(name)).unwrap();
            }
        }
        out
    })
}

fn attribute_types(text: &str) -> String {
    const ATTRIBUTE: &str = "<xs:attribute ";
    let (_, rest) = text.split_once("targetNamespace=\"").unwrap();
    let own = format!("<xs:schema xmlns:own=\"{}\"", rest.split('"').next().unwrap());
    let mut parts = text.split(ATTRIBUTE);
    let mut out = parts.next().unwrap().replacen("<xs:schema", &own, 1);
    for part in parts {
        out.push_str(ATTRIBUTE);
        out.push_str(&part.replacen(" type=\"", " type=\"own:", 1));
    }
    out
}

fn blanks(text: &str) -> String {
    const WORD: &str = "<xs:enumeration ";
    let strict = format!("<xs:pattern value=\"\\S*\"/>{WORD}");
    let types = text.split("</xs:restriction>").map(|part| {
        let part = part.replacen(WORD, &strict, 1);
        if part.contains("<xs:whiteSpace value=\"collapse\"") {
            part.replacen("xs:normalizedString", "xs:token", 1)
        } else {
            part
        }
    });
    types.collect::<Vec<_>>().join("</xs:restriction>")
}

fn schema(folder: &Path, file: &str) -> XsdValidator {
    let path = folder.join(file);
    let text = fs::read_to_string(&path).unwrap();
    let schema = uppsala::parse(&text).unwrap();
    XsdValidator::from_schema_with_base_path(&schema, Some(&path)).unwrap()
}

fn breaches(schema: &XsdValidator, document: &str) -> Vec<String> {
    match uppsala::parse(document) {
        Ok(parsed) => schema.validate(&parsed).into_iter().map(|error| error.message).collect(),
        Err(error) => vec![error.to_string()],
    }
}

/// The XML samples of a version, by name.
fn samples(folder: &Path, namespace: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml")) {
                let text = String::from_utf8(fs::read(&path).unwrap()).unwrap();
                if text.contains(&format!("\"{namespace}\"")) || text.contains(&format!("'{namespace}'")) {
                    found.push((path.display().to_string(), text));
                }
            }
        }
    }
    found.sort();
    found
}

/// Documents with every element of a version.
fn full(folder: &Path, contract: usize) -> Vec<(String, String)> {
    let (namespace, _, file, root, version) = CONTRACTS[contract];
    full::full(&folder.join(file), namespace, (root, version))
}

/// How both schemas of a version judged, and where they were apart.
struct Verdicts {
    ours: XsdValidator,
    theirs: XsdValidator,
    taken: usize,
    refused: usize,
    apart: Vec<String>,
}

impl Verdicts {
    fn new(folder: &Path, contract: usize) -> Self {
        let (_, ours, theirs, ..) = CONTRACTS[contract];
        let (ours, theirs) = (schema(&own(), ours), schema(folder, theirs));
        Self { ours, theirs, taken: 0, refused: 0, apart: Vec::new() }
    }

    fn judge(&mut self, what: &str, document: &str) {
        let Ok(parsed) = uppsala::parse(document) else {
            self.refused += 1;
            return;
        };
        let first = |schema: &XsdValidator| schema.validate(&parsed).into_iter().next().map(|e| e.message);
        match (first(&self.ours), first(&self.theirs)) {
            (None, None) => self.taken += 1,
            (Some(_), Some(_)) => self.refused += 1,
            (ours, theirs) => self.apart.push(format!("{what}: ours {ours:?}, theirs {theirs:?}")),
        }
    }

    fn agree(self, what: &str, taken: usize, refused: usize) {
        let first: Vec<_> = self.apart.iter().take(20).cloned().collect();
        assert!(first.is_empty(), "{what}: {} apart:\n{}", self.apart.len(), first.join("\n"));
        println!("{what}: both take {}, both refuse {}", self.taken, self.refused);
        assert!(
            self.taken >= taken && self.refused >= refused,
            "{} taken, {} refused",
            self.taken,
            self.refused
        );
    }
}

fn words(text: &str) -> BTreeSet<String> {
    let values = text.split("<xs:enumeration value=").skip(1);
    values.map(|rest| rest.split('"').nth(1).unwrap().to_owned()).collect()
}

fn published_words(folder: &Path, file: &str) -> BTreeSet<String> {
    words(&fs::read_to_string(folder.join(file)).unwrap())
}

#[test]
fn both_schemas_say_the_same_of_the_samples() {
    let (Some(folder), Some(samples_in)) = (shared("schemas/fatturapa"), shared("data/samples/fatturapa"))
    else {
        return;
    };
    let folder = reworded(&folder);
    for (contract, taken, refused) in [(0, 100, 5), (1, 4, 5), (2, 2, 0)] {
        let mut verdicts = Verdicts::new(folder, contract);
        for (file, text) in samples(&samples_in, CONTRACTS[contract].0) {
            verdicts.judge(&file, &text);
        }
        verdicts.agree(CONTRACTS[contract].1, taken, refused);
    }
}

#[test]
fn older_versions_are_a_part_of_ours() {
    let (Some(folder), Some(samples_in)) = (shared("schemas/fatturapa"), shared("data/samples/fatturapa"))
    else {
        return;
    };
    let folder = reworded(&folder);
    let ours = schema(&own(), CONTRACTS[0].1);
    let newest = published_words(folder, CONTRACTS[0].2);
    let (_, full) = full(folder, 0).swap_remove(0);
    for (file, lacks, mail) in [
        ("Schema_del_file_xml_FatturaPA_v1.2.2.xsd", &["RF20", "TD29"][..], false),
        ("Schema_del_file_xml_FatturaPA_versione_1.2.1.xsd", &["RF20", "TD28", "TD29", "Z"], true),
    ] {
        let words = published_words(folder, file);
        assert_eq!(newest.difference(&words).collect::<Vec<_>>(), lacks, "{file}");
        assert!(words.is_subset(&newest), "{file}");
        let older = schema(folder, file);
        for (sample, text) in samples(&samples_in, V1_2) {
            assert!(!breaches(&older, &text).is_empty() || breaches(&ours, &text).is_empty(), "{sample}");
        }
        // The one thing that was looser: a contact without a dot in its domain.
        let contact = full.replacen("<Email>a.b@example.it<", "<Email>ufficio@example<", 1);
        assert_eq!((breaches(&older, &full).is_empty(), breaches(&older, &contact).is_empty()), (true, mail));
        assert_ne!(breaches(&ours, &contact), [] as [String; 0]);
    }
}

/// The validator passes over it, so that no document tells.
#[test]
fn the_state_that_may_be_left_empty_is_the_published_one() {
    let Some(folder) = shared("schemas/fatturapa") else { return };
    let by_default = |path: PathBuf| -> Vec<String> {
        let text = fs::read_to_string(path).unwrap();
        let with = text.split('<').filter(|tag| tag.contains(" default=") || tag.contains(" fixed="));
        let attribute = |tag: &str, name: &str| {
            let (_, rest) = tag.split_once(&format!(" {name}=\"")).unwrap();
            rest.split('"').next().unwrap().to_owned()
        };
        with.map(|tag| format!("{}: {}", attribute(tag, "name"), attribute(tag, "default"))).collect()
    };
    for (_, ours, theirs, ..) in CONTRACTS {
        assert_eq!(by_default(folder.join(theirs)), ["Nazione: IT"], "{theirs}");
        assert_eq!(by_default(own().join(ours)), [] as [String; 0], "{ours}");
    }
    assert_eq!(by_default(own().join("fattura-comune.xsd")), ["Nazione: IT"]);
}

#[test]
fn a_document_with_every_element_keeps_both_schemas() {
    let Some(folder) = shared("schemas/fatturapa") else { return };
    let folder = reworded(&folder);
    for (contract, (_, ours, theirs, ..)) in CONTRACTS.into_iter().enumerate() {
        for (what, text) in full(folder, contract) {
            assert_eq!(breaches(&schema(folder, theirs), &text), [] as [String; 0], "{what}, theirs");
            assert_eq!(breaches(&schema(&own(), ours), &text), [] as [String; 0], "{what}, ours");
        }
    }
}

fn every_change(contract: usize, taken: usize, refused: usize) {
    let (Some(folder), Some(samples_in)) = (shared("schemas/fatturapa"), shared("data/samples/fatturapa"))
    else {
        return;
    };
    let folder = reworded(&folder);
    let (namespace, ours, theirs, ..) = CONTRACTS[contract];
    let words = published_words(folder, theirs);
    let mut verdicts = Verdicts::new(folder, contract);
    let mut seen = BTreeSet::new();
    let full = full(folder, contract);
    for (what, text) in &full {
        for (change, document) in rooted(text).into_iter().chain(changed(text, &words, &mut seen)) {
            verdicts.judge(&format!("{what}: {change}"), &document);
        }
    }
    for (file, text) in samples(&samples_in, namespace) {
        for (change, document) in changed(&text, &words, &mut seen) {
            verdicts.judge(&format!("{file}: {change}"), &document);
        }
    }
    verdicts.agree(&format!("{ours}, each change"), taken, refused);
}

#[test]
fn both_schemas_say_the_same_of_every_change() {
    every_change(0, 1000, 1000);
}

#[test]
fn both_schemas_of_1_1_say_the_same_of_every_change() {
    every_change(1, 1000, 1000);
}

#[test]
fn both_simplified_schemas_say_the_same_of_every_change() {
    every_change(2, 1000, 1000);
}

#[test]
fn both_schemas_say_the_same_of_changes_at_random() {
    let (Some(folder), Some(samples_in)) = (shared("schemas/fatturapa"), shared("data/samples/fatturapa"))
    else {
        return;
    };
    let folder = reworded(&folder);
    for (contract, (namespace, ours, theirs, ..)) in CONTRACTS.into_iter().enumerate() {
        let mut verdicts = Verdicts::new(folder, contract);
        let values: Vec<_> = values().into_iter().chain(published_words(folder, theirs)).collect();
        let mut documents = samples(&samples_in, namespace);
        documents.extend(full(folder, contract));
        documents.retain(|(_, text)| breaches(&verdicts.ours, text).is_empty() && text.len() < 30_000);
        let mut usual: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (_, text) in &documents {
            for place in places(text).into_iter().filter(|place| place.leaf) {
                usual.entry(name(&place.path).to_owned()).or_default().push(text[place.content].to_owned());
            }
        }
        let mut seeded = Seeded(20_260_120);
        for turn in 0..800 {
            let (file, text) = seeded.pick(&documents);
            let (change, document) = seeded.changed(text, &values, &usual);
            verdicts.judge(&format!("{turn}, {file}: {change}"), &document);
        }
        verdicts.agree(&format!("{ours}, at random"), 100, 100);
    }
}
