// SPDX-License-Identifier: EUPL-1.2
//! The declarations of an order document.

use super::members::{Path, Reader};
use super::scan::{Member, Members, Most, Value};
use super::values::text;
use crate::domain::declaration::{Declaration, DeclarationDocument, GreenEvidence};

/// Most declarations in one document, and most pieces of evidence in one declaration.
pub(super) const DECLARATIONS_MAX: usize = 200;
const EVIDENCE_MAX: usize = 50;
const LINE_ID_LONGEST: usize = 60;
const FILE_NAME_LONGEST: usize = 255;
const MEDIA_TYPE_LONGEST: usize = 127;
const REASON_LONGEST: usize = 1000;

pub(super) static DECLARATION: [Member; 8] = [
    Member::text("kind"),
    Member::text("signer_capacity"),
    Member::text("scope"),
    Member::text("line_id"),
    Member::text("signed_on"),
    Member::text("valid_until"),
    Member::object("document", &DOCUMENT),
    Member::objects("evidence", Most::Of(EVIDENCE_MAX), &EVIDENCE),
];
static DOCUMENT: [Member; 3] =
    [Member::text("file_name"), Member::text("media_type"), Member::text("sha256")];
static EVIDENCE: [Member; 3] =
    [Member::text("green_rule"), Member::object("document", &DOCUMENT), Member::text("not_applicable")];

pub(super) fn read<'a>(
    reader: &mut Reader<'a>,
    list: Value<'a>,
    path: &Path<'_>,
) -> Option<Vec<Declaration>> {
    reader.objects(list, path, DECLARATIONS_MAX, &DECLARATION, declaration)
}

fn declaration<'a>(
    reader: &mut Reader<'a>,
    mut members: Members<'a>,
    path: &Path<'_>,
) -> Option<Declaration> {
    let members = &mut members;
    let kind = reader.required(members, path, "kind", Reader::parsed);
    let signer_capacity = reader.required(members, path, "signer_capacity", Reader::parsed);
    let scope = reader.required(members, path, "scope", Reader::parsed);
    let line_id = reader.optional(members, path, "line_id", text(LINE_ID_LONGEST));
    let signed_on = reader.required(members, path, "signed_on", Reader::date);
    let valid_until = reader.optional(members, path, "valid_until", Reader::date);
    let document = reader.required(members, path, "document", document);
    let evidence = reader.optional(members, path, "evidence", |reader, list, path| {
        reader.objects(list, path, EVIDENCE_MAX, &EVIDENCE, evidence)
    });
    Some(Declaration {
        kind: kind?,
        signer_capacity: signer_capacity?,
        scope: scope?,
        line_id,
        signed_on: signed_on?,
        valid_until,
        document: document?,
        evidence: evidence.unwrap_or_default(),
    })
}

fn document<'a>(reader: &mut Reader<'a>, value: Value<'a>, path: &Path<'_>) -> Option<DeclarationDocument> {
    let mut members = reader.object(value, path, &DOCUMENT)?;
    let file_name = reader.required(&mut members, path, "file_name", text(FILE_NAME_LONGEST));
    let media_type = reader.required(&mut members, path, "media_type", text(MEDIA_TYPE_LONGEST));
    let sha256 = reader.required(&mut members, path, "sha256", Reader::parsed);
    Some(DeclarationDocument { file_name: file_name?, media_type: media_type?, sha256: sha256? })
}

fn evidence<'a>(reader: &mut Reader<'a>, mut members: Members<'a>, path: &Path<'_>) -> Option<GreenEvidence> {
    let green_rule = reader.required(&mut members, path, "green_rule", Reader::parsed);
    let document = reader.optional(&mut members, path, "document", document);
    let not_applicable = reader.optional(&mut members, path, "not_applicable", text(REASON_LONGEST));
    Some(GreenEvidence { green_rule: green_rule?, document, not_applicable })
}
