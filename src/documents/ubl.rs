// SPDX-License-Identifier: EUPL-1.2
//! UBL 2.1 orders: one reader for the NSO, Peppol and MePA-download habits. `wire` is the document, `order` what it
//! means, `peppol` and `nso` the rules of the two networks, `write` the order as the gateway hands it over.

use std::borrow::Cow;

use super::fault::{Broken, RawFault, ReadError, ReadErrorKind};
use super::guard::place::placed;
use super::guard::tokens::{FOREIGN_SPACE, Vocabulary};
use super::guard::{Limits, body_within, charset};
use super::{Profile, ReadOrder};
use wire::WireOrder;

pub mod nso;
pub mod peppol;
pub mod wire;
pub mod write;

mod codes;
mod kind;
mod order;
mod parties;
mod read;
mod values;

/// Namespace of `cbc:` elements.
pub(crate) const BASIC: u8 = 0;
/// Namespace of `cac:` elements.
pub(crate) const AGGREGATE: u8 = 1;
/// Namespace of the root element of an order.
pub(crate) const ORDER: u8 = 2;

/// Addresses of the three namespaces, with the prefixes that paths use.
pub(crate) const SPACES: &[(&str, &str)] = &[
    ("urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2", "cbc"),
    ("urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2", "cac"),
    ("urn:oasis:names:specification:ubl:schema:xsd:Order-2", ""),
];

/// The names that matter in a UBL order.
pub(crate) static VOCABULARY: Vocabulary = Vocabulary {
    spaces: SPACES,
    attributes: &["schemeID", "currencyID", "unitCode", "listID"],
    repeated: &[
        "OrderLine",
        "AllowanceCharge",
        "AdditionalDocumentReference",
        "ItemSpecificationDocumentReference",
        "CommodityClassification",
        "PartyIdentification",
        "AdditionalItemProperty",
    ],
};

const _: () = assert!(ORDER < FOREIGN_SPACE);

/// The text of an XML document that is not longer than allowed.
pub(crate) fn text_of<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Cow<'a, str>, ReadError> {
    body_within(bytes, limits.xml_bytes).and_then(|()| charset::xml_text(bytes)).map_err(|broken| {
        let lossy = String::from_utf8_lossy(bytes);
        told(&lossy, limits, *broken)
    })
}

/// Reads a document whose text is already at hand.
pub(crate) fn read_order(source: &str, limits: &Limits) -> Result<ReadOrder, ReadError> {
    let (wire, mut faults) =
        read::wire_order(source, limits).map_err(|broken| told(source, limits, *broken))?;
    let profile = profile_of(&wire);
    let order = order::from_wire(&wire, &mut faults);
    match order {
        Some(order) if faults.is_empty() => {
            let format_findings = peppol::document_findings(&wire, profile, &order.kind);
            Ok(ReadOrder { order, format_findings, profile })
        }
        Some(_) | None => {
            faults.truncate(limits.faults);
            let faults = placed(source, &VOCABULARY, limits, faults);
            Err(ReadError { kind: ReadErrorKind::Invalid, faults })
        }
    }
}

/// Reads the wire layer only; rule tests and tools start here.
///
/// # Errors
/// What cannot be tokenised or is not a UBL order. Faults of values are not looked for.
pub fn read_wire<'a>(source: &'a str, limits: &Limits) -> Result<WireOrder<'a>, ReadError> {
    read::wire_order(source, limits)
        .map(|(wire, _faults)| wire)
        .map_err(|broken| told(source, limits, *broken))
}

fn told(source: &str, limits: &Limits, broken: Broken) -> ReadError {
    let faults: Vec<RawFault> = vec![broken.fault];
    ReadError { kind: broken.kind, faults: placed(source, &VOCABULARY, limits, faults) }
}

/// By what habit the document was written, told by its `CustomizationID`.
fn profile_of(wire: &WireOrder<'_>) -> Profile {
    let Some(customization) = wire.customization_id.map(|id| id.text()) else { return Profile::MepaDownload };
    if customization.contains("urn:www.agid.gov.it:trns:ordine") {
        Profile::Nso
    } else if customization.starts_with(peppol::CUSTOMIZATION) {
        Profile::Peppol
    } else {
        Profile::MepaDownload
    }
}
