// SPDX-License-Identifier: EUPL-1.2
//! Which Comune a row means.

use super::*;

#[test]
fn codes_old_new_and_without_their_zeros() {
    for (header, row, istat) in [
        ("istat", "001006", "001006"),
        ("Codice ISTAT", "1006", "001006"),
        ("COD. ISTAT COMUNE", "001001006", "001006"),
        ("codice fiscale", "01817670019", "001006"),
        ("C.F.", "1817670019", "001006"),
        ("Codice Catastale", "A218", "001006"),
        ("codice belfiore", "a218", "001006"),
        ("cod_ipa", "C_A218", "001006"),
    ] {
        assert_eq!(one(header, row).as_deref(), Ok(istat), "{header} {row}");
    }
}

#[test]
fn sardinia_has_two_codes() {
    let comune = comuni().iter().find(|c| c.istat_2026.is_some_and(|new| new != c.istat)).unwrap();
    assert_eq!(comune.region, "Sardegna");
    for code in [comune.istat, comune.istat_2026.unwrap()] {
        assert_eq!(one("istat", code.as_str()), Ok(comune.istat.to_string()));
    }
    let moved =
        comuni().iter().find(|c| c.province_2026.as_ref().is_some_and(|new| *new != c.province)).unwrap();
    for sigla in [&*moved.province, moved.province_2026.as_deref().unwrap()] {
        assert_eq!(
            one("istat;prov", &format!("{};{sigla}", moved.istat)),
            Ok(moved.istat.to_string()),
            "{sigla}"
        );
    }
}

#[test]
fn an_ipa_code_that_looks_like_the_belfiore_code_of_another() {
    let santa_croce = comuni().by_name("Santa Croce del Sannio").next().unwrap();
    assert_eq!(santa_croce.ipa.as_str(), "c_h227");
    assert_eq!(one("codice ipa", "c_h227"), Ok(santa_croce.istat.to_string()));
    assert_ne!(one("codice belfiore", "H227"), Ok(santa_croce.istat.to_string()));
}

#[test]
fn names_as_offices_write_them() {
    for (written, name) in [
        ("Almese", "Almese"),
        ("COMUNE DI ALMESE", "Almese"),
        ("Comune Almese", "Almese"),
        ("Comune d'Aosta", "Aosta"),
        ("Comune d’Aosta", "Aosta"),
        ("Comune dell'Aquila", "L'Aquila"),
        ("Comune di L’Aquila", "L'Aquila"),
        ("Comune della Spezia", "La Spezia"),
        ("Città di Torino", "Torino"),
        ("Roma Capitale", "Roma"),
        ("AGLIE'", "Agliè"),
        ("Aglie", "Agliè"),
        ("Almese (TO)", "Almese"),
        ("Bolzano/Bozen", "Bolzano"),
        ("Bolzano - Bozen", "Bolzano"),
        ("BOLZANO-BOZEN", "Bolzano"),
        ("Bolzano (Bozen)", "Bolzano"),
        ("Bozen", "Bolzano"),
        ("San Dorligo della Valle - Dolina", "San Dorligo della Valle"),
        ("Ionadi", "Jonadi"),
        ("Tripi", "Tripi - Abakainon"),
        ("Vallecrosia", "Vallecrosia al Mare"),
        ("S. Angelo Lodigiano", "Sant'Angelo Lodigiano"),
        ("S.Giovanni in Persiceto", "San Giovanni in Persiceto"),
        ("S. Margherita Ligure", "Santa Margherita Ligure"),
        ("SantAngelo Lodigiano", "Sant'Angelo Lodigiano"),
        ("Reggio Emilia", "Reggio nell'Emilia"),
        ("Reggio Calabria", "Reggio di Calabria"),
        ("Presicce Acquarica", "Presicce-Acquarica"),
        ("Paternò", "Paternò"),
        ("PATERNO'", "Paternò"),
    ] {
        let found = one("comune", written).unwrap_or_else(|reason| panic!("{written}: {reason}"));
        let comune = comuni().by_istat(&found.parse().unwrap()).unwrap();
        assert!(comune.names().any(|known| known == name), "{written}: {} is not {name}", comune.name);
    }
}

#[test]
fn a_name_read_loosely_is_told_and_a_literal_one_is_not() {
    let list =
        import("comune;importo\nComune dell'Aquila;1,00\nComune della Spezia;1,00\nReggio Emilia;1,00\n");
    assert_eq!(warnings(&list), ["4: \"Reggio Emilia\" letto come Reggio nell'Emilia (RE, 035033)"]);
}

#[test]
fn homonyms_need_a_province_or_a_region() {
    for (name, sigla, istat) in [
        ("Samone", "TO", "001235"),
        ("Samone", "Trento", "022165"),
        ("Livo", "CO", "013130"),
        ("Livo", "tn", "022106"),
        ("Peglio", "PS", "041041"),
        ("Peglio", "Como", "013178"),
        ("Castro", "Provincia di Bergamo", "016065"),
        ("Castro", "Lecce", "075096"),
        ("San Teodoro", "ME", "083090"),
        ("San Teodoro", "SS", "090092"),
        ("S. Teodoro", "SS", "090092"),
    ] {
        assert_eq!(one("comune;prov", &format!("{name};{sigla}")).as_deref(), Ok(istat), "{name} {sigla}");
        let bracket = format!("{name} ({sigla})");
        if sigla.len() == 2 && sigla != "PS" {
            assert_eq!(one("comune", &bracket).as_deref(), Ok(istat), "{bracket}");
        }
    }
    assert_eq!(one("comune;regione", "Samone;Piemonte").as_deref(), Ok("001235"));
    assert_eq!(one("comune;regione", "Samone;Trentino Alto Adige").as_deref(), Ok("022165"));
    assert_eq!(one("comune;regione", "Samone;P.A. di Trento").as_deref(), Ok("022165"));
    let reason = one("comune", "Samone").unwrap_err();
    assert!(
        reason.contains("(Samone, TO") || reason.contains("Samone (TO, 001235), Samone (TN, 022165)"),
        "{reason}"
    );
    assert!(one("comune", "Paterno").is_err());
}

#[test]
fn columns_that_disagree_are_told_with_both() {
    let reason = one("istat;comune", "001006;Alpignano").unwrap_err();
    assert!(reason.contains("Almese (TO, 001006)") && reason.contains("Alpignano (TO, 001008)"), "{reason}");
    let reason = one("istat;codice fiscale", "001006;86003150017").unwrap_err();
    assert!(
        reason.contains("codice ISTAT 001006") && reason.contains("codice fiscale 86003150017"),
        "{reason}"
    );
    let reason = one("istat;prov", "001006;MI").unwrap_err();
    assert!(reason.contains("Almese") && reason.contains("MI"), "{reason}");
    let reason = one("comune;provincia", "Almese;Milano").unwrap_err();
    assert!(reason.contains("Almese") && reason.contains("Milano"), "{reason}");
    let reason = one("comune;regione", "Almese;Lombardia").unwrap_err();
    assert!(reason.contains("Lombardia"), "{reason}");
}

#[test]
fn codes_and_names_that_nobody_has() {
    for (header, row) in [
        ("istat", "999999"),
        ("istat", "12"),
        ("codice fiscale", "01817670010"),
        ("codice fiscale", "1,81767E+09"),
        ("belfiore", "Z999"),
        ("comune", "Frittole"),
        ("comune", "Unione dei Comuni della Valle"),
        ("istat;comune", ";"),
    ] {
        let reason = one(header, row).unwrap_err();
        assert!(!reason.is_empty(), "{row}");
    }
    let list = import("istat;comune;importo\n001006;Almesse;1,00\n");
    assert_eq!(list.taken.len(), 1);
    assert!(warnings(&list)[0].contains("Almesse"), "{:?}", list.warnings);
}

#[test]
fn comuni_that_ceased_are_taken_with_their_heir() {
    let list = import("comune;importo\nNanto;1,00\nCastegnero;2,00\nCastegnero Nanto;3,00\nLirio;4,00\n");
    assert_eq!(list.taken.len(), 4);
    let warnings = warnings(&list);
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    assert!(warnings[0].starts_with("2: Nanto") && warnings[0].contains("Castegnero Nanto"), "{warnings:?}");
    assert!(warnings[2].contains("Montalto Pavese"), "{warnings:?}");
}
