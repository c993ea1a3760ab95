// SPDX-License-Identifier: EUPL-1.2
//! The declarations of an order document.

use serde_json::value::RawValue;

use super::members::{Members, Path, Reader};
use crate::domain::declaration::{Declaration, DeclarationDocument, GreenEvidence};

/// Most declarations in one document, and most pieces of evidence in one declaration.
const DECLARATIONS_MAX: usize = 200;
const EVIDENCE_MAX: usize = 50;
const LINE_ID_LONGEST: usize = 60;
const FILE_NAME_LONGEST: usize = 255;
const MEDIA_TYPE_LONGEST: usize = 127;
const REASON_LONGEST: usize = 1000;

pub(super) fn read<'a>(
    reader: &mut Reader<'a>,
    raw: &'a RawValue,
    path: &Path<'_>,
) -> Option<Vec<Declaration>> {
    const KNOWN: [&str; 8] =
        ["kind", "signer_capacity", "scope", "line_id", "signed_on", "valid_until", "document", "evidence"];
    let items = reader.objects(raw, path, DECLARATIONS_MAX, &KNOWN)?;
    let read: Vec<_> =
        items.into_iter().enumerate().map(|(n, item)| one(reader, item?, &path.index(n))).collect();
    read.into_iter().collect()
}

fn one<'a>(reader: &mut Reader<'a>, mut members: Members<'a>, path: &Path<'_>) -> Option<Declaration> {
    let kind =
        reader.required_at(&mut members, path, "kind").and_then(|raw| reader.parsed(raw, &path.key("kind")));
    let signer_capacity = reader
        .required_at(&mut members, path, "signer_capacity")
        .and_then(|raw| reader.parsed(raw, &path.key("signer_capacity")));
    let scope = reader
        .required_at(&mut members, path, "scope")
        .and_then(|raw| reader.parsed(raw, &path.key("scope")));
    let line_id =
        members.take("line_id").and_then(|raw| reader.text(raw, &path.key("line_id"), LINE_ID_LONGEST));
    let signed_on = reader
        .required_at(&mut members, path, "signed_on")
        .and_then(|raw| reader.date(raw, &path.key("signed_on")));
    let valid_until = members.take("valid_until").and_then(|raw| reader.date(raw, &path.key("valid_until")));
    let document = reader
        .required_at(&mut members, path, "document")
        .and_then(|raw| self::document(reader, raw, &path.key("document")));
    let evidence = match members.take("evidence") {
        Some(raw) => self::evidence(reader, raw, &path.key("evidence")),
        None => Some(Vec::new()),
    };
    Some(Declaration {
        kind: kind?,
        signer_capacity: signer_capacity?,
        scope: scope?,
        line_id: line_id.map(|id| id.into_owned()),
        signed_on: signed_on?,
        valid_until,
        document: document?,
        evidence: evidence?,
    })
}

fn document<'a>(reader: &mut Reader<'a>, raw: &'a RawValue, path: &Path<'_>) -> Option<DeclarationDocument> {
    let mut members = reader.object(raw, path, &["file_name", "media_type", "sha256"])?;
    let file_name = reader
        .required_at(&mut members, path, "file_name")
        .and_then(|raw| reader.text(raw, &path.key("file_name"), FILE_NAME_LONGEST));
    let media_type = reader
        .required_at(&mut members, path, "media_type")
        .and_then(|raw| reader.text(raw, &path.key("media_type"), MEDIA_TYPE_LONGEST));
    let sha256 = reader
        .required_at(&mut members, path, "sha256")
        .and_then(|raw| reader.parsed(raw, &path.key("sha256")));
    Some(DeclarationDocument {
        file_name: file_name?.into_owned(),
        media_type: media_type?.into_owned(),
        sha256: sha256?,
    })
}

fn evidence<'a>(reader: &mut Reader<'a>, raw: &'a RawValue, path: &Path<'_>) -> Option<Vec<GreenEvidence>> {
    let items = reader.objects(raw, path, EVIDENCE_MAX, &["green_rule", "document", "not_applicable"])?;
    let read: Vec<_> =
        items.into_iter().enumerate().map(|(n, item)| one_evidence(reader, item?, &path.index(n))).collect();
    read.into_iter().collect()
}

fn one_evidence<'a>(
    reader: &mut Reader<'a>,
    mut members: Members<'a>,
    path: &Path<'_>,
) -> Option<GreenEvidence> {
    let green_rule = reader
        .required_at(&mut members, path, "green_rule")
        .and_then(|raw| reader.parsed(raw, &path.key("green_rule")));
    let document = match members.take("document") {
        Some(raw) => Some(self::document(reader, raw, &path.key("document"))?),
        None => None,
    };
    let not_applicable = members
        .take("not_applicable")
        .and_then(|raw| reader.text(raw, &path.key("not_applicable"), REASON_LONGEST))
        .map(|reason| reason.into_owned());
    Some(GreenEvidence { green_rule: green_rule?, document, not_applicable })
}
