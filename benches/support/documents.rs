// SPDX-License-Identifier: EUPL-1.2
//! Orders to measure with: complete, judged good, of a wanted size, in the gateway's JSON and as UBL.

use mepa_gateway::app::App;
use mepa_gateway::documents::{HandOver, Limits, read_order, write_ubl};
use mepa_gateway::domain::money::Money;
use mepa_gateway::programme::Programme;
use mepa_gateway::reference::{Comune, Reference};
use serde_json::{Value, json};

/// Day of every order.
pub(crate) const DAY: &str = "2026-02-16";
/// A number and a CIG of the length that all have, to be overwritten.
pub(crate) const NUMBER: &str = "ODA-000000000";

/// VAT rate of every line, percent.
const VAT: i64 = 22;
/// Unit price of every piece, cents: small, so that many orders fit into the thresholds.
const PRICE: i64 = 1_250;

/// The `n`th CIG of a space of 352 million with right check digits: a letter from A to U and a running number.
pub(crate) fn cig(n: u64) -> String {
    const NUMBERS: u64 = 1 << 24;
    let (place, number) = (n / NUMBERS % 21 + 1, n % NUMBERS);
    let letter = char::from(b'A' + u8::try_from(place - 1).unwrap_or_default());
    format!("{letter}{number:06X}{:03X}", (number + place) * 211 % 4091)
}

/// The CUP of the `n`th Comune.
pub(crate) fn cup(n: usize) -> String {
    format!("J{:02}B26{:05}0006", n % 100, n / 100)
}

/// The data that orders are made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Makings<'a> {
    /// Programme with its catalogue.
    pub(crate) programme: &'a Programme,
    /// Reference tables.
    pub(crate) reference: &'a Reference,
}

impl<'a> Makings<'a> {
    /// Those of a gateway.
    pub(crate) fn of(app: &'a App) -> Self {
        Self { programme: &app.programme, reference: &app.reference }
    }

    /// A complete order of a Comune, of at least so many bytes of JSON.
    pub(crate) fn json(&self, comune: &Comune, cup: &str, bytes: usize) -> Vec<u8> {
        let mut lines = 2;
        loop {
            let text = self.json_of(comune, cup, lines).to_string();
            if text.len() >= bytes {
                return text.into_bytes();
            }
            lines += 1 + (bytes - text.len()) / 400;
        }
    }

    /// The same as UBL in the habits of the MePA download. It carries no declarations, for which UBL has no place.
    ///
    /// # Errors
    /// When the JSON does not read, which would be a fault here.
    pub(crate) fn ubl(&self, comune: &Comune, cup: &str, bytes: usize) -> anyhow::Result<Vec<u8>> {
        let mut lines = 2;
        loop {
            let json = self.json_of(comune, cup, lines).to_string();
            let limits = Limits { json_bytes: usize::MAX, ..Limits::default() };
            let read = read_order(json.as_bytes(), None, &limits)?;
            let with = HandOver { comune, programme: self.programme, reference: self.reference };
            let xml = write_ubl(&read.order, &with);
            if xml.len() >= bytes {
                return Ok(xml);
            }
            lines += 1 + (bytes - xml.len()) / 1_200;
        }
    }

    fn json_of(&self, comune: &Comune, cup: &str, lines: usize) -> Value {
        let pieces = |n: usize| i64::try_from(n % 3 + 1).unwrap_or(1);
        let net: i64 = (0..lines).map(|n| pieces(n) * PRICE).sum();
        let vat = (net * VAT + 50) / 100;
        let euro = |cents: i64| Money::from_cents(cents).to_string();
        let lines: Vec<Value> = (0..lines).map(|n| self.line(n, pieces(n))).collect();
        json!({
            "order_number": NUMBER, "order_date": DAY, "instrument": "ODA", "currency": "EUR",
            "cup": cup, "cig": cig(0), "own_funds": "0.00",
            "buyer": {
                "ipa_code": comune.ipa.to_string(), "tax_code": comune.tax_code.to_string(),
                "office_code": "UFTST1", "name": format!("Comune di {}", comune.name),
            },
            "supplier": { "name": "Forniture di Prova S.r.l.", "vat_number": "IT76543211007" },
            "lines": lines,
            "totals": { "net": euro(net), "vat": euro(vat), "gross": euro(net + vat) },
            "declarations": declarations(),
        })
    }

    fn line(&self, n: usize, pieces: i64) -> Value {
        let code = if n.is_multiple_of(2) { "B01" } else { "B02" };
        let sheet = self.programme.catalogue.sheet(code);
        let name = sheet.map_or("", |sheet| &sheet.name.it);
        let cpv = sheet.and_then(|sheet| sheet.cpv.first()).map(ToString::to_string);
        json!({
            "line_id": (n + 1).to_string(), "item_code": format!("{code}-{n:04}"), "name": name,
            "description": "Modello con braccioli e schienale regolabile, consegna al piano", "cpv": cpv,
            "quantity": pieces.to_string(), "unit": "C62", "unit_price": Money::from_cents(PRICE).to_string(),
            "vat_rate": "22.00", "net_amount": Money::from_cents(pieces * PRICE).to_string(),
        })
    }
}

/// Every declaration that an order of furniture needs.
fn declarations() -> Value {
    let signed = [
        ("principi_pnrr", "legale_rappresentante_fornitore"),
        ("autodichiarazione", "legale_rappresentante_fornitore"),
        ("assenza_conflitto_interesse", "rup"),
        ("assenza_conflitto_interesse", "punto_ordinante"),
        ("assenza_conflitto_interesse", "punto_istruttore"),
        ("assenza_conflitto_interesse", "legale_rappresentante_fornitore"),
        ("dnsh_cam", "legale_rappresentante_fornitore"),
        ("dnsh_cam", "rup"),
    ];
    let document = || json!({ "file_name": "firmato.pdf.p7m", "media_type": "application/pkcs7-mime", "sha256": "5a".repeat(32) });
    let one = |(kind, capacity): (&str, &str)| {
        let mut declaration = json!({
            "kind": kind, "signer_capacity": capacity, "scope": "oda", "signed_on": DAY, "document": document(),
        });
        if kind == "dnsh_cam" {
            declaration["evidence"] = json!([{ "green_rule": "cam_arredi", "document": document() }]);
        }
        declaration
    };
    signed.into_iter().map(one).collect()
}
