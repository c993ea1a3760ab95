// SPDX-License-Identifier: EUPL-1.2
//! Orders in each habit, read from our own documents: what they mean, where things stand, what is said when they are wrong.

use std::sync::LazyLock;

use mepa_gateway::documents::{
    DocumentKind, HandOver, Limits, Profile, ReadError, ReadErrorKind, ReadOrder, read_order, sniff,
    write_ubl,
};
use mepa_gateway::domain::finding::Severity;
use mepa_gateway::domain::found::Found;
use mepa_gateway::domain::money::Money;
use mepa_gateway::domain::order::{Dialect, Instrument, Line, Order, OrderKind};
use mepa_gateway::programme::Programme;
use mepa_gateway::reference::Reference;
use mepa_gateway_mocks::schema::Schema;
use proptest::prelude::*;

const MEPA: &str = include_str!("../fixtures/orders/mepa-download.xml");
const NSO: &str = include_str!("../fixtures/orders/nso.xml");
const REVOCATION: &str = include_str!("../fixtures/orders/nso-revocation.xml");
const JSON: &str = include_str!("../fixtures/orders/order.json");

static REFERENCE: LazyLock<Reference> = LazyLock::new(|| Reference::embedded().unwrap());
static PROGRAMME: LazyLock<Programme> = LazyLock::new(|| Programme::embedded("risorse-in-comune").unwrap());

fn read(document: &str) -> Result<ReadOrder, ReadError> {
    read_order(document.as_bytes(), None, &Limits::default())
}

fn order(document: &str) -> ReadOrder {
    read(document).unwrap_or_else(|error| panic!("{error:#?}\n{document}"))
}

fn faults(document: &str) -> Vec<(String, String)> {
    let error = read(document).expect_err(document);
    assert_eq!(error.kind, ReadErrorKind::Invalid, "{error:?}");
    error.faults.into_iter().map(|fault| (fault.pointer, fault.reason.en.into_owned())).collect()
}

fn ids(read: &ReadOrder) -> Vec<(&str, &str)> {
    read.format_findings.iter().map(|finding| (finding.rule.as_ref(), finding.field.as_str())).collect()
}

fn euro(text: &str) -> Option<Money> {
    Some(text.parse().unwrap())
}

fn text<T: ToString>(found: &Option<Found<T>>) -> String {
    found.as_ref().and_then(Found::ok).map(ToString::to_string).unwrap_or_default()
}

#[test]
fn a_mepa_download_is_read_whole() {
    let read = order(MEPA);
    assert_eq!(read.profile, Profile::MepaDownload);
    assert_eq!(read.media_type(), "application/xml");
    assert_eq!(ids(&read), []);
    let order = read.order;
    assert_eq!(
        (order.dialect, &order.kind, &order.instrument),
        (Dialect::Ubl, &OrderKind::Purchase, &Instrument::Oda)
    );
    assert_eq!((order.number.as_str(), order.order_date.to_string().as_str()), ("8127453", "2026-03-12"));
    assert_eq!(order.sent_at.unwrap().to_rfc3339(), "2026-03-12T10:42:07+00:00");
    assert_eq!(order.note.as_deref(), Some("Consegna al piano & montaggio"));
    assert_eq!(order.cup().unwrap().as_str(), "J51B26000010006");
    assert_eq!(order.cig().unwrap().as_str(), "BFA0B1C51C");
    assert_eq!(text(&order.buyer.office_code), "UFTST1");
    assert_eq!(
        order.buyer.office_code.as_ref().unwrap().at,
        "/Order/cac:AdditionalDocumentReference[1]/cbc:ID"
    );
    assert_eq!(text(&order.buyer.tax_code), "01817670019");
    assert_eq!(order.supplier.key().as_deref(), Some("76543211007"));
    assert_eq!(order.supplier.name.as_deref(), Some("Forniture di Prova S.r.l."));
    assert_eq!(
        (order.totals.net, order.totals.vat, order.totals.gross),
        (euro("4226"), euro("929.72"), euro("5155.72"))
    );
    let line = &order.lines[1];
    assert_eq!(
        (line.id.as_str(), line.unit.as_str(), line.allowances),
        ("2", "C62", "-100".parse().unwrap())
    );
    assert_eq!(line.item_code.as_deref(), Some("SCR-002"));
    let cpv = line.cpv.as_ref().unwrap();
    assert_eq!(cpv.raw, "39121100-7");
    assert_eq!(
        cpv.at,
        "/Order/cac:OrderLine[2]/cac:LineItem/cac:Item/cac:CommodityClassification[1]/cbc:CommodityCode"
    );
}

#[test]
fn an_nso_order_tells_its_codes_from_every_place() {
    let read = order(NSO);
    assert_eq!(read.profile, Profile::Nso);
    assert_eq!(ids(&read), []);
    let order = read.order;
    let places: Vec<&str> = order.cups.iter().map(|cup| cup.at.as_ref()).collect();
    assert_eq!(
        places,
        [
            "/Order/cbc:AccountingCost",
            "/Order/cac:AdditionalDocumentReference[2]/cbc:ID",
            "/Order/cac:ProjectReference/cbc:ID",
            "/Order/cac:OrderLine[1]/cac:LineItem/cac:Item/cac:ItemSpecificationDocumentReference[2]/cbc:ID",
        ]
    );
    assert_eq!(order.cup().unwrap().as_str(), "J51B26000010006");
    assert_eq!((order.cigs.len(), order.cig().unwrap().as_str()), (2, "BFA0B1C51C"));
    assert_eq!(
        (text(&order.buyer.office_code), text(&order.buyer.ipa_code)),
        ("UFTST1".into(), "c_a218".into())
    );
    assert_eq!(text(&order.buyer.tax_code), "01817670019");
    assert_eq!(
        (text(&order.supplier.vat_number), text(&order.supplier.tax_code)),
        ("76543211007".into(), "76543211007".into())
    );
    assert_eq!(order.document_allowances, "-30".parse().unwrap());
    assert_eq!(order.lines[0].cpv.as_ref().unwrap().raw, "30199500-5");
    assert_eq!(order.lines[1].base_quantity.to_string(), "10");
    assert_eq!(order.lines[0].unit_price.unwrap().to_string(), "0.125");
}

#[test]
fn what_is_no_purchase_is_told_and_not_summed() {
    let read = order(REVOCATION);
    assert_eq!(
        read.order.kind,
        OrderKind::Other("OrderDocumentReference 2026/118#2026-03-16#UFTST1#Cancelled".into())
    );
    assert_eq!(ids(&read), []);
    let kind = |from: &str, to: &str| order(&MEPA.replace(from, to)).order.kind;
    assert_eq!(kind(">220<", ">227<"), OrderKind::Other("OrderTypeCode 227".into()));
    assert_eq!(kind(">220<", ">105<"), OrderKind::Purchase);
    let budget =
        "<cac:DeliveryTerms><cbc:SpecialTerms>OB</cbc:SpecialTerms></cac:DeliveryTerms><cac:TaxTotal>";
    assert_eq!(kind("<cac:TaxTotal>", budget), OrderKind::Other("SpecialTerms OB".into()));
    let replacing = "<cac:OrderDocumentReference><cbc:ID>1#2026-01-01#UFTST1#Revised</cbc:ID></cac:OrderDocumentReference><cac:TaxTotal>";
    assert!(matches!(kind("<cac:TaxTotal>", replacing), OrderKind::Other(_)));
    let connected = replacing.replace("Revised", "Connected");
    assert_eq!(kind("<cac:TaxTotal>", &connected), OrderKind::Purchase);
}

#[test]
fn a_malformed_code_is_kept_with_its_place() {
    let read = order(&MEPA.replace("J51B26000010006", "J51B2600001000O"));
    assert_eq!(read.order.cup(), None);
    let broken = read.order.broken_codes();
    assert_eq!(broken.len(), 1);
    assert_eq!((broken[0].0, broken[0].1), ("/Order/cac:ProjectReference/cbc:ID", "J51B2600001000O"));
    let read = order(&JSON.replace("BFA0B1C51C", "BFA0B1C51D"));
    assert_eq!(read.order.broken_codes()[0].0, "/cig");
}

#[test]
fn sums_that_disagree_are_findings_where_they_stand() {
    let read = order(&MEPA.replace(">2226.00<", ">2226.03<"));
    assert_eq!(
        ids(&read),
        [
            ("PEPPOL-T01-R008", "/Order/cac:AnticipatedMonetaryTotal/cbc:LineExtensionAmount"),
            ("PEPPOL-T01-R024", "/Order/cac:OrderLine[1]/cac:LineItem/cbc:LineExtensionAmount"),
        ]
    );
    let finding = &read.format_findings[0];
    assert_eq!(finding.severity, Severity::Blocks);
    assert!(finding.message.en.ends_with("(stated 4226.00, computed 4226.03)."), "{}", finding.message.en);
    assert!(finding.message.it.ends_with("(indicato 4226.00, calcolato 4226.03)."), "{}", finding.message.it);
    assert_eq!(finding.values[1].value, "4226.03");
    // Two cents are the slack of a line.
    assert_eq!(
        ids(&order(
            &MEPA
                .replace(">2226.00<", ">2226.02<")
                .replace(">4226.00<", ">4226.02<")
                .replace("5155.72", "5155.74")
        )),
        []
    );
    let currency = NSO.replacen("<b:TaxAmount currencyID=\"EUR\">", "<b:TaxAmount currencyID=\"NOK\">", 1);
    assert_eq!(
        ids(&order(&currency)),
        [("PEPPOL-T01-R003", "/Order/cac:TaxTotal/cbc:TaxAmount/@currencyID")]
    );
}

#[test]
fn an_amount_in_another_currency_or_in_none_blocks_in_every_profile() {
    for document in [MEPA, NSO] {
        let blocks = |document: &str| {
            let findings = order(document).format_findings;
            findings
                .into_iter()
                .filter(|one| one.rule == "PEPPOL-T01-R003" && one.severity == Severity::Blocks)
                .count()
        };
        assert_eq!(blocks(document), 0);
        let other = document.replacen("currencyID=\"EUR\"", "currencyID=\"USD\"", 1);
        let none = document.replacen(" currencyID=\"EUR\"", "", 1);
        assert!(other != document && none != document);
        assert_eq!((blocks(&other), blocks(&none)), (1, 1));
    }
}

#[test]
fn nso_asks_for_the_cig_in_one_place() {
    let head = "<a:OriginatorDocumentReference><b:ID>BFA0B1C51C</b:ID></a:OriginatorDocumentReference><a:ProjectReference>";
    let both = order(&NSO.replace("<a:ProjectReference>", head));
    assert_eq!(ids(&both), [("NSO-061", "/Order/cac:OriginatorDocumentReference")]);
    assert_eq!(both.format_findings[0].severity, Severity::Warning);
    let one_missing = NSO.replacen("<b:ID>CIG:BFA0B1C51C</b:ID>", "<b:ID>DDT:1</b:ID>", 1);
    assert_eq!(ids(&order(&one_missing)), [("NSO-061", "/Order")]);
    let content = REVOCATION.replace(">0<", ">3<").replace(">NA<", ">1<");
    assert_eq!(
        ids(&order(&content)),
        [
            ("NSO-053", "/Order/cac:OrderLine[1]/cac:LineItem/cbc:ID"),
            ("NSO-054", "/Order/cac:OrderLine[1]/cac:LineItem/cbc:Quantity"),
        ]
    );
}

#[test]
fn every_fault_of_a_document_is_told() {
    let broken = MEPA
        .replace("2026-03-12", "12/03/2026")
        .replace(">185.50<", ">185,50<")
        .replace("<cbc:ID>2</cbc:ID>", "")
        .replace(">2000.00<", ">2000.001<")
        .replace("<cbc:DocumentCurrencyCode>", "<cbc:ID>again</cbc:ID><cbc:DocumentCurrencyCode>");
    let told = faults(&broken);
    assert_eq!(
        told.iter().map(|(pointer, _)| pointer.as_str()).collect::<Vec<_>>(),
        [
            "/Order/cbc:IssueDate",
            "/Order/cbc:ID[2]",
            "/Order/cac:OrderLine[1]/cac:LineItem/cac:Price/cbc:PriceAmount",
            "/Order/cac:OrderLine[2]/cac:LineItem",
            "/Order/cac:OrderLine[2]/cac:LineItem/cbc:LineExtensionAmount",
        ]
    );
    let error = read(&broken).unwrap_err();
    assert_eq!((error.faults[2].line, error.faults[2].value.as_str()), (49, "185,50"));
    assert!(error.faults[2].column > 1);
}

#[test]
fn places_are_right_in_long_documents_too() {
    let (head, rest) = MEPA.split_once("  <cac:OrderLine>").unwrap();
    let (line, tail) = rest.split_once("</cac:OrderLine>\n").unwrap();
    let many = format!("  <cac:OrderLine>{line}</cac:OrderLine>\n").repeat(2_500);
    let document = format!("{head}{many}{tail}").replace("<cbc:ID>2</cbc:ID>", "<cbc:ID></cbc:ID>");
    assert_eq!(faults(&document)[0].0, "/Order/cac:OrderLine[2501]/cac:LineItem/cbc:ID");
}

#[test]
fn texts_and_elements_have_their_places() {
    let told = faults(&MEPA.replace("<cac:Party>", "<cac:Party>loose"));
    assert_eq!(told[0].0, "/Order/cac:BuyerCustomerParty/cac:Party");
    let told = faults(&MEPA.replace(">8127453<", "><cbc:Inner/><"));
    assert!(told.iter().any(|(pointer, _)| pointer == "/Order/cbc:ID/cbc:Inner"), "{told:?}");
    let foreign = MEPA.replace(
        "<cbc:Note>",
        "<x:More xmlns:x='urn:x'><x:Y a='1'>z</x:Y>z</x:More><cbc:UUID>1</cbc:UUID><cbc:Note>",
    );
    assert_eq!(order(&foreign).order, order(MEPA).order);
    let foreign_id = MEPA.replace("<cbc:ID>8127453", "<ID xmlns='urn:x'>1</ID><cbc:ID>8127453");
    assert_eq!(order(&foreign_id).order.number, "8127453");
}

#[test]
fn encodings_are_understood_or_refused() {
    let italian = MEPA.replace("al piano", "all'unità");
    let latin: Vec<u8> =
        italian.replace("UTF-8", "ISO-8859-1").chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let read = read_order(&latin, Some("application/xml"), &Limits::default()).unwrap();
    assert_eq!(read.order.note.as_deref(), Some("Consegna all'unità & montaggio"));
    let marked = format!("\u{feff}{italian}");
    assert_eq!(order(&marked).order, read.order);
    let utf16: Vec<u8> = MEPA.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in
        [utf16, latin.strip_prefix(b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>").unwrap().to_vec()]
    {
        assert_eq!(read_order(&bytes, None, &Limits::default()).unwrap_err().kind, ReadErrorKind::Malformed);
    }
}

#[test]
fn the_announced_type_must_agree() {
    let limits = Limits::default();
    assert!(read_order(JSON.as_bytes(), Some("application/json"), &limits).is_ok());
    for (document, announced) in [(JSON, "application/xml"), (MEPA, "application/json")] {
        let error = read_order(document.as_bytes(), Some(announced), &limits).unwrap_err();
        assert_eq!(error.kind, ReadErrorKind::NotThisKind);
    }
    assert_eq!(
        (sniff(MEPA.as_bytes()), sniff(NSO.as_bytes())),
        (DocumentKind::OrderUbl, DocumentKind::OrderUbl)
    );
    for other in ["<Invoice xmlns='urn:x'/>", "<Order xmlns='urn:other'/>", "<html/>"] {
        assert_eq!(read(other).unwrap_err().kind, ReadErrorKind::NotThisKind, "{other}");
    }
}

#[test]
fn the_json_order_is_the_one_of_the_contract() {
    let read = order(JSON);
    assert_eq!((read.profile, read.media_type()), (Profile::Json, "application/json"));
    let order = read.order;
    assert_eq!(order.sent_at.unwrap().to_rfc3339(), "2026-03-12T10:42:07+00:00");
    assert_eq!(
        (order.lines[0].quantity.to_string().as_str(), order.lines[1].quantity.to_string().as_str()),
        ("12", "5")
    );
    assert_eq!(order.lines[0].vat_rate.unwrap().to_string(), "22");
    assert_eq!((order.own_funds, order.totals.gross), (Money::ZERO, euro("5155.72")));
    assert_eq!(order.supplier.tax_code, None);
    assert_eq!(order.declarations.len(), 1);
    let short =
        JSON.replace(", \"own_funds\": \"0.00\"", "").replace(", \"address\": \"Piazza Martiri 48\"", "");
    assert_eq!(self::order(&short).order, order);
}

#[test]
fn json_faults_have_pointers() {
    let broken = JSON
        .replace("\"gross\": \"5155.72\"", "\"gross\": 5155.72")
        .replace("\"unit_price\": \"400\"", "\"unit_price\": \"4e2\"")
        .replace("\"quantity\": 12", "\"quantity\": 1.2e1")
        .replace("\"order_date\": \"2026-03-12\"", "\"order_date\": \"12/03/2026\", \"a/b~c\": 1")
        .replace("+01:00", "")
        .replace("\"currency\": \"EUR\"", "\"currency\": \"EUR\", \"currency\": \"EUR\"")
        .replace("\"item_code\": \"SCR-002\", ", "");
    let told = faults(&broken);
    let mut pointers: Vec<&str> = told.iter().map(|(pointer, _)| pointer.as_str()).collect();
    pointers.sort_unstable();
    assert_eq!(
        pointers,
        [
            "/a~1b~0c",
            "/currency",
            "/lines/0/quantity",
            "/lines/1/item_code",
            "/lines/1/unit_price",
            "/order_date",
            "/sent_at",
            "/totals/gross",
        ]
    );
    for (from, to) in [
        ("\"order_number\": \"8127453\"", "\"order_number\": 8127453"),
        ("\"lines\": [", "\"lines\": [1, "),
        ("\"net\": \"4226.00\"", "\"net\": null"),
        ("\"sha256\": \"AB", "\"sha256\": \"A"),
        ("Seduta ergonomica", "Seduta\\u0000"),
        ("\"line_id\": \"2\"", "\"line_id\": \"1\""),
    ] {
        assert_eq!(faults(&JSON.replace(from, to)).len(), 1, "{to}");
    }
}

fn hand_over() -> HandOver<'static> {
    let comune = REFERENCE.comuni.by_code("c_a218").unwrap();
    HandOver { comune, programme: &PROGRAMME, reference: &REFERENCE }
}

/// Our own documents as they are handed over.
pub(crate) fn handed_over() -> Vec<String> {
    let written = |document| String::from_utf8(write_ubl(&order(document).order, &hand_over())).unwrap();
    vec![written(MEPA), written(JSON), written(NSO)]
}

#[test]
fn the_platform_takes_what_is_handed_over() {
    let documents = handed_over();
    for document in &documents[..2] {
        assert_eq!(Schema::Order.breaches(document), [], "{document}");
    }
    // A discount on the whole order is written, although the platform does not take one: better refused than changed.
    assert!(documents[2].contains("<cbc:AllowanceTotalAmount currencyID=\"EUR\">30.00<"));
}

/// The most that `ORD-046` lets pass: what is accepted here must not be refused there for its form.
#[test]
fn the_platform_takes_an_order_as_large_as_one_may_be() {
    let mut largest = order(JSON).order;
    largest.number = "é".repeat(60);
    largest.note = Some("è\n".repeat(1_000));
    largest.supplier.name = Some("ù".repeat(255));
    let line = &mut largest.lines[0];
    (line.name, line.description) = ("à".repeat(255), Some("ò\t".repeat(1_000)));
    (line.item_code, line.unit) = (Some("ì".repeat(60)), "A.23456789".into());
    let line = line.clone();
    let numbered = |n: usize| Line { id: format!("{n:é>60}"), ..line.clone() };
    largest.lines = (0..20).map(numbered).collect();
    let written = String::from_utf8(write_ubl(&largest, &hand_over())).unwrap();
    assert_eq!(Schema::Order.breaches(&written), []);
    largest.lines = (0..999).map(numbered).collect();
    assert!(write_ubl(&largest, &hand_over()).len() < 8 << 20);
}

/// What a hand-over keeps: all but the moment of sending, places, and what UBL has no element for.
fn kept(mut order: Order) -> Order {
    order.dialect = Dialect::Ubl;
    order.sent_at = None;
    order.declarations.clear();
    order.cups.iter_mut().for_each(|code| code.at = "".into());
    order.cigs.iter_mut().for_each(|code| code.at = "".into());
    order.lines.iter_mut().filter_map(|line| line.cpv.as_mut()).for_each(|code| code.at = "".into());
    order.buyer = Default::default();
    order.supplier.vat_number.iter_mut().for_each(|code| (code.at, code.raw) = ("".into(), String::new()));
    order.supplier.tax_code = None;
    order.totals.lines = None;
    order
}

#[test]
fn what_is_handed_over_reads_back_the_same() {
    for document in [MEPA, JSON] {
        let before = order(document).order;
        let written = String::from_utf8(write_ubl(&before, &hand_over())).unwrap();
        let after = order(&written);
        assert_eq!(ids(&after), []);
        assert_eq!(text(&after.order.buyer.office_code), "UFTST1");
        assert_eq!(text(&after.order.buyer.tax_code), "01817670019");
        assert_eq!(kept(after.order), kept(before), "{written}");
    }
}

fn money() -> impl Strategy<Value = Money> {
    (0_i64..10_000_000_000).prop_map(Money::from_cents)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_order_survives_writing_and_reading(
        number in "[!-~àèì]{1,20}",
        note in proptest::option::of("[ -~àè€\n]{0,60}[!-~]"),
        names in proptest::collection::vec("[!-~ùò]{1,30}", 1..5),
        amounts in proptest::collection::vec((money(), -1_000_i64..1_000, 1_u64..1_000_000_000), 5),
        discount in -500_i64..500,
    ) {
        let mut order = order(MEPA).order;
        let template = order.lines[0].clone();
        order.number = number;
        order.note = note.map(|note| note.trim().to_owned());
        order.document_allowances = Money::from_cents(discount);
        order.lines = names
            .into_iter()
            .zip(&amounts)
            .enumerate()
            .map(|(n, (name, (net, change, quantity)))| {
                let mut line = template.clone();
                line.id = (n + 1).to_string();
                line.name = name;
                line.net_amount = Some(*net);
                line.allowances = Money::from_cents(*change);
                line.quantity = format!("{}.{:03}", quantity / 1000, quantity % 1000).parse().unwrap();
                line
            })
            .collect();
        let written = String::from_utf8(write_ubl(&order, &hand_over())).unwrap();
        let after = self::order(&written).order;
        prop_assert_eq!(kept(after), kept(order), "{}", written);
    }
}
