// SPDX-License-Identifier: EUPL-1.2
//! The request of an instalment, ready to be signed: how much, on what, and what the Comune attests with it.

use crate::programme::TrancheBasis;
use crate::report::Report;

use super::tranches::Claim;
use super::{Papers, matches, statement, tranches};

/// The request of an instalment that may be asked for now.
#[must_use]
pub fn request(papers: &Papers<'_>, claim: &Claim<'_>) -> Report {
    let comune = format!("Comune di {}", papers.comune.name);
    let cup = papers.participation.cup.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut facts = vec![
        ("Soggetto attuatore", format!("{comune}, codice fiscale {}", papers.comune.tax_code)),
        ("CUP", cup),
        ("Misura", format!("{} - {}", papers.programme.name.it, papers.programme.measure)),
        (
            "Si chiede",
            format!(
                "l'erogazione di {} a titolo di {}",
                claim.can_ask.italian(),
                claim.tranche.name.it.to_lowercase()
            ),
        ),
        ("Fonte della regola", claim.tranche.source.clone()),
    ];
    let mut tables = vec![tranches::tranches(papers)];
    if claim.tranche.basis == TrancheBasis::Paid {
        facts.push(("Si attesta", "l'ammontare delle spese risultanti dai pagamenti elencati; che sono stati svolti i controlli di competenza; \
                     che i requisiti del PNRR sono rispettati; che i documenti giustificativi sono conservati e disponibili".into()));
        tables.push(statement::statement(papers));
        tables.push(matches::payments(papers));
    }
    facts.push(("Data", "____________________".into()));
    facts.push(("Firma del legale rappresentante o del dirigente delegato", "____________________".into()));
    let mut warnings = Vec::new();
    if !claim.tranche.official {
        warnings.push(
            "la regola della quota non è tratta da un atto di questo programma: verificarla prima di firmare"
                .into(),
        );
    }
    if papers.participation.synthetic {
        warnings.push("l'importo assegnato viene da un elenco sintetico: non è un dato reale".into());
    }
    Report {
        kind: "request",
        title: format!("Richiesta di {} - {comune}", claim.tranche.name.it.to_lowercase()),
        facts,
        warnings,
        as_of: papers.as_of,
        tables,
    }
}
