// SPDX-License-Identifier: EUPL-1.2
//! The order document itself: its members, in the order in which the contract lists them.

use std::collections::HashSet;

use serde_json::value::RawValue;

use super::members::{Members, Path, Reader};
use super::{declarations, values};
use crate::domain::cig::CigOrExclusion;
use crate::domain::codice_fiscale::CodiceFiscale;
use crate::domain::codice_ipa::CodiceIpa;
use crate::domain::codice_ufficio::CodiceUfficio;
use crate::domain::cpv::Cpv;
use crate::domain::cup::Cup;
use crate::domain::decimal::Quantity;
use crate::domain::money::Money;
use crate::domain::order::{Buyer, Dialect, Instrument, Line, Order, OrderKind, Supplier, Totals};
use crate::domain::partita_iva::PartitaIva;
use crate::domain::text::Text;

const NUMBER_LONGEST: usize = 60;
const NAME_LONGEST: usize = 500;
const TEXT_LONGEST: usize = 4000;
const UNIT_LONGEST: usize = 8;

const MEMBERS: [&str; 14] = [
    "order_number",
    "order_date",
    "sent_at",
    "instrument",
    "currency",
    "cup",
    "cig",
    "note",
    "own_funds",
    "buyer",
    "supplier",
    "lines",
    "totals",
    "declarations",
];

pub(super) fn read(reader: &mut Reader<'_>) -> Option<Order> {
    let root = Path::root();
    let mut members = reader.document(&MEMBERS)?;
    let number = text(reader, &mut members, &root, "order_number", NUMBER_LONGEST);
    let order_date =
        reader.required(&mut members, "order_date").and_then(|raw| reader.date(raw, &root.key("order_date")));
    let sent_at = members.take("sent_at").and_then(|raw| reader.instant(raw, &root.key("sent_at")));
    let instrument = text(reader, &mut members, &root, "instrument", NAME_LONGEST).map(instrument);
    let currency = reader
        .required(&mut members, "currency")
        .and_then(|raw| currency(reader, raw, &root.key("currency")));
    let cup = reader
        .required(&mut members, "cup")
        .and_then(|raw| reader.code(raw, &root.key("cup"), Cup::parse_lenient));
    let cig = reader
        .required(&mut members, "cig")
        .and_then(|raw| reader.code(raw, &root.key("cig"), CigOrExclusion::parse_lenient));
    let note = optional_text(reader, &mut members, &root, "note", TEXT_LONGEST);
    let own_funds = match members.take("own_funds") {
        Some(raw) => reader.parsed(raw, &root.key("own_funds")),
        None => Some(Money::ZERO),
    };
    let buyer = reader.required(&mut members, "buyer").and_then(|raw| buyer(reader, raw, &root.key("buyer")));
    let supplier = reader
        .required(&mut members, "supplier")
        .and_then(|raw| supplier(reader, raw, &root.key("supplier")));
    let lines = reader.required(&mut members, "lines").and_then(|raw| lines(reader, raw, &root.key("lines")));
    let totals =
        reader.required(&mut members, "totals").and_then(|raw| totals(reader, raw, &root.key("totals")));
    let declarations = match members.take("declarations") {
        Some(raw) => declarations::read(reader, raw, &root.key("declarations")),
        None => Some(Vec::new()),
    };
    Some(Order {
        dialect: Dialect::Json,
        kind: OrderKind::Purchase,
        number: number?,
        order_date: order_date?,
        sent_at,
        instrument: instrument?,
        currency: currency?,
        note,
        cups: vec![cup?],
        cigs: vec![cig?],
        own_funds: own_funds?,
        buyer: buyer?,
        supplier: supplier?,
        lines: lines?,
        document_allowances: Money::ZERO,
        totals: totals?,
        declarations: declarations?,
    })
}

fn text<'a>(
    reader: &mut Reader<'a>,
    members: &mut Members<'a>,
    path: &Path<'_>,
    key: &str,
    longest: usize,
) -> Option<String> {
    let raw = reader.required_at(members, path, key)?;
    reader.text(raw, &path.key(key), longest).map(|text| text.into_owned())
}

fn optional_text<'a>(
    reader: &mut Reader<'a>,
    members: &mut Members<'a>,
    path: &Path<'_>,
    key: &str,
    longest: usize,
) -> Option<String> {
    let raw = members.take(key)?;
    // An empty optional text says as much as none.
    if values::string(raw).is_some_and(|text| text.trim().is_empty()) {
        return None;
    }
    reader.text(raw, &path.key(key), longest).map(|text| text.into_owned())
}

fn instrument(written: String) -> Instrument {
    if written.eq_ignore_ascii_case("ODA") { Instrument::Oda } else { Instrument::Other(written) }
}

fn currency<'a>(reader: &mut Reader<'a>, raw: &'a RawValue, path: &Path<'_>) -> Option<String> {
    let code = values::string(raw)
        .filter(|code| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()));
    if code.is_none() {
        reader.fault(raw, path, Text::new("non è un codice ISO 4217", "not an ISO 4217 code"));
    }
    code.map(|code| code.into_owned())
}

fn buyer<'a>(reader: &mut Reader<'a>, raw: &'a RawValue, path: &Path<'_>) -> Option<Buyer> {
    let mut members =
        reader.object(raw, path, &["ipa_code", "tax_code", "office_code", "name", "address"])?;
    let ipa_code = reader
        .required_at(&mut members, path, "ipa_code")
        .and_then(|raw| reader.code(raw, &path.key("ipa_code"), CodiceIpa::parse_lenient));
    let tax_code = reader
        .required_at(&mut members, path, "tax_code")
        .and_then(|raw| reader.code(raw, &path.key("tax_code"), CodiceFiscale::parse_lenient));
    let office_code = members
        .take("office_code")
        .and_then(|raw| reader.code(raw, &path.key("office_code"), CodiceUfficio::parse_lenient));
    let name = optional_text(reader, &mut members, path, "name", NAME_LONGEST);
    optional_text(reader, &mut members, path, "address", TEXT_LONGEST);
    Some(Buyer { name, ipa_code: Some(ipa_code?), tax_code: Some(tax_code?), office_code })
}

fn supplier<'a>(reader: &mut Reader<'a>, raw: &'a RawValue, path: &Path<'_>) -> Option<Supplier> {
    let mut members = reader.object(raw, path, &["name", "vat_number", "tax_code", "address"])?;
    let name = text(reader, &mut members, path, "name", NAME_LONGEST);
    let vat_number = reader
        .required_at(&mut members, path, "vat_number")
        .and_then(|raw| reader.code(raw, &path.key("vat_number"), PartitaIva::parse_lenient));
    let tax_code = members
        .take("tax_code")
        .and_then(|raw| reader.code(raw, &path.key("tax_code"), CodiceFiscale::parse_lenient));
    optional_text(reader, &mut members, path, "address", TEXT_LONGEST);
    Some(Supplier { name: Some(name?), vat_number: Some(vat_number?), tax_code })
}

fn lines<'a>(reader: &mut Reader<'a>, raw: &'a RawValue, path: &Path<'_>) -> Option<Vec<Line>> {
    const KNOWN: [&str; 10] = [
        "line_id",
        "item_code",
        "name",
        "description",
        "cpv",
        "quantity",
        "unit",
        "unit_price",
        "vat_rate",
        "net_amount",
    ];
    let items = reader.objects(raw, path, reader.limits().lines, &KNOWN)?;
    if items.is_empty() {
        reader.fault(raw, path, Text::new("serve almeno una riga", "at least one line is needed"));
        return None;
    }
    let read: Vec<_> =
        items.into_iter().enumerate().map(|(n, item)| line(reader, item?, &path.index(n))).collect();
    let lines: Vec<Line> = read.into_iter().collect::<Option<_>>()?;
    let mut seen = HashSet::with_capacity(lines.len());
    for (n, line) in lines.iter().enumerate() {
        if !seen.insert(&line.id) {
            let reason = Text::new("line_id ripetuto", "line_id given twice");
            reader.fault(raw, &path.index(n).key("line_id"), reason);
            return None;
        }
    }
    Some(lines)
}

fn line<'a>(reader: &mut Reader<'a>, mut members: Members<'a>, path: &Path<'_>) -> Option<Line> {
    let id = text(reader, &mut members, path, "line_id", NUMBER_LONGEST);
    let item_code = text(reader, &mut members, path, "item_code", NAME_LONGEST);
    let name = text(reader, &mut members, path, "name", NAME_LONGEST);
    let description = optional_text(reader, &mut members, path, "description", TEXT_LONGEST);
    let cpv = reader
        .required_at(&mut members, path, "cpv")
        .and_then(|raw| reader.code(raw, &path.key("cpv"), Cpv::parse_lenient));
    let quantity = reader
        .required_at(&mut members, path, "quantity")
        .and_then(|raw| reader.number(raw, &path.key("quantity")));
    let unit = text(reader, &mut members, path, "unit", UNIT_LONGEST);
    let unit_price = reader
        .required_at(&mut members, path, "unit_price")
        .and_then(|raw| reader.parsed(raw, &path.key("unit_price")));
    let vat_rate = reader
        .required_at(&mut members, path, "vat_rate")
        .and_then(|raw| reader.number(raw, &path.key("vat_rate")));
    let net_amount = reader
        .required_at(&mut members, path, "net_amount")
        .and_then(|raw| reader.parsed(raw, &path.key("net_amount")));
    Some(Line {
        id: id?,
        item_code: Some(item_code?),
        name: name?,
        description,
        cpv: Some(cpv?),
        quantity: quantity?,
        unit: unit?,
        unit_price: Some(unit_price?),
        base_quantity: Quantity::ONE,
        allowances: Money::ZERO,
        vat_rate: Some(vat_rate?),
        net_amount: Some(net_amount?),
    })
}

fn totals<'a>(reader: &mut Reader<'a>, raw: &'a RawValue, path: &Path<'_>) -> Option<Totals> {
    let mut members = reader.object(raw, path, &["net", "vat", "gross"])?;
    let mut amount = |key: &str| {
        let raw = reader.required_at(&mut members, path, key)?;
        reader.parsed::<Money>(raw, &path.key(key))
    };
    let (net, vat, gross) = (amount("net"), amount("vat"), amount("gross"));
    Some(Totals { lines: None, net: Some(net?), vat: Some(vat?), gross: Some(gross?) })
}
