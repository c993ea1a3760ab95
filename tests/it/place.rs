// SPDX-License-Identifier: EUPL-1.2
//! Orders placed together: each is decided on what those before it left behind, and all are stored or none is.

use std::sync::{Arc, Mutex};

use mepa_gateway::domain::finding::Verdict;
use mepa_gateway::domain::money::Money;
use mepa_gateway::domain::order_state::OrderState;
use mepa_gateway::domain::sha256::sha256;
use mepa_gateway::domain::spending::Spending;
use mepa_gateway::flows::verify::verify;
use mepa_gateway::store::StoreError;
use mepa_gateway::store::audit::Actor;
use mepa_gateway::store::facts::{OrderKeys, StoredFacts};
use mepa_gateway::store::idempotency::{IdempotencyKey, Reply};
use mepa_gateway::store::orders::OrderRow;
use mepa_gateway::store::place::{Decide, NewOrder, Placed, Placing};

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
    let row = OrderRow {
        id: format!("id-{key}"),
        programme: keys.programme.clone(),
        comune: keys.comune,
        number: keys.number.clone(),
        order_date: test.app.clock.now().date_naive(),
        sent_at: None,
        supplier: keys.supplier.clone(),
        supplier_name: None,
        cup: None,
        cig: keys.cig.clone(),
        net: None,
        vat: None,
        gross: None,
        own_funds: Money::ZERO,
        reserved: if verdict == Verdict::Accepted { Money::from_cents(cents) } else { Money::ZERO },
        spending: Spending::default(),
        categories: vec![("C1".into(), Money::from_cents(100)), ("C2".into(), Money::from_cents(50))],
        verdict,
        state: OrderState::from_verdict(verdict),
        oda_number: None,
        findings: Vec::new(),
        document: sha256(b"{}"),
        media_type: "application/json".into(),
        version: 1,
        received_at: test.app.clock.now(),
        updated_at: test.app.clock.now(),
        ended_at: None,
    };
    let new = NewOrder {
        row,
        document: Arc::from(&b"{}"[..]),
        declarations: Vec::new(),
        reply: Reply { status: 201, location: location(key), body: format!("answer to {key}") },
        actor: Actor::worker(),
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
async fn a_panic_costs_its_own_work_only() {
    let (test, seen) = (TestApp::purchasing().await, Seen::default());
    let store = &test.app.store;
    let mut broken = placing(&test, "b", "2", 0, Verdict::Accepted, &seen);
    broken.decide = Box::new(|_| panic!("a rule with a fault"));
    // Sent at once, so that they wait together.
    let (first, second, third) = tokio::join!(
        store.place(placing(&test, "a", "1", 1_000, Verdict::Accepted, &seen)),
        store.place(broken),
        store.place(placing(&test, "c", "3", 1_000, Verdict::Accepted, &seen)),
    );
    assert!(matches!((first, third), (Ok(Placed::Stored { .. }), Ok(Placed::Stored { .. }))));
    assert!(matches!(second, Err(StoreError::Panicked)));

    let at = test.app.clock.now();
    let client = store.clients().await.unwrap().remove(0);
    let broken = store.write(move |tx| {
        Box::pin(async move {
            assert!(tx.revoke_client(&client.id, &Actor::operator(), at).await?);
            panic!("a flow with a fault")
        })
    });
    assert!(matches!(broken.await, Err::<(), _>(StoreError::Panicked)));
    assert!(
        store.clients().await.unwrap().iter().all(|client| client.revoked_at.is_none()),
        "all or nothing"
    );
    assert_eq!(test.balances(ALMESE).await.0, 2_000);
    assert!(store.is_well().await);
    assert_eq!(faults(&test).await, [] as [String; 0]);
}

#[tokio::test]
async fn every_value_lands_in_its_own_column() {
    let (test, seen) = (TestApp::purchasing().await, Seen::default());
    let cents = |cents| Some(Money::from_cents(cents));
    let mut new =
        (placing(&test, "k", "number", 55, Verdict::Accepted, &seen).decide)(StoredFacts::default());
    let row = &mut new.row;
    row.sent_at = Some(row.received_at - chrono::TimeDelta::hours(2));
    (row.supplier_name, row.cup) = (Some("the supplier".into()), Some("the cup".into()));
    (row.net, row.vat, row.gross, row.own_funds) = (cents(11), cents(22), cents(33), Money::from_cents(44));
    row.document = sha256(b"the document");
    new.document = Arc::from(&b"the document"[..]);
    let keys = new.row.keys();
    let idempotency = IdempotencyKey { scope: "s".into(), key: "k".into(), body_sha256: "digest".into() };
    let decided = new.clone();
    let decide: Decide = Box::new(move |_| decided.clone());
    let group = vec![Placing { keys: keys.clone(), idempotency: idempotency.clone(), decide }];
    place(&test, group).await.unwrap();

    assert_eq!(test.app.store.order("id-k").await.unwrap(), Some(new.row));
    assert_eq!(test.app.store.document("id-k").await.unwrap().unwrap(), b"the document");
    let again = vec![Placing { keys, idempotency, decide: Box::new(|_| unreachable!()) }];
    assert_eq!(place(&test, again).await.unwrap(), [Placed::Repeat(new.reply)]);
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
