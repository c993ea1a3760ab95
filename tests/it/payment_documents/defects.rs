// SPDX-License-Identifier: EUPL-1.2
//! Documents with something wrong: told with its place, nothing read by half, nothing that hurts.

use std::time::{Duration, Instant};

use mepa_gateway::documents::opi::{OpiDocument, read_opi};
use mepa_gateway::documents::{Limits, ReadError, ReadErrorKind};
use mepa_gateway::import::{read_bytes, read_mandati};
use proptest::prelude::*;

use super::{document, read};
use crate::support::opi_fixtures;

/// Far more than any document within the limits needs, also in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// Line and column of a text, counted from 1.
fn place_of(text: &str, what: &str) -> (u32, u32) {
    let before = &text[..text.find(what).unwrap()];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    (u32::try_from(line).unwrap(), u32::try_from(column).unwrap())
}

#[test]
fn a_defect_is_told_with_its_place() {
    let text = document("flusso-ritenute");
    let position = "/flusso_ordinativi/mandato[1]/informazioni_beneficiario[2]";
    let class = format!("{position}/classificazione[1]");
    let invoice = format!("{class}/classificazione_dati_siope_uscite/fattura_siope[1]");
    for (from, to, at, pointer, reason) in [
        (
            "<tipo_pagamento>CASSA",
            "<tipo_pagamento>CONTANTI",
            "<tipo_pagamento>CONTANTI",
            format!("{position}/tipo_pagamento"),
            "non è uno dei codici ammessi",
        ),
        (
            "<importo_siope>300.00",
            "<importo_siope>300.001",
            "<importo_siope>300.001",
            format!("{invoice}/dati_fattura_siope/importo_siope"),
            "serve un importo con al massimo due decimali",
        ),
        (
            "<motivo_esclusione_cig_siope>SPESE_ECONOMALI</motivo_esclusione_cig_siope>",
            "",
            "<tipo_debito_siope_c>COMMERCIALE</tipo_debito_siope_c>\n          \n",
            format!("{class}/classificazione_dati_siope_uscite/tipo_debito_siope_c"),
            "manca codice_cig_siope, oppure motivo_esclusione_cig_siope prima di fattura_siope",
        ),
        (
            "<importo>300.00</importo>",
            "<importo>300.00</importo><nuovo/>",
            "<nuovo/>",
            format!("{class}/nuovo"),
            "nuovo non è previsto qui",
        ),
        (
            "<progressivo_beneficiario>2<",
            "<progressivo_beneficiario>1<",
            "<progressivo_beneficiario>1</progressivo_beneficiario>\n      <importo_beneficiario>500",
            format!("{position}/progressivo_beneficiario"),
            "progressivo ripetuto nel mandato",
        ),
    ] {
        assert!(text.contains(from), "{from}");
        let changed = text.replacen(from, to, 1);
        let file = read(&changed);
        let told = file.faults.iter().find(|fault| fault.reason.it.contains(reason));
        let told = told.unwrap_or_else(|| panic!("{reason}: {:#?}", file.faults));
        assert_eq!(told.pointer, pointer, "{to}");
        assert_eq!((told.line, told.column), place_of(&changed, at), "{to}");
    }
}

#[test]
fn a_debt_of_vat_has_cig_and_invoices_or_neither() {
    const CIG: &str = "<codice_cig_siope>BFA0B1C51C</codice_cig_siope>";
    let text = document("flusso-split-payment");
    let vat = text.find("<tipo_debito_siope_nc>").unwrap();
    let (before, debt) = text.split_at(vat);
    let end = debt.find("</fattura_siope>").unwrap() + "</fattura_siope>".len();
    let start = debt.find("<fattura_siope>").unwrap();
    let without_cig = [before, &debt.replacen(CIG, "", 1)].concat();
    let without_invoice = [before, &debt[..start], &debt[end..]].concat();
    let class = "/flusso_ordinativi/mandato[1]/informazioni_beneficiario[1]/classificazione[1]";
    for (text, reason, at) in [
        (&without_cig, "manca codice_cig_siope, oppure motivo_esclusione_cig_siope", "/fattura_siope[2]"),
        (&without_invoice, "manca fattura_siope dopo il CIG", ""),
    ] {
        let faults = read(text).faults;
        assert_eq!(faults.len(), 1, "{faults:#?}");
        assert!(faults[0].reason.it.starts_with(reason), "{faults:#?}");
        assert_eq!(faults[0].pointer, format!("{class}/classificazione_dati_siope_uscite{at}"));
    }
    let without_both = [before, &debt[..start].replacen(CIG, "", 1), &debt[end..]].concat();
    assert_eq!(read(&without_both).faults, []);
}

#[test]
fn an_order_is_read_whole_or_not_at_all() {
    let text = document("flusso-due-mandati");
    for (from, to) in [
        ("<numero_mandato>103</numero_mandato>", ""),
        ("<importo_mandato>220.00", "<importo_mandato>220,00"),
        (
            "<tipo_operazione>INSERIMENTO</tipo_operazione>\n    <numero_mandato>103",
            "<tipo_operazione>ALTRO</tipo_operazione>\n    <numero_mandato>103",
        ),
        ("<importo_beneficiario>220.00", "<importo_beneficiario>x"),
        ("<importo>220.00</importo>", ""),
        ("<importo_siope>220.00", "<importo_siope>220.005"),
        (
            "<importo_siope>220.00</importo_siope>",
            "<importo_siope>220.00</importo_siope><importo_siope>221.00</importo_siope>",
        ),
        ("<tipo_debito_siope_nc>IVA</tipo_debito_siope_nc>", ""),
        ("<tipo_debito_siope_nc>IVA<", "<tipo_debito_siope_nc>ALTRO<"),
        ("<importo>220.00</importo>", "<importo>220.00</importo><fattura_siope/>"),
        (
            "<progressivo_beneficiario>1</progressivo_beneficiario>\n      <importo_beneficiario>220",
            "<importo_beneficiario>220",
        ),
    ] {
        assert!(text.contains(from), "{from}");
        // The one of which something changes is the last in the document.
        let at = text.rfind(from).unwrap();
        let changed = [&text[..at], to, &text[at + from.len()..]].concat();
        let file = read(&changed);
        let OpiDocument::Flow(flow) = &file.document else { panic!("{file:?}") };
        assert_eq!((flow.mandates.len(), flow.left_out), (1, 1), "{to}: {:#?}", file.faults);
        assert_eq!(flow.mandates[0].number, 102, "{to}");
        assert!(!file.faults.is_empty(), "{to}");
    }
}

#[test]
fn an_outcome_or_a_movement_is_read_whole_or_not_at_all() {
    let text = document("esito-pagato");
    for (from, to) in [
        ("<esito_operazione>PAGATO<", "<esito_operazione>PAGATA<"),
        ("<importo>1525.00<", "<importo>1525,00<"),
        ("<progressivo_beneficiario>1<", "<progressivo_beneficiario>uno<"),
        (
            "<data_ora_esito_operazione>2026-04-10T16:05:00</data_ora_esito_operazione>\n  </esito_mandati>",
            "</esito_mandati>",
        ),
    ] {
        let at = text.rfind(from).unwrap();
        let changed = [&text[..at], to, &text[at + from.len()..]].concat();
        let OpiDocument::Outcomes(message) = read(&changed).document else { panic!("{changed}") };
        assert_eq!(
            (message.outcomes.len(), message.left_out, message.outcomes[0].number),
            (1, 1, 101),
            "{to}"
        );
    }
    let text = document("giornale-pagina-2");
    for (from, to) in [
        ("<tipo_operazione>ESEGUITO<", "<tipo_operazione>FATTO<"),
        ("<importo>275.00</importo>", ""),
        ("<numero_documento>52<", "<numero_documento><"),
    ] {
        let at = text.rfind(from).unwrap();
        let changed = [&text[..at], to, &text[at + from.len()..]].concat();
        let OpiDocument::Journal(page) = read(&changed).document else { panic!("{changed}") };
        assert_eq!((page.movements.len(), page.left_out), (1, 1), "{to}");
    }
}

#[test]
fn what_cannot_be_told_apart_is_refused() {
    let flow = document("flusso-annullo");
    for (text, kind) in [
        (
            flow.replace("<identificativo_flusso>FLUSSO-2026-0046</identificativo_flusso>", ""),
            ReadErrorKind::Invalid,
        ),
        (flow.replace("<esercizio>2026<", "<esercizio>duemila<"), ReadErrorKind::Invalid),
        (flow.replace("<codice_ente>UFTST1<", "<codice_ente>UF<"), ReadErrorKind::Invalid),
        (
            flow.replace("<flusso_ordinativi ", "<flusso_ordinativi xmlns='urn:x' "),
            ReadErrorKind::NotThisKind,
        ),
        (flow.replace("flusso_ordinativi", "flusso"), ReadErrorKind::NotThisKind),
        (document("giornale-pagina-1").replace("<pagina>1</pagina>", ""), ReadErrorKind::Invalid),
        (document("ack-ok").replace("<stato_flusso>OK</stato_flusso>", ""), ReadErrorKind::Invalid),
        (String::new(), ReadErrorKind::Malformed),
    ] {
        let error = read_opi(text.as_bytes(), &Limits::default()).unwrap_err();
        assert_eq!(error.kind, kind, "{error:?}");
        assert!(!error.faults.is_empty());
    }
}

fn refused(bytes: &[u8]) -> ReadError {
    let start = Instant::now();
    let error = read_opi(bytes, &Limits::default()).unwrap_err();
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
    assert!(!error.faults.is_empty() && error.faults.len() <= 100);
    error
}

#[test]
fn hostile_documents_are_refused() {
    let text = document("flusso-split-payment");
    let with = |markup: &str| text.replace("  <esercizio>", &format!("{markup}  <esercizio>"));
    let bomb = "<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]>";
    for declaration in [bomb, "<!DOCTYPE a SYSTEM 'file:///etc/passwd'>"] {
        let document = text.replace("<flusso_ordinativi ", &format!("{declaration}<flusso_ordinativi "));
        let error = refused(document.as_bytes());
        assert_eq!(error.kind, ReadErrorKind::Malformed);
        assert!(error.faults[0].reason.en.contains("DOCTYPE"), "{error:?}");
    }
    assert_eq!(refused(with("&x;").as_bytes()).kind, ReadErrorKind::Malformed);
    let attributes: String = (0..100_000).map(|n| format!(" a{n}='1'")).collect();
    for (what, document) in [
        ("levels", with(&format!("{}{}", "<a>".repeat(100), "</a>".repeat(100)))),
        ("levels", with(&"<a>".repeat(500_000))),
        ("elements", with(&"<a/>".repeat(1_000_000))),
        ("attributes", with(&format!("<a{attributes}/>"))),
        ("text", with(&format!("<a>{}</a>", "x".repeat(6_000_000)))),
    ] {
        assert_eq!(refused(document.as_bytes()).kind, ReadErrorKind::TooBig, "{what}");
    }
    let long = text.replace("Determina n. 45", &"x".repeat(1_100_000));
    assert_eq!(refused(long.as_bytes()).kind, ReadErrorKind::TooBig);
    for end in (0..text.trim_end().len()).step_by(97) {
        refused(&text.as_bytes()[..end]);
    }
}

/// A list of mandati with something of everything.
const LIST: &str = "Esercizio;N. mandato;Data;Importo;Beneficiario;P.IVA;CUP;CIG;N. fattura;Data fattura;ID SdI;Esito;Data pagamento\n\
    2026;101;08/04/2026;9.975,20;Forniture di Prova;76543211007;J51B26000010006;BFA0B1C51C;FPA 12/26;01/04/2026;7000000012;PAGATO;10/04/2026\n\
    ;;Totale;9.975,20;;;;;;;;;\n";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn flipped_bytes_never_panic(
        document in any::<prop::sample::Index>(),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let documents = opi_fixtures();
        let mut bytes = documents[document.index(documents.len())].1.clone().into_bytes();
        for (place, byte) in &flips {
            let at = place.index(bytes.len());
            bytes[at] = *byte;
        }
        if let Err(error) = read_opi(&bytes, &Limits::default()) {
            prop_assert!(!error.faults.is_empty());
        }
        let mut bytes = LIST.as_bytes().to_vec();
        for (place, byte) in flips {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(file) = read_bytes(&bytes, "mandati") {
            let _ = read_mandati(&file.rows);
        }
    }

    #[test]
    fn spliced_documents_never_panic(
        first in any::<prop::sample::Index>(),
        second in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
        from in any::<prop::sample::Index>(),
        length in 0_usize..400,
    ) {
        let documents = opi_fixtures();
        let text = documents[first.index(documents.len())].1.as_bytes();
        let other = documents[second.index(documents.len())].1.as_bytes();
        let (at, start) = (cut.index(text.len()), from.index(other.len()));
        let piece = &other[start..(start + length).min(other.len())];
        let _ = read_opi(&[&text[..at], piece, &text[at..]].concat(), &Limits::default());
    }

    #[test]
    fn noise_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(read_opi(&bytes, &Limits::default()).is_err());
        if let Ok(file) = read_bytes(&bytes, "mandati") {
            let _ = read_mandati(&file.rows);
        }
    }
}
