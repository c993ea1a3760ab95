// SPDX-License-Identifier: EUPL-1.2
//! Which instalments may be asked for now, how much of each, and what is missing for it. The rules of instalments are data of the
//! programme; what was asked for and received is what the Comune recorded.

use crate::domain::grant_act::{GrantActKind, sum};
use crate::domain::money::Money;
use crate::domain::participation::ParticipationState;
use crate::domain::rome::rome_date;
use crate::domain::spending::SpendingStage;
use crate::programme::{Tranche, TrancheBasis};
use crate::report::table::{Cell, Column, Shape, Table, text};

use super::findings::Weight;
use super::{Papers, completeness};

/// Instalments.
pub static TRANCHES: Shape = Shape {
    name: "quote",
    title: "Quote di finanziamento",
    about: "Le quote in cui il contributo si può chiedere: quanto è maturato, quanto è già stato chiesto e incassato, quanto si può chiedere oggi e che cosa manca.",
    columns: &[
        Column::text("name", "Quota", "Nome della quota.").wide(22),
        Column::decimal(
            "up_to",
            "Fino al %",
            "Parte del contributo che si può aver chiesto con questa quota, comprese le precedenti.",
        ),
        Column::money("ceiling", "Tetto", "La stessa parte in euro.").not_summed(),
        Column::text("basis", "Su che cosa", "Su che cosa si può chiedere.").wide(26),
        Column::money("matured", "Maturato", "Quanto del tetto è maturato, comprese le quote precedenti.")
            .not_summed(),
        Column::money("asked", "Richiesto", "Richieste registrate di questa quota."),
        Column::money("received", "Incassato", "Incassi registrati di questa quota."),
        Column::money("can_ask", "Richiedibile oggi", "Quanto si può chiedere oggi; zero se manca qualcosa."),
        Column::text("missing", "Che cosa manca", "Che cosa impedisce la richiesta.").wide(60),
        Column::text("source", "Fonte", "Da dove viene la regola.").wide(50),
        Column::text("official", "Ufficiale", "Se la regola è tratta da un atto di questo programma.")
            .wide(9)
            .not_printed(),
    ],
};

/// An instalment as it stands for a Comune.
pub struct Claim<'p> {
    /// The rule.
    pub tranche: &'p Tranche,
    /// The most that may have been asked for by its end, those before included.
    pub ceiling: Money,
    /// How much of that has matured.
    pub matured: Money,
    /// Requests of it that were recorded.
    pub asked: Money,
    /// Receipts of it that were recorded.
    pub received: Money,
    /// What may be asked for now.
    pub can_ask: Money,
    /// What stands in the way.
    pub missing: Vec<String>,
}

/// A hundred percent, as percentages are scaled.
const WHOLE: i128 = 100 * 100_000_000;

/// A share of an amount, rounded down to the cent.
fn part(amount: Money, tranche: &Tranche) -> Money {
    let cents = i128::from(amount.cents()) * tranche.up_to.scaled() / WHOLE;
    Money::from_cents(i64::try_from(cents).unwrap_or(amount.cents()))
}

/// Every instalment of the programme, the first one first.
#[must_use]
pub fn claims<'p>(papers: &'p Papers<'_>) -> Vec<Claim<'p>> {
    let tranches = &papers.programme.funding.tranches;
    // What was asked for, and what an instalment before offers already, is not offered again.
    let mut taken = sum(&papers.acts, GrantActKind::Richiesta, None);
    let claim = |(place, tranche): (usize, &'p Tranche)| {
        let held = &papers.participation.balances;
        let ceiling = part(held.assigned, tranche);
        let matured = match tranche.basis {
            TrancheBasis::Assigned => ceiling,
            TrancheBasis::Paid => ceiling.min(held.paid),
        };
        let missing = missing(papers, tranche, place + 1 == tranches.len());
        let open = matured.checked_sub(taken).unwrap_or_default().max(Money::ZERO);
        let can_ask = if missing.is_empty() { open } else { Money::ZERO };
        taken = taken.checked_add(can_ask).unwrap_or(taken);
        Claim {
            tranche,
            ceiling,
            matured,
            asked: sum(&papers.acts, GrantActKind::Richiesta, Some(&tranche.code)),
            received: sum(&papers.acts, GrantActKind::Incasso, Some(&tranche.code)),
            can_ask,
            missing,
        }
    };
    tranches.iter().enumerate().map(claim).collect()
}

/// What stands in the way of an instalment. The last one closes the project: everything has to be paid and in order.
fn missing(papers: &Papers<'_>, tranche: &Tranche, is_last: bool) -> Vec<String> {
    let mut missing = Vec::new();
    let mut need = |holds: bool, what: &str| {
        if !holds {
            missing.push(what.to_owned());
        }
    };
    need(
        papers.participation.state == ParticipationState::Confirmed,
        "il Comune non è confermato nel programma",
    );
    need(papers.participation.cup.is_some(), "manca il CUP");
    let holds = tranche.valid_from.is_none_or(|from| from <= rome_date(papers.as_of));
    need(holds, "la regola della quota non è ancora in vigore");
    let is_closed = papers.programme.windows.current().last < rome_date(papers.as_of);
    need(!is_closed || papers.live().next().is_some(), "gli acquisti sono chiusi e non c'è alcun ordine");
    if tranche.basis == TrancheBasis::Paid {
        let (payment, reporting) = (papers.count(Weight::Payment), papers.count(Weight::Reporting));
        need(payment == 0, &format!("rilievi che bloccano il pagamento: {payment}"));
        need(reporting == 0, &format!("rilievi che bloccano la rendicontazione: {reporting}"));
        need(completeness::is_whole(papers), "dichiarazioni mancanti: si veda «completezza»");
    }
    if is_last {
        let tolerance = papers.programme.tolerance.value;
        let is_paid = |row: &crate::store::orders::OrderRow| {
            row.spending.stage(row.reserved, tolerance) == SpendingStage::Paid
        };
        let unpaid = papers.live().filter(|(_, row, _)| !is_paid(row)).count();
        need(unpaid == 0, &format!("ordini non interamente pagati: {unpaid}"));
        need(is_closed, "la finestra degli acquisti è ancora aperta");
    }
    missing
}

/// Why nothing may be asked for, in words.
fn why_not(claim: &Claim<'_>) -> String {
    let is_spent = claim.tranche.basis == TrancheBasis::Paid;
    match claim.missing.is_empty() && claim.can_ask.is_zero() && claim.matured < claim.ceiling && is_spent {
        true => "nessuna spesa pagata oltre a quella già coperta da richieste".to_owned(),
        false => claim.missing.join("; "),
    }
}

/// Instalments as a table.
pub fn tranches(papers: &Papers<'_>) -> Table {
    let row = |claim: Claim<'_>| {
        let basis = match claim.tranche.basis {
            TrancheBasis::Assigned => "contributo assegnato",
            TrancheBasis::Paid => "spesa del contributo pagata",
        };
        vec![
            text(claim.tranche.name.it.to_string()),
            Cell::Decimal(claim.tranche.up_to.scaled()),
            claim.ceiling.into(),
            text(basis),
            claim.matured.into(),
            claim.asked.into(),
            claim.received.into(),
            claim.can_ask.into(),
            text(why_not(&claim)),
            text(&claim.tranche.source),
            text(if claim.tranche.official { "sì" } else { "no" }),
        ]
    };
    Table::new(&TRANCHES, claims(papers).into_iter().map(row).collect())
}
