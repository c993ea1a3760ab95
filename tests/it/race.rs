// SPDX-License-Identifier: EUPL-1.2
//! A crowd of clients races for one budget: not a cent too much is held, and the answers add up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use crate::support::{ALMESE, CUP_ALMESE, TestApp, at, bytes, order_of};

const CLIENTS: u32 = 64;
const ORDERS: u32 = 20_000;
/// Covers about 40 % of what is asked for, and leaves a rest that no order fits into exactly.
const BUDGET_CENTS: i64 = 400_000_077;

/// Orders of 1 to 900 euro net, in an order that no client chooses.
fn hundreds(n: u32) -> i64 {
    100 + i64::from(n.wrapping_mul(2_654_435_761) % 800)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixty_four_clients_cannot_overspend_one_budget() {
    let test = Arc::new(TestApp::empty(at("2026-03-12T15:00:00Z")).await);
    test.confirm(&[(ALMESE, CUP_ALMESE, BUDGET_CENTS)]).await;
    let next = Arc::new(AtomicU32::new(0));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (test, next) = (Arc::clone(&test), Arc::clone(&next));
            tokio::spawn(async move {
                let mut told = Vec::new();
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= ORDERS {
                        return told;
                    }
                    told.push(submit(&test, n).await);
                }
            })
        })
        .collect();
    let mut told = Vec::new();
    for client in clients {
        told.extend(client.await.unwrap());
    }
    assert_eq!(told.len(), ORDERS as usize);
    let accepted: i64 = told.iter().filter(|answer| answer.accepted).map(|answer| answer.cents).sum();
    let smallest_refused =
        told.iter().filter(|answer| !answer.accepted).map(|answer| answer.cents).min().unwrap();
    let (reserved, _, available) = test.balances(ALMESE).await;
    let overspent = (reserved - BUDGET_CENTS).max(0);
    println!(
        "race: {ORDERS} orders by {CLIENTS} clients, {} accepted, reserved {reserved} cents, left {available}, overspend {overspent} cents",
        told.iter().filter(|answer| answer.accepted).count(),
    );
    assert_eq!(overspent, 0);
    assert_eq!(reserved, accepted, "what the clients were told is what is held");
    assert!(
        available < smallest_refused,
        "{available} cents were left when an order of {smallest_refused} was refused"
    );
    test.assert_whole().await;
}

struct Told {
    accepted: bool,
    cents: i64,
}

async fn submit(test: &TestApp, n: u32) -> Told {
    let hundreds = hundreds(n);
    let body = bytes(&order_of(n, hundreds));
    for _ in 0..200 {
        let response =
            test.post("token-rup", "/orders", &format!("race-{n}"), "application/json", body.clone()).await;
        match response.status().as_u16() {
            201 => {
                let answer: Value = response.json().await.unwrap();
                let verdict = answer["verdict"].as_str().unwrap();
                assert!(["accepted", "refused"].contains(&verdict), "{answer}");
                return Told { accepted: verdict == "accepted", cents: hundreds * 122 };
            }
            // Busy: come back with the same key, as the answer asks.
            503 => assert!(response.headers().contains_key("retry-after")),
            other => panic!("order {n} was answered {other}: {}", response.text().await.unwrap()),
        }
    }
    panic!("order {n} was never served");
}
