// SPDX-License-Identifier: EUPL-1.2
//! The served process is killed without warning, a hundred times, while clients submit orders: no acknowledged order is
//! lost, none is there twice, and the books are whole.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mepa_gateway::store::Store;
use mepa_gateway::store::orders::OrderFilter;
use serde_json::Value;

use crate::process::Program;
use crate::support::{CUP_ALMESE, bytes, order_of};

const KILLS: u32 = 100;
const CLIENTS: u32 = 8;
struct Crowd {
    base: Mutex<String>,
    next: AtomicU32,
    stop: AtomicBool,
    acknowledged: Mutex<HashMap<u32, String>>,
    repeats: AtomicU32,
}

/// Submits one order after the other; after any failure the same request goes out again until it has an answer.
async fn client(crowd: Arc<Crowd>, token: String) {
    let http = reqwest::Client::builder().timeout(Duration::from_secs(5)).build().unwrap();
    while !crowd.stop.load(Ordering::Relaxed) {
        let n = crowd.next.fetch_add(1, Ordering::Relaxed);
        let body = bytes(&order_of(n, 1));
        let key = format!("crash-{n}");
        let give_up = Instant::now() + Duration::from_secs(60);
        loop {
            let base = crowd.base.lock().unwrap().clone();
            let request =
                http.post(format!("{base}/orders")).bearer_auth(&token).header("idempotency-key", &key);
            let sent = request.header("content-type", "application/json").body(body.clone()).send().await;
            if let Ok(response) = sent
                && response.status().as_u16() == 201
                && let Ok(answer) = response.json::<Value>().await
            {
                assert_eq!(answer["verdict"], "accepted", "{answer}");
                let id = answer["id"].as_str().unwrap().to_owned();
                assert!(crowd.acknowledged.lock().unwrap().insert(n, id).is_none());
                break;
            }
            crowd.repeats.fetch_add(1, Ordering::Relaxed);
            assert!(Instant::now() < give_up, "order {n} had no answer in a minute");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_kills_lose_and_double_nothing() {
    // Fails only when another test of this process has installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("elenco.csv");
    std::fs::write(
        &list,
        format!("Codice ISTAT;Comune;Importo;CUP\n001006;Almese;269.999,99;{CUP_ALMESE}\n"),
    )
    .unwrap();
    let program = Program::new(folder.path(), "[server]\nrequests_per_minute = 10000000\n");
    program.run(&["import", "beneficiaries", list.to_str().unwrap(), "--list", "definitive"]);
    let token = program.client("macchina", "c_a218");
    let (mut child, base) = program.serve();
    let crowd = Arc::new(Crowd {
        base: Mutex::new(base),
        next: AtomicU32::new(0),
        stop: AtomicBool::new(false),
        acknowledged: Mutex::default(),
        repeats: AtomicU32::new(0),
    });
    let clients: Vec<_> =
        (0..CLIENTS).map(|_| tokio::spawn(client(Arc::clone(&crowd), token.clone()))).collect();
    for kill in 0..KILLS {
        // At least one order is acknowledged between two kills; beyond that the moment is anybody's guess.
        let before = crowd.acknowledged.lock().unwrap().len();
        while crowd.acknowledged.lock().unwrap().len() == before {
            assert!(!clients.iter().any(|client| client.is_finished()), "a client has failed");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_micros(u64::from(kill.wrapping_mul(2_654_435_761) % 20_000))).await;
        child.kill().unwrap();
        child.wait().unwrap();
        let (again, base) = program.serve();
        child = again;
        *crowd.base.lock().unwrap() = base;
    }
    crowd.stop.store(true, Ordering::Relaxed);
    for client in clients {
        client.await.unwrap();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_books(folder.path(), &crowd).await;
}

async fn assert_books(folder: &Path, crowd: &Crowd) {
    let store = Store::open(&folder.join("mepa-gateway.db")).await.unwrap();
    for check in mepa_gateway::flows::verify::verify(&store).await.unwrap().checks {
        assert!(check.is_ok(), "{}: {:?}", check.name, check.faults);
    }
    let filter = OrderFilter { limit: 1_000_000, ..OrderFilter::default() };
    let stored = store.orders("risorse-in-comune", &filter).await.unwrap();
    let acknowledged = crowd.acknowledged.lock().unwrap();
    let mut by_number = HashMap::new();
    for order in &stored {
        assert!(
            by_number.insert(order.number.clone(), order.id.clone()).is_none(),
            "{} is there twice",
            order.number
        );
    }
    for (n, id) in &*acknowledged {
        let number = order_of(*n, 1)["order_number"].as_str().unwrap().to_owned();
        assert_eq!(by_number.get(&number), Some(id), "acknowledged order {n} is not as it was acknowledged");
    }
    assert_eq!(
        stored.len(),
        acknowledged.len(),
        "every request got its answer, so every order was acknowledged"
    );
    println!(
        "crash: {KILLS} kills, {} orders acknowledged, {} requests repeated, 0 lost, 0 doubled",
        acknowledged.len(),
        crowd.repeats.load(Ordering::Relaxed),
    );
}
