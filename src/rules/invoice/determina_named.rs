// SPDX-License-Identifier: EUPL-1.2
//! `INV-035`: the invoice names the determina that commits the money.
//!
//! # What it does
//! Looks for the word and a number in contracts, causes, line descriptions and management data: there is no element for it.
//! # Why
//! Local bodies may refuse an invoice without number and date of the determina; the accounting office needs it to pay.
//! # Source
//! D.M. MEF 132/2020, art. 2 c. 1 letter e; D.lgs. 267/2000, art. 191.

use crate::domain::finding::Severity;
use crate::domain::invoice::{Invoice, InvoiceField, InvoiceLine, ReferenceBlock};
use crate::domain::remedy::Remedy;
use crate::domain::sdi::RefusalCause;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::{InvoiceCase, refuse_or};

pub(crate) const RULE: Rule = Rule {
    id: "INV-035",
    severity: Severity::Curable,
    source: LegalSource::official("D.M. MEF 132/2020; D.lgs. 267/2000", "art. 2 c. 1 lett. e; art. 191"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("La determina di impegno è indicata", "The determina is named"),
    why: Text::new(
        "Un ente locale può rifiutare la fattura senza numero e data della determina.",
        "A local body may refuse an invoice without number and date of the determina.",
    ),
    remedy: Text::new(
        "Nel termine SdI si può rifiutare con causa e; altrimenti annotare la determina alla registrazione.",
        "Within the SdI term it may be refused with cause e; otherwise note the determina when registering.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    if case.is_credit_note() {
        return Outcome::NotApplicable;
    }
    Outcome::demand(is_named(case.invoice), || {
        Fault::new(
            InvoiceField::References,
            "Non sono indicati numero e data della determina di impegno.",
            "Number and date of the determina are not given.",
        )
        .cured_by(refuse_or(case, RefusalCause::Determina, Remedy::Correct))
    })
}

fn is_named(invoice: &Invoice) -> bool {
    let contracts = invoice.references.iter().filter(|reference| reference.block == ReferenceBlock::Contract);
    let in_contracts =
        contracts.flat_map(|contract| [Some(contract.id.as_str()), contract.convention.as_deref()]);
    let extra = |line: &'_ InvoiceLine| {
        line.extra.iter().any(|(kind, text)| names_it(kind) || text.as_deref().is_some_and(names_it))
    };
    in_contracts.flatten().any(names_it)
        || invoice.causes.iter().any(|cause| names_it(cause))
        || invoice.lines.iter().any(|line| names_it(&line.description) || extra(line))
}

/// A word that begins with `determin`, or the abbreviations in use.
fn names_it(text: &str) -> bool {
    let text = text.to_lowercase();
    let is_word = |word: &str| {
        word.starts_with("determin")
            || matches!(word, "det" | "dd" | "d.d" | "d.d." | "det." | "dt" | "impegno")
    };
    text.split([' ', '/', ':', ',', '-', '(', '_', ';']).any(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_determina_is_known_by_its_names() {
        for text in [
            "Determina n. 112 del 10/03/2026",
            "DET. 45/2026",
            "rif. determinazione 7",
            "D.D. 15",
            "Impegno 33/2026",
        ] {
            assert!(names_it(text), "{text}");
        }
        for text in ["Fattura di vendita", "dettaglio", "DDT 15", "indeterminato"] {
            assert!(!names_it(text), "{text}");
        }
    }
}
