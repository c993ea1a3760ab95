// SPDX-License-Identifier: EUPL-1.2
//! Titles, headers, totals, regions, notes: what is around the rows.

use super::*;

fn refused(text: &str) -> ImportError {
    import_as("elenco.csv", text.as_bytes()).unwrap_err()
}

#[test]
fn titles_above_and_notes_below() {
    let list = import(
        "Dipartimento della funzione pubblica;;\nAvviso Risorse in Comune: elenco dei Comuni e importo assegnato;;\n\n\
         N.;Soggetto attuatore;Importo concesso (€)\n1;Almese;1,00\n2;Alpignano;2,00\n;;\n\
         (*) importi al netto delle economie;;\n",
    );
    assert_eq!(list.taken.len(), 2);
    assert_eq!(warnings(&list), ["8: non è una riga di dati: \"(*) importi al netto delle economie\""]);
}

#[test]
fn headers_on_two_lines() {
    for text in [
        "Codice;Comune;Importo\nISTAT;;assegnato\n001006;Almese;1,00\n",
        "Codice;Comune;Importo\nISTAT;;(in euro)\n001006;Almese;1,00\n",
        "Soggetto attuatore;;Importo;\nCodice ISTAT;Denominazione;richiesto;concesso\n001006;Almese;9,00;1,00\n",
        "Elenco\nComune;Importo;Importo\n;richiesto;concesso\nAlmese;9,00;1,00\n",
        "Comune;Importo\nbeneficiario;euro\nAlmese;1,00\n",
    ] {
        let list = import(text);
        assert_eq!(taken(&list), [("001006".to_owned(), "1.00".to_owned())], "{text}");
        assert_eq!(list.rows.len(), 1, "{text}");
    }
}

#[test]
fn a_title_is_no_line_of_the_header() {
    let list = import("Elenco Comuni\n;Importo;Dati\n;assegnato;ISTAT\n;1,00;001006\n");
    assert_eq!((taken(&list).len(), list.rows.len()), (1, 1));
}

#[test]
fn headers_repeated_on_every_page() {
    let list = import(
        "comune;importo\nAlmese;1,00\nComune;Importo\nAlpignano;2,00\n\nCOMUNE;IMPORTO\nBeinasco;3,00\n\
         importo;comune\n4,00;Bruino\n",
    );
    let codes: Vec<u32> = list.rows.iter().map(|row| row.row).collect();
    assert_eq!(codes, [2, 4, 7, 9]);
    assert_eq!(list.rejected(), 0);
}

#[test]
fn columns_by_many_names() {
    for (comune, amount) in [
        ("COMUNE", "IMPORTO"),
        ("Ente", "Importo Assegnato"),
        ("Denominazione Ente", "Finanziamento"),
        ("Soggetto Attuatore", "CONTRIBUTO CONCESSO"),
        ("Ente beneficiario", "importo_sintetico_eur"),
        ("Denominazione del Comune", "Importo finanziato (€)"),
        ("Municipality", "Granted amount"),
        ("Amministrazione", "Risorse assegnate"),
        ("Comune (Prov.)", "Totale concesso"),
        ("Nome", "Importo totale"),
    ] {
        let list = import(&format!("{comune};{amount}\nAlmese;1,00\n"));
        assert_eq!(list.taken.len(), 1, "{comune};{amount}");
    }
}

#[test]
fn the_amount_granted_is_not_another_amount() {
    let list = import(
        "comune;importo richiesto;cofinanziamento;importo;importo assegnato\nAlmese;9,00;8,00;7,00;1,00\n",
    );
    assert_eq!(list.taken[0].amount, Money::from_cents(100));
    let error = refused("comune;Importo 2025;Importo 2026\nAlmese;1,00;2,00\n");
    let text = error.text().it;
    assert!(text.contains("Importo 2025") && text.contains("Importo 2026"), "{text}");
}

#[test]
fn what_is_missing_is_named_with_what_was_seen() {
    let text = refused("Titolo\ncomune;prov;abitanti\nAlmese;TO;6297\n").text();
    assert!(text.it.contains("importo assegnato") && text.it.contains("\"abitanti\""), "{}", text.it);
    assert!(!text.it.contains("soggetto attuatore"), "{}", text.it);
    let text = refused("Titolo;\ncodice;importo\nAlmese;1,00\n").text();
    assert!(text.it.contains("codice ISTAT") && text.it.contains("\"codice\""), "{}", text.it);
    assert!(text.en.contains("columns seen in elenco 2"), "{}", text.en);
    assert!(matches!(refused("comune;importo\n\n"), ImportError::NoRows));
    let asked = refused("comune;importo richiesto\nAlmese;1,00\n");
    assert!(matches!(asked, ImportError::ColumnsMissing { .. }), "{asked}");
    assert!(matches!(refused("a;b\nc;d\n"), ImportError::ColumnsMissing { .. }));
}

#[test]
fn totals_are_compared_and_not_taken() {
    let text = |piemonte: &str, lazio: &str, all: &str| {
        format!(
            "regione;comune;importo\nPiemonte;Almese;1.000,00\n;Alpignano;2.000,50\nTotale Piemonte;;{piemonte}\n\
             Lazio;Albano Laziale;500,00\nTOTALE LAZIO;;{lazio}\nTotale complessivo;;{all}\n"
        )
    };
    let list = import(&text("3.000,50", "500,00", "3.500,50"));
    assert_eq!((list.rows.len(), list.warnings.as_slice()), (3, &[][..]));
    let list = import(&text("3.000,50", "501,00", "3.500,50"));
    assert_eq!(
        warnings(&list),
        ["6: TOTALE LAZIO: il file dice 501,00 €, le righe sopra fanno 500,00 € (differenza 1,00 €)"]
    );
    let list = import(&text("3.000,51", "500,00", "3.500,51"));
    assert_eq!(warnings(&list).len(), 2);
    assert_eq!(list.taken.len(), 3);
}

#[test]
fn totals_of_provinces_inside_regions() {
    let list = import(
        "comune;importo\nAlmese;1,00\nTotale provincia TO;1,00\nAlessandria;2,00\nSubtotale;2,00\nTotale regione;3,00\n\
         Albano Laziale;4,00\nTotale provincia RM;4,00\nTotale regione Lazio;4,00\nTotale generale;7,00\n;7,00\n",
    );
    assert_eq!((list.rows.len(), warnings(&list)), (3, vec![]));
}

#[test]
fn an_unlabelled_amount_is_a_total_only_if_it_adds_up() {
    let list = import("comune;importo\nAlmese;1,00\nAlpignano;2,00\n;3,00\n");
    assert_eq!((list.rows.len(), list.rejected()), (2, 0));
    let list = import("comune;importo\nAlmese;1,00\nAlpignano;2,00\n;4,00\n");
    assert_eq!((list.rows.len(), list.rejected()), (3, 1));
    assert_eq!(reason(&list.rows[2]), "manca il Comune: né nome né codici");
}

#[test]
fn an_empty_region_is_the_one_above() {
    let list = import(
        "regione;comune;importo\nPiemonte;Almese;1,00\n;Samone;2,00\nTrentino-Alto Adige;Livo;3,00\n;Samone;4,00\n",
    );
    let codes: Vec<String> = list.taken.iter().map(|taken| taken.istat.to_string()).collect();
    assert_eq!(codes, ["001006", "001235", "022106", "022165"]);
    let list = import(
        "comune;importo\nREGIONE PIEMONTE;\nSamone;2,00\nTrentino-Alto Adige/Südtirol;\nSamone;4,00\n",
    );
    let codes: Vec<String> = list.taken.iter().map(|taken| taken.istat.to_string()).collect();
    assert_eq!(codes, ["001235", "022165"]);
    assert_eq!(list.rows.len(), 2);
}
