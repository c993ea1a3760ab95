// SPDX-License-Identifier: EUPL-1.2
//! What it costs to read an order, beside what quick-xml needs for nothing but the tokens of the same bytes. Absolute
//! times move with the machine; the ratio is the figure that counts.
//!
//! `cargo bench --bench read_order`

use std::hint::black_box;
use std::time::Instant;

use mepa_gateway::documents::ubl::read_wire;
use mepa_gateway::documents::{Limits, read_order};
use quick_xml::Reader;
use quick_xml::events::Event;

/// Rounds of each measure, taken in turn so that a slow minute of the machine hits all alike.
const ROUNDS: usize = 25;
/// Bytes read in one round of one measure.
const BYTES_PER_ROUND: usize = 2_000_000;

fn main() {
    println!(
        "{:>8} {:>14} {:>10} {:>10} {:>8} {:>8}",
        "bytes", "what", "best us", "median us", "best x", "median x"
    );
    for target in [5_000, 50_000] {
        for network in [false, true] {
            measure(&order(target, network), if network { "Peppol/NSO" } else { "MePA" });
        }
    }
}

fn measure(document: &str, habit: &str) {
    let limits = Limits::default();
    let bytes = document.as_bytes();
    let turns = (BYTES_PER_ROUND / bytes.len()).max(1);
    let (mut tokens, mut wire, mut order) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        tokens.push(nanoseconds(turns, || tokenise(black_box(document))));
        wire.push(nanoseconds(turns, || {
            read_wire(black_box(document), &limits).map_or(0, |wire| wire.lines.len())
        }));
        order.push(nanoseconds(turns, || {
            read_order(black_box(bytes), None, &limits).map_or(0, |read| read.order.lines.len())
        }));
    }
    let (best, middle) = (least(&mut tokens), median(&mut tokens));
    println!("{:>8} {habit}", bytes.len());
    for (what, times) in [("quick-xml", &mut tokens), ("wire layer", &mut wire), ("read_order", &mut order)] {
        let (low, mid) = (least(times), median(times));
        let ratios = (thousandths(low, best), thousandths(mid, middle));
        println!(
            "{:>8} {what:>14} {:>10} {:>10} {:>8} {:>8}",
            "",
            decimal(low),
            decimal(mid),
            decimal(ratios.0),
            decimal(ratios.1)
        );
    }
}

/// Time of one turn.
fn nanoseconds(turns: usize, mut work: impl FnMut() -> usize) -> u128 {
    let start = Instant::now();
    for _ in 0..turns {
        black_box(work());
    }
    start.elapsed().as_nanos() / turns as u128
}

fn tokenise(document: &str) -> usize {
    let mut reader = Reader::from_str(document);
    let mut count = 0;
    loop {
        match reader.read_event() {
            Ok(Event::Eof) | Err(_) => return count,
            Ok(event) => {
                black_box(&event);
                count += 1;
            }
        }
    }
}

fn least(times: &mut [u128]) -> u128 {
    times.iter().copied().min().unwrap_or_default()
}

fn median(times: &mut [u128]) -> u128 {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn thousandths(part: u128, whole: u128) -> u128 {
    part * 1_000 / whole.max(1)
}

/// A number kept in thousandths.
fn decimal(thousandths: u128) -> String {
    format!("{}.{:02}", thousandths / 1_000, thousandths % 1_000 / 10)
}

/// An order of about so many bytes whose sums agree.
fn order(target: usize, network: bool) -> String {
    let mut lines = String::new();
    let mut cents = 0;
    let mut number = 0;
    while number == 0 || lines.len() + 3_200 < target {
        number += 1;
        let (quantity, price) = (number % 20 + 1, number * 737 % 90_000 + 1);
        cents += quantity * price;
        lines.push_str(&line(number, quantity, price));
    }
    let vat = cents * 22 / 100;
    let head = if network {
        "<cbc:CustomizationID>urn:fdc:peppol.eu:poacc:trns:order:3:restrictive:urn:www.agid.gov.it:trns:ordine:3.1</cbc:CustomizationID>
  <cbc:ProfileID>urn:fdc:peppol.eu:poacc:bis:order_only:3</cbc:ProfileID>
  "
    } else {
        ""
    };
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2" xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  {head}<cbc:ID>8127453</cbc:ID>
  <cbc:IssueDate>2026-03-12</cbc:IssueDate>
  <cbc:OrderTypeCode>220</cbc:OrderTypeCode>
  <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
  <cac:ValidityPeriod><cbc:EndDate>2026-06-30</cbc:EndDate></cac:ValidityPeriod>
  <cac:OriginatorDocumentReference><cbc:ID>BFA0B1C51C</cbc:ID></cac:OriginatorDocumentReference>
  <cac:ProjectReference><cbc:ID>J51B26000010006</cbc:ID></cac:ProjectReference>
{}{}  <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">{}</cbc:TaxAmount></cac:TaxTotal>
  <cac:AnticipatedMonetaryTotal>
    <cbc:LineExtensionAmount currencyID="EUR">{net}</cbc:LineExtensionAmount>
    <cbc:TaxExclusiveAmount currencyID="EUR">{net}</cbc:TaxExclusiveAmount>
    <cbc:TaxInclusiveAmount currencyID="EUR">{gross}</cbc:TaxInclusiveAmount>
    <cbc:PayableAmount currencyID="EUR">{gross}</cbc:PayableAmount>
  </cac:AnticipatedMonetaryTotal>
{lines}</Order>
"#,
        party("BuyerCustomerParty", "Comune di Almese", ("0201", "UFTST1"), "01817670019"),
        party("SellerSupplierParty", "Forniture di Prova S.r.l.", ("0211", "IT76543211007"), "76543211007"),
        euro(vat),
        net = euro(cents),
        gross = euro(cents + vat),
    )
}

fn euro(cents: usize) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

fn party(role: &str, name: &str, (scheme, endpoint): (&str, &str), code: &str) -> String {
    format!(
        r#"  <cac:{role}>
    <cac:Party>
      <cbc:EndpointID schemeID="{scheme}">{endpoint}</cbc:EndpointID>
      <cac:PartyIdentification><cbc:ID schemeID="{scheme}">{endpoint}</cbc:ID></cac:PartyIdentification>
      <cac:PartyName><cbc:Name>{name}</cbc:Name></cac:PartyName>
      <cac:PostalAddress>
        <cbc:StreetName>Via Roma 1</cbc:StreetName>
        <cbc:CityName>Almese</cbc:CityName>
        <cbc:PostalZone>10040</cbc:PostalZone>
        <cac:Country><cbc:IdentificationCode>IT</cbc:IdentificationCode></cac:Country>
      </cac:PostalAddress>
      <cac:PartyTaxScheme>
        <cbc:CompanyID>IT{code}</cbc:CompanyID>
        <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
      </cac:PartyTaxScheme>
      <cac:PartyLegalEntity><cbc:RegistrationName>{name}</cbc:RegistrationName></cac:PartyLegalEntity>
    </cac:Party>
  </cac:{role}>
"#
    )
}

fn line(number: usize, quantity: usize, price: usize) -> String {
    format!(
        r#"  <cac:OrderLine>
    <cac:LineItem>
      <cbc:ID>{number}</cbc:ID>
      <cbc:Quantity unitCode="C62">{quantity}</cbc:Quantity>
      <cbc:LineExtensionAmount currencyID="EUR">{}</cbc:LineExtensionAmount>
      <cac:Price><cbc:PriceAmount currencyID="EUR">{}</cbc:PriceAmount></cac:Price>
      <cac:Item>
        <cbc:Description>Seduta con schienale regolabile e braccioli</cbc:Description>
        <cbc:Name>Seduta &amp; poggiapiedi - Risorse in Comune</cbc:Name>
        <cac:SellersItemIdentification><cbc:ID>ART-{number:06}</cbc:ID></cac:SellersItemIdentification>
        <cac:CommodityClassification><cbc:ItemClassificationCode listID="STI">39112000-0</cbc:ItemClassificationCode></cac:CommodityClassification>
        <cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>22</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory>
      </cac:Item>
    </cac:LineItem>
  </cac:OrderLine>
"#,
        euro(quantity * price),
        euro(price),
    )
}
