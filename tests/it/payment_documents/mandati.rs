// SPDX-License-Identifier: EUPL-1.2
//! Lists of mandati as accounting programs export them.

use mepa_gateway::domain::money::Money;
use mepa_gateway::domain::payment::{DebtKind, InvoiceRef, OpiHead, PaymentFlow, PaymentOutcome};
use mepa_gateway::import::{ImportError, MandatiList, MandatoState, RejectedRow, read_bytes, read_mandati};

const HEADER: &str = "Esercizio;Numero mandato;Data mandato;Importo;Beneficiario;Partita IVA;Codice fiscale;CUP;CIG;Numero fattura;\
    Data fattura;Identificativo SdI;Tipo debito;Esito;Data pagamento;IBAN;Causale\n";
const NET: &str = "2026;101;08/04/2026;9.975,20;Forniture di Prova S.r.l.;76543211007;;J51B26000010006;BFA0B1C51C;FPA 12/26;01/04/2026;\
    7000000012;COMMERCIALE;PAGATO;10/04/2026;IT60X0542811101000000123456;Saldo fattura\n";
const VAT: &str = "2026;101;08/04/2026;2.194,54;Forniture di Prova S.r.l.;76543211007;;J51B26000010006;BFA0B1C51C;FPA 12/26;01/04/2026;\
    7000000012;IVA;PAGATO;10/04/2026;IT60X0542811101000000123456;Saldo fattura\n";

fn list(text: &str) -> MandatiList {
    list_of(text.as_bytes()).unwrap_or_else(|error| panic!("{error}"))
}

fn list_of(bytes: &[u8]) -> Result<MandatiList, ImportError> {
    read_mandati(&read_bytes(bytes, "mandati").unwrap().rows)
}

fn rows(text: &str) -> MandatiList {
    list(&format!("{HEADER}{text}"))
}

fn reasons(rows: &[RejectedRow]) -> Vec<String> {
    let told = rows.iter().flat_map(|row| {
        let fault = |fault: &mepa_gateway::import::RowFault| {
            format!("{} {} {:?}: {}", row.row, fault.column, fault.value, fault.reason.it)
        };
        row.faults.iter().map(fault).collect::<Vec<_>>()
    });
    told.collect()
}

fn payments(list: &MandatiList) -> Vec<(PaymentFlow, Vec<PaymentOutcome>)> {
    let head = OpiHead {
        created_at: "2026-05-01T10:00:00Z".parse().unwrap(),
        office: "UFTST1".parse().unwrap(),
        tax_code: "01817670019".to_owned(),
    };
    list.payments(&head, "elenco-1")
}

#[test]
fn a_row_is_read_with_all_its_columns() {
    let list = rows(NET);
    assert_eq!((list.rejected.len(), list.skipped), (0, 0), "{:?}", reasons(&list.rejected));
    let row = &list.taken[0];
    assert_eq!(
        (row.row, row.exercise, row.number, row.date.to_string()),
        (2, 2026, 101, "2026-04-08".to_owned())
    );
    assert_eq!(row.amount, Money::from_cents(997_520));
    assert_eq!(
        (row.payee.name.as_str(), row.payee.vat.as_deref()),
        ("Forniture di Prova S.r.l.", Some("76543211007"))
    );
    assert_eq!(row.cup.as_ref().unwrap().ok().unwrap().as_str(), "J51B26000010006");
    assert_eq!(row.cig.as_ref().unwrap().at, "mandati 2, CIG");
    let part = row.invoice.as_ref().unwrap();
    assert_eq!((part.number.as_str(), part.document.sdi().unwrap().get()), ("FPA 12/26", 7_000_000_012));
    assert_eq!((row.debt, row.cause.as_str()), (DebtKind::Commercial, "Saldo fattura"));
    assert_eq!(row.state, MandatoState::Paid("2026-04-10".parse().unwrap()));
    assert_eq!(row.iban.as_deref(), Some("IT60X0542811101000000123456"));
}

#[test]
fn forms_of_files_do_not_matter() {
    let expected = rows(&format!("{NET}{VAT}"));
    let text = format!("{HEADER}{NET}{VAT}");
    let tabs = text.replace(';', "\t");
    let commas = text.replace("9.975,20", "9975.20").replace("2.194,54", "2194.54").replace(';', ",");
    let quoted = format!("\"{}\"\n", text.trim_end().replace('\n', "\"\n\"").replace(';', "\";\""));
    let iso = text.replace("08/04/2026", "2026-04-08").replace("10/04/2026", "2026-04-10T00:00:00");
    let titled = format!("Comune di Almese\n\nElenco dei mandati;2026\n{text}");
    for other in [&tabs, &commas, &quoted, &iso, &format!("\u{feff}{text}"), &text.replace('\n', "\r\n")] {
        assert_eq!(list(other), expected, "{other}");
    }
    let moved: Vec<u32> = list(&titled).taken.iter().map(|row| row.row).collect();
    assert_eq!(moved, [5, 6]);
    let western: Vec<u8> =
        text.replace("Saldo", "Città").chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    assert_eq!(list_of(&western).unwrap().taken[0].cause, "Città fattura");
}

#[test]
fn headers_have_other_words() {
    let text = "Anno;N. mandato;Data emissione;Importo lordo;Fornitore;P.IVA;N. documento;Anno fattura;Stato;Data quietanza\n\
        2026;7/2026;1/3/2026;1234.56;Ditta di Prova;1234567890;12;2025;EMESSO;\n";
    let list = list(text);
    let row = &list.taken[0];
    assert_eq!(
        (row.number, row.amount.to_string(), row.state),
        (7, "1234.56".to_owned(), MandatoState::Issued)
    );
    let InvoiceRef::Analogue { issuer, year } = &row.invoice.as_ref().unwrap().document else {
        panic!("{row:?}")
    };
    assert_eq!((issuer.as_str(), *year), ("1234567890", 2025));
    let zero = text.replace("1234567890", "1817670019");
    assert_eq!(self::list(&zero).taken[0].payee.vat.as_deref(), Some("01817670019"));
    let without = text.replace("Anno;", "Ufficio;");
    assert_eq!(self::list(&without).taken[0].exercise, 2026);
}

#[test]
fn totals_notes_and_headers_are_skipped() {
    let list = rows(&format!(
        "{NET};;;;;;;;;;;;;;;;\n;;Totale;9.975,20;;;;;;;;;;;;;\nMandati IVA;;;;;;;;;;;;;;;;\n{HEADER}{VAT}Totale generale;;;12.169,74;;;;;;;;;;;;;\n"
    ));
    assert_eq!(
        (list.taken.len(), list.rejected.len(), list.skipped),
        (2, 0, 4),
        "{:?}",
        reasons(&list.rejected)
    );
}

#[test]
fn what_is_wrong_is_told_by_row_column_and_value() {
    let list = rows(
        &[
            NET.replace("9.975,20", "molto"),
            NET.replace(";101;", ";A12;"),
            NET.replace("08/04/2026", "31/02/2026").replace(";101;", ";103;"),
            NET.replace("PAGATO", "BOH").replace(";101;", ";104;"),
            NET.replace("10/04/2026", "").replace(";101;", ";105;"),
            NET.replace("COMMERCIALE", "STRANO").replace(";101;", ";106;"),
            NET.replace("7000000012", "SDI-1").replace(";101;", ";107;"),
            NET.replace("9.975,20", "0,00").replace(";101;", ";108;"),
            NET.replace("FPA 12/26", "").replace(";101;", ";109;"),
            NET.replace("7000000012", "").replace("01/04/2026", "").replace(";101;", ";110;"),
            NET.replace("Forniture di Prova S.r.l.;76543211007", ";").replace(";101;", ";111;"),
            ";;08/04/2026;10,00;Forniture di Prova;;;;;;;;;;;;\n".to_owned(),
            "26;112;08/04/2026;10,00;Forniture di Prova;;;;;;;;;;;;\n".to_owned(),
        ]
        .concat(),
    );
    assert_eq!(list.taken, []);
    assert_eq!(
        reasons(&list.rejected),
        [
            "2 Importo \"molto\": \"molto\" non è un importo",
            "3 Numero mandato \"A12\": non è il numero di un mandato",
            "4 Data mandato \"31/02/2026\": non è una data gg/mm/aaaa o aaaa-mm-gg",
            "5 Esito \"BOH\": stato sconosciuto: servono EMESSO, PAGATO, REGOLARIZZATO, STORNATO o ANNULLATO",
            "6 Esito \"PAGATO\": manca la data del pagamento",
            "7 Tipo debito \"STRANO\": serve COMMERCIALE, IVA o NON COMMERCIALE",
            "8 Identificativo SdI \"SDI-1\": servono da 1 a 12 cifre",
            "9 Importo \"0,00\": l'importo è zero",
            "10 Numero fattura \"\": manca: numero fattura",
            "11 Numero fattura \"FPA 12/26\": per riconoscere la fattura serve l'identificativo SdI, oppure l'anno con la \
             partita IVA o il codice fiscale del beneficiario",
            "12 Beneficiario \"\": manca: beneficiario",
            "13 Numero mandato \"\": manca: numero mandato",
            "14 Esercizio \"26\": non è un anno",
        ]
    );
    assert!(list.rejected.iter().all(|row| row.faults.iter().all(|fault| !fault.reason.en.is_empty())));
}

#[test]
fn with_a_row_goes_its_whole_mandato() {
    let other = NET.replace(";101;", ";102;");
    let list = rows(&format!("{NET}{}{other}", VAT.replace("2.194,54", "2.194,5x")));
    assert_eq!(list.taken.iter().map(|row| row.number).collect::<Vec<_>>(), [102]);
    assert_eq!(
        reasons(&list.rejected),
        [
            "2 numero mandato \"101\": la riga 3 dello stesso mandato è respinta",
            "3 Importo \"2.194,5x\": \"2.194,5x\" non è un importo"
        ]
    );
    for (second, reason) in [
        (
            VAT.replace("08/04/2026", "09/04/2026"),
            "la riga 2 dello stesso mandato ha un'altra data, 2026-04-08",
        ),
        (NET.to_owned(), "la riga ripete la riga 2"),
        (
            VAT.replace("2.194,54", "-9.975,20"),
            "le righe del mandato per questo beneficiario non danno un importo maggiore di zero",
        ),
    ] {
        let list = rows(&format!("{NET}{second}{other}"));
        assert_eq!((list.taken.len(), list.rejected.len()), (1, 2), "{reason}");
        assert!(reasons(&list.rejected).iter().any(|told| told.contains(reason)), "{reason}");
        let [(flow, _)] = payments(&list).try_into().unwrap();
        assert_eq!(flow.left_out, 1);
    }
    let many: String = (1..=1_001).map(|n| NET.replace("FPA 12/26", &format!("FPA {n}/26"))).collect();
    let list = rows(&many);
    assert_eq!((list.taken.len(), list.rejected.len()), (0, 1_001));
    assert!(
        reasons(&list.rejected)[0].contains("1001 righe per un mandato"),
        "{}",
        reasons(&list.rejected)[0]
    );
}

#[test]
fn rows_become_the_same_orders_and_outcomes_that_the_bank_gives() {
    let note =
        NET.replace("9.975,20", "-250").replace("FPA 12/26", "NC 2/26").replace("7000000012", "7000000021");
    let clerk = "2026;101;08/04/2026;100;Economo comunale;;RSSMRA80A01H501U;;SPESE_ECONOMALI;;;;NON COMMERCIALE;EMESSO;;;Anticipo\n";
    let older = "2025;990;20/11/2025;610;Ditta;76543211007;;;;;;;;STORNATO;24/11/2025;;\n2025;991;20/11/2025;5;Ditta;76543211007;;;;;;;;ANNULLATO;;;\n";
    let list = rows(&format!("{NET}{VAT}{note}{clerk}{older}"));
    assert_eq!(list.rejected, []);
    let [(old, gone), (flow, paid)] = payments(&list).try_into().unwrap();
    assert_eq!(
        super::told(&flow),
        "INSERIMENTO 2026/101/1 11919.74 - 0.00 
   J51B26000010006 11919.74
    COMMERCIALE BFA0B1C51C [7000000012 FPA 12/26 9975.20] [7000000021 NC 2/26 -250.00]
    IVA BFA0B1C51C [7000000012 FPA 12/26 2194.54]
INSERIMENTO 2026/101/2 100.00 - 0.00 
   - 100.00
    NON_COMMERCIALE ES24
"
    );
    assert!(flow.mandates[0].is_sum_of_positions());
    let outcome = |one: &PaymentOutcome| {
        let amount = one.amount.unwrap();
        format!(
            "{}/{}/{} {amount} {} {}",
            one.exercise,
            one.number,
            one.progressive.unwrap(),
            one.kind.as_str(),
            one.at
        )
    };
    assert_eq!(
        paid.iter().map(outcome).collect::<Vec<_>>(),
        [
            "2026/101/1 11919.74 PAGATO 2026-04-09 22:00:00 UTC",
            "2026/101/2 100.00 ACQUISITO 2026-05-01 10:00:00 UTC"
        ]
    );
    assert_eq!(
        gone.iter().map(outcome).collect::<Vec<_>>(),
        [
            "2025/990/1 610.00 PAGATO 2025-11-23 23:00:00 UTC",
            "2025/990/1 610.00 STORNATO 2025-11-23 23:00:00 UTC",
            "2025/991/1 5.00 ANNULLATO 2026-05-01 10:00:00 UTC"
        ]
    );
    let operations: Vec<_> = old.mandates.iter().map(|mandato| mandato.operation.as_str()).collect();
    assert_eq!(operations, ["INSERIMENTO", "ANNULLO"]);
}

#[test]
fn files_that_are_no_list_are_refused() {
    let told = |text: &str| list_of(text.as_bytes()).unwrap_err().text().it.into_owned();
    assert!(told("a;b\n1;2\n").contains("non si trova la colonna per il numero del mandato"));
    assert!(told(&HEADER.replace("Data mandato", "Giorni")).contains("la data del mandato"));
    assert!(told(HEADER).contains("nessuna riga di dati"));
    let twice = HEADER.replace("Causale", "Importo mandato");
    assert!(told(&format!("{twice}{NET}")).contains("lasciarne una sola"));
    let late = format!("{}{HEADER}{NET}", "nota;a\n".repeat(20));
    assert!(told(&late).contains("non si trova la colonna"));
    let in_time = format!("{}{HEADER}{NET}", "nota;a\n".repeat(19));
    assert_eq!(list(&in_time).taken.len(), 1);
}

#[test]
fn codes_that_are_none_are_kept_as_written() {
    let list = rows(&NET.replace("J51B26000010006", "NON RICHIESTO").replace("BFA0B1C51C", "0000000000"));
    let row = &list.taken[0];
    assert_eq!(
        (row.cup.as_ref().unwrap().raw.as_str(), row.cup.as_ref().unwrap().ok()),
        ("NON RICHIESTO", None)
    );
    assert!(row.cig.as_ref().unwrap().value.is_err());
}
