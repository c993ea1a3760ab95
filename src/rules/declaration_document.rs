// SPDX-License-Identifier: EUPL-1.2
//! `ORD-105`: the signed file of every declaration is kept by its fingerprint.
//!
//! # What it does
//! Demands for each declaration of the order a file with a name and the fingerprint of a file that has
//! content: neither that of an empty file nor the all-zero placeholder.
//! # Why
//! At a control the very file that was declared has to be shown, unchanged; the fingerprint proves it is that
//! one.
//! # Source
//! DL 77/2021 art. 9 c. 4 (papers kept and made available for controls). That a fingerprint is the way is our
//! choice.

use super::declarations::is_made_good;
use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::declaration::Declaration;
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::sha256::Sha256;
use crate::domain::text::Text;

/// What SHA-256 makes of no bytes at all.
const OF_AN_EMPTY_FILE: Sha256 = Sha256::from_bytes([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27,
    0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);
const PLACEHOLDER: Sha256 = Sha256::from_bytes([0; 32]);

pub(crate) const RULE: Rule = Rule {
    id: "ORD-105",
    severity: Severity::Curable,
    source: LegalSource::inferred("DL 77/2021", "art. 9 c. 4"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new(
        "Il documento di ogni dichiarazione è conservato",
        "The document of every declaration is kept",
    ),
    why: Text::new(
        "Ai controlli va esibito proprio il file dichiarato, immutato: lo prova la sua impronta SHA-256.",
        "At a control the very file declared has to be shown, unchanged: its SHA-256 fingerprint proves it.",
    ),
    remedy: Text::new(
        "Allegare il file firmato e indicarne nome e impronta SHA-256.",
        "Attach the signed file and state its name and SHA-256 fingerprint.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let faulty = case
        .order
        .declarations
        .iter()
        .enumerate()
        .filter(|(_, declaration)| !is_made_good(case, declaration, is_kept));
    Outcome::of(faulty.map(|(n, declaration)| {
        let it = format!("La «{}» non ha un file con contenuto.", declaration.kind.label_it());
        let en = format!("The declaration {} has no file with content.", declaration.kind);
        Fault::new(Field::Declaration(n), it, en)
            .with("file_name", &declaration.document.file_name)
            .with("sha256", declaration.document.sha256)
    }))
}

fn is_kept(declaration: &Declaration) -> bool {
    let document = &declaration.document;
    !document.file_name.trim().is_empty()
        && document.sha256 != OF_AN_EMPTY_FILE
        && document.sha256 != PLACEHOLDER
}
