// SPDX-License-Identifier: EUPL-1.2
//! Judges the order handed over: first `order.xsd`, then the rules no schema can say (`schemas/acquistinretepa/README.md`).

use std::collections::BTreeSet;

use crate::schema::{Breach, Schema};
use crate::xml::{self, Element};

/// Why an order is refused: kind of the problem, and one entry per fault.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) kind: &'static str,
    pub(crate) breaches: Vec<Breach>,
}

/// Judges a document.
pub(crate) fn judge(document: &str) -> Result<(), Refusal> {
    let invalid = |breaches| Refusal { kind: "documento-non-valido", breaches };
    let order = xml::read(document).map_err(|why| invalid(vec![Breach::new("", why)]))?;
    let breaches = Schema::Order.breaches(document);
    if !breaches.is_empty() {
        return Err(invalid(breaches));
    }
    let breaches: Vec<_> = codes(&order).into_iter().chain(lines(&order)).chain(totals(&order)).collect();
    if breaches.is_empty() { Ok(()) } else { Err(Refusal { kind: "regola-violata", breaches }) }
}

fn codes(order: &Element) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let mut check = |path: &[&str], ok: bool, why: &str| {
        if !ok {
            breaches.push(Breach::new(format!("/Order/{}", path.join("/")), why));
        }
    };
    let text = |path: &[&str]| order.text_at(path).unwrap_or_default();

    let cup = ["ProjectReference", "ID"];
    check(&cup, fits(text(&cup), "A99A99999999999"), "CUP non valido");
    let cig = ["OriginatorDocumentReference", "ID"];
    check(&cig, order.at(&cig).is_none() || is_cig(text(&cig)), "CIG non valido");
    let ipa = order
        .all("AdditionalDocumentReference")
        .find(|r| r.text_at(&["DocumentType"]) == Some("IPA"))
        .and_then(|r| r.text_at(&["ID"]));
    check(
        &["AdditionalDocumentReference", "ID"],
        ipa.is_some_and(is_ipa),
        "manca il codice IPA dell'ufficio (DocumentType IPA), o non è di sei caratteri",
    );
    let buyer = ["BuyerCustomerParty", "Party", "EndpointID"];
    check(
        &buyer,
        scheme(order, &buyer) == Some("0201") && is_ipa(text(&buyer)),
        "serve il codice IPA, schemeID 0201",
    );
    let body = ["BuyerCustomerParty", "Party", "PartyLegalEntity", "CompanyID"];
    check(
        &body,
        scheme(order, &body) == Some("0210") && fits(text(&body), "99999999999"),
        "serve il codice fiscale del Comune, schemeID 0210",
    );
    let seller = ["SellerSupplierParty", "Party", "EndpointID"];
    let vat = text(&seller).strip_prefix("IT").unwrap_or_default();
    check(
        &seller,
        scheme(order, &seller) == Some("0211") && fits(vat, "99999999999"),
        "serve IT e la partita IVA del fornitore, schemeID 0211",
    );
    check(
        &["OrderTypeCode"],
        ["", "220"].contains(&text(&["OrderTypeCode"])),
        "tipo di ordine diverso da 220",
    );
    breaches
}

fn scheme<'o>(order: &'o Element, path: &[&str]) -> Option<&'o str> {
    order.at(path).and_then(|element| element.attribute("schemeID"))
}

fn lines(order: &Element) -> Vec<Breach> {
    let mut seen = BTreeSet::new();
    let ids = order.all("OrderLine").filter_map(|line| line.text_at(&["LineItem", "ID"]));
    ids.filter(|id| !seen.insert(*id))
        .map(|id| Breach::new("/Order/OrderLine/LineItem/ID", format!("riga {id} ripetuta")))
        .collect()
}

fn totals(order: &Element) -> Vec<Breach> {
    let total = |name| cents(order.text_at(&["AnticipatedMonetaryTotal", name]));
    let lines: Option<Vec<i64>> = order
        .all("OrderLine")
        .map(|line| cents(line.text_at(&["LineItem", "LineExtensionAmount"])))
        .collect();
    let sum = lines.and_then(|all| all.into_iter().try_fold(0_i64, i64::checked_add));
    let net = total("TaxExclusiveAmount");
    let vat = cents(order.text_at(&["TaxTotal", "TaxAmount"]));
    let gross = net.zip(vat).and_then(|(net, vat)| net.checked_add(vat));
    [
        ("LineExtensionAmount", sum, "diverso dalla somma delle righe"),
        ("TaxExclusiveAmount", sum, "diverso dalla somma delle righe"),
        ("TaxInclusiveAmount", gross, "diverso da imponibile più IVA"),
        ("PayableAmount", gross, "diverso da imponibile più IVA"),
    ]
    .into_iter()
    .filter(|(name, expected, _)| expected.is_none() || total(name) != *expected)
    .map(|(name, _, why)| Breach::new(format!("/Order/AnticipatedMonetaryTotal/{name}"), why))
    .collect()
}

/// Cents of a decimal with two places at most.
fn cents(text: Option<&str>) -> Option<i64> {
    let (whole, decimals) = text.map(|t| t.split_once('.').unwrap_or((t, "")))?;
    if decimals.len() > 2 {
        return None;
    }
    format!("{whole}{decimals:0<2}").parse().ok()
}

/// Whether the text has the shape: `A` a capital letter, `9` a digit.
fn fits(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(byte, wanted)| match wanted {
            b'A' => byte.is_ascii_uppercase(),
            _ => byte.is_ascii_digit(),
        })
}

fn is_cig(text: &str) -> bool {
    let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte);
    match text.as_bytes() {
        [first, rest @ ..] => {
            rest.len() == 9
                && (first.is_ascii_digit() || matches!(first, b'A'..=b'U' | b'X'..=b'Z'))
                && rest.iter().copied().all(hexadecimal)
        }
        [] => false,
    }
}

fn is_ipa(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = include_str!("../../fixtures/acquistinretepa/order.xml");

    fn faults_of(document: &str) -> (&'static str, Vec<String>) {
        let refusal = judge(document).unwrap_err();
        (refusal.kind, refusal.breaches.into_iter().map(|b| b.at).collect())
    }

    #[test]
    fn a_good_order_passes() {
        judge(GOOD).unwrap();
    }

    #[test]
    fn each_rule_is_named() {
        for (from, to, field) in [
            ("J51B26000010006", "051B26000010006", "/Order/ProjectReference/ID"),
            ("BFA0B1C51C", "BFA0B1C51Z", "/Order/OriginatorDocumentReference/ID"),
            (">IPA<", ">DELIBERA<", "/Order/AdditionalDocumentReference/ID"),
            ("schemeID=\"0211\"", "schemeID=\"9906\"", "/Order/SellerSupplierParty/Party/EndpointID"),
            (">2<", ">1<", "/Order/OrderLine/LineItem/ID"),
            ("12169.74<", "12169.75<", "/Order/AnticipatedMonetaryTotal/TaxInclusiveAmount"),
        ] {
            let (kind, fields) = faults_of(&GOOD.replace(from, to));
            assert_eq!(kind, "regola-violata", "{from}");
            assert!(fields.iter().any(|f| f == field), "{from}: {fields:?}");
        }
    }

    #[test]
    fn other_documents_are_not_valid() {
        for document in [
            "",
            "<Order/>",
            "<!DOCTYPE a><a/>",
            &GOOD.replace("EUR", "USD"),
            &GOOD.replace("39112000-0", "39112000"),
        ] {
            assert_eq!(faults_of(document).0, "documento-non-valido", "{document}");
        }
    }

    #[test]
    fn cents_are_exact() {
        assert_eq!(cents(Some("1234.5")), Some(123_450));
        assert_eq!(cents(Some("7")), Some(700));
        assert_eq!(cents(Some("1.234")), None);
        assert_eq!(cents(Some("999999999999999999999")), None);
    }
}
