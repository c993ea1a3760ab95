// SPDX-License-Identifier: EUPL-1.2
//! What the gateway knows beside the document, gathered before any rule runs.

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::declaration::Declaration;
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;
use crate::domain::participation::Participation;
use crate::domain::text::Text;

/// A fact, or why it could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact<T> {
    /// The fact as it stands.
    Known(T),
    /// Nobody could be asked, or nobody answered.
    Unavailable(Text),
}

/// Another live order of the same Comune in the same programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherOrder {
    /// The gateway's id of it.
    pub id: String,
    /// ODA number as given by the buyer.
    pub number: String,
    /// Its order date.
    pub order_date: NaiveDate,
    /// Its CIG, where it has one.
    pub cig: Option<String>,
    /// Key of the supplier ([`crate::domain::order::Supplier::key`]).
    pub supplier: String,
    /// Net amount per category code of the catalogue, lines outside the catalogue left out.
    pub net_by_category: Vec<(String, Money)>,
    /// Net amount of the whole order.
    pub net: Money,
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
    /// The Comune's other live orders (the order itself, when judged again, is not among them).
    pub other_orders: Fact<Vec<OtherOrder>>,
    /// Declarations given for the Comune or the supplier on earlier occasions, still valid.
    pub declarations_on_file: Vec<Declaration>,
}
