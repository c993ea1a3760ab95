// SPDX-License-Identifier: EUPL-1.2
//! Documents made from the fixtures: what the national schemas allow and the fixtures do not have.

use mepa_gateway::documents::Limits;
use mepa_gateway::documents::opi::read_opi;
use mepa_gateway::domain::money::Money;
use mepa_gateway::domain::payment::{DebtKind, PaymentFlow};

use super::{document, flow, journal, outcomes, read};

/// What was paid of an invoice by a flow, of each kind of debt.
fn paid(flow: &PaymentFlow, sdi: i64) -> Vec<(DebtKind, Money)> {
    let parts = flow.positions().flat_map(|(_, _, position)| position.invoice_parts());
    let of_invoice = parts.filter(|(_, _, part)| part.document.sdi().is_some_and(|id| id.get() == sdi));
    of_invoice.map(|(_, debt, part)| (debt.kind, part.amount)).collect()
}

fn total(parts: &[(DebtKind, Money)]) -> String {
    Money::checked_sum(parts.iter().map(|(_, amount)| *amount)).unwrap().to_string()
}

#[test]
fn an_invoice_under_split_payment_is_paid_in_one_order_or_in_two() {
    let one = paid(&flow(&document("flusso-split-payment")), 7_000_000_012);
    let two = paid(&flow(&document("flusso-due-mandati")), 7_000_000_015);
    let kinds = |parts: &[(DebtKind, Money)]| parts.iter().map(|(kind, _)| *kind).collect::<Vec<_>>();
    assert_eq!(kinds(&one), [DebtKind::Commercial, DebtKind::Vat]);
    assert_eq!(kinds(&two), [DebtKind::Commercial, DebtKind::Vat]);
    assert_eq!((total(&one), total(&two)), ("12169.74".to_owned(), "1220.00".to_owned()));
    let note = flow(&document("flusso-nota-di-credito"));
    assert_eq!(total(&paid(&note, 7_000_000_018)), "1830.00");
    assert_eq!(total(&paid(&note, 7_000_000_021)), "-305.00");
}

#[test]
fn withholdings_are_summed() {
    const ONE: &str = "<ritenute>
        <importo_ritenute>2194.54</importo_ritenute>
        <numero_reversale>51</numero_reversale>
        <progressivo_versante>1</progressivo_versante>
      </ritenute>";
    let text = document("flusso-split-payment");
    let more = ONE.replace("2194.54", "100.5").replace(">1<", ">2<");
    let position = &flow(&text.replace(ONE, &format!("{ONE}{more}"))).mandates[0].positions[0];
    assert_eq!(position.withheld.to_string(), "2295.04");
    assert_eq!(position.net().unwrap().to_string(), "9874.70");
}

#[test]
fn signatures_stand_in_front_or_behind_once_or_more() {
    let text = document("flusso-split-payment");
    let start = text.find("  <ds:Signature").unwrap();
    let end = text.find("</ds:Signature>").unwrap() + "</ds:Signature>\n".len();
    let signature = &text[start..end];
    let bare = [&text[..start], &text[end..]].concat();
    let in_front = bare.replace("  <testata_flusso>", &format!("{signature}{signature}  <testata_flusso>"));
    let behind = text.replace("</flusso_ordinativi>", &format!("{signature}</flusso_ordinativi>"));
    let prefixed = text.replace("ds:", "firma.1:").replace("xmlns:ds", "xmlns:firma.1");
    for (document, signatures) in [(&text, 1), (&bare, 0), (&in_front, 2), (&behind, 2), (&prefixed, 1)] {
        let file = read(document);
        assert_eq!((file.faults, file.signatures), (Vec::new(), signatures));
    }
    let both = in_front.replace("</flusso_ordinativi>", &format!("{signature}</flusso_ordinativi>"));
    let between = bare.replace("  <esercizio>", &format!("{signature}  <esercizio>"));
    for document in [both, between] {
        let faults = read(&document).faults;
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(faults[0].reason.it, "Signature non può stare qui: è ripetuto o fuori ordine");
        assert_eq!(faults[0].pointer.split('[').next(), Some("/flusso_ordinativi/ds:Signature"));
    }
    let outcome = document("esito-pagato");
    let two = outcome
        .replace("</messaggi_esito_applicativo>", &format!("{signature}</messaggi_esito_applicativo>"));
    assert_eq!(read(&two).faults.len(), 1);
    let ack = document("ack-ok");
    let signed = ack
        .replace(
            "<messaggio_ack_siope>",
            "<messaggio_ack_siope xmlns:ds='http://www.w3.org/2000/09/xmldsig#'>",
        )
        .replace("</messaggio_ack_siope>", &format!("{signature}</messaggio_ack_siope>"));
    assert_eq!(read(&signed).faults[0].reason.it, "Signature non è previsto qui");
}

/// The text with something put before the first of that.
fn before(text: &str, what: &str, put: &str) -> String {
    assert!(text.contains(what), "{what}");
    text.replacen(what, &format!("{put}{what}"), 1)
}

/// What the published schemas have in an order, ours have not, and before which element it stands.
const ONLY_PUBLISHED: [(&str, &str); 7] = [
    ("<informazioni_beneficiario>", "<funzionario_delegato><x/></funzionario_delegato>"),
    ("<classificazione>", "<tipo_postalizzazione>POSTA PRIORITARIA</tipo_postalizzazione>"),
    (
        "<sepa_credit_transfer>",
        "<delegato><anagrafica_delegato>A</anagrafica_delegato></delegato><delegato/>",
    ),
    ("<sepa_credit_transfer>", "<piazzatura><numero_conto_corrente_beneficiario/></piazzatura>"),
    ("<causale>", "<codice_versante>9</codice_versante>"),
    (
        "</informazioni_beneficiario>",
        "<dati_a_disposizione_ente_beneficiario><a xmlns='urn:x'>1</a></dati_a_disposizione_ente_beneficiario>",
    ),
    (
        "</mandato>",
        "<dati_a_disposizione_ente_mandato_MIUR><voce>1</voce></dati_a_disposizione_ente_mandato_MIUR>",
    ),
];

#[test]
fn what_only_the_published_schemas_have_is_passed_over() {
    let text = document("flusso-split-payment");
    let more = ONLY_PUBLISHED.iter().fold(text.clone(), |text, (what, put)| before(&text, what, put));
    assert_eq!(flow(&more), flow(&text));
    let text = document("giornale-pagina-2");
    let more = [
        (
            "<progressivo_documento>",
            "<tipologia_pagamento_funzionario_delegato/><numero_pagamento_funzionario_delegato/>",
        ),
        ("<causale>", "<delegato/><creditore_effettivo/>"),
        ("</movimento_conto_evidenza>", "<dati_a_disposizione_BT><x/></dati_a_disposizione_BT>"),
        ("<ds:Signature ", "<totali_disponibilita_liquide><x/></totali_disponibilita_liquide>"),
    ]
    .iter()
    .fold(text.clone(), |text, (what, put)| before(&text, what, put));
    assert_eq!(journal(&more), journal(&text));
}

#[test]
fn another_creditor_is_kept_beside_the_payee() {
    let text = before(
        &document("flusso-split-payment"),
        "<sepa_credit_transfer>",
        "<creditore_effettivo><anagrafica_creditore_effettivo>Banca di Prova</anagrafica_creditore_effettivo>\
         <partita_iva_creditore_effettivo>12345670017</partita_iva_creditore_effettivo></creditore_effettivo>",
    );
    let position = &flow(&text).mandates[0].positions[0];
    assert_eq!(position.payee.name, "Forniture di Prova S.r.l.");
    let creditor = position.creditor.as_ref().unwrap();
    assert_eq!((creditor.name.as_str(), creditor.vat.as_deref()), ("Banca di Prova", Some("12345670017")));
}

#[test]
fn words_of_the_older_version_are_taken() {
    let text = document("flusso-ordinativi-1.6.1");
    for method in [
        "ACCREDITO TESORERIA PROVINCIALE STATO PER TAB A",
        "ACCREDITO TESORERIA PROVINCIALE STATO PER TAB B",
        "REGOLARIZZAZIONE ACCREDITO TESORERIA PROVINCIALE STATO PER TAB B",
    ] {
        let flow =
            flow(&text.replace("REGOLARIZZAZIONE ACCREDITO TESORERIA PROVINCIALE STATO PER TAB A", method));
        assert_eq!(flow.mandates[0].positions[0].method, method);
    }
}

#[test]
fn debts_come_in_any_number_and_order() {
    const VAT: &str = "          <tipo_debito_siope_nc>IVA</tipo_debito_siope_nc>";
    let text = document("flusso-split-payment").replace(
        VAT,
        &format!("          <tipo_debito_siope_nc>NON_COMMERCIALE</tipo_debito_siope_nc>\n{VAT}"),
    );
    let flow = flow(&text);
    let debts = &flow.mandates[0].positions[0].classes[0].debts;
    let read: Vec<_> =
        debts.iter().map(|debt| (debt.kind, debt.cig.is_some(), debt.invoices.len())).collect();
    assert_eq!(
        read,
        [(DebtKind::Commercial, true, 1), (DebtKind::NonCommercial, false, 0), (DebtKind::Vat, true, 1)]
    );
}

#[test]
fn codes_that_are_none_are_kept_as_written() {
    let text = document("flusso-split-payment")
        .replace("J51B26000010006", "AAAAAAAAAAAAAAA")
        .replace("<codice_cig_siope>BFA0B1C51C", "<codice_cig_siope>V000000000")
        .replace(">7000000012<", ">1234567890123<");
    let flow = flow(&text);
    let position = &flow.mandates[0].positions[0];
    let cup = position.cups().next().unwrap();
    assert_eq!((cup.raw.as_str(), cup.ok()), ("AAAAAAAAAAAAAAA", None));
    assert!(position.cigs().all(|cig| cig.ok().is_none() && cig.raw == "V000000000"));
    assert!(position.invoice_parts().all(|(_, _, part)| part.document.sdi().is_none()));
}

#[test]
fn outcomes_of_every_kind_are_read() {
    let text = document("esito-stornato");
    for kind in mepa_gateway::domain::payment::OutcomeKind::ALL {
        let changed = text.replace(">STORNATO<", &format!(">{}<", kind.as_str()));
        assert_eq!(outcomes(&changed).outcomes[0].kind, kind);
    }
}

#[test]
fn instants_with_a_zone_are_instants() {
    let text = document("esito-stornato");
    for (written, expected) in [
        ("2026-04-14T09:30:00", "2026-04-14T07:30:00+00:00"),
        ("2026-04-14T09:30:00Z", "2026-04-14T09:30:00+00:00"),
        ("2026-04-14T09:30:00.250+01:00", "2026-04-14T08:30:00.250+00:00"),
    ] {
        let message = outcomes(&text.replace("2026-04-14T09:30:00", written));
        assert_eq!(message.outcomes[0].at.to_rfc3339(), expected);
    }
}

#[test]
fn a_flow_as_large_as_may_be_is_read_whole() {
    let text: String = document("flusso-annullo").lines().map(str::trim_start).collect();
    let start = text.find("<mandato>").unwrap();
    let end = text.find("</mandato>").unwrap() + "</mandato>".len();
    let one = &text[start..end];
    let count = u64::try_from(5_000_000 / one.len()).unwrap();
    let numbered = |n| one.replace("<numero_mandato>102<", &format!("<numero_mandato>{n}<"));
    let many: String = (1..=count).map(numbered).collect();
    let flow = flow(&[&text[..start], &many, &text[end..]].concat());
    assert!(flow.mandates.iter().map(|mandato| mandato.number).eq(1..=count));
    let cup = flow.mandates.last().unwrap().positions[0].cups().next().unwrap();
    assert!(cup.at.starts_with(&format!("/flusso_ordinativi/mandato[{count}]/")), "{}", cup.at);
}

#[test]
fn character_sets_are_read() {
    let text = document("flusso-annullo").replace("Forniture di Prova", "Città € più");
    let byte = |c: char| if c == '€' { 0x80 } else { u8::try_from(u32::from(c)).unwrap() };
    let western: Vec<u8> = text.replacen("UTF-8", "windows-1252", 1).chars().map(byte).collect();
    let file = read_opi(&western, &Limits::default()).unwrap();
    assert_eq!(file.document, read(&text).document);
    assert_eq!(read(&format!("\u{feff}{text}")).document, read(&text).document);
}
