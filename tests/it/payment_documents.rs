// SPDX-License-Identifier: EUPL-1.2
//! Documents of payment of the project's own: orders, outcomes, the journal, acks, and lists of mandati.

use std::fmt::Write as _;

use mepa_gateway::documents::Limits;
use mepa_gateway::documents::opi::{OpiDocument, OpiFile, read_opi};
use mepa_gateway::domain::payment::{
    Debt, Effect, InvoicePart, InvoiceRef, JournalPage, OutcomeMessage, PaymentFlow, PositionId,
};
use mepa_gateway_mocks::schema::Schema;

use crate::support::opi_fixtures;

mod agreement;
mod defects;
mod made;
mod mandati;

fn document(name: &str) -> String {
    opi_fixtures().into_iter().find(|(file, _)| *file == format!("{name}.xml")).unwrap().1
}

/// The schema of a fixture, by its name.
fn schema_of(file: &str) -> Schema {
    match file.split('-').next() {
        Some("flusso") => Schema::SiopeFlusso,
        Some("ack") => Schema::SiopeAck,
        Some("esito") => Schema::SiopeEsito,
        Some("giornale") => Schema::SiopeGiornale,
        _ => panic!("no schema for {file}"),
    }
}

fn read(text: &str) -> OpiFile {
    read_opi(text.as_bytes(), &Limits::default()).unwrap_or_else(|error| panic!("{error:#?}"))
}

fn flow(text: &str) -> PaymentFlow {
    let file = read(text);
    let OpiDocument::Flow(flow) = file.document else { panic!("{file:?}") };
    assert_eq!((file.faults, flow.left_out), (Vec::new(), 0));
    flow
}

fn outcomes(text: &str) -> OutcomeMessage {
    let file = read(text);
    let OpiDocument::Outcomes(message) = file.document else { panic!("{file:?}") };
    assert_eq!((file.faults, message.left_out), (Vec::new(), 0));
    message
}

fn journal(text: &str) -> JournalPage {
    let file = read(text);
    let OpiDocument::Journal(page) = file.document else { panic!("{file:?}") };
    assert_eq!((file.faults, page.left_out), (Vec::new(), 0));
    page
}

fn cig(debt: &Debt) -> String {
    debt.cig.as_ref().map_or("-".to_owned(), |cig| cig.ok().unwrap().as_str().to_owned())
}

fn part(part: &InvoicePart) -> String {
    let document = match &part.document {
        InvoiceRef::Electronic(id) => id.raw.clone(),
        InvoiceRef::Analogue { issuer, year } => format!("{issuer} {year}"),
    };
    let usage = part.credit_note_use.map_or_else(String::new, |usage| format!(" {}", usage.as_str()));
    format!(" [{document} {} {}{usage}]", part.number, part.amount)
}

/// What a flow says, a line for each position, class and debt.
fn told(flow: &PaymentFlow) -> String {
    let mut told = String::new();
    for (id, mandato, position) in flow.positions() {
        let PositionId { exercise, number, progressive } = id;
        let replaces = position.replaces.map_or_else(String::new, |replaced| {
            format!(" in place of {}/{}/{}", replaced.exercise, replaced.number, replaced.progressive)
        });
        let (operation, amount, method) = (mandato.operation.as_str(), position.amount, &position.method);
        writeln!(
            told,
            "{operation} {exercise}/{number}/{progressive} {amount} - {} {method}{replaces}",
            position.withheld
        )
        .unwrap();
        for class in &position.classes {
            let cup = class.cup.as_ref().map_or("-", |cup| cup.ok().unwrap().as_str());
            writeln!(told, "  {} {cup} {}", class.siope_code, class.amount).unwrap();
            for debt in &class.debts {
                let parts: String = debt.invoices.iter().map(part).collect();
                writeln!(told, "    {} {}{parts}", debt.kind.as_str(), cig(debt)).unwrap();
            }
        }
    }
    told
}

/// The orders of each fixture, and how many reversali stand beside them.
const ORDERS: [(&str, u32, &str); 8] = [
    (
        "flusso-split-payment",
        1,
        "INSERIMENTO 2026/101/1 12169.74 - 2194.54 SEPA CREDIT TRANSFER
  1030102999 J51B26000010006 12169.74
    COMMERCIALE BFA0B1C51C [7000000012 FPA 12/26 9975.20]
    IVA BFA0B1C51C [7000000012 FPA 12/26 2194.54]
",
    ),
    (
        "flusso-variazione",
        0,
        "VARIAZIONE 2026/101/1 12169.74 - 2194.54 SEPA CREDIT TRANSFER
  1030102999 J51B26000010006 12169.74
    COMMERCIALE BFA0B1C51C [7000000012 FPA 12/26 9975.20]
    IVA BFA0B1C51C [7000000012 FPA 12/26 2194.54]
",
    ),
    (
        "flusso-annullo",
        0,
        "ANNULLO 2026/102/1 1000.00 - 0.00 SEPA CREDIT TRANSFER
  1030102999 J51B26000010006 1000.00
    COMMERCIALE BFA0B1C51C [7000000015 FPA 15/26 1000.00]
",
    ),
    (
        "flusso-due-mandati",
        0,
        "INSERIMENTO 2026/102/1 1000.00 - 0.00 SEPA CREDIT TRANSFER
  1030102999 J51B26000010006 1000.00
    COMMERCIALE BFA0B1C51C [7000000015 FPA 15/26 1000.00]
INSERIMENTO 2026/103/1 220.00 - 0.00 F24EP
  1030102999 J51B26000010006 220.00
    IVA BFA0B1C51C [7000000015 FPA 15/26 220.00]
",
    ),
    (
        "flusso-sostituzione",
        0,
        "SOSTITUZIONE 2026/105/1 220.00 - 0.00 F24EP in place of 2026/103/1
  1030102999 J51B26000010006 220.00
    IVA BFA0B1C51C [7000000015 FPA 15/26 220.00]
",
    ),
    (
        "flusso-nota-di-credito",
        1,
        "INSERIMENTO 2026/104/1 1525.00 - 275.00 SEPA CREDIT TRANSFER
  1030102999 J51B26000010006 1525.00
    COMMERCIALE BFA0B1C51C [7000000018 FPA 18/26 1500.00] [7000000021 NC 2/26 -250.00 INCASSO/COMPENSAZIONE]
    IVA BFA0B1C51C [7000000018 FPA 18/26 330.00] [7000000021 NC 2/26 -55.00 SPLIT PAYMENT]
",
    ),
    (
        "flusso-ritenute",
        1,
        "INSERIMENTO 2026/106/1 1220.00 - 200.00 SEPA CREDIT TRANSFER
  2020305001 J51B26000010006 1220.00
    COMMERCIALE ES19 [7000000030 7/2026 1220.00]
INSERIMENTO 2026/106/2 500.00 - 0.00 CASSA
  1030102999 - 300.00
    COMMERCIALE ES24 [12345670017 2026 R 12 300.00]
  1030102999 - 200.00
    NON_COMMERCIALE -
",
    ),
    (
        "flusso-ordinativi-1.6.1",
        0,
        "INSERIMENTO 2025/990/1 610.00 - 0.00 REGOLARIZZAZIONE ACCREDITO TESORERIA PROVINCIALE STATO PER TAB A
  1030102999 J51B26000010006 610.00
    COMMERCIALE BFA0B1C51C [6000000077 FPA 77/25 500.00]
    IVA BFA0B1C51C [6000000077 FPA 77/25 110.00]
",
    ),
];

#[test]
fn every_order_of_the_fixtures_is_read() {
    for (name, reversali, expected) in ORDERS {
        let flow = flow(&document(name));
        assert_eq!(told(&flow), expected, "{name}");
        assert_eq!(flow.reversali, reversali, "{name}");
        assert!(flow.mandates.iter().all(|mandato| mandato.is_sum_of_positions()), "{name}");
    }
    let flows = opi_fixtures().into_iter().filter(|(file, _)| file.starts_with("flusso-"));
    assert_eq!(flows.count(), ORDERS.len());
}

#[test]
fn all_else_of_an_order_is_read_too() {
    let flow = flow(&document("flusso-split-payment"));
    assert_eq!((flow.id.as_str(), flow.exercise), ("FLUSSO-2026-0041", 2026));
    // A time without a zone is one in Italy.
    assert_eq!(flow.head.created_at.to_rfc3339(), "2026-04-08T08:15:00+00:00");
    assert_eq!((flow.head.office.as_str(), flow.head.tax_code.as_str()), ("UFTST1", "01817670019"));
    let mandato = &flow.mandates[0];
    assert_eq!(
        (mandato.date.to_string(), mandato.amount.to_string()),
        ("2026-04-08".into(), "12169.74".into())
    );
    assert_eq!(mandato.act.as_deref(), Some("Determina n. 45 del 12/03/2026"));
    let position = &mandato.positions[0];
    assert_eq!(position.net().unwrap().to_string(), "9975.20");
    assert_eq!(position.cause, "Saldo fattura FPA 12/26");
    assert_eq!(position.payee.name, "Forniture di Prova S.r.l.");
    assert_eq!(position.payee.vat.as_deref(), Some("76543211007"));
    assert_eq!(position.payee.tax_code.as_deref(), Some("76543211007"));
    assert_eq!((position.creditor.as_ref(), position.replaces), (None, None));
    assert_eq!(position.iban.as_deref(), Some("IT60X0542811101000000123456"));
    assert_eq!(position.end_to_end.as_deref(), Some("E2E-2026-101-1"));
    let class = &position.classes[0];
    assert_eq!(class.cpv.as_ref().unwrap().ok().unwrap().as_str(), "39112000-0");
    let at = "/flusso_ordinativi/mandato[1]/informazioni_beneficiario[1]/classificazione[1]";
    assert_eq!(class.cup.as_ref().unwrap().at, format!("{at}/codice_cup"));
    let debts = format!("{at}/classificazione_dati_siope_uscite");
    let cigs: Vec<_> = position.cigs().map(|cig| cig.at.to_string()).collect();
    assert_eq!(cigs, [1, 2].map(|n| format!("{debts}/codice_cig_siope[{n}]")));
    let parts: Vec<_> = position.invoice_parts().map(|(_, _, part)| part).collect();
    let [net, vat] = parts.as_slice() else { panic!("{parts:?}") };
    let InvoiceRef::Electronic(id) = &vat.document else { panic!("{vat:?}") };
    assert_eq!(id.at, format!("{debts}/fattura_siope[2]/identificativo_lotto_sdi_siope"));
    assert_eq!(net.document.sdi().unwrap().get(), 7_000_000_012);
    assert_eq!((net.office.as_str(), net.due.unwrap().to_string()), ("UFTST1", "2026-04-30".into()));
    assert_eq!(net.nature.unwrap().as_str(), "CORRENTE");
}

#[test]
fn every_outcome_of_the_fixtures_is_read() {
    for (name, expected, reversali) in [
        ("esito-acquisito", &["FLUSSO-2026-0041 2026/101/- - ACQUISITO 2026-04-08T09:55:00+00:00"][..], 1),
        (
            "esito-pagato",
            &[
                "FLUSSO-2026-0041 2026/101/1 12169.74 PAGATO 2026-04-10T14:00:00+00:00",
                "FLUSSO-2026-0043 2026/104/1 1525.00 PAGATO 2026-04-10T14:05:00+00:00",
            ],
            2,
        ),
        ("esito-stornato", &["FLUSSO-2026-0043 2026/104/1 1525.00 STORNATO 2026-04-14T07:30:00+00:00"], 0),
        (
            "esito-regolarizzato",
            &["FLUSSO-2025-0900 2025/990/1 610.00 REGOLARIZZATO 2025-11-24T09:00:00+00:00"],
            0,
        ),
        (
            "esito-non-eseguibile",
            &["FLUSSO-2026-0042 2026/102/1 - NON ESEGUIBILE 2026-04-10T15:00:00+00:00"],
            0,
        ),
    ] {
        let message = outcomes(&document(name));
        let told: Vec<String> = message
            .outcomes
            .iter()
            .map(|outcome| {
                let progressive = outcome.progressive.map_or("-".to_owned(), |number| number.to_string());
                let amount = outcome.amount.map_or("-".to_owned(), |amount| amount.to_string());
                let key = format!("{}/{}/{progressive}", outcome.exercise, outcome.number);
                let at = outcome.at.to_rfc3339();
                format!("{} {key} {amount} {} {at}", outcome.flow_id, outcome.kind.as_str())
            })
            .collect();
        assert_eq!(told, expected, "{name}");
        assert_eq!(message.reversali, reversali, "{name}");
    }
    let refused = outcomes(&document("esito-non-eseguibile"));
    assert_eq!(refused.bank_flow_id, "ESITO-2026-0004");
    assert_eq!(refused.outcomes[0].kind.effect(), Effect::Refused);
    let error = &refused.outcomes[0].errors[0];
    assert_eq!((error.progressive, error.code.as_deref()), (Some(1), Some("12")));
    assert_eq!(error.text, "IBAN del beneficiario estinto");
    assert!(error.element.as_ref().unwrap().ends_with("/sepa_credit_transfer/iban"));
}

#[test]
fn every_movement_of_the_fixtures_is_read() {
    for (name, page, expected) in [
        (
            "giornale-pagina-1",
            1,
            [
                "USCITA MANDATO ESEGUITO 101/1 12169.74 - 2194.54 E2E-2026-101-1 2026-04-10",
                "ENTRATA REVERSALE ESEGUITO 51/1 2194.54 - 0.00 - 2026-04-10",
            ],
        ),
        (
            "giornale-pagina-2",
            2,
            [
                "USCITA MANDATO ESEGUITO 104/1 1525.00 - 275.00 E2E-2026-104-1 2026-04-10",
                "ENTRATA REVERSALE ESEGUITO 52/1 275.00 - 0.00 - 2026-04-10",
            ],
        ),
    ] {
        let journal = journal(&document(name));
        assert_eq!((journal.page, journal.pages, journal.exercise), (page, 2, 2026));
        assert_eq!(journal.bank_flow_id, format!("GDC-20260410ALMESE00012345#{page:03}#002"));
        assert_eq!(journal.date.to_string(), "2026-04-10");
        let told: Vec<String> = journal
            .movements
            .iter()
            .map(|one| {
                let words = [one.direction.as_str(), one.document.as_str(), one.operation.as_str()].join(" ");
                let (number, progressive) = (one.number, one.progressive);
                let reference = one.end_to_end.as_deref().unwrap_or("-");
                format!(
                    "{words} {number}/{progressive} {} - {} {reference} {}",
                    one.amount, one.withheld, one.date
                )
            })
            .collect();
        assert_eq!(told, expected, "{name}");
        let keys: Vec<_> = journal.movements.iter().map(|one| journal.position(one)).collect();
        assert_eq!((keys[0].unwrap().progressive, keys[1]), (1, None));
    }
}

#[test]
fn every_ack_of_the_fixtures_is_read() {
    for (name, state, errors, warnings) in [
        ("ack-ok", "OK", &[][..], &[][..]),
        ("ack-warning", "WARNING", &[], &["3001"]),
        ("ack-ko", "KO", &["2008", "2011"], &[]),
    ] {
        let file = read(&document(name));
        let OpiDocument::Ack(ack) = file.document else { panic!("{file:?}") };
        let codes = |remarks: &[mepa_gateway::domain::payment::Remark]| {
            remarks.iter().map(|remark| remark.code.clone()).collect::<Vec<_>>()
        };
        assert_eq!((ack.state.as_str(), ack.exercise), (state, Some(2026)), "{name}");
        assert_eq!((codes(&ack.errors), codes(&ack.warnings)), (own(errors), own(warnings)), "{name}");
        assert!(ack.flow_id.unwrap().starts_with("FLUSSO-2026-004"), "{name}");
        assert_eq!((file.faults, file.signatures), (Vec::new(), 0), "{name}");
    }
}

fn own(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
