// SPDX-License-Identifier: EUPL-1.2
//! `ORD-107`: the supplier's titolare effettivo is known.
//!
//! # What it does
//! Warns while no declaration signed in the capacity of titolare effettivo is on file for the order or its
//! supplier.
//! # Why
//! It is due in direct awards too. It may be acquired late, during execution, so it does not hold the order
//! up; it has to be there when the expense is reported.
//! # Source
//! Circ. RGS 27/2023; FAQ of ANCI Lombardia on direct awards (late acquisition).

use super::{Case, Check, Fault, LegalSource, Outcome, Rule, day, declarations};
use crate::domain::declaration::SignerCapacity;
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-107",
    severity: Severity::Warning,
    source: LegalSource::official("RGS", "circ. 27/2023"),
    in_force_from: day(2023, 9, 15),
    in_force_to: None,
    title: Text::new(
        "Il titolare effettivo del fornitore è acquisito",
        "The supplier's titolare effettivo is on record",
    ),
    why: Text::new(
        "Il dato è dovuto anche negli affidamenti diretti; può arrivare dopo l'ordine, ma prima della rendicontazione.",
        "The datum is due in direct awards too; it may come after the order, but before reporting.",
    ),
    remedy: Text::new(
        "Chiedere al fornitore la dichiarazione del titolare effettivo: serve al più tardi per la rendicontazione.",
        "Ask the supplier for the declaration of the titolare effettivo: needed for reporting at the latest.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let known = declarations::counting(case)
        .any(|declaration| declaration.signer_capacity == SignerCapacity::TitolareEffettivo);
    Outcome::demand(known, || {
        Fault::new(
            Field::Declarations,
            "Non c'è una dichiarazione firmata dal titolare effettivo del fornitore; va acquisita entro la rendicontazione.",
            "There is no declaration signed by the supplier's titolare effettivo; it has to be had by reporting.",
        )
        .with("signer_capacity", SignerCapacity::TitolareEffettivo)
    })
}
