// SPDX-License-Identifier: EUPL-1.2
//! Our contracts against what others published: a real answer of Sistema CUP, and the official UBL 2.1 schema.
//! The originals are not part of the project; without them these tests say so and pass.

use std::path::{Path, PathBuf};

use mepa_gateway_mocks::schema::Schema;
use uppsala::XsdValidator;

/// The folder of originals: `MEPA_SHARED`, or `shared` beside the project.
#[expect(clippy::disallowed_methods, reason = "only a test may be told where the originals are")]
fn originals() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = std::env::var("MEPA_SHARED").map_or(beside, PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("SKIPPED: ../shared not present");
    None
}

#[test]
fn a_real_answer_of_sistema_cup_keeps_our_schema() {
    let Some(originals) = originals() else { return };
    let folder = originals.join("data/samples/cup");
    for (file, schema) in [
        ("risposta_EsitoGenerazioneCUP.payload.xml", Schema::CupPayload),
        ("risposta_EsitoGenerazioneCUP.soap.xml", Schema::CupEnvelope),
    ] {
        let answer = std::fs::read_to_string(folder.join(file)).unwrap();
        assert_eq!(schema.breaches(answer.trim()), [], "{file}");
    }
}

/// The official schemas in one folder: the validator does not follow `../`.
fn flattened(official: &Path) -> PathBuf {
    let flat = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ubl-2.1");
    std::fs::create_dir_all(&flat).unwrap();
    for entry in ["common", "maindoc"].iter().flat_map(|part| std::fs::read_dir(official.join(part)).unwrap())
    {
        let entry = entry.unwrap();
        let text = std::fs::read_to_string(entry.path()).unwrap();
        std::fs::write(flat.join(entry.file_name()), text.replace("../common/", "")).unwrap();
    }
    flat
}

#[test]
fn the_order_we_take_is_valid_ubl() {
    let Some(originals) = originals() else { return };
    let path = flattened(&originals.join("schemas/ubl-2.1")).join("UBL-Order-2.1.xsd");
    let text = std::fs::read_to_string(&path).unwrap();
    let schema = uppsala::parse(&text).unwrap();
    let official = XsdValidator::from_schema_with_base_path(&schema, Some(&path)).unwrap();
    let order = include_str!("../../fixtures/acquistinretepa/order.xml");
    let breaches: Vec<_> = official.validate(&uppsala::parse(order).unwrap());
    assert!(breaches.is_empty(), "{breaches:?}");
    let wrong = order.replace("<cbc:IssueDate>2026-03-12</cbc:IssueDate>", "");
    assert!(!official.validate(&uppsala::parse(&wrong).unwrap()).is_empty());
}

/// An official schema, made fit for the validator: it is alone in a folder, without the signature it imports.
fn sdi_schema(originals: &Path, file: &str) -> XsdValidator {
    let text = std::fs::read_to_string(originals.join("schemas/sdi").join(file)).unwrap();
    let unsigned: String = text
        .lines()
        .filter(|line| !line.contains("ds:Signature") && !line.contains("xsd:import"))
        .map(|line| format!("{line}\n"))
        .collect();
    let schema = uppsala::parse(&unsigned).unwrap();
    XsdValidator::from_schema(&schema).unwrap()
}

fn refused_by(schema: &XsdValidator, document: &str) -> bool {
    uppsala::parse(document).map_or(true, |document| !schema.validate(&document).is_empty())
}

/// The element in the body of an envelope, as a document of its own.
fn body_of(envelope: &str) -> String {
    let (_, body) = envelope.split_once("<soapenv:Body>").unwrap();
    let (body, _) = body.split_once("</soapenv:Body>").unwrap();
    let namespace = " xmlns:ns=\"http://www.fatturapa.gov.it/sdi/ws/ricezione/v1.0/types\"";
    let at = body.find("<ns:").unwrap() + body[body.find("<ns:").unwrap()..].find('>').unwrap();
    format!("{}{namespace}{}", &body[..at], &body[at..])
}

#[test]
fn ours_and_sdis_schemas_say_the_same_of_our_messages() {
    let Some(originals) = originals() else { return };
    let messages = sdi_schema(&originals, "MessaggiTypes_v1.1.xsd");
    let bodies = sdi_schema(&originals, "RicezioneTypes_v1.0.xsd");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sdi");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let (official, document) = match path.to_str().unwrap().ends_with(".message.xml") {
            true => (&messages, text.clone()),
            false => (&bodies, body_of(&text)),
        };
        assert!(
            !refused_by(official, &document),
            "{path:?}: {:?}",
            official.validate(&uppsala::parse(&document).unwrap())
        );
        let (schema, ours) = match path.to_str().unwrap().ends_with(".message.xml") {
            true => (Schema::SdiMessage, text),
            false => (Schema::SdiEnvelope, text),
        };
        // Each element with text left out in turn: what one refuses, the other refuses.
        for (at, _) in document.match_indices("</") {
            let Some(name) = document[at + 2..].split('>').next().filter(|name| !name.contains(':')) else {
                continue;
            };
            let Some(open) = document[..at].rfind(&format!("<{name}>")) else { continue };
            let element = &document[open..at + name.len() + 3];
            let without = document.replace(element, "");
            let refused = !schema.breaches(&ours.replace(element, "")).is_empty();
            assert_eq!(refused_by(official, &without), refused, "{path:?} without {element}");
        }
    }
}

#[test]
fn sdis_own_samples_keep_our_schema() {
    let Some(originals) = originals() else { return };
    let mut read = 0;
    for kind in ["MT", "EC", "SE", "DT"] {
        let file = originals.join(format!("data/samples/sdi-notifiche/IT01234567890_11111_{kind}_001.xml"));
        let sample = std::fs::read_to_string(&file).unwrap();
        assert_eq!(Schema::SdiMessage.breaches(&sample), [], "{file:?}");
        read += 1;
    }
    assert_eq!(read, 4);
}
