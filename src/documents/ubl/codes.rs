// SPDX-License-Identifier: EUPL-1.2
//! Every place of a UBL order where a CUP or a CIG may stand: the habit has moved over the years, and buyers mix the
//! places. All are collected, with their path; comparing them is for the rules.

use std::borrow::Cow;

use super::wire::{Leaf, WireOrder, WireReference};
use crate::domain::cig::CigOrExclusion;
use crate::domain::cup::Cup;
use crate::domain::found::Found;
use crate::domain::text::Bilingual;

const PROJECT: (&str, &str) = ("ProjectReference", "/Order/cac:ProjectReference/cbc:ID");
const ORIGINATOR: (&str, &str) =
    ("OriginatorDocumentReference", "/Order/cac:OriginatorDocumentReference/cbc:ID");

/// A code that may be written behind its name (`CUP:`...) among others, separated by `#`.
struct Label(&'static str);

const CUP: Label = Label("CUP");
const CIG: Label = Label("CIG");

/// Every CUP and every CIG of the document, in document order.
pub(super) fn collect(wire: &WireOrder<'_>) -> (Vec<Found<Cup>>, Vec<Found<CigOrExclusion>>) {
    let mut codes = Codes { cups: Vec::new(), cigs: Vec::new() };
    for (position, reference) in wire.project_references.iter().enumerate() {
        codes.cup(wire, reference.id.as_ref(), || single(PROJECT, position));
    }
    for (position, reference) in wire.originator_references.iter().enumerate() {
        codes.cig(wire, reference.id.as_ref(), || single(ORIGINATOR, position));
    }
    for (position, reference) in wire.additional_references.iter().enumerate() {
        let at = || format!("/Order/cac:AdditionalDocumentReference[{}]/cbc:ID", position + 1).into();
        match reference.document_type.map(|kind| kind.text()) {
            Some(kind) if kind.eq_ignore_ascii_case("CUP") => codes.cup(wire, reference.id.as_ref(), at),
            Some(kind) if kind.eq_ignore_ascii_case("CIG") => codes.cig(wire, reference.id.as_ref(), at),
            Some(_) | None => codes.labelled(wire, reference.id.as_ref(), at),
        }
    }
    for (position, contract) in wire.contracts.iter().enumerate() {
        codes.labelled(wire, contract.id.as_ref(), || {
            single(("Contract", "/Order/cac:Contract/cbc:ID"), position)
        });
    }
    codes.labelled(wire, wire.accounting_cost.as_ref(), || "/Order/cbc:AccountingCost".into());
    for (line_position, line) in wire.lines.iter().enumerate() {
        let number = line_position + 1;
        let cost = || format!("/Order/cac:OrderLine[{number}]/cac:LineItem/cbc:AccountingCost").into();
        codes.labelled(wire, line.accounting_cost.as_ref(), cost);
        for (position, reference) in line.item.specifications.iter().enumerate() {
            codes.labelled(wire, reference.id.as_ref(), || specification_path(number, position + 1));
        }
    }
    codes.in_document_order()
}

/// How many CIG or exclusion codes a line names in its specification references.
pub(super) fn cigs_in(references: &[WireReference<'_>]) -> usize {
    let named = |reference: &WireReference<'_>| reference.id.map_or(0, |id| CIG.values(&id.text()).count());
    references.iter().map(named).sum()
}

fn single((name, first): (&str, &'static str), position: usize) -> Cow<'static, str> {
    match position {
        0 => Cow::Borrowed(first),
        _ => format!("/Order/cac:{name}[{}]/cbc:ID", position + 1).into(),
    }
}

fn specification_path(line: usize, position: usize) -> Cow<'static, str> {
    format!("/Order/cac:OrderLine[{line}]/cac:LineItem/cac:Item/cac:ItemSpecificationDocumentReference[{position}]/cbc:ID")
        .into()
}

struct Codes {
    cups: Vec<(usize, Found<Cup>)>,
    cigs: Vec<(usize, Found<CigOrExclusion>)>,
}

impl Codes {
    fn cup<'a>(&mut self, wire: &WireOrder<'a>, id: Option<&Leaf<'a>>, at: impl Fn() -> Cow<'static, str>) {
        if let Some(leaf) = id {
            self.cups.push((wire.offset(leaf), found(&leaf.text(), at(), Cup::parse_lenient)));
        }
    }

    fn cig<'a>(&mut self, wire: &WireOrder<'a>, id: Option<&Leaf<'a>>, at: impl Fn() -> Cow<'static, str>) {
        if let Some(leaf) = id {
            self.cigs.push((wire.offset(leaf), found(&leaf.text(), at(), CigOrExclusion::parse_lenient)));
        }
    }

    /// Codes behind their names in a structured field; anything else there is not ours.
    fn labelled<'a>(
        &mut self,
        wire: &WireOrder<'a>,
        id: Option<&Leaf<'a>>,
        at: impl Fn() -> Cow<'static, str>,
    ) {
        let Some(leaf) = id else { return };
        let text = leaf.text();
        for value in CUP.values(&text) {
            self.cups.push((wire.offset(leaf), found(value, at(), Cup::parse_lenient)));
        }
        for value in CIG.values(&text) {
            self.cigs.push((wire.offset(leaf), found(value, at(), CigOrExclusion::parse_lenient)));
        }
    }

    fn in_document_order(mut self) -> (Vec<Found<Cup>>, Vec<Found<CigOrExclusion>>) {
        self.cups.sort_by_key(|(offset, _)| *offset);
        self.cigs.sort_by_key(|(offset, _)| *offset);
        let cups = self.cups.into_iter().map(|(_, found)| found).collect();
        (cups, self.cigs.into_iter().map(|(_, found)| found).collect())
    }
}

impl Label {
    /// The values of the parts of a structured field that bear this name.
    fn values<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        text.split(['#', ';', ',']).filter_map(|part| self.value(part.trim_ascii()))
    }

    fn value<'t>(&self, part: &'t str) -> Option<&'t str> {
        let (name, rest) = part.split_at_checked(self.0.len())?;
        let value = rest.trim_start_matches([':', '=', ' ']);
        (name.eq_ignore_ascii_case(self.0) && value.len() < rest.len()).then_some(value)
    }
}

/// A code as it stands in the document, with what parsing made of it.
pub(super) fn found<T, E: Bilingual>(
    raw: &str,
    at: Cow<'static, str>,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Found<T> {
    let value = parse(raw).map_err(|error| error.text());
    Found { raw: raw.to_owned(), at, value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structured_fields_name_their_parts() {
        let cups = |text| CUP.values(text).collect::<Vec<_>>();
        assert_eq!(cups("CUP:J51B26000010006"), ["J51B26000010006"]);
        assert_eq!(cups("IMPEGNO:123/2019#cup: J51B26000010006"), ["J51B26000010006"]);
        assert_eq!(cups("CUP J51B26000010006"), ["J51B26000010006"]);
        assert!(cups("CUPOLA").is_empty());
        assert!(cups("DDT:65161#2018-07-30").is_empty());
        assert!(cups("è").is_empty());
    }
}
