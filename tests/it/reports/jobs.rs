// SPDX-License-Identifier: EUPL-1.2
//! Reports as long work: asked for, made, fetched, cancelled, made anew when their maker died, gone after a while.

use chrono::TimeDelta;
use mepa_gateway::domain::role::Role;
use serde_json::{Value, json};

use crate::support::{TestApp, bytes, token};

async fn ask(test: &TestApp, token: &str, key: &str, body: &Value) -> (u16, Value) {
    let answer = test.post(token, "/reports", key, "application/json", bytes(body)).await;
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn row(test: &TestApp, token: &str, id: &str) -> Value {
    test.get(token, &format!("/reports/{id}")).await.json().await.unwrap()
}

fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap_or_else(|| panic!("{answer:#}")).to_owned()
}

#[tokio::test]
async fn a_report_is_for_those_who_may_see_it() {
    let test = TestApp::purchasing().await;
    let dossier = json!({ "kind": "dossier", "comune": "c_a218" });
    let (status, answer) = ask(&test, &token(Role::Lettore), "k", &dossier).await;
    assert_eq!((status, &answer["state"]), (202, &"queued".into()));
    // The same request again is the same report; the same key for another is refused.
    assert_eq!(ask(&test, &token(Role::Lettore), "k", &dossier).await, (202, answer.clone()));
    assert_eq!(
        ask(&test, &token(Role::Lettore), "k", &json!({ "kind": "dossier", "comune": "001006" })).await.0,
        409
    );
    let id = id(&answer);
    let file = format!("/reports/{id}/file");
    assert_eq!(test.get(&token(Role::Lettore), &file).await.status(), 409, "not made yet");
    test.work().await;
    for (token, status) in [
        (token(Role::Lettore), 200),
        (token(Role::Programma), 200),
        ("other-town".into(), 404),
        (token(Role::Operatore), 404),
    ] {
        assert_eq!(test.get(&token, &format!("/reports/{id}")).await.status(), status, "{token}");
        assert_eq!(test.get(&token, &file).await.status(), status, "{token}");
    }
    for (key, token, body, status) in [
        ("a", token(Role::Lettore), json!({ "kind": "programme" }), 403),
        ("b", token(Role::Operatore), dossier.clone(), 403),
        ("c", "other-town".into(), dossier.clone(), 404),
        ("d", token(Role::Programma), json!({ "kind": "dossier", "comune": "999999" }), 404),
        ("e", token(Role::Programma), json!({ "kind": "dossier", "comune": "h501" }), 404),
        ("f", token(Role::Lettore), json!({ "kind": "dossier" }), 400),
        ("g", token(Role::Lettore), json!({ "kind": "poem", "comune": "c_a218" }), 400),
        ("h", token(Role::Lettore), json!({ "kind": "dossier", "comune": "c_a218", "colour": "red" }), 400),
    ] {
        assert_eq!(ask(&test, &token, key, &body).await.0, status, "{key}");
    }
    test.assert_whole().await;
}

#[tokio::test]
async fn a_report_that_nobody_wants_is_not_made() {
    let test = TestApp::purchasing().await;
    let (_, answer) =
        ask(&test, &token(Role::Rup), "k", &json!({ "kind": "dossier", "comune": "c_a218" })).await;
    let id = id(&answer);
    let cancel = async |key: &str| {
        let path = format!("/reports/{id}/cancellation");
        test.post(&token(Role::Rup), &path, key, "application/json", Vec::new()).await.status().as_u16()
    };
    let path = format!("/reports/{id}/cancellation");
    let other = test.post(&token(Role::Lettore), &path, "x", "application/json", Vec::new()).await;
    assert_eq!(other.status(), 403, "it was not asked for by this one");
    assert_eq!(cancel("c").await, 200);
    assert_eq!(cancel("c").await, 200, "the same request again");
    assert_eq!(cancel("d").await, 409);
    test.work().await;
    assert_eq!(row(&test, &token(Role::Rup), &id).await["state"], "cancelled");
    test.assert_whole().await;
}

#[tokio::test]
async fn a_report_whose_maker_died_is_made_anew_and_the_dead_one_is_not_believed() {
    let test = TestApp::purchasing().await;
    let (_, answer) =
        ask(&test, &token(Role::Rup), "k", &json!({ "kind": "dossier", "comune": "c_a218" })).await;
    let id = id(&answer);
    let claim = async || {
        let now = test.app.clock.now();
        let claimed = test.app.store.write(move |tx| {
            Box::pin(async move { tx.claim_report("risorse-in-comune", now, TimeDelta::seconds(60)).await })
        });
        claimed.await.unwrap()
    };
    // A maker takes it, and dies; nobody else takes it while its lease runs.
    let dead = claim().await.unwrap();
    assert_eq!(claim().await, None);
    test.work().await;
    assert_eq!(row(&test, &token(Role::Rup), &id).await["state"], "running");
    test.app.clock.advance(TimeDelta::seconds(61));
    test.work().await;
    let made = row(&test, &token(Role::Rup), &id).await;
    assert_eq!(made["state"], "done", "{made:#}");
    // The dead one comes back and says it has failed.
    let (told, at) = (dead.id.clone(), test.app.clock.now());
    let believed = test.app.store.write(move |tx| {
        Box::pin(async move { tx.end_report((&told, dead.fence), &Err("late".into()), at).await })
    });
    assert!(!believed.await.unwrap());
    assert_eq!(row(&test, &token(Role::Rup), &id).await, made);
}

#[tokio::test]
async fn a_report_that_kills_its_makers_is_given_up() {
    let test = TestApp::purchasing().await;
    let (_, answer) =
        ask(&test, &token(Role::Rup), "k", &json!({ "kind": "dossier", "comune": "c_a218" })).await;
    for _ in 0..3 {
        let now = test.app.clock.now();
        let claimed = test.app.store.write(move |tx| {
            Box::pin(async move { tx.claim_report("risorse-in-comune", now, TimeDelta::seconds(60)).await })
        });
        assert!(claimed.await.unwrap().is_some());
        test.app.clock.advance(TimeDelta::seconds(61));
    }
    test.work().await;
    let row = row(&test, &token(Role::Rup), &id(&answer)).await;
    assert_eq!((&row["state"], &row["error"]), (&"failed".into(), &"begun 3 times and never ended".into()));
}

#[tokio::test]
async fn files_are_kept_for_a_while() {
    let test = TestApp::purchasing().await;
    let (_, answer) =
        ask(&test, &token(Role::Rup), "k", &json!({ "kind": "dossier", "comune": "c_a218" })).await;
    let id = id(&answer);
    test.work().await;
    let file = test.app.settings.store.path.parent().unwrap().join(format!("reports/{id}.1.zip"));
    assert!(file.exists());
    test.app.clock.advance(TimeDelta::days(31));
    test.work().await;
    assert_eq!(row(&test, &token(Role::Rup), &id).await["state"], "expired");
    assert!(!file.exists());
    assert_eq!(test.get(&token(Role::Rup), &format!("/reports/{id}/file")).await.status(), 409);
}
