// SPDX-License-Identifier: EUPL-1.2
//! Orders placed together: each is decided on what those before it left behind, and all are stored or none is.

use std::sync::{Arc, Mutex};

use mepa_gateway::domain::finding::Verdict;
use mepa_gateway::domain::money::Money;
use mepa_gateway::domain::order::Totals;
use mepa_gateway::domain::order_state::OrderState;
use mepa_gateway::flows::verify::verify;
use mepa_gateway::store::StoreError;
use mepa_gateway::store::audit::{Actor, sha256};
use mepa_gateway::store::facts::{OrderKeys, StoredFacts};
use mepa_gateway::store::idempotency::{IdempotencyKey, Known, Reply};
use mepa_gateway::store::orders::OrderRow;
use mepa_gateway::store::place::{Decide, Document, NewOrder, Placed, Placing};

use crate::support::{ALMESE, TestApp};

/// The facts that each order of a group was decided on.
type Seen = Arc<Mutex<Vec<StoredFacts>>>;

/// An order that is decided as told, whatever the facts.
fn placing(test: &TestApp, key: &str, number: &str, cents: i64, verdict: Verdict, seen: &Seen) -> Placing {
    let keys = OrderKeys {
        programme: test.app.programme.id.clone(),
        comune: ALMESE.parse().unwrap(),
        number: number.into(),
        cig: Some(format!("CIG-{number}")),
        supplier: "76543211007".into(),
    };
    let new = NewOrder {
        id: format!("id-{key}"),
        keys: keys.clone(),
        order_date: test.app.clock.now().date_naive(),
        sent_at: None,
        supplier_name: None,
        cup: None,
        totals: Totals::default(),
        own_funds: Money::ZERO,
        reserve: Money::from_cents(cents),
        categories: vec![("C1".into(), Money::from_cents(100)), ("C2".into(), Money::from_cents(50))],
        verdict,
        findings: "[]".into(),
        document: Document {
            sha256: sha256(b"{}"),
            media_type: "application/json",
            bytes: Arc::from(&b"{}"[..]),
        },
        declarations: Vec::new(),
        reply: Reply { status: 201, location: location(key), body: format!("answer to {key}") },
        actor: Actor::worker(),
        at: test.app.clock.now(),
    };
    let seen = Arc::clone(seen);
    Placing {
        keys,
        idempotency: IdempotencyKey { scope: "test".into(), key: key.into(), body_sha256: key.into() },
        decide: Box::new(move |facts| {
            seen.lock().unwrap().push(facts);
            new.clone()
        }),
    }
}

async fn place(test: &TestApp, group: Vec<Placing>) -> Result<Vec<Placed>, StoreError> {
    test.app.store.write(move |tx| Box::pin(async move { tx.place(&group).await })).await
}

/// Where the answer to an order says that the order is.
fn location(key: &str) -> Option<String> {
    Some(format!("/orders/id-{key}"))
}

/// What is not whole, but for documents: those of these tests hold no order.
async fn faults(test: &TestApp) -> Vec<String> {
    let checks = verify(&test.app.store).await.unwrap().checks.into_iter();
    checks.filter(|check| check.name != "orders_equal_documents").flat_map(|check| check.faults).collect()
}

#[tokio::test]
async fn an_order_counts_for_those_decided_after_it_in_the_same_group() {
    let (test, seen) = (TestApp::purchasing().await, Seen::default());
    let order = |key, number, cents, verdict| placing(&test, key, number, cents, verdict, &seen);
    let group = vec![
        order("a", "1", 1_000, Verdict::Accepted),
        order("b", "2", 2_000, Verdict::Incomplete),
        order("c", "1", 0, Verdict::Refused),
        order("a", "1", 1_000, Verdict::Accepted),
        order("d", "3", 0, Verdict::Accepted),
    ];
    let placed = place(&test, group).await.unwrap();
    assert_eq!(
        placed[3],
        Placed::Repeat(Reply { status: 201, location: location("a"), body: "answer to a".into() })
    );
    assert!(matches!(placed[4], Placed::Stored { accepted: true, .. }));

    let seen = std::mem::take(&mut *seen.lock().unwrap());
    let [first, second, third, last] = &seen[..] else { panic!("decided {} times", seen.len()) };
    let available = |facts: &StoredFacts| facts.participation.as_ref().unwrap().available.cents();
    assert_eq!(available(first) - available(second), 1_000, "an accepted order holds its money");
    assert_eq!(available(second), available(last), "an incomplete one holds none");
    assert_eq!((first.same_number.len(), first.cig_uses.len(), first.purchases.len()), (0, 0, 0));
    assert_eq!(third.same_number, ["id-a"]);
    assert_eq!(third.cig_uses[0].order, "id-a");
    assert_eq!((third.purchases.len(), third.purchases[0].orders), (2, 1));
    assert_eq!(faults(&test).await, [] as [String; 0]);
}

#[tokio::test]
async fn a_judgement_that_panics_costs_its_own_order_only() {
    let (test, seen) = (TestApp::purchasing().await, Seen::default());
    let mut broken = placing(&test, "b", "2", 0, Verdict::Accepted, &seen);
    broken.decide = Box::new(|_| panic!("a rule with a fault"));
    let group = vec![
        placing(&test, "a", "1", 1_000, Verdict::Accepted, &seen),
        broken,
        placing(&test, "c", "3", 1_000, Verdict::Accepted, &seen),
    ];
    let placed = place(&test, group).await.unwrap();
    assert!(matches!(placed[..], [Placed::Stored { .. }, Placed::Undecided, Placed::Stored { .. }]));
    assert_eq!(test.balances(ALMESE).await.0, 2_000);
    assert!(test.app.store.is_well().await);
    assert_eq!(faults(&test).await, [] as [String; 0]);
}

#[tokio::test]
async fn every_value_lands_in_its_own_column() {
    let (test, seen) = (TestApp::purchasing().await, Seen::default());
    let cents = |cents| Some(Money::from_cents(cents));
    let mut new =
        (placing(&test, "k", "number", 55, Verdict::Accepted, &seen).decide)(StoredFacts::default());
    let at = test.app.clock.now();
    new.sent_at = Some(at - chrono::TimeDelta::hours(2));
    new.supplier_name = Some("the supplier".into());
    new.cup = Some("the cup".into());
    new.totals = Totals { net: cents(11), vat: cents(22), gross: cents(33), ..Totals::default() };
    new.own_funds = Money::from_cents(44);
    new.document.bytes = Arc::from(&b"the document"[..]);
    new.document.sha256 = sha256(b"the document");
    let (keys, kept) = (new.keys.clone(), new.clone());
    let idempotency = IdempotencyKey { scope: "s".into(), key: "k".into(), body_sha256: "digest".into() };
    let (known, decided) = (idempotency.clone(), new.clone());
    let decide: Decide = Box::new(move |_| decided.clone());
    place(&test, vec![Placing { keys, idempotency, decide }]).await.unwrap();

    let stored = test.app.store.order("id-k").await.unwrap().unwrap();
    let expected = OrderRow {
        id: kept.id,
        programme: kept.keys.programme,
        comune: kept.keys.comune,
        number: kept.keys.number,
        order_date: kept.order_date,
        sent_at: kept.sent_at,
        supplier: kept.keys.supplier,
        supplier_name: kept.supplier_name,
        cup: kept.cup,
        cig: kept.keys.cig,
        net: kept.totals.net,
        vat: kept.totals.vat,
        gross: kept.totals.gross,
        own_funds: kept.own_funds,
        reserved: kept.reserve,
        categories: kept.categories,
        verdict: Verdict::Accepted,
        state: OrderState::Accepted,
        oda_number: None,
        findings: Vec::new(),
        document: kept.document.sha256,
        media_type: kept.document.media_type.into(),
        version: 1,
        received_at: at,
        updated_at: at,
    };
    assert_eq!(stored, expected);
    assert_eq!(test.app.store.document("id-k").await.unwrap().unwrap(), b"the document");
    assert_eq!(test.app.store.known(&known).await.unwrap(), Some(Known::Repeat(kept.reply)));
    let events = test.app.store.events(None, 0, 100).await.unwrap();
    let event = events.iter().find(|event| event.subject == "id-k").unwrap();
    assert_eq!((&*event.chain, &*event.action), (ALMESE, "order.accepted"));
    assert_eq!(faults(&test).await, [] as [String; 0]);
}

#[tokio::test]
async fn a_large_group_keeps_its_order_and_its_sums() {
    let (test, seen) = (TestApp::purchasing().await, Seen::default());
    let verdicts = [Verdict::Accepted, Verdict::Accepted, Verdict::Accepted, Verdict::Refused];
    let group: Vec<Placing> = (0..50usize)
        .map(|n| placing(&test, &format!("{n:02}"), &format!("{n}"), 100, verdicts[n * 7 / 50 % 4], &seen))
        .collect();
    place(&test, group).await.unwrap();
    assert_eq!(faults(&test).await, [] as [String; 0]);
    let events = test.app.store.events(None, 0, 100).await.unwrap();
    let placed: Vec<&str> = events.iter().filter_map(|event| event.subject.strip_prefix("id-")).collect();
    assert!(placed.len() == 50 && placed.is_sorted(), "{placed:?}");
}

#[tokio::test]
async fn money_that_is_not_there_is_never_held_whatever_was_decided() {
    let (test, seen) = (TestApp::purchasing().await, Seen::default());
    let group = vec![
        placing(&test, "a", "1", 3_000_000, Verdict::Accepted, &seen),
        placing(&test, "b", "2", 3_000_000, Verdict::Accepted, &seen),
    ];
    assert!(matches!(place(&test, group).await, Err(StoreError::Changed)));
    assert_eq!(test.balances(ALMESE).await.0, 0, "nothing of the group is stored");
    assert!(test.app.store.events(None, 0, 100).await.unwrap().iter().all(|event| event.subject != "id-a"));
    assert_eq!(faults(&test).await, [] as [String; 0]);
}
