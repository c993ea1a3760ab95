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
