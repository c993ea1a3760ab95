// SPDX-License-Identifier: EUPL-1.2
//! The codes that every CUP made on one template shares: what is bought, for what, with whose money. They are Sistema CUP's
//! own words and codes; which of them a template wants is said by the programme's data.

use std::str::FromStr;

/// What the project buys, on the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purchase {
    /// Goods: nature `01`.
    Goods,
    /// Services other than training and research: nature `02`.
    Services,
}

impl FromStr for Purchase {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "goods" => Ok(Self::Goods),
            "services" => Ok(Self::Services),
            _ => Err(format!("only goods, services expected, {word:?} found")),
        }
    }
}

/// The codes of a template. Whether they have the form that Sistema CUP takes is checked when a request is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CupCodes {
    /// Goods or services.
    pub purchase: Purchase,
    /// What is bought, in words: 5 to 100 characters for goods, to 256 for services.
    pub object: String,
    /// `tipologia`.
    pub typology: String,
    /// `settore`.
    pub sector: String,
    /// `sottosettore`.
    pub subsector: String,
    /// `categoria`.
    pub category: String,
    /// `tipo_ind_area_rifer`, `01` to `05`: what kind of place the project is at.
    pub place_kind: String,
    /// `strum_progr`: kind of the planning document the project belongs to.
    pub planning_tool: String,
    /// Where the money comes from, one to eight codes of `001` to `008` (`001` State, `006` European Union).
    pub coverage: Vec<String>,
}
