// SPDX-License-Identifier: EUPL-1.2
//! The fixtures add up: payees to the order, debts to the classification, withholdings to the orders of collection.

use std::collections::BTreeMap;
use std::path::Path;

use crate::xml::{Element, read};

fn cents(element: &Element, path: &[&str]) -> i64 {
    let text = element.text_at(path).unwrap_or_else(|| panic!("{path:?} is missing in {}", element.name));
    let (whole, decimals) = text.split_once('.').unwrap();
    assert_eq!(decimals.len(), 2, "{text}");
    format!("{whole}{decimals}").parse().unwrap()
}

fn sum<'e>(elements: impl Iterator<Item = &'e Element>, path: &[&str]) -> i64 {
    elements.map(|element| cents(element, path)).sum()
}

fn fixtures(start: &str) -> Vec<(String, Element)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/siope");
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .filter(|(name, _)| name.starts_with(start))
        .map(|(name, path)| (name, read(&std::fs::read_to_string(path).unwrap()).unwrap()))
        .collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

/// The parts add up to the order; gives its amount.
fn adds_up(order: &Element, total: &str, part: &str, share: &str) -> i64 {
    let amount = cents(order, &[total]);
    assert_eq!(sum(order.all(part), &[share]), amount, "{part}");
    assert_eq!(sum(order.all("bilancio"), &["importo_bilancio"]), amount, "bilancio");
    for part in order.all(part) {
        assert_eq!(sum(part.all("classificazione"), &["importo"]), cents(part, &[share]), "classificazione");
    }
    amount
}

#[test]
fn orders_and_their_parts_add_up() {
    let flows = fixtures("flusso-");
    assert_eq!(flows.len(), 8);
    let mut invoices = BTreeMap::<(String, String), i64>::new();
    for (name, flow) in &flows {
        let mut kept = BTreeMap::<String, i64>::new();
        for order in flow.all("mandato") {
            adds_up(order, "importo_mandato", "informazioni_beneficiario", "importo_beneficiario");
            for payee in order.all("informazioni_beneficiario") {
                for ritenute in payee.all("ritenute") {
                    *kept.entry(ritenute.text_at(&["numero_reversale"]).unwrap().to_owned()).or_default() +=
                        cents(ritenute, &["importo_ritenute"]);
                }
                for part in payee.all("classificazione") {
                    let debts = part.get("classificazione_dati_siope_uscite").unwrap();
                    let paid = ["dati_fattura_siope", "importo_siope"];
                    let named = debts.get("fattura_siope").is_some();
                    assert!(
                        !named || sum(debts.all("fattura_siope"), &paid) == cents(part, &["importo"]),
                        "{name}"
                    );
                    let lot = ["identificativo_lotto_sdi_siope"];
                    for invoice in debts.all("fattura_siope").filter(|f| f.at(&lot).is_some()) {
                        let number = ["dati_fattura_siope", "numero_fattura_siope"];
                        let key = [&lot[..], &number[..]].map(|p| invoice.text_at(p).unwrap().to_owned());
                        if order.text_at(&["tipo_operazione"]) == Some("INSERIMENTO") {
                            let [lot, number] = key;
                            *invoices.entry((lot, number)).or_default() += cents(invoice, &paid);
                        }
                    }
                }
            }
        }
        let collected = flow.all("reversale").map(|order| {
            let amount = adds_up(order, "importo_reversale", "informazioni_versante", "importo_versante");
            (order.text_at(&["numero_reversale"]).unwrap().to_owned(), amount)
        });
        let inserted = flow.all("mandato").all(|m| m.text_at(&["tipo_operazione"]) == Some("INSERIMENTO"));
        let collected: BTreeMap<_, _> = collected.collect();
        assert!(!inserted || collected == kept, "{name}: {collected:?} {kept:?}");
    }
    let of = |lot: &str, number: &str| invoices[&(lot.to_owned(), number.to_owned())];
    assert_eq!(of("7000000012", "FPA 12/26"), 1_216_974, "net and VAT in one order");
    assert_eq!(of("7000000015", "FPA 15/26"), 122_000, "net and VAT in two orders");
    assert_eq!(of("7000000018", "FPA 18/26") + of("7000000021", "NC 2/26"), 152_500, "less the credit note");
}

#[test]
fn the_pages_of_the_journal_add_up() {
    let pages = fixtures("giornale-");
    assert_eq!(pages.len(), 2);
    let moved = |kind: &'static str| -> i64 {
        let all = pages.iter().flat_map(|(_, page)| page.all("informazioni_conto_evidenza"));
        let all = all.flat_map(|account| account.all("movimento_conto_evidenza"));
        sum(all.filter(|m| m.text_at(&["tipo_movimento"]) == Some(kind)), &["importo"])
    };
    let last = &pages[1].1;
    let total = |name: &str| cents(last, &[name]);
    assert_eq!(moved("ENTRATA"), total("totale_complessivo_entrate"));
    assert_eq!(moved("USCITA"), total("totale_complessivo_uscite"));
    let after = total("saldo_complessivo_precedente") + moved("ENTRATA") - moved("USCITA");
    assert_eq!(after, total("saldo_complessivo_finale"));
    let year = |name: &str| cents(last, &["totali_esercizio", name]);
    assert_eq!(year("fondo_di_cassa") + year("totale_reversali_riscosse"), year("totale_entrate"));
    assert_eq!(year("totale_entrate") - year("totale_uscite"), year("saldo_esercizio"));
    assert_eq!(year("saldo_esercizio"), after);
}
