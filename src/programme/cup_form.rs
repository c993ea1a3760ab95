// SPDX-License-Identifier: EUPL-1.2
//! The codes that a programme's template fixes for every CUP generated on it.

use crate::domain::text::Text;

use super::document::{Section, boolean, list, number, owned_text};

/// How the request for a CUP of the programme is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CupForm {
    /// Year of the decision.
    pub decision_year: u32,
    /// `tipologia`.
    pub typology: String,
    /// `settore`.
    pub sector: String,
    /// `sottosettore`.
    pub subsector: String,
    /// `categoria`.
    pub category: String,
    /// `tipo_ind_area_rifer`.
    pub place_kind: String,
    /// `strum_progr`.
    pub planning_tool: String,
    /// Kinds of coverage.
    pub coverage: Vec<String>,
    /// What is bought, in words.
    pub object: Text,
    /// Where the codes come from.
    pub source: String,
    /// Whether they were read in an act of this programme.
    pub official: bool,
}

/// Reads `[cup_form]`.
pub(super) fn read(document: &Section<'_, '_>) -> Option<CupForm> {
    document.section("cup_form", |section| {
        let decision_year = section.required("decision_year", number);
        let (typology, sector) = (section.text("typology"), section.text("sector"));
        let (subsector, category) = (section.text("subsector"), section.text("category"));
        let (place_kind, planning_tool) = (section.text("place_kind"), section.text("planning_tool"));
        let (coverage, object) = (section.required("coverage", list), section.bilingual("object"));
        let (source, official) = (section.required("source", owned_text), section.required("official", boolean));
        Some(CupForm {
            decision_year: decision_year?,
            typology: typology?,
            sector: sector?,
            subsector: subsector?,
            category: category?,
            place_kind: place_kind?,
            planning_tool: planning_tool?,
            coverage: coverage?,
            object: object?,
            source: source?,
            official: official?,
        })
    })
}
