// SPDX-License-Identifier: EUPL-1.2
//! Order documents for the demo: lines from the programme's own catalogue, sums worked out exactly.

use serde_json::{Value, json};

use crate::app::App;
use crate::domain::declaration::{DeclarationKind, DeclarationScope, GreenRule, SignerCapacity};
use crate::domain::money::Money;
use crate::domain::sha256::sha256;
use crate::reference::comuni::Comune;

/// VAT rate of every demo line.
const VAT_PERCENT: i64 = 22;

/// An order to be written down.
#[derive(Debug, Clone)]
pub(super) struct Draft<'a> {
    pub(super) number: &'a str,
    pub(super) date: &'a str,
    pub(super) sent_at: Option<&'a str>,
    pub(super) buyer: &'a Comune,
    pub(super) cup: String,
    pub(super) cig: String,
    pub(super) supplier: Supplier,
    /// (sheet code, pieces, unit price in cents).
    pub(super) lines: Vec<(&'static str, i64, i64)>,
    pub(super) own_funds: Money,
    pub(super) declarations: Vec<Declared>,
}

/// A supplier of the demo; the codes are well formed and belong to nobody real.
#[derive(Debug, Clone, Copy)]
pub(super) struct Supplier {
    pub(super) name: &'static str,
    pub(super) vat_number: &'static str,
}

/// A declaration of the demo.
pub(super) type Declared = (DeclarationKind, SignerCapacity, DeclarationScope);

/// Every declaration that an order with goods under a green rule needs.
pub(super) fn complete() -> Vec<Declared> {
    use DeclarationKind::{AssenzaConflittoInteresse, Autodichiarazione, DnshCam, PrincipiPnrr};
    use SignerCapacity::{
        LegaleRappresentanteFornitore, PuntoIstruttore, PuntoOrdinante, Rup, TitolareEffettivo,
    };
    let oda = DeclarationScope::Oda;
    vec![
        (PrincipiPnrr, LegaleRappresentanteFornitore, oda),
        (Autodichiarazione, LegaleRappresentanteFornitore, oda),
        (AssenzaConflittoInteresse, Rup, oda),
        (AssenzaConflittoInteresse, PuntoOrdinante, oda),
        (AssenzaConflittoInteresse, PuntoIstruttore, oda),
        (AssenzaConflittoInteresse, LegaleRappresentanteFornitore, oda),
        (AssenzaConflittoInteresse, TitolareEffettivo, oda),
        (DnshCam, LegaleRappresentanteFornitore, oda),
        (DnshCam, Rup, oda),
    ]
}

impl Draft<'_> {
    /// The order in the gateway's JSON.
    pub(super) fn json(&self, app: &App) -> Value {
        let net: i64 = self.lines.iter().map(|(_, pieces, price)| pieces * price).sum();
        let vat = (net * VAT_PERCENT + 50) / 100;
        let cents = |cents: i64| Money::from_cents(cents).to_string();
        json!({
            "order_number": self.number, "order_date": self.date, "instrument": "ODA", "currency": "EUR",
            "sent_at": self.sent_at, "cup": self.cup, "cig": self.cig, "own_funds": self.own_funds.to_string(),
            "buyer": {
                "ipa_code": self.buyer.ipa.to_string(), "tax_code": self.buyer.tax_code.to_string(),
                "office_code": "UFDEMO", "name": format!("Comune di {}", self.buyer.name),
            },
            "supplier": { "name": self.supplier.name, "vat_number": self.supplier.vat_number },
            "lines": self.lines.iter().enumerate().map(|(n, line)| self.line(app, n, line)).collect::<Vec<_>>(),
            "totals": { "net": cents(net), "vat": cents(vat), "gross": cents(net + vat) },
            "declarations": declarations_json(&self.declarations, &self.green_rules(app), self.date),
        })
    }

    /// The green rules that the lines fall under.
    pub(super) fn green_rules(&self, app: &App) -> Vec<GreenRule> {
        let sheets = self.lines.iter().filter_map(|(sheet, ..)| app.programme.catalogue.sheet(sheet));
        let mut rules: Vec<_> = sheets.map(|sheet| sheet.green).filter(|rule| rule.asks_evidence()).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }

    fn line(&self, app: &App, n: usize, &(sheet, pieces, price): &(&str, i64, i64)) -> Value {
        let found = app.programme.catalogue.sheet(sheet);
        let name = found.map_or_else(|| sheet.to_owned(), |sheet| sheet.name.it.to_string());
        let root = found.and_then(|sheet| sheet.cpv.first());
        let cpv = root.map_or_else(|| "39112000-0".to_owned(), ToString::to_string);
        json!({
            "line_id": (n + 1).to_string(), "item_code": format!("{sheet}-{:03}", n + 1), "name": name, "cpv": cpv,
            "quantity": pieces.to_string(), "unit": "C62", "unit_price": Money::from_cents(price).to_string(),
            "vat_rate": "22.00", "net_amount": Money::from_cents(pieces * price).to_string(),
        })
    }
}

/// Declarations as the order JSON and `POST /orders/{id}/declarations` take them.
pub(super) fn declarations_json(declared: &[Declared], green: &[GreenRule], signed_on: &str) -> Vec<Value> {
    let one = |(kind, capacity, scope): &Declared| {
        let mut declaration = json!({
            "kind": kind, "signer_capacity": capacity, "scope": scope, "signed_on": signed_on,
            "document": document_json(&format!("{kind}-{capacity}.pdf.p7m")),
        });
        if *kind == DeclarationKind::DnshCam {
            let evidence = green.iter().map(|rule| {
                json!({ "green_rule": rule, "document": document_json(&format!("scheda-tecnica-{rule}.pdf.p7m")) })
            });
            declaration["evidence"] = evidence.collect();
        }
        declaration
    };
    declared.iter().map(one).collect()
}

fn document_json(file_name: &str) -> Value {
    json!({
        "file_name": file_name, "media_type": "application/pkcs7-mime", "sha256": sha256(file_name.as_bytes()),
    })
}
