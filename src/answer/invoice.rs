// SPDX-License-Identifier: EUPL-1.2
//! How invoices look in answers. Amounts are decimal strings, as the document writes them.

use std::fmt::Display;

use serde::Serialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::documents::SignedInvoices;
use crate::documents::signed::{Signature, Standing};
use crate::domain::decimal::Price;
use crate::domain::found::Found;
use crate::domain::invoice::{Invoice, InvoiceLine, Reference};
use crate::domain::text::Bilingual;
use crate::rules::invoice::facts::SignatureFacts;
use crate::store::invoices::InvoiceRow;

use super::{
    BASE, ComuneRef, FindingView, Lang, MoneyView, comune_ref, findings, instant, json as to_json, order_url,
};

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

#[derive(Debug, Serialize)]
struct InvoiceView<'a> {
    id: &'a str,
    href: String,
    programme: &'a str,
    comune: ComuneRef<'a>,
    number: &'a str,
    date: String,
    #[serde(rename = "type")]
    kind: &'a str,
    class: &'static str,
    supplier_code: &'a str,
    supplier_name: &'a str,
    cup: Option<&'a str>,
    cig: Option<&'a str>,
    net: MoneyView,
    vat: MoneyView,
    gross: MoneyView,
    payable: MoneyView,
    split_payment: bool,
    order: Option<String>,
    corrects: Option<String>,
    sdi_id: Option<String>,
    verdict: &'static str,
    findings: Vec<FindingView<'a>>,
    document_sha256: &'a str,
    position: u32,
    version: i64,
    received_at: String,
    updated_at: String,
}

fn view<'a>(app: &'a App, row: &'a InvoiceRow, lang: Lang) -> InvoiceView<'a> {
    InvoiceView {
        id: &row.id,
        href: invoice_url(app, &row.id),
        programme: &row.programme,
        comune: comune_ref(app, &row.comune),
        number: &row.number,
        date: row.date.to_string(),
        kind: &row.kind,
        class: row.class.as_str(),
        supplier_code: &row.supplier,
        supplier_name: &row.supplier_name,
        cup: row.cup.as_deref(),
        cig: row.cig.as_deref(),
        net: row.net.into(),
        vat: row.vat.into(),
        gross: row.gross.into(),
        payable: row.payable.into(),
        split_payment: row.split_payment,
        order: row.order_id.as_deref().map(|id| order_url(app, id)),
        corrects: row.corrects.as_deref().map(|id| invoice_url(app, id)),
        sdi_id: row.sdi_id.map(|id| id.to_string()),
        verdict: row.verdict.as_str(),
        findings: findings(&row.findings, lang),
        document_sha256: &row.content_sha256,
        position: row.position,
        version: row.version,
        received_at: instant(row.received_at),
        updated_at: instant(row.updated_at),
    }
}

/// An invoice as it stands.
pub fn invoice(app: &App, row: &InvoiceRow, lang: Lang) -> String {
    to_json(&view(app, row, lang))
}

/// The invoices of a file that was taken in.
pub fn invoice_file(app: &App, rows: &[InvoiceRow], lang: Lang) -> String {
    let items: Vec<_> = rows.iter().map(|row| view(app, row, lang)).collect();
    to_json(&json!({ "document_sha256": rows.first().map(|row| &row.content_sha256), "invoices": items }))
}

/// A page of invoices.
pub fn invoice_page(
    app: &App,
    rows: &[InvoiceRow],
    lang: Lang,
    limit: u32,
    next_cursor: Option<String>,
) -> String {
    let items: Vec<_> = rows.iter().map(|row| view(app, row, lang)).collect();
    to_json(&json!({ "items": items, "limit": limit, "next_cursor": next_cursor }))
}

/// Absolute address of an invoice.
pub fn invoice_url(app: &App, id: &str) -> String {
    format!("{}/{id}", invoices_url(app))
}

/// Absolute address of the list of invoices.
pub fn invoices_url(app: &App) -> String {
    format!("{}{BASE}/invoices", app.settings.server.public_url)
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
