// SPDX-License-Identifier: EUPL-1.2
//! The command line as people and scripts use it: what it prints, how it exits.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::{Connection, SqliteConnection};

use crate::support::{CUP_ALMESE, ONE_TRY, bytes, good_order};

const PROGRAM: &str = env!("CARGO_BIN_EXE_mepa-gateway");

fn run(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn json_lines(output: &Output) -> Vec<Value> {
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn check_tells_verdicts_by_exit_code_and_json() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let mut refused = good_order();
    refused["currency"] = "USD".into();
    let mut broken = good_order();
    broken["cig"] = "BFA0B1C51D".into();
    let mut incomplete = good_order();
    incomplete.as_object_mut().unwrap().remove("declarations");
    for (name, content) in [
        ("good.json", bytes(&good_order())),
        ("refused.json", bytes(&refused)),
        ("broken.json", bytes(&broken)),
        ("incomplete.json", bytes(&incomplete)),
        ("unreadable.json", b"{".to_vec()),
        ("empty", Vec::new()),
    ] {
        std::fs::write(path(name), content).unwrap();
    }
    let verdict = |name: &str| {
        let output = run(&["check", "--format", "json", &path(name)]);
        let told = json_lines(&output).remove(0);
        (output.status.code().unwrap(), told["verdict"].as_str().unwrap().to_owned(), told)
    };
    let (code, name, told) = verdict("good.json");
    assert_eq!((code, &*name), (0, "accepted"), "{told}");
    let values = &told["values"];
    assert_eq!(values["id"], "8127453");
    assert_eq!((&values["cups"][0], &values["cigs"][0]), (&CUP_ALMESE.into(), &"BFA0B1C51C".into()));
    assert_eq!(
        (&values["net"], &values["gross"], &values["lines"]),
        (&"9975.20".into(), &"12169.74".into(), &3.into())
    );
    assert_eq!(told["kind"], "order");
    let (code, name, told) = verdict("refused.json");
    assert_eq!((code, &*name), (1, "refused"));
    let finding =
        told["findings"].as_array().unwrap().iter().find(|finding| finding["rule"] == "ORD-044").unwrap();
    assert_eq!((&finding["severity"], &finding["field"]), (&"blocks".into(), &"/currency".into()));
    assert!(
        ["message", "remedy", "source"].iter().all(|member| !finding[member].as_str().unwrap().is_empty())
    );
    let (code, name, told) = verdict("broken.json");
    assert_eq!((code, &*name), (1, "refused"), "{told}");
    let (code, name, _) = verdict("incomplete.json");
    assert_eq!((code, &*name), (0, "incomplete"));
    for unreadable in ["unreadable.json", "empty", "not-there"] {
        let (code, name, told) = verdict(unreadable);
        assert_eq!((code, &*name), (2, "unreadable"), "{told}");
        assert!(!told["findings"][0]["message"].as_str().unwrap().is_empty());
    }
    let all = run(&["check", "--format", "json", &path("good.json"), &path("refused.json"), &path("empty")]);
    assert_eq!((all.status.code(), json_lines(&all).len()), (Some(2), 3), "the worst verdict decides");
}

#[test]
fn what_is_no_xml_is_told_by_its_real_kind() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("fattura.xml").display().to_string();
    let kinds: [(&[u8], &str); 4] = [
        (b"%PDF-1.7\n1 0 obj", "un PDF, non un documento XML"),
        (b"PK\x03\x04\x14\x00", "un archivio ZIP o un file di Office"),
        (b" \r\n", "un file vuoto"),
        (b"", "un file vuoto"),
    ];
    for (content, kind) in kinds {
        std::fs::write(&file, content).unwrap();
        let checked = run(&["check", "--format", "json", &file]);
        let message = json_lines(&checked).remove(0)["findings"][0]["message"].to_string();
        assert!(checked.status.code() == Some(2) && message.contains(kind), "{kind}: {message}");
        let imported =
            run(&["import", "payments", "--data-dir", &format!("{file}.d"), "--comune", "c_a218", &file]);
        let told = String::from_utf8_lossy(&imported.stdout).into_owned();
        assert!(kind.starts_with("un archivio") || told.contains(kind), "{kind}: {told}");
        std::fs::remove_dir_all(format!("{file}.d")).unwrap();
    }
}

#[test]
fn import_takes_a_list_once_and_a_second_run_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("elenco.csv");
    std::fs::write(
        &list,
        "Elenco dei Comuni ammessi\n\nComune;Prov.;Importo\nAlmese;TO;35.471,47\nNessuna Parte;XX;1.000,00\n",
    )
    .unwrap();
    let data = folder.path().join("data").display().to_string();
    let file = list.display().to_string();
    let import = |more: &[&str]| {
        let mut arguments = vec!["import", "beneficiaries", &file, "--data-dir", &data, "--format", "json"];
        arguments.extend(more);
        run(&arguments)
    };
    let dry = import(&["--dry-run"]);
    assert!(dry.status.success(), "{}", text(&dry.stderr));
    assert!(!Path::new(&data).exists(), "a dry run stores nothing");
    let rows = json_lines(&dry);
    assert_eq!(
        (&rows[0]["row"], &rows[0]["istat"], &rows[0]["amount"]),
        (&4.into(), &"001006".into(), &"35471.47".into())
    );
    assert_eq!((&rows[0]["status"], &rows[0]["reason"]), (&"taken".into(), &Value::Null));
    assert_eq!(rows[1]["status"], "rejected");
    assert!(!rows[1]["reason"].as_str().unwrap().is_empty());

    let first = import(&[]);
    assert!(text(&first.stderr).contains("1 Comuni new, 1 amounts set"), "{}", text(&first.stderr));
    let second = import(&[]);
    assert!(text(&second.stderr).contains("0 Comuni new, 0 amounts set"), "{}", text(&second.stderr));
    let verified = run(&["audit", "verify", "--data-dir", &data, "--format", "json"]);
    assert!(verified.status.success());
    assert_eq!(json_lines(&verified)[0]["ok"], true);
}

/// What the audit trail of a store says of the list that was taken in.
async fn listed_as(data: &Path) -> String {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(data.join("mepa-gateway.db"));
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    let query = sqlx::query_scalar("SELECT detail FROM audit WHERE action = 'grant.listed'");
    query.fetch_one(&mut connection).await.unwrap()
}

#[tokio::test]
async fn a_list_is_read_once_and_kept_under_its_own_fingerprint() {
    let folder = tempfile::tempdir().unwrap();
    let content = b"Comune;Prov.;Importo\nAlmese;TO;35.471,47\n";
    // What a pipe gave once it does not give again.
    let mut child = Command::new(PROGRAM)
        .args(["import", "beneficiaries", "/dev/stdin", "--data-dir"])
        .arg(folder.path())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(content).unwrap();
    assert!(child.wait().unwrap().success());
    let detail = listed_as(folder.path()).await;
    let expected: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(detail.split(' ').any(|word| word == format!("list={expected}")), "{detail}");
}

#[tokio::test]
async fn only_the_mark_of_the_sample_lists_makes_amounts_synthetic() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/samples");
    let sample = |name: &str| std::fs::read_to_string(samples.join(name)).unwrap();
    let rows = "Comune;Prov.;Importo\nAlmese;TO;35.471,47\n";
    for (list, synthetic) in [
        (sample("elenco-ammissione-sintetico.csv"), true),
        (sample("elenco-definitivo-sintetico.csv"), true),
        (format!("Elenco sintetico dei Comuni ammessi\n{rows}"), false),
        (format!("DATI SINTETICI\n{rows}"), false),
        (
            format!("Allegato 1 - Quadro sintetico\n{}", rows.replace("Importo", "Importo (dati sintetici)")),
            false,
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("elenco.csv");
        std::fs::write(&file, &list).unwrap();
        let (file, data) = (file.display().to_string(), folder.path().display().to_string());
        let imported = run(&["import", "beneficiaries", &file, "--data-dir", &data]);
        assert!(imported.status.success(), "{}", text(&imported.stderr));
        let options =
            sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("mepa-gateway.db"));
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let query = sqlx::query_as("SELECT MIN(synthetic), MAX(synthetic) FROM participation");
        let (least, most): (i64, i64) = query.fetch_one(&mut connection).await.unwrap();
        assert_eq!((least, most), (synthetic.into(), synthetic.into()), "{:?}", list.lines().next());
    }
}

#[test]
fn a_row_that_contradicts_what_is_stored_is_told_in_the_language_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().display().to_string();
    let file = folder.path().join("elenco.csv").display().to_string();
    let import = |cup: &str, lang: &str| {
        std::fs::write(&file, format!("Comune;CUP;Importo\nAlmese;{cup};35.471,47\n")).unwrap();
        run(&["import", "beneficiaries", &file, "--data-dir", &data, "--lang", lang])
    };
    assert!(import(CUP_ALMESE, "it").status.success());
    for (lang, says) in [("it", "qui è registrato"), ("en", "is stored here")] {
        let told = import("J51B26000020006", lang);
        let told = text(&told.stderr);
        assert!(told.contains("left as it was: 001006 Almese") && told.contains(says), "{told}");
        assert!(told.contains("0 rows taken, 0 rejected, 1 left as they were"), "{told}");
    }
}

#[test]
fn the_folder_of_a_programme_must_hold_the_programme_asked_for() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/programmes/risorse-in-comune");
    let doctor = |id: &str| {
        let output = Command::new(PROGRAM)
            .arg("doctor")
            .envs(ONE_TRY)
            .env("MEPA__PROGRAMME__DIRECTORY", &folder)
            .env("MEPA__PROGRAMME__ID", id)
            .output()
            .unwrap();
        text(&output.stdout).to_owned()
    };
    let told = doctor("altro-avviso");
    assert!(told.contains("MEND programme: programme.directory") && told.contains("altro-avviso"), "{told}");
    assert!(doctor("risorse-in-comune").contains("ok   programme: "));
}

#[cfg(unix)]
#[test]
fn variables_of_others_may_hold_any_bytes() {
    use std::os::unix::ffi::OsStrExt;
    let output =
        Command::new(PROGRAM).arg("rules").env("COFFEE", std::ffi::OsStr::from_bytes(b"caff\xE8")).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn faults_of_use_exit_non_zero_and_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().display().to_string();
    for (arguments, expected) in [
        (vec!["import", "beneficiaries", "not-there.xlsx"], "not-there.xlsx"),
        (vec!["clients", "add", "--name", "x", "--role", "rup", "--data-dir", &data], "--comune"),
        (
            vec![
                "clients",
                "add",
                "--name",
                "x",
                "--role",
                "programma",
                "--comune",
                "c_a218",
                "--data-dir",
                &data,
            ],
            "--comune",
        ),
        (vec!["clients", "add", "--name", "x", "--role", "sindaco"], "istruttore"),
        (vec!["clients", "revoke", "nobody", "--data-dir", &data], "nobody"),
        (vec!["audit", "verify", "--data-dir", "/nowhere/at/all"], "no such store"),
        (vec!["--config", "not-there.toml", "rules"], "not-there.toml"),
    ] {
        let output = run(&arguments);
        assert!(!output.status.success(), "{arguments:?}");
        let told = text(&output.stderr);
        assert!(told.contains(expected), "{arguments:?}: {told}");
        assert!(!told.contains("panicked"), "{told}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_fault() {
    let mut child = Command::new(PROGRAM)
        .args(["rules", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn every_command_explains_itself_with_an_example() {
    for command in [
        &["demo"][..],
        &["serve"],
        &["work"],
        &["mocks"],
        &["check"],
        &["import", "beneficiaries"],
        &["rules"],
        &["doctor"],
        &["migrate"],
        &["clients", "add"],
        &["clients", "list"],
        &["clients", "revoke"],
        &["audit", "verify"],
    ] {
        let output = run(&[command, &["--help"]].concat());
        assert!(text(&output.stdout).contains("mepa-gateway "), "{command:?} has no example");
        assert!(text(&output.stdout).contains("Example"), "{command:?} has no example");
    }
}

#[test]
fn a_definitive_list_puts_nobody_out_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let (store, file) = (folder.path().join("data"), folder.path().join("elenco.csv"));
    let import = |kind: &str, rows: &str, more: &[&str]| {
        std::fs::write(&file, format!("istat;comune;importo\n{rows}")).unwrap();
        let arguments = ["import", "beneficiaries", file.to_str().unwrap(), "--list", kind, "--data-dir"];
        let output = run(&[&arguments, &[store.to_str().unwrap()][..], more].concat());
        (output.status.code(), text(&output.stderr).to_owned())
    };
    let (almese, alpignano) = ("001006;Almese;35.471,47\n", "001008;Alpignano;70.942,95\n");
    let (code, told) = import("admission", &format!("{almese}{alpignano}"), &[]);
    assert_eq!(code, Some(0), "{told}");
    let (code, told) = import("definitive", almese, &[]);
    assert!(code == Some(1) && told.contains("001008 Alpignano") && told.contains("--put-out 1"), "{told}");
    let damaged = format!("{almese}001008;Alpignano;70.942.95\n");
    let (code, told) = import("definitive", &damaged, &["--put-out", "1"]);
    assert!(code == Some(1) && told.contains("cannot be read"), "{told}");
    let (code, told) = import("definitive", almese, &["--put-out", "1"]);
    assert!(code == Some(0) && told.contains("1 put out"), "{told}");
    let (code, told) = import("admission", "001006;Almese;troppo\n", &[]);
    assert!(code == Some(1) && told.contains("no row could be taken"), "{told}");
}

#[test]
fn audit_verify_prints_the_heads_to_keep() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().display().to_string();
    let heads = || {
        let output = run(&["audit", "verify", "--data-dir", &data, "--format", "json"]);
        assert!(output.status.success(), "{output:?}");
        json_lines(&output).remove(0)["heads"].take()
    };
    assert!(run(&["migrate", "--data-dir", &data]).status.success());
    let empty = heads();
    assert_eq!(empty["last_record"], 0);
    let added = run(&["clients", "add", "--data-dir", &data, "--name", "office", "--role", "programma"]);
    assert!(added.status.success(), "{added:?}");
    let one = heads();
    assert_eq!(one["last_record"], 1);
    assert_eq!(one["digest"].as_str().map(str::len), Some(64));
    assert_ne!(one["digest"], empty["digest"]);
    assert_eq!(one, heads(), "nothing happened: nothing changes");
}

#[test]
fn an_office_of_no_comune_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings.toml");
    for (offices, named) in [
        ("UFTST1 = \"999999\"", "offices.UFTST1 = 999999"),
        ("UFTST = \"001006\"", "codice ufficio"),
        ("UFTST1 = 1006", "offices"),
    ] {
        std::fs::write(&settings, format!("[offices]\n{offices}\n")).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_mepa-gateway"))
            .arg("--config")
            .arg(&settings)
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(folder.path())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && told.contains(named), "{offices}: {told}");
    }
}

#[test]
fn import_invoices_takes_what_it_can_and_tells_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let (data, inbox) = (folder.path().join("data"), folder.path().join("fatture"));
    let (data, inbox_text) = (data.to_str().unwrap().to_owned(), inbox.display().to_string());
    std::fs::create_dir(&inbox).unwrap();
    let list = concat!(env!("CARGO_MANIFEST_DIR"), "/config/samples/elenco-ammissione-sintetico.csv");
    assert!(run(&["import", "beneficiaries", list, "--data-dir", &data]).status.success());
    let example = include_str!("../../docs/examples/fattura.xml");
    let metadata = "<t:MetadatiInvioFile xmlns:t='http://www.fatturapa.gov.it/sdi/messaggi/v1.0'>\
        <IdentificativoSdI>4711</IdentificativoSdI><NomeFile>IT1_a.xml</NomeFile></t:MetadatiInvioFile>";
    for (name, content) in [
        ("IT1_a.xml", example.to_owned()),
        ("IT1_a_MT_001.xml", metadata.to_owned()),
        ("a-copy.xml.p7m", example.to_owned()),
        ("other-buyer.xml", example.replace("01817670019", "80415740580").replace("2026/15", "1")),
        ("broken.xml", example.replace("<Divisa>EUR<", "<Divisa>Euro<").replace("2026/15", "2")),
        ("letter.pdf", "%PDF-1.7".to_owned()),
        ("empty.xml", String::new()),
    ] {
        std::fs::write(inbox.join(name), content).unwrap();
    }
    let first =
        run(&["import", "invoices", &inbox_text, "--data-dir", &data, "--format", "json", "--lang", "en"]);
    assert_eq!(first.status.code(), Some(1), "{}", text(&first.stderr));
    let told = json_lines(&first);
    let of = |name: &str| told.iter().find(|line| line["file"].as_str().unwrap().ends_with(name)).unwrap();
    assert_eq!(told.len(), 6, "metadata are no document of their own: {told:#?}");
    assert_eq!(
        (of("IT1_a.xml")["status"].as_str(), of("a-copy.xml.p7m")["status"].as_str()),
        (Some("taken"), Some("known"))
    );
    let invoice = &of("IT1_a.xml")["invoices"][0];
    assert_eq!((invoice["sdi_id"].as_str(), invoice["comune"].as_str()), (Some("4711"), Some("001006")));
    for (name, reason) in [
        ("other-buyer.xml", "not a Comune of the programme"),
        ("broken.xml", "3 capital letters are needed"),
        ("letter.pdf", "a PDF"),
        ("empty.xml", "an empty file"),
    ] {
        assert_eq!(of(name)["status"], "rejected");
        assert!(of(name)["reason"].as_str().unwrap().contains(reason), "{}", of(name));
    }
    let again = run(&["import", "invoices", &inbox_text, "--data-dir", &data]);
    assert!(
        text(&again.stderr).contains("0 files taken in")
            && text(&again.stderr).contains("2 were here already")
    );
    assert!(run(&["audit", "verify", "--data-dir", &data]).status.success());
}

#[test]
fn the_whole_chain_by_files_is_reconciled_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let data = path("data");
    let list = concat!(env!("CARGO_MANIFEST_DIR"), "/config/samples/elenco-ammissione-sintetico.csv");
    assert!(run(&["import", "beneficiaries", list, "--data-dir", &data]).status.success());
    let invoice = include_str!("../../docs/examples/fattura.xml").replace("2026/15", "FPA 12/26");
    let metadata = "<t:MetadatiInvioFile xmlns:t='http://www.fatturapa.gov.it/sdi/messaggi/v1.0'>\
        <IdentificativoSdI>7000000012</IdentificativoSdI><NomeFile>IT1_a.xml</NomeFile></t:MetadatiInvioFile>";
    std::fs::create_dir(path("fatture")).unwrap();
    std::fs::write(path("fatture/IT1_a.xml"), invoice).unwrap();
    std::fs::write(path("fatture/IT1_a_MT_001.xml"), metadata).unwrap();
    std::fs::create_dir(path("opi")).unwrap();
    std::fs::write(path("opi/1.xml"), include_str!("../../mocks/fixtures/siope/flusso-split-payment.xml"))
        .unwrap();
    std::fs::write(path("opi/2.xml"), include_str!("../../mocks/fixtures/siope/esito-pagato.xml")).unwrap();
    assert!(run(&["import", "invoices", &path("fatture"), "--data-dir", &data]).status.success());
    let paid = run(&["import", "payments", &path("opi"), "--data-dir", &data]);
    assert!(text(&paid.stderr).contains("2 files taken in with 2 parts"), "{}", text(&paid.stderr));
    let again = run(&["import", "payments", &path("opi"), "--data-dir", &data]);
    assert!(text(&again.stderr).contains("2 were here already"), "{}", text(&again.stderr));

    let found = run(&["reconcile", "--comune", "c_a218", "--data-dir", &data, "--format", "json"]);
    let told = json_lines(&found).remove(0);
    assert_eq!(told["payments"][0]["state"], "matched", "{told:#}");
    assert_eq!(told["invoices"][0]["state"], "missing_counterpart", "its order never came: {told:#}");
    let kinds: Vec<_> = told["differences"].as_array().unwrap().iter().map(|one| &one["kind"]).collect();
    assert!(kinds.contains(&&Value::from("no_order")), "{kinds:?}");
    let table = run(&["reconcile", "--data-dir", &data]);
    assert!(text(&table.stdout).contains("Almese") && text(&table.stdout).contains("FPA 12/26"));
    let csv = run(&["reconcile", "--data-dir", &data, "--format", "csv"]);
    let lines: Vec<&str> = text(&csv.stdout).trim_start_matches('\u{feff}').lines().collect();
    assert_eq!((lines[0].split(';').count(), lines.len()), (13, 4), "{lines:?}");
    assert!(lines[1].contains(";12169,74;"), "{lines:?}");
    let before = run(&[
        "reconcile",
        "--comune",
        "c_a218",
        "--data-dir",
        &data,
        "--format",
        "json",
        "--as-of",
        "2026-01-01",
    ]);
    assert_eq!(json_lines(&before)[0]["invoices"], Value::Array(Vec::new()));
    assert!(run(&["audit", "verify", "--data-dir", &data]).status.success());
}

#[test]
fn a_list_of_mandati_stands_for_documents_of_opi() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let data = path("data");
    let list = concat!(env!("CARGO_MANIFEST_DIR"), "/config/samples/elenco-ammissione-sintetico.csv");
    assert!(run(&["import", "beneficiaries", list, "--data-dir", &data]).status.success());
    std::fs::write(path("fattura.xml"), include_str!("../../docs/examples/fattura.xml")).unwrap();
    assert!(run(&["import", "invoices", &path("fattura.xml"), "--data-dir", &data]).status.success());
    let mandati = "Esercizio;Numero mandato;Data mandato;Importo;Beneficiario;Partita IVA;CUP;CIG;Numero fattura;Anno fattura;Tipo debito;Stato;Data pagamento\n\
        2026;201;22/04/2026;9.975,20;Forniture di Prova S.r.l.;76543211007;J51B26000010006;BFA0B1C51C;2026/15;2026;COMMERCIALE;PAGATO;24/04/2026\n\
        2026;202;22/04/2026;2.194,54;Forniture di Prova S.r.l.;76543211007;J51B26000010006;BFA0B1C51C;2026/15;2026;IVA;PAGATO;24/04/2026\n\
        2026;203;32/04/2026;1,00;Altro;;;;;;;;\n";
    std::fs::write(path("mandati.csv"), mandati).unwrap();
    let whose = run(&["import", "payments", &path("mandati.csv"), "--data-dir", &data]);
    assert!(text(&whose.stdout).contains("--comune"), "{}", text(&whose.stdout));
    let taken = run(&["import", "payments", &path("mandati.csv"), "--comune", "c_a218", "--data-dir", &data]);
    assert_eq!(taken.status.code(), Some(1), "one row is wrong: {}", text(&taken.stdout));
    assert!(text(&taken.stdout).contains("riga 4"), "{}", text(&taken.stdout));
    assert!(text(&taken.stderr).contains("1 files taken in with 2 parts"), "{}", text(&taken.stderr));
    let found = run(&["reconcile", "--comune", "c_a218", "--data-dir", &data, "--format", "json"]);
    let told = json_lines(&found).remove(0);
    let invoice = &told["invoices"][0];
    assert_eq!(
        (invoice["paid_to_supplier"].as_str(), invoice["vat_paid"].as_str()),
        (Some("9975.20"), Some("2194.54")),
        "{told:#}"
    );
    assert!(run(&["audit", "verify", "--data-dir", &data]).status.success());
}

#[tokio::test]
async fn a_bundle_made_on_the_command_line_is_known_to_the_audit_chain() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("rapporti"));
    let (data_text, out_text) = (data.display().to_string(), out.display().to_string());
    let list = concat!(env!("CARGO_MANIFEST_DIR"), "/config/samples/elenco-ammissione-sintetico.csv");
    let command = |arguments: &[&str]| {
        let output = Command::new(PROGRAM).args(arguments).args(["--data-dir", &data_text]).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    };
    command(&["import", "beneficiaries", list]);
    command(&["report", "rendicontazione", "--comune", "c_a218", "--out", &out_text]);
    command(&["report", "programme", "--out", &out_text]);
    let files = std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().path());
    let mut made: Vec<(String, String)> = files
        .map(|path| {
            let digest = Sha256::digest(std::fs::read(&path).unwrap());
            let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            (path.file_name().unwrap().to_string_lossy().into_owned(), format!("sha256={digest}"))
        })
        .collect();
    made.sort();
    let store = format!("sqlite://{}", data.join("mepa-gateway.db").display());
    let mut connection = SqliteConnection::connect(&store).await.unwrap();
    let select = "SELECT subject, detail FROM audit WHERE action = 'report.made' ORDER BY subject";
    let noted: Vec<(String, String)> = sqlx::query_as(select).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    assert_eq!(noted, made);
    assert_eq!(noted.len(), 2);
    command(&["audit", "verify"]);
}
