// SPDX-License-Identifier: EUPL-1.2
//! What a rule is given to look at: the order, the facts, the programme, the reference tables; and what many
//! rules ask of them, worked out once.

use chrono::NaiveDate;

use super::Outcome;
use super::facts::Facts;
use crate::domain::found::Found;
use crate::domain::money::Money;
use crate::domain::order::{Line, Order};
use crate::domain::participation::Participation;
use crate::domain::rome::rome_date;
use crate::programme::{Programme, SheetMatch};
use crate::reference::{Comune, Reference};

/// Everything a rule may look at.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// The order as read.
    pub order: &'a Order,
    /// What the gateway knows beside the document.
    pub facts: &'a Facts,
    /// The programme's data.
    pub programme: &'a Programme,
    /// Comuni, CPV, units.
    pub reference: &'a Reference,
    /// The catalogue sheet of every line, in the order of the lines: looked up once, asked for by many rules.
    sheets: Vec<SheetMatch<'a>>,
    /// The day in Rome on which the order was sent, where known.
    pub(super) sent_on: Option<NaiveDate>,
    /// The Comune that the buyer's IPA code names.
    pub(super) by_ipa_code: Option<&'a Comune>,
    /// The Comune that the buyer's tax code names.
    pub(super) by_tax_code: Option<&'a Comune>,
}

impl<'a> Case<'a> {
    /// Puts an order beside what is known.
    pub fn new(
        order: &'a Order,
        facts: &'a Facts,
        programme: &'a Programme,
        reference: &'a Reference,
    ) -> Self {
        let sheet = |line: &Line| {
            let cpv = line.cpv.as_ref().and_then(Found::ok);
            programme.catalogue.sheet_for_line(&line.name, cpv)
        };
        let (ipa_code, tax_code) = (order.buyer.ipa_code.as_ref(), order.buyer.tax_code.as_ref());
        Self {
            order,
            facts,
            programme,
            reference,
            sheets: order.lines.iter().map(sheet).collect(),
            sent_on: order.sent_at.map(rome_date),
            by_ipa_code: ipa_code.and_then(Found::ok).and_then(|code| reference.comuni.by_ipa(code)),
            by_tax_code: tax_code
                .and_then(Found::ok)
                .and_then(|code| reference.comuni.by_tax_code(code.as_str())),
        }
    }

    /// The lines with their position and what the catalogue says about each.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &'a Line, SheetMatch<'a>)> {
        self.order.lines.iter().enumerate().zip(&self.sheets).map(|((n, line), sheet)| (n, line, *sheet))
    }

    /// Net amount per catalogue category; lines on no sheet are left out.
    pub fn net_by_category(&self) -> Vec<(String, Money)> {
        let mut sums: Vec<(String, Money)> = Vec::new();
        for (_, line, sheet) in self.lines() {
            let Some(found) = sheet.sheet() else { continue };
            let net = line.net_amount.unwrap_or_default();
            match sums.iter_mut().find(|(code, _)| *code == found.category.code) {
                // A sum too large for cents cannot be accepted: the totals rule refuses the order.
                Some((_, sum)) => *sum = sum.checked_add(net).unwrap_or(*sum),
                None => sums.push((found.category.code.clone(), net)),
            }
        }
        sums
    }

    /// Judges by the buyer's participation. A Comune that is not in the programme is the business of
    /// `ORD-001` alone.
    pub(super) fn for_comune(&self, check: impl FnOnce(&'a Participation) -> Outcome) -> Outcome {
        self.facts.participation.judged(|found| found.as_ref().map_or(Outcome::NotApplicable, check))
    }
}
