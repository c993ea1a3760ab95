// SPDX-License-Identifier: EUPL-1.2
//! What the rules on declarations share: which rows of the programme's matrix this order has to meet, and
//! which declarations count for it. How much a missing one weighs is said by the matrix.

use chrono::NaiveDate;

use super::{Case, Fault, Outcome};
use crate::domain::declaration::{Declaration, DeclarationKind, DeclarationScope};
use crate::domain::finding::Severity;
use crate::domain::money::Money;
use crate::domain::order::{Field, Line};
use crate::programme::{DeclarationRequirement, Moment, SheetMatch};

/// The rows of one kind that this order does not meet.
pub(super) fn missing(case: &Case<'_>, kind: DeclarationKind) -> Outcome {
    let green = case.lines().any(|(_, _, sheet)| is_green(sheet));
    let net = case.order.totals.net.unwrap_or(Money::ZERO);
    let matrix = case.programme.declarations.iter();
    let mut rows = matrix.filter(|row| row.kind == kind && row.applies_to(green, net)).peekable();
    if rows.peek().is_none() {
        return Outcome::NotApplicable;
    }
    Outcome::of(rows.filter(|row| !is_met(row, case)).map(unmet))
}

/// A row of the matrix that an order has to meet, and whether it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement<'a> {
    /// The row.
    pub row: &'a DeclarationRequirement,
    /// Whether it is met.
    pub is_met: bool,
    /// A declaration that meets it, or a part of it.
    pub by: Option<&'a Declaration>,
}

/// Every row of the matrix that this order has to meet.
#[must_use]
pub fn requirements<'a>(case: &Case<'a>) -> Vec<Requirement<'a>> {
    let green = case.lines().any(|(_, _, sheet)| is_green(sheet));
    let net = case.order.totals.net.unwrap_or(Money::ZERO);
    let due = case.programme.declarations.iter().filter(|row| row.applies_to(green, net));
    due.map(|row| {
        let by = counting(case).find(|declaration| row.is_met_by(declaration));
        Requirement { row, is_met: is_met(row, case), by }
    })
    .collect()
}

/// The declarations that count for this order: its own, and those given earlier for the Comune or the
/// supplier that were good on the day of the order.
pub(super) fn counting<'a>(case: &Case<'a>) -> impl Iterator<Item = &'a Declaration> {
    let due = due_date(case);
    let on_file = case.facts.declarations_on_file.iter().filter(move |declaration| {
        let wide = match declaration.scope {
            DeclarationScope::Comune | DeclarationScope::Fornitore => true,
            DeclarationScope::Oda | DeclarationScope::Riga => false,
        };
        wide && declaration.signed_on <= due && declaration.valid_until.is_none_or(|last| due <= last)
    });
    case.order.declarations.iter().chain(on_file)
}

/// Whether a faulty declaration was made good by another one: of the same kind, signed in the same capacity, about the
/// same or more. What was handed in stays on record, but nobody has to take it back.
pub(super) fn is_made_good(
    case: &Case<'_>,
    faulty: &Declaration,
    is_good: impl Fn(&Declaration) -> bool,
) -> bool {
    counting(case).any(|other| {
        let same = other.kind == faulty.kind && other.signer_capacity == faulty.signer_capacity;
        let covers = other.scope != DeclarationScope::Riga || other.line_id == faulty.line_id;
        same && covers && is_good(other)
    })
}

/// The day by which the order's declarations have to be signed: that of sending, else that of the order.
pub(super) fn due_date(case: &Case<'_>) -> NaiveDate {
    case.sent_on.unwrap_or(case.order.order_date)
}

fn is_green(sheet: SheetMatch<'_>) -> bool {
    sheet.sheet().is_some_and(|found| found.sheet.green.asks_evidence())
}

fn is_met(row: &DeclarationRequirement, case: &Case<'_>) -> bool {
    let whole = |declaration: &Declaration| declaration.scope != DeclarationScope::Riga;
    if counting(case).any(|declaration| row.is_met_by(declaration) && whole(declaration)) {
        return true;
    }
    let only_green = row.required_when.green == Some(true);
    let mut concerned = case.lines().filter(|(_, _, sheet)| !only_green || is_green(*sheet));
    row.scopes.contains(&DeclarationScope::Riga) && concerned.all(|(_, line, _)| covers_line(row, case, line))
}

fn covers_line(row: &DeclarationRequirement, case: &Case<'_>, line: &Line) -> bool {
    let of_line = |declaration: &Declaration| declaration.line_id.as_ref() == Some(&line.id);
    case.order.declarations.iter().any(|declaration| row.is_met_by(declaration) && of_line(declaration))
}

fn unmet(row: &DeclarationRequirement) -> Fault {
    let (by_it, by_en) = by_when(row.moment);
    let signers_it = join(row.signers.iter().map(|signer| signer.label_it()), " o ");
    let signers = join(row.signers.iter().map(|signer| signer.as_str()), " or ");
    let scopes = join(row.scopes.iter().map(|scope| scope.as_str()), ", ");
    let it = format!("Manca la «{}» firmata da {signers_it}; serve {by_it}.", row.kind.label_it());
    let en = format!("The declaration {} signed by {signers} is missing; it is due {by_en}.", row.kind);
    Fault::new(Field::Declarations, it, en)
        .with("kind", row.kind)
        .with("signer_capacity", signers)
        .with("scope", scopes)
        .with("requirement", &row.id)
        .with("basis", &row.source)
        .weighing(weight(row))
}

/// What falls due after the order cannot hold the order up.
fn weight(row: &DeclarationRequirement) -> Severity {
    match row.moment {
        Moment::BeforeOrder => row.severity,
        Moment::BeforePayment | Moment::BeforeReporting => row.severity.max(Severity::Warning),
    }
}

fn by_when(moment: Moment) -> (&'static str, &'static str) {
    match moment {
        Moment::BeforeOrder => ("prima dell'invio dell'ordine", "before the order is sent"),
        Moment::BeforePayment => ("prima del pagamento", "before payment"),
        Moment::BeforeReporting => ("prima della rendicontazione", "before reporting"),
    }
}

fn join(words: impl Iterator<Item = &'static str>, with: &str) -> String {
    words.collect::<Vec<_>>().join(with)
}
