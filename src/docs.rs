// SPDX-License-Identifier: EUPL-1.2
//! Documents written from the code, so that they cannot disagree with it.

use crate::rules::{RULES, Rule};

const RULES_HEAD: &str = "\
# Catalogo delle regole / Catalogue of rules

Questo file è scritto dal programma con `mepa-gateway rules --format markdown > docs/RULES.md`: non si modifica a mano.
Una regola vale se è in vigore alla data del documento: `ORD` giudicano gli ordini, `INV` le fatture.

This file is written by the program with `mepa-gateway rules --format markdown > docs/RULES.md`: not to be edited by hand.
A rule applies if it is in force on the date of the document: `ORD` judge orders, `INV` invoices.

- `blocks`: l'ordine è rifiutato, la fattura non si paga / the order is refused, the invoice is not paid
- `curable`: il documento è incompleto finché non si rimedia / the document is incomplete until it is mended
- `warning`: da guardare / to be looked at
- `info`: consiglio / advice
- (non ufficiale): lettura nostra, non testo di un atto / our reading, not the text of an act

| id | severity | titolo / title | fonte / source | dal / since | che fare / what to do |
| --- | --- | --- | --- | --- | --- |
";

/// The catalogue of rules as a Markdown page: what `docs/RULES.md` has to hold.
pub fn rules_markdown() -> String {
    RULES_HEAD.to_owned() + &RULES.iter().map(row).collect::<String>()
}

fn row(rule: &Rule) -> String {
    let since = rule.since().map_or_else(|| "sempre / always".to_owned(), |date| date.to_string());
    let cells = [
        rule.id,
        rule.severity.as_str(),
        &format!("{} / {}", rule.title.it, rule.title.en),
        &rule.source_line(),
        &since,
        &format!("{} / {}", rule.remedy.it, rule.remedy.en),
    ];
    let cells = cells.map(|cell| cell.replace('|', "\\|"));
    format!("| {} |\n", cells.join(" | "))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_page_in_docs_is_the_one_of_the_code() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/RULES.md");
        let written = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            written == rules_markdown(),
            "docs/RULES.md is out of date; run: mepa-gateway rules --format markdown > docs/RULES.md"
        );
    }
}
