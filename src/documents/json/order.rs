// SPDX-License-Identifier: EUPL-1.2
//! The order document itself: its members, in the order in which the contract lists them.

use std::collections::HashSet;

use super::declarations;
use super::declarations::{DECLARATION, DECLARATIONS_MAX};
use super::members::{Path, Reader};
use super::scan::{Member, Members, Most, Value};
use super::values::{code, string, text, text_if_any};
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

static ORDER: [Member; 14] = [
    Member::text("order_number"),
    Member::text("order_date"),
    Member::text("sent_at"),
    Member::text("instrument"),
    Member::text("currency"),
    Member::text("cup"),
    Member::text("cig"),
    Member::text("note"),
    Member::text("own_funds"),
    Member::object("buyer", &BUYER),
    Member::object("supplier", &SUPPLIER),
    Member::objects("lines", Most::Lines, &LINE),
    Member::object("totals", &TOTALS),
    Member::objects("declarations", Most::Of(DECLARATIONS_MAX), &DECLARATION),
];
static BUYER: [Member; 5] = [
    Member::text("ipa_code"),
    Member::text("tax_code"),
    Member::text("office_code"),
    Member::text("name"),
    Member::text("address"),
];
static SUPPLIER: [Member; 4] =
    [Member::text("name"), Member::text("vat_number"), Member::text("tax_code"), Member::text("address")];
static LINE: [Member; 10] = [
    Member::text("line_id"),
    Member::text("item_code"),
    Member::text("name"),
    Member::text("description"),
    Member::text("cpv"),
    Member::number("quantity"),
    Member::text("unit"),
    Member::text("unit_price"),
    Member::number("vat_rate"),
    Member::text("net_amount"),
];
static TOTALS: [Member; 3] = [Member::text("net"), Member::text("vat"), Member::text("gross")];

pub(super) fn read(reader: &mut Reader<'_>) -> Option<Order> {
    let root = &Path::root();
    let members = &mut reader.document(&ORDER)?;
    let number = reader.required(members, root, "order_number", text(NUMBER_LONGEST));
    let order_date = reader.required(members, root, "order_date", Reader::date);
    let sent_at = reader.optional(members, root, "sent_at", Reader::instant);
    let instrument = reader.required(members, root, "instrument", text(NAME_LONGEST)).map(instrument);
    let currency = reader.required(members, root, "currency", currency);
    let cup = reader.required(members, root, "cup", code(Cup::parse_lenient));
    let cig = reader.required(members, root, "cig", code(CigOrExclusion::parse_lenient));
    let note = reader.optional(members, root, "note", text_if_any(TEXT_LONGEST));
    let own_funds = reader.optional(members, root, "own_funds", Reader::parsed);
    let buyer = reader.required(members, root, "buyer", buyer);
    let supplier = reader.required(members, root, "supplier", supplier);
    let lines = reader.required(members, root, "lines", lines);
    let totals = reader.required(members, root, "totals", totals);
    let declarations = reader.optional(members, root, "declarations", declarations::read);
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
        own_funds: own_funds.unwrap_or(Money::ZERO),
        buyer: buyer?,
        supplier: supplier?,
        lines: lines?,
        document_allowances: Money::ZERO,
        totals: totals?,
        declarations: declarations.unwrap_or_default(),
    })
}

fn instrument(written: String) -> Instrument {
    if written.eq_ignore_ascii_case("ODA") { Instrument::Oda } else { Instrument::Other(written) }
}

fn currency<'a>(reader: &mut Reader<'a>, value: Value<'a>, path: &Path<'_>) -> Option<String> {
    let code = string(value.content)
        .filter(|code| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()));
    if code.is_none() {
        reader.fault(value.offset, path, Text::new("non è un codice ISO 4217", "not an ISO 4217 code"));
    }
    code.map(|code| code.into_owned())
}

fn buyer<'a>(reader: &mut Reader<'a>, value: Value<'a>, path: &Path<'_>) -> Option<Buyer> {
    let members = &mut reader.object(value, path, &BUYER)?;
    let ipa_code = reader.required(members, path, "ipa_code", code(CodiceIpa::parse_lenient));
    let tax_code = reader.required(members, path, "tax_code", code(CodiceFiscale::parse_lenient));
    let office_code = reader.optional(members, path, "office_code", code(CodiceUfficio::parse_lenient));
    let name = reader.optional(members, path, "name", text_if_any(NAME_LONGEST));
    reader.optional(members, path, "address", text_if_any(TEXT_LONGEST));
    Some(Buyer { name, ipa_code: Some(ipa_code?), tax_code: Some(tax_code?), office_code })
}

fn supplier<'a>(reader: &mut Reader<'a>, value: Value<'a>, path: &Path<'_>) -> Option<Supplier> {
    let members = &mut reader.object(value, path, &SUPPLIER)?;
    let name = reader.required(members, path, "name", text(NAME_LONGEST));
    let vat_number = reader.required(members, path, "vat_number", code(PartitaIva::parse_lenient));
    let tax_code = reader.optional(members, path, "tax_code", code(CodiceFiscale::parse_lenient));
    reader.optional(members, path, "address", text_if_any(TEXT_LONGEST));
    Some(Supplier { name: Some(name?), vat_number: Some(vat_number?), tax_code })
}

fn lines<'a>(reader: &mut Reader<'a>, list: Value<'a>, path: &Path<'_>) -> Option<Vec<Line>> {
    let offset = list.offset;
    let mut taken = HashSet::new();
    let lines = reader.objects(list, path, reader.limits().lines, &LINE, |reader, members, path| {
        line(reader, members, path, &mut taken)
    })?;
    if lines.is_empty() {
        reader.fault(offset, path, Text::new("serve almeno una riga", "at least one line is needed"));
        return None;
    }
    Some(lines)
}

fn line<'a>(
    reader: &mut Reader<'a>,
    mut members: Members<'a>,
    path: &Path<'_>,
    taken: &mut HashSet<String>,
) -> Option<Line> {
    let members = &mut members;
    let id = reader.required(members, path, "line_id", |reader, value, path| {
        let offset = value.offset;
        let id = reader.text(value, path, NUMBER_LONGEST)?.into_owned();
        if !taken.insert(id.clone()) {
            reader.fault(offset, path, Text::new("line_id ripetuto", "line_id given twice"));
        }
        Some(id)
    });
    let item_code = reader.required(members, path, "item_code", text(NAME_LONGEST));
    let name = reader.required(members, path, "name", text(NAME_LONGEST));
    let description = reader.optional(members, path, "description", text_if_any(TEXT_LONGEST));
    let cpv = reader.required(members, path, "cpv", code(Cpv::parse_lenient));
    let quantity = reader.required(members, path, "quantity", Reader::number);
    let unit = reader.required(members, path, "unit", text(UNIT_LONGEST));
    let unit_price = reader.required(members, path, "unit_price", Reader::parsed);
    let vat_rate = reader.required(members, path, "vat_rate", Reader::number);
    let net_amount = reader.required(members, path, "net_amount", Reader::parsed);
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

fn totals<'a>(reader: &mut Reader<'a>, value: Value<'a>, path: &Path<'_>) -> Option<Totals> {
    let members = &mut reader.object(value, path, &TOTALS)?;
    let net = reader.required(members, path, "net", Reader::parsed);
    let vat = reader.required(members, path, "vat", Reader::parsed);
    let gross = reader.required(members, path, "gross", Reader::parsed);
    Some(Totals { lines: None, net: Some(net?), vat: Some(vat?), gross: Some(gross?) })
}
