// SPDX-License-Identifier: EUPL-1.2
//! How invoices look in answers. Amounts are decimal strings, as the document writes them.

use std::fmt::Display;

use serde_json::{Value, json};

use crate::documents::SignedInvoices;
use crate::documents::signed::{Signature, Standing};
use crate::domain::decimal::Price;
use crate::domain::found::Found;
use crate::domain::invoice::{Invoice, InvoiceLine, Reference};
use crate::domain::text::Bilingual;
use crate::rules::invoice::facts::SignatureFacts;

use super::instant;

/// What a file of invoices says, with every invoice in it. Signers are named: it is not for logs.
pub fn invoice_file_values(read: &SignedInvoices) -> Value {
    let header = &read.file.header;
    json!({
        "supplier_vat": header.supplier.vat.as_ref().map(ToString::to_string),
        "buyer_tax_code": header.buyer.body_code(),
        "recipient_code": header.recipient_code,
        "version": header.version.as_str(),
        "signature": SignatureFacts::of(&read.signatures).as_str(),
        "signatures": read.signatures.iter().map(signature).collect::<Vec<_>>(),
        "invoices": read.file.invoices.iter().map(invoice_values).collect::<Vec<_>>(),
    })
}

/// A signature. Nobody looked whether its certificate can be trusted.
fn signature(signature: &Signature) -> Value {
    let (standing, why) = match &signature.standing {
        Standing::Intact => ("intact", None),
        Standing::Tampered => ("tampered", None),
        Standing::NotVerifiable(obstacle) => ("not_verified", Some(obstacle.text())),
    };
    json!({
        "signer": signature.signer, "issuer": signature.issuer, "serial": signature.serial,
        "algorithm": signature.algorithm, "standing": standing, "chain": "not_verified",
        "why": why.map(|why| json!({"it": why.it, "en": why.en})),
        "valid_from": signature.valid_from.map(instant), "valid_to": signature.valid_to.map(instant),
        "signed_at": signature.signed_at.map(instant),
    })
}

/// What one invoice says.
pub fn invoice_values(invoice: &Invoice) -> Value {
    json!({
        "number": invoice.number, "date": invoice.date.to_string(), "type": invoice.kind.as_str(),
        "currency": invoice.currency, "net": text(invoice.net()), "vat": text(invoice.vat()),
        "total": text(invoice.stated_total.or_else(|| invoice.gross())), "payable": text(invoice.payable()),
        "split_payment": invoice.is_split_payment(), "cups": distinct(invoice.cups()),
        "cigs": distinct(invoice.cigs()),
        "references": invoice.references.iter().map(reference).collect::<Vec<_>>(),
        "lines": invoice.lines.iter().map(line).collect::<Vec<_>>(),
    })
}

fn text(value: Option<impl Display>) -> Option<String> {
    value.map(|value| value.to_string())
}

fn reference(reference: &Reference) -> Value {
    json!({
        "block": reference.block.as_str(), "id": reference.id, "date": text(reference.date),
        "item": reference.item, "convention": reference.convention,
        "cup": reference.cup.as_ref().map(code), "cig": reference.cig.as_ref().map(code), "lines": reference.lines,
    })
}

fn line(line: &InvoiceLine) -> Value {
    json!({
        "number": line.number, "description": line.description, "quantity": line.quantity.map(String::from).map(decimals),
        "unit": line.unit, "unit_price": price(line.unit_price), "net": price(line.net),
        "vat_rate": decimals(line.vat_rate.to_string()), "exemption": line.exemption,
    })
}

fn price(price: Price) -> String {
    decimals(price.to_string())
}

/// A number with two decimals at least, as invoices write them.
fn decimals(number: String) -> String {
    match number.split_once('.').map_or(0, |(_, decimals)| decimals.len()) {
        0 => format!("{number}.00"),
        1 => format!("{number}0"),
        _ => number,
    }
}

/// A code in its canonical form, or as written when it is malformed.
fn code<T: ToString>(found: &Found<T>) -> String {
    found.ok().map_or_else(|| found.raw.clone(), ToString::to_string)
}

fn distinct<'a, T: ToString + 'a>(codes: impl Iterator<Item = &'a Found<T>>) -> Vec<String> {
    let mut seen = Vec::new();
    for code in codes.map(code) {
        if !seen.contains(&code) {
            seen.push(code);
        }
    }
    seen
}
