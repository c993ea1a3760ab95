// SPDX-License-Identifier: EUPL-1.2
//! What kind of message a UBL order is. NSO sends revocations, confirmations and replacements as orders too: only a
//! plain purchase may be judged and reserved.

use super::wire::WireOrder;
use crate::domain::order::OrderKind;

/// What an `OrderDocumentReference` says the document does to the order it names (NSO technical rules, 4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// A further order beside the other one.
    Connected,
    /// Confirms a pre-agreed order.
    Accepted,
    /// Revokes the other order.
    Cancelled,
    /// Replaces the other order.
    Revised,
    /// Validates an invoice that came without an order.
    Invoice,
}

/// The relation that the last part of `ID#date#endpoint#relation` names.
pub(super) fn relation(reference: &str) -> Option<Relation> {
    match reference.rsplit_once('#')?.1.trim_ascii() {
        "Connected" => Some(Relation::Connected),
        "Accepted" => Some(Relation::Accepted),
        "Cancelled" => Some(Relation::Cancelled),
        "Revised" => Some(Relation::Revised),
        "Invoice" => Some(Relation::Invoice),
        _ => None,
    }
}

/// True for documents whose one line says nothing (`NA`, quantity 0): no rule on sums applies to them.
pub(super) fn is_without_content(wire: &WireOrder<'_>) -> bool {
    references(wire)
        .any(|reference| matches!(relation(&reference), Some(Relation::Accepted | Relation::Cancelled)))
}

/// The kind of the whole document.
pub(super) fn of(wire: &WireOrder<'_>) -> OrderKind {
    for reference in references(wire) {
        match relation(&reference) {
            Some(Relation::Connected) | None => {}
            Some(Relation::Accepted | Relation::Cancelled | Relation::Revised | Relation::Invoice) => {
                return OrderKind::Other(format!("OrderDocumentReference {reference}"));
            }
        }
    }
    if let Some(code) = wire.order_type_code.map(|code| code.text())
        && !matches!(code.as_ref(), "" | "105" | "220" | "402")
    {
        return OrderKind::Other(format!("OrderTypeCode {code}"));
    }
    // An order to budget (OB) gives maximum quantities, an order of regulation (OR) draws on one.
    match wire.special_terms.map(|terms| terms.text()) {
        Some(terms) if is_budget_terms(&terms) => OrderKind::Other(format!("SpecialTerms {terms}")),
        Some(_) | None => OrderKind::Purchase,
    }
}

fn is_budget_terms(terms: &str) -> bool {
    matches!(terms.split('#').next().map(str::trim_ascii), Some("OB" | "OR"))
}

fn references<'w>(wire: &'w WireOrder<'_>) -> impl Iterator<Item = std::borrow::Cow<'w, str>> {
    wire.order_references.iter().filter_map(|reference| reference.id.as_ref()).map(|id| id.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations_are_the_last_of_four_parts() {
        assert_eq!(relation("110#2018-01-30#aaaaaa#Cancelled"), Some(Relation::Cancelled));
        assert_eq!(relation("RjectedOrderID123"), None);
        assert_eq!(relation("110#2018-01-30#aaaaaa#cancelled"), None);
    }
}
