// SPDX-License-Identifier: EUPL-1.2
//! Files of invoices taken in together: each is judged on what those before it left behind, and one that fails takes no other
//! with it.

use std::sync::{Arc, Mutex};

use chrono::NaiveDate;
use mepa_gateway::domain::finding::Verdict;
use mepa_gateway::domain::invoice::DocumentClass;
use mepa_gateway::domain::money::Money;
use mepa_gateway::domain::sdi::SdiId;
use mepa_gateway::domain::sha256::sha256;
use mepa_gateway::store::StoreError;
use mepa_gateway::store::audit::Actor;
use mepa_gateway::store::idempotency::{IdempotencyKey, Reply};
use mepa_gateway::store::invoices::beside::{Beside, InvoiceKeys};
use mepa_gateway::store::invoices::take::{JudgedInvoice, Taken, Taking};
use mepa_gateway::store::invoices::{InvoiceRow, NewInvoiceFile, Origin};
use tokio::sync::oneshot;

use crate::support::{ALMESE, ALPIGNANO, TestApp};

/// What each invoice of a group was judged on: the numbers of the invoices beside it.
type Seen = Arc<Mutex<Vec<Vec<String>>>>;

/// A file of one invoice for each number, judged as told, whatever the facts.
fn taking(test: &TestApp, comune: &str, content: &str, numbers: &[&str], seen: &Seen) -> Taking {
    let at = test.app.clock.now();
    let rows: Vec<InvoiceRow> = (1..)
        .zip(numbers)
        .map(|(position, number)| InvoiceRow {
            id: format!("{content}-{position}"),
            programme: test.app.programme.id.clone(),
            comune: comune.parse().unwrap(),
            content_sha256: sha256(content.as_bytes()),
            position,
            supplier: "76543211007".into(),
            supplier_name: "Forniture di Prova".into(),
            number: (*number).to_owned(),
            date: NaiveDate::from_ymd_opt(2026, 4, 20).unwrap(),
            kind: "TD01".into(),
            class: DocumentClass::Invoice,
            cup: None,
            cig: None,
            net: Money::from_cents(100),
            vat: Money::from_cents(22),
            gross: Money::from_cents(122),
            payable: Money::from_cents(122),
            split_payment: false,
            order_id: None,
            corrects: None,
            verdict: Verdict::Accepted,
            findings: Vec::new(),
            version: 1,
            received_at: at,
            updated_at: at,
            sdi_id: None,
        })
        .collect();
    let keys = |row: &InvoiceRow| InvoiceKeys {
        programme: row.programme.clone(),
        comune: row.comune,
        id: row.id.clone(),
        cig: None,
        supplier: Some(row.supplier.clone()),
        number: row.number.clone(),
        sdi_id: None,
        orders: Vec::new(),
        // Every invoice looks at the one that the supplier numbered 1.
        invoices: vec!["1".into()],
    };
    let (invoices, comune, seen) = (rows.iter().map(keys).collect(), rows[0].comune, Arc::clone(seen));
    let file = NewInvoiceFile {
        content_sha256: sha256(content.as_bytes()),
        sha256: sha256(content.as_bytes()),
        file_name: None,
        origin: Origin::Api,
        signature: "absent",
        sdi_id: None,
        file: content.as_bytes().to_vec(),
    };
    let told = format!("sha256={} origin=api sdi=- invoices={}", file.sha256, rows.len());
    let judge = move |place: usize, beside: &Beside| {
        seen.lock().unwrap().push(beside.invoices.iter().map(|row| row.number.clone()).collect());
        let row = rows[place].clone();
        let told = format!("verdict={} order=- rules=- row={}", row.verdict.as_str(), row.seal());
        JudgedInvoice { row, told }
    };
    Taking { asked: None, comune, file, invoices, judge: Box::new(judge), told, actor: Actor::worker(), at }
}

fn asked(mut taking: Taking, key: &str, body: &str) -> Taking {
    let key = IdempotencyKey { scope: "test".into(), key: key.into(), body_sha256: body.into() };
    let answer = |invoices: &[InvoiceRow], is_new: bool| Reply {
        status: if is_new { 201 } else { 200 },
        location: None,
        body: invoices.iter().map(|row| row.number.as_str()).collect::<Vec<_>>().join(","),
    };
    taking.asked = Some((key, Box::new(answer)));
    taking
}

fn numbered(mut taking: Taking, sdi_id: i64) -> Taking {
    taking.file.sdi_id = SdiId::new(sdi_id).ok();
    taking.told = taking.told.replace("sdi=-", &format!("sdi={sdi_id}"));
    taking
}

async fn take(test: &TestApp, group: Vec<Taking>) -> Result<Vec<Taken>, StoreError> {
    test.app.store.write(move |tx| Box::pin(async move { tx.take(&group).await })).await
}

/// What became of a file in a few words.
fn told(taken: &Taken) -> String {
    match taken {
        Taken::Here { invoices, is_new, reply } => {
            let numbers: Vec<&str> = invoices.iter().map(|row| row.number.as_str()).collect();
            let sdi = invoices[0].sdi_id.map_or_else(String::new, |id| format!(" sdi {id}"));
            let status = reply.as_ref().map_or_else(String::new, |reply| format!(" {}", reply.status));
            format!("{} {}{sdi}{status}", if *is_new { "new" } else { "here" }, numbers.join(","))
        }
        Taken::Repeat(reply) => format!("repeat {} {}", reply.status, reply.body),
        Taken::KeyReused => "key reused".into(),
        Taken::OfAnother => "of another".into(),
        Taken::NumberOfAnother => "number of another".into(),
    }
}

#[tokio::test]
async fn each_file_of_a_group_is_judged_on_what_those_before_it_left() {
    let test = TestApp::purchasing().await;
    let seen = Seen::default();
    let of = |comune, content, numbers: &[&str]| taking(&test, comune, content, numbers, &seen);
    let group = vec![
        of(ALMESE, "first", &["1"]),
        of(ALPIGNANO, "second", &["2"]),
        of(ALMESE, "a lot", &["3", "4"]),
        of(ALMESE, "first", &["1"]),
        of(ALPIGNANO, "first", &["1"]),
    ];
    let taken = take(&test, group).await.unwrap();
    let told: Vec<String> = taken.iter().map(told).collect();
    assert_eq!(told, ["new 1", "new 2", "new 3,4", "here 1", "of another"]);
    let seen = seen.lock().unwrap().clone();
    assert_eq!(
        seen,
        [vec![], vec!["1"], vec!["1"], vec!["1"]],
        "also the supplier's invoices to others count"
    );
    test.assert_whole().await;
}

#[tokio::test]
async fn a_request_is_answered_once_and_a_number_at_sdi_is_of_one_file() {
    let test = TestApp::purchasing().await;
    let seen = Seen::default();
    let of = |content, number| taking(&test, ALMESE, content, &[number], &seen);
    let group = vec![
        asked(of("first", "1"), "k1", "b1"),
        asked(of("first", "1"), "k1", "b1"),
        asked(of("other", "2"), "k1", "b2"),
        asked(of("first", "1"), "k2", "b1"),
        numbered(of("first", "1"), 7),
        numbered(of("first", "1"), 7),
        numbered(of("other", "2"), 7),
        of("other", "2"),
    ];
    let told: Vec<String> = take(&test, group).await.unwrap().iter().map(told).collect();
    assert_eq!(
        told,
        [
            "new 1 201",
            "repeat 201 1",
            "key reused",
            "here 1 200",
            "here 1 sdi 7",
            "here 1 sdi 7",
            "number of another",
            "new 2"
        ]
    );
    test.assert_whole().await;
}

#[tokio::test]
async fn a_member_that_breaks_off_takes_no_other_with_it() {
    let test = TestApp::purchasing().await;
    let seen = Seen::default();
    let good = |comune, content, number| taking(&test, comune, content, &[number], &seen);
    let mut broken = good(ALPIGNANO, "broken", "2");
    broken.judge = Box::new(|_, _| panic!("a fault of the program"));
    // While the writer is held all three come to wait, and then share a commit.
    let (release, held) = oneshot::channel::<()>();
    let store = &test.app.store;
    let holding = store.write(move |_| {
        Box::pin(async move {
            let _ = held.await;
            Ok(())
        })
    });
    let (held, first, broken, last, ()) = tokio::join!(
        holding,
        store.take(good(ALMESE, "first", "1")),
        store.take(broken),
        store.take(good(ALMESE, "last", "3")),
        async move { release.send(()).unwrap() },
    );
    held.unwrap();
    assert_eq!((told(&first.unwrap()), told(&last.unwrap())), ("new 1".to_owned(), "new 3".to_owned()));
    assert!(matches!(broken, Err(StoreError::Panicked)), "{broken:?}");
    test.assert_whole().await;
}
