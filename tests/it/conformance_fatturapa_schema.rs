// SPDX-License-Identifier: EUPL-1.2
//! Our schemas of the FatturaPA against the published ones: both must say the same of the samples, of a document with every
//! element the published ones know, and of each of them with one thing changed, or with a few at random.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use uppsala::{Document, NodeId, XsdValidator};

use crate::shared::shared;

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

// --- a document with everything in it, made of the published schema ---

/// What a published schema calls by name.
struct Published<'a> {
    document: &'a Document<'a>,
    types: BTreeMap<&'a str, NodeId>,
    /// Which branch of a choice is taken, the last when there are fewer.
    branch: usize,
}

impl<'a> Published<'a> {
    fn new(document: &'a Document<'a>, branch: usize) -> Self {
        let root = document.document_element().unwrap();
        let named = |node| Some((attribute(document, node, "name")?, node));
        let types = elements(document, root).into_iter().filter(|n| local(document, *n).ends_with("Type"));
        Self { document, types: types.filter_map(named).collect(), branch }
    }

    /// The content of a type: of each element one, or of a sequence of the smallest.
    fn content(&self, node: NodeId) -> String {
        let children = elements(self.document, node);
        match local(self.document, node) {
            "element" => match attribute(self.document, node, "name") {
                Some(name) => {
                    let type_of = attribute(self.document, node, "type").unwrap();
                    format!("<{name}>{}</{name}>", self.value(type_of))
                }
                None => String::new(),
            },
            "choice" => self.content(children[self.branch.min(children.len() - 1)]),
            "attribute" | "annotation" => String::new(),
            _ => children.into_iter().map(|child| self.content(child)).collect(),
        }
    }

    fn value(&self, name: &'a str) -> String {
        let Some(node) = self.types.get(name) else { return plain(name).to_owned() };
        if local(self.document, *node) == "complexType" {
            return self.content(*node);
        }
        let restriction = elements(self.document, *node)[0];
        let word = elements(self.document, restriction).into_iter().find_map(|facet| {
            (local(self.document, facet) == "enumeration")
                .then(|| attribute(self.document, facet, "value"))
                .flatten()
        });
        word.unwrap_or_else(|| plain(name)).to_owned()
    }
}

/// A value that a published type without a list of words takes.
fn plain(name: &str) -> &'static str {
    match name {
        "xs:date" | "DataFatturaType" => "2026-01-20",
        "xs:dateTime" => "2026-01-20T09:00:00",
        "xs:base64Binary" => "QQ==",
        "CodiceDestinatarioType" => "UFABC12",
        "NazioneType" | "ProvinciaType" => "IT",
        "DivisaType" | "TipoResaType" => "EUR",
        "CAPType" | "ABIType" | "CABType" => "00100",
        "CodiceFiscaleType" | "CodiceFiscalePFType" => "AAABBB80A01H501X",
        "CodEORIType" => "IT12345678901",
        "IBANType" => "IT60X0542811101000000123456",
        "BICType" => "BCITITMM",
        "TelFaxType" => "0612345",
        "EmailType" | "EmailContattiType" => "a.b@example.it",
        "RiferimentoFaseType" | "NumeroColliType" | "NumeroLineaType" | "RiferimentoNumeroLineaType" => "1",
        "GiorniTerminePagamentoType" => "30",
        name if name.starts_with("Amount") => "10.00",
        "RateType" | "PesoType" | "QuantitaType" => "22.00",
        _ => "AB",
    }
}

fn attribute<'a>(document: &'a Document<'a>, node: NodeId, name: &str) -> Option<&'a str> {
    document.element(node)?.get_attribute(name)
}

fn local<'a>(document: &'a Document<'a>, node: NodeId) -> &'a str {
    document.element(node).map_or("", |element| element.name.local_name.as_ref())
}

fn elements(document: &Document, node: NodeId) -> Vec<NodeId> {
    document.children(node).into_iter().filter(|child| document.element(*child).is_some()).collect()
}

/// Two documents, each with one branch of every choice.
fn full(folder: &Path, contract: usize) -> Vec<(String, String)> {
    let (namespace, _, file, root, version) = CONTRACTS[contract];
    let text = fs::read_to_string(folder.join(file)).unwrap();
    let document = uppsala::parse(&text).unwrap();
    [0, 1]
        .map(|branch| {
            let content = Published::new(&document, branch).value("FatturaElettronicaType");
            let text =
                format!("<p:{root} xmlns:p=\"{namespace}\" versione=\"{version}\">{content}</p:{root}>");
            // One of this type is not one of that: the code of a body is shorter in 1.1.
            let text = if version == "1.1" { text.replace("UFABC12", "UFABC1") } else { text };
            (format!("all of {file}, {branch}"), text)
        })
        .to_vec()
}

// --- documents with something changed ---

/// An element as it stands in the text.
#[derive(Debug)]
struct Place {
    /// Names from below the root, however that is spelt.
    path: String,
    /// From its first character to behind its last.
    whole: Range<usize>,
    content: Range<usize>,
    leaf: bool,
    parent: Option<usize>,
}

/// The elements of a document, but for what is in the signature. The first is the root.
fn places(text: &str) -> Vec<Place> {
    let mut found: Vec<Place> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find('<').map(|found| at + found) {
        let rest = &text[start..];
        let until = |mark: &str| start + rest.find(mark).unwrap() + mark.len();
        if rest.starts_with("<!--") {
            at = until("-->");
        } else if rest.starts_with("<![CDATA[") {
            at = until("]]>");
        } else if rest.starts_with("<?") {
            at = until("?>");
        } else if rest.starts_with("</") {
            at = until(">");
            let place = &mut found[open.pop().unwrap()];
            place.content.end = start;
            place.whole.end = at;
        } else {
            at = until(">");
            let name = rest[1..].split(['>', '/']).next().unwrap().split_whitespace().next().unwrap();
            let parent = open.last().copied();
            if let Some(parent) = parent {
                found[parent].leaf = false;
            }
            let path = parent.map_or_else(String::new, |parent| format!("{}/{name}", found[parent].path));
            found.push(Place { path, whole: start..at, content: at..at, leaf: true, parent });
            if !text[..at].ends_with("/>") {
                open.push(found.len() - 1);
            }
        }
    }
    found.retain(|place| !place.path.contains("Signature/"));
    found
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

fn replaced(text: &str, range: &Range<usize>, by: &str) -> String {
    [&text[..range.start], by, &text[range.end..]].concat()
}

/// Values at and over the limits: decimals, days, alphabets, addresses.
const VALUES: [&str; 8] = [
    "| |€|è|ɏ|it|ITA|0|1|-1|+1|01|999|1000|9999|10000|1.0|1.00|-1.00|+1.00| 1.00 |1,00|1.|.00|1.123",
    "1.12345678|1.123456789|100.00|100.01|099.99|1000.00|9999.9|99999.99|99999999999.99",
    "100000000000.00|999999999999.99|9999999999999.99|12345|1234A|ABCDEF|ABC-EF|1970-01-01|1969-12-31",
    "2026-02-30|2026-1-1| 2026-01-20 |2026-01-20+01:00|2026-01-20T09:00:00|2026-01-20T09:00:00.5+01:00",
    "2026-01-20 09:00:00|QQ=|QUI=|a@b|a@b.it|ab@c.it|a b@c.it|a..b@c.it|a@b..it|a.@b.it|.@.it|aèè@b.it",
    "a~b^c`{d}@e_f.it|a@[1.2.3.4]|a@[1]2]|\"[]!#-a\"@b.it|\"\\a\\b\"@b.it|\"ab\"@b.it| a.b@c.it |a,b@cd.it",
    "a/b-c@d.it|IT60X05428111010|IT60X054281110|it60x0542811101000000123456",
    "IT6AX0542811101000000123456|BCITIT22XXX|BCITIT1M|BCITITMO|BCITIT2MXX",
];

/// These, and texts of the lengths that count.
fn values() -> Vec<String> {
    let mut values: Vec<String> = VALUES.iter().flat_map(|row| row.split('|')).map(str::to_owned).collect();
    for length in [
        2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 20, 21, 28, 29, 34, 35, 36, 60, 61, 80, 81, 100,
        101, 200, 201, 256, 257, 1000, 1001,
    ] {
        values.push("A".repeat(length));
    }
    for length in [10, 20, 35, 36, 60, 61, 80, 81, 100, 101, 200, 201, 1000, 1001] {
        values.push("é".repeat(length));
    }
    values
}

/// The document with one thing changed, for each element whose path (for its values: whose name and parent) is new.
fn changed(text: &str, words: &BTreeSet<String>, seen: &mut BTreeSet<String>) -> Vec<(String, String)> {
    let places = places(text);
    let values = values();
    let mut found = Vec::new();
    for (index, place) in places.iter().enumerate().skip(1) {
        let Place { path, whole, content, leaf, parent } = place;
        let itself = &text[whole.clone()];
        let name = name(path);
        if seen.insert(path.clone()) {
            let mut add = |what: &str, document: String| found.push((format!("{path} {what}"), document));
            add("left out", replaced(text, whole, ""));
            add("twice", replaced(text, whole, &[itself, itself].concat()));
            add("renamed", replaced(text, whole, &itself.replace(name, "Altro")));
            add("elsewhere", replaced(text, whole, &itself.replacen('>', " xmlns=\"urn:altro\">", 1)));
            add("with an attribute", replaced(text, whole, &itself.replacen('>', " a=\"\">", 1)));
            add("with text", replaced(text, &(content.start..content.start), "AB"));
            if let Some(next) = places[index + 1..].iter().find(|next| next.parent == *parent) {
                let both = whole.start..next.whole.end;
                let between = &text[whole.end..next.whole.start];
                let swapped = [&text[next.whole.clone()], between, itself].concat();
                add("after the next", replaced(text, &both, &swapped));
            }
        }
        let tail: Vec<&str> = path.rsplit('/').take(2).collect();
        if *leaf && seen.insert(tail.join(" of ")) {
            let value = &text[content.clone()];
            let listed = words.contains(value);
            let around = [format!(" {value}"), format!("{value}\n"), format!("{value}{value}")];
            for value in values.iter().chain(&around).chain(words.iter().filter(|_| listed)) {
                let written = value.replace('&', "&amp;").replace('<', "&lt;");
                found.push((format!("{path} is {value:?}"), replaced(text, content, &written)));
            }
        }
    }
    found
}

/// The document with other attributes of its root.
fn rooted(text: &str) -> Vec<(String, String)> {
    let versione = text.find("versione=\"").unwrap() + "versione=\"".len();
    let end = versione + text[versione..].find('"').unwrap();
    let mut found: Vec<_> = ["FPA12", "FPR12", "1.1", "FSM10", "SDI11", "", " FPA12", "1.2"]
        .map(|version| (format!("versione {version:?}"), replaced(text, &(versione..end), version)))
        .to_vec();
    let attribute = versione - "versione=\"".len()..end + 1;
    for other in ["", "versione2=\"\"", "Versione=\"FPA12\""] {
        found.push((format!("attribute {other:?}"), replaced(text, &attribute, other)));
    }
    for sender in ["", "A", "AAAAAAAAAA", "AAAAAAAAAAA", "è"] {
        let both = format!("{} SistemaEmittente=\"{sender}\"", &text[attribute.clone()]);
        found.push((format!("SistemaEmittente {sender:?}"), replaced(text, &attribute, &both)));
    }
    found
}

/// Numbers that look random and are the same in each run.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// One change or two, each on what the one before left. `usual` are the values seen, by name of their element.
    fn changed(
        &mut self,
        text: &str,
        values: &[String],
        usual: &BTreeMap<String, Vec<String>>,
    ) -> (String, String) {
        let (mut text, mut told) = (text.to_owned(), Vec::new());
        for _ in 0..=self.below(2) {
            let places = places(&text);
            let Place { path, whole, content, leaf, .. } = &places[1 + self.below(places.len() - 1)];
            let itself = text[whole.clone()].to_owned();
            let (what, next) = match self.below(if *leaf { 10 } else { 4 }) {
                0 => ("left out", replaced(&text, whole, "")),
                1 => ("twice", replaced(&text, whole, &[itself.as_str(), &itself].concat())),
                2 => {
                    let target = self.pick(&places[1..]).whole.start;
                    ("also elsewhere", replaced(&text, &(target..target), &itself))
                }
                3 => {
                    let other = text[self.pick(&places[1..]).whole.clone()].to_owned();
                    ("another", replaced(&text, whole, &other))
                }
                4 => {
                    let value = self.pick(values);
                    ("with another value", replaced(&text, content, &value.replace('<', "&lt;")))
                }
                _ => {
                    let value = usual.get(name(path)).map_or("", |usual| self.pick(usual).as_str());
                    ("with a usual value", replaced(&text, content, value))
                }
            };
            told.push(format!("{path} {what}"));
            text = next;
            if uppsala::parse(&text).is_err() || text.len() > 100_000 {
                break;
            }
        }
        (told.join(", "), text)
    }
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
