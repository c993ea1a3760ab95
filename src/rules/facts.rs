// SPDX-License-Identifier: EUPL-1.2
//! What the gateway knows beside the document, gathered before any rule runs.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::declaration::Declaration;
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;
use crate::domain::participation::Participation;
use crate::domain::text::Text;

use super::Outcome;

/// A fact, or why it could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact<T> {
    /// The fact as it stands.
    Known(T),
    /// Nobody could be asked, or nobody answered.
    Unavailable(Text),
}

impl<T> Fact<T> {
    /// Judges by the fact; one that could not be had is neither pass nor fail.
    pub(super) fn judged<'a>(&'a self, check: impl FnOnce(&'a T) -> Outcome) -> Outcome {
        match self {
            Self::Known(fact) => check(fact),
            Self::Unavailable(why) => Outcome::NotVerifiable(why.clone()),
        }
    }
}

/// What a Comune has already bought from one supplier in one category, over its live orders of the programme.
/// Sums, not lists: a Comune with thousands of orders must not make the next judgement slower.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurchaseTotal {
    /// Key of the supplier ([`crate::domain::order::Supplier::key`]).
    pub supplier: String,
    /// Category code of the catalogue.
    pub category: String,
    /// How many live orders have lines of that category.
    pub orders: u32,
    /// Net sum of those lines.
    pub net: Money,
    /// Date of the latest of those orders.
    pub last_order: NaiveDate,
}

/// An order, of whatever Comune, that already carries the CIG in question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CigUse {
    /// The gateway's id of the order.
    pub order: String,
    /// The Comune of that order.
    pub comune: IstatCode,
}

/// All facts of one judgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The instant of the judgement.
    pub now: DateTime<Utc>,
    /// The Comune of the caller's token; `None` when nobody is logged in (a check of a file).
    pub tenant: Option<IstatCode>,
    /// The buyer's participation in the programme; `Known(None)` when the Comune is not in the list.
    pub participation: Fact<Option<Participation>>,
    /// Live orders of other numbers, here or elsewhere, with the order's CIG.
    pub cig_uses: Fact<Vec<CigUse>>,
    /// What the Comune bought with its other live orders (the order itself, when judged again, is left out),
    /// all suppliers.
    pub purchases: Fact<Vec<PurchaseTotal>>,
    /// Ids of the Comune's other live orders that carry the order's number.
    pub same_number: Fact<Vec<String>>,
    /// Declarations given for the Comune or the supplier on earlier occasions, still valid.
    pub declarations_on_file: Vec<Declaration>,
}
