// SPDX-License-Identifier: EUPL-1.2
//! Every fixture keeps its schema, and a fixture with one thing wrong does not.

use std::path::{Path, PathBuf};

use mepa_gateway_mocks::schema::Schema;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}

/// The schema a fixture is held to, told by its name.
fn schema_of(name: &str) -> Schema {
    let (platform, file) = name.split_once('/').unwrap();
    match (platform, file) {
        ("sistema_cup", f) if f.contains(".envelope.") => Schema::CupEnvelope,
        ("sistema_cup", _) => Schema::CupPayload,
        ("lavoro_pubblico", f) if f.ends_with(".problem.json") => Schema::LavoroProblem,
        ("lavoro_pubblico", f) if f.ends_with(".conflict.json") => Schema::LavoroConflitto,
        ("acquistinretepa", f) if f.ends_with(".problem.json") => Schema::AcquistiProblem,
        ("acquistinretepa", f) if f.ends_with(".conflict.json") => Schema::AcquistiConflitto,
        ("anac", f) if f.ends_with(".problem.json") => Schema::AnacProblem,
        ("anac", f) if f.starts_with("ricerca-appalto") => Schema::AnacAppalti,
        ("anac", f) if f.starts_with("consulta-appalto") => Schema::AnacAppalto,
        ("anac", f) if f.starts_with("esito-operazione") => Schema::AnacEsiti,
        ("sdi", f) if f.ends_with(".message.xml") => Schema::SdiMessage,
        ("sdi", _) => Schema::SdiEnvelope,
        ("siope", f) if f.ends_with(".problem.json") => Schema::SiopeProblem,
        ("siope", f) if f.starts_with("lista-") => Schema::SiopeLista,
        ("siope", f) if f.starts_with("flusso-") => Schema::SiopeFlusso,
        ("siope", f) if f.starts_with("ack-") => Schema::SiopeAck,
        ("siope", f) if f.starts_with("esito-") => Schema::SiopeEsito,
        ("siope", f) if f.starts_with("giornale-") => Schema::SiopeGiornale,
        (_, "client-assertion.payload.json") => Schema::AnacClientAssertion,
        (_, "tracking-evidence.payload.json") => Schema::AnacTrackingEvidence,
        (_, "voucher.answer.json") => Schema::AnacVoucher,
        (_, "token-error.answer.json") => Schema::AnacTokenError,
        (_, "elenco.answer.json") => Schema::Elenco,
        (_, "comunicazione-cup.request.json") => Schema::ComunicazioneCup,
        (_, "ricevuta.answer.json") => Schema::Ricevuta,
        (_, "order.xml") => Schema::Order,
        (_, "bozza-creata.answer.json") => Schema::BozzaCreata,
        (_, "ordini.answer.json" | "ordini-empty.answer.json") => Schema::Ordini,
        (_, "ordine.answer.json") => Schema::Ordine,
        (_, "annullamento.request.json") => Schema::Annullamento,
        _ => panic!("no schema for {name}"),
    }
}

#[test]
fn every_fixture_keeps_its_schema() {
    let mut seen = std::collections::HashSet::new();
    for platform in ["sistema_cup", "lavoro_pubblico", "acquistinretepa", "anac", "sdi", "siope"] {
        for entry in std::fs::read_dir(folder().join(platform)).unwrap() {
            let name = format!("{platform}/{}", entry.unwrap().file_name().to_str().unwrap());
            let schema = schema_of(&name);
            assert_eq!(schema.breaches(&read(&name)), [], "{name}");
            seen.insert(schema);
        }
    }
    let missing: Vec<_> = Schema::ALL.iter().filter(|schema| !seen.contains(schema)).collect();
    assert!(missing.is_empty(), "no fixture for {missing:?}");
}

/// A fixture, what is taken out of it, what is put in its place.
const WRONG: &[(&str, &str, &str)] = &[
    ("sistema_cup/generation.request.xml", " codifica_locale=\"evento-0001\"", ""),
    ("sistema_cup/generation.request.xml", "natura=\"01\"", "natura=\"03\""),
    ("sistema_cup/generation.request.xml", "2510006", "251"),
    ("sistema_cup/generation.request.xml", "54.322", "54,322"),
    ("sistema_cup/generation.request.xml", "<USER>", "<USER xmlns=\"urn:x\">"),
    ("sistema_cup/generation.request.xml", "id_progetto=", "progetto="),
    ("sistema_cup/generation.answer.xml", "J99Z26000010006</CODICE_CUP>", "J99Z2600001000</CODICE_CUP>"),
    ("sistema_cup/generation.answer.xml", ">OK<", ">SI<"),
    ("sistema_cup/detail.answer.xml", "20/01/2026", "2026-01-20"),
    ("sistema_cup/ending.request.xml", "REVOCA\"", "ANNULLO\""),
    ("sistema_cup/ending.answer.xml", "<STATO_DEL_PROGETTO>Revocato</STATO_DEL_PROGETTO>", ""),
    ("sistema_cup/ending-refused.answer.xml", "CODICE_CUP>", "CUP>"),
    ("sistema_cup/list.request.xml", "CODIFICA_LOCALE", "CODIFICA"),
    ("sistema_cup/generation.envelope.request.xml", "<TitoloRichiesta>", "<cup:TitoloRichiesta>"),
    ("sistema_cup/generation.envelope.request.xml", "mef.it/types/", "mef.it/"),
    ("sistema_cup/generation.envelope.answer.xml", "ELABORAZIONE_ESEGUITA", "FATTO"),
    ("lavoro_pubblico/elenco.answer.json", "\"54321.55\"", "54321.55"),
    ("lavoro_pubblico/elenco.answer.json", "\"001006\"", "\"1006\""),
    ("lavoro_pubblico/comunicazione-cup.request.json", "\"template\"", "\"modello\""),
    ("lavoro_pubblico/comunicazione-cup.request.json", "2026-01-20", "20/01/2026"),
    ("lavoro_pubblico/ricevuta.answer.json", "09:00:00Z", "09:00:00"),
    ("acquistinretepa/order.xml", "currencyID=\"EUR\">2226.00", "currencyID=\"EUR\">2226.001"),
    ("acquistinretepa/order.xml", "39112000-0", "39112000"),
    ("acquistinretepa/order.xml", "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>", ""),
    ("acquistinretepa/order.xml", "CommodityCode>", "ItemClassificationCode>"),
    ("acquistinretepa/order.xml", "2026-03-12", "2026-02-30"),
    ("acquistinretepa/ordine.answer.json", "\"RIFIUTATO\"", "\"PERSO\""),
    ("acquistinretepa/bozza-creata.answer.json", "3f2c1a9e", "3F2C1A9E"),
    ("anac/client-assertion.payload.json", "\"purposeId\"", "\"purpose\""),
    ("anac/tracking-evidence.payload.json", "\"SAcodiceAUSA\"", "\"SACodiceAUSA\""),
    ("anac/tracking-evidence.payload.json", "\"RP\"", "\"RUP\""),
    ("anac/voucher.answer.json", "Bearer", "DPoP"),
    ("anac/ricerca-appalto.answer.json", "\"9975.20\"", "9975.20"),
    ("anac/ricerca-appalto.answer.json", "\"codice\": \"CONF\"", "\"codice\": \"FATTO\""),
    ("anac/ricerca-appalto-empty.answer.json", "\"totRows\"", "\"totale\""),
    ("anac/consulta-appalto-ad3.answer.json", "J99Z26000010006", "J99Z2600001000"),
    ("anac/consulta-appalto-ad3.answer.json", "\"afferenteInvestimentiPNRR\"", "\"pnrr\""),
    ("anac/consulta-appalto-ad3.answer.json", "SI_QUOTA_INFERIORE", "FORSE"),
    ("anac/consulta-appalto-ad3.answer.json", "\"motivoDeroga\"", "\"motivo\""),
    ("anac/consulta-appalto-ad5.answer.json", "\"cup\"", "\"cupLotto\""),
    ("anac/esito-operazione-ko.answer.json", "\"KO\"", "\"OK\""),
    ("anac/esito-operazione.answer.json", "\"esito\"", "\"risultato\""),
    ("anac/voucher-scaduto.problem.json", "ERR1", "1"),
    ("sdi/delivery.request.xml", "<IdentificativoSdI>100000001", "<IdentificativoSdI>1000000012345"),
    ("sdi/delivery.request.xml", "<NomeFileMetadati>IT76543211007_00001_MT_001.xml</NomeFileMetadati>", ""),
    ("sdi/delivery.request.xml", "<NomeFile>", "<ns:NomeFile>"),
    ("sdi/delivery.answer.xml", "ER01", "ER02"),
    ("sdi/outcome-taken.answer.xml", "ES01", "EC01"),
    ("sdi/outcome.request.xml", "v1.0/types", "v1.0"),
    ("sdi/refused.message.xml", "EC02", "EC03"),
    ("sdi/refused.message.xml", "<NumeroFattura>2026/15", "<NumeroFattura>"),
    ("sdi/metadata.message.xml", "UFTST1", "uftst1"),
    ("sdi/metadata.message.xml", "versione=\"1.0\"", ""),
    ("sdi/not-taken.message.xml", "EN01", "ES01"),
    ("sdi/lapse.message.xml", "<MessageId>M100000001</MessageId>", ""),
    ("siope/flusso-split-payment.xml", ">BFA0B1C51C<", ">bfa0b1c51c<"),
    ("siope/flusso-split-payment.xml", "<tipo_debito_siope_c>COMMERCIALE</tipo_debito_siope_c>", ""),
    ("siope/flusso-due-mandati.xml", "<numero_mandato>103<", "<numero_mandato>102<"),
    ("siope/flusso-ritenute.xml", "<progressivo_beneficiario>2<", "<progressivo_beneficiario>1<"),
    ("siope/flusso-nota-di-credito.xml", ">-250.00<", ">-250.001<"),
    ("siope/esito-pagato.xml", ">PAGATO<", ">RISCOSSO<"),
    ("siope/ack-ko.xml", ">KO<", ">NO<"),
    ("siope/giornale-pagina-1.xml", "<pagine_totali>2</pagine_totali>", ""),
    ("siope/lista-esiti.answer.json", "\"progEsitoApplicativo\"", "\"id\""),
    ("siope/lista-ack.answer.json", "10:16:30.120", "10:16:30Z"),
    ("siope/documento-inesistente.problem.json", "404", "200"),
];

#[test]
fn a_fixture_with_one_thing_wrong_does_not() {
    for (name, from, to) in WRONG {
        let wrong = read(name).replace(*from, to);
        assert_ne!(wrong, read(name), "{name}: {from} is not there");
        assert!(!schema_of(name).breaches(&wrong).is_empty(), "{name}: {from} -> {to} passes");
    }
}

#[test]
fn a_doctype_is_refused_even_before_a_valid_document() {
    for name in ["sistema_cup/generation.request.xml", "acquistinretepa/order.xml"] {
        let (head, rest) = read(name).split_once("?>").map(|(h, r)| (h.to_owned(), r.to_owned())).unwrap();
        let document = format!("{head}?><!DOCTYPE x [<!ENTITY a 'b'>]>{rest}");
        assert!(!schema_of(name).breaches(&document).is_empty(), "{name}");
    }
}
