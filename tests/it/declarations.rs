// SPDX-License-Identifier: EUPL-1.2
//! Declarations about the Comune, or of a supplier for all it sells to it, are given once and count for later orders.

use serde_json::{Value, json};

use crate::support::{TestApp, bytes, nth_order, token};
use mepa_gateway::domain::role::Role;

/// The declarations that go with each order, and those that can be given once.
fn split(order: &mut Value) -> Vec<Value> {
    let all = order["declarations"].take();
    let (each, mut once): (Vec<Value>, Vec<Value>) =
        all.as_array().unwrap().iter().cloned().partition(|declaration| declaration["kind"] == "dnsh_cam");
    for declaration in &mut once {
        let of_supplier = declaration["signer_capacity"] == "legale_rappresentante_fornitore";
        declaration["scope"] = if of_supplier { "fornitore" } else { "comune" }.into();
    }
    order["declarations"] = each.into();
    once
}

/// The `n`th order without the declarations that can be given once.
fn lean_order(n: u32) -> Value {
    let mut order = nth_order(n);
    let _ = split(&mut order);
    order
}

/// The `n`th order, small enough for several to fit, with all of them.
fn full_order(n: u32, change: impl Fn(&mut Value)) -> Value {
    let mut order = nth_order(n);
    let mut once = split(&mut order);
    once.iter_mut().for_each(change);
    order["declarations"].as_array_mut().unwrap().extend(once);
    order
}

async fn verdict(test: &TestApp, order: &Value) -> String {
    let key = order["order_number"].as_str().unwrap();
    let (_, answer) = test.submit(key, order).await;
    answer["verdict"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[tokio::test]
async fn what_was_given_with_one_order_counts_for_the_next_of_the_same_supplier() {
    let test = TestApp::purchasing().await;
    assert_eq!(verdict(&test, &lean_order(1)).await, "incomplete");
    assert_eq!(verdict(&test, &full_order(2, |_| ())).await, "accepted");
    assert_eq!(verdict(&test, &lean_order(3)).await, "accepted");
    let mut other = lean_order(4);
    other["supplier"] = json!({ "name": "Altra di Prova S.r.l.", "vat_number": "IT00000010215" });
    let (_, answer) = test.submit("other", &other).await;
    let missing: Vec<&Value> = answer["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["severity"] == "curable")
        .map(|finding| &finding["rule"])
        .collect();
    assert_eq!(
        missing,
        ["ORD-100", "ORD-101"],
        "what the Comune declared counts, the supplier has not declared"
    );
    test.assert_whole().await;
}

#[tokio::test]
async fn what_is_out_of_date_or_came_with_a_refused_order_does_not_count() {
    let test = TestApp::purchasing().await;
    let mut refused = full_order(1, |_| ());
    refused["currency"] = "USD".into();
    assert_eq!(verdict(&test, &refused).await, "refused");
    assert_eq!(verdict(&test, &lean_order(2)).await, "incomplete");
    let expired = full_order(3, |declaration| declaration["valid_until"] = "2026-03-11".into());
    let _ = verdict(&test, &expired).await;
    assert_eq!(verdict(&test, &lean_order(4)).await, "incomplete");
}

#[tokio::test]
async fn what_was_added_to_an_incomplete_order_counts_here_and_nowhere_else() {
    let test = TestApp::purchasing().await;
    let (_, answer) = test.submit("1", &lean_order(1)).await;
    let once = split(&mut nth_order(1));
    let path = format!("/orders/{}/declarations", answer["id"].as_str().unwrap());
    let added = json!({ "declarations": once });
    let added = test.post(&token(Role::Rup), &path, "d", "application/json", bytes(&added)).await;
    assert_eq!(added.status().as_u16(), 201);
    assert_eq!(verdict(&test, &lean_order(2)).await, "accepted");

    let mut elsewhere = lean_order(3);
    elsewhere["buyer"] = json!({ "ipa_code": "c_a222", "tax_code": "86003150017", "office_code": "UFTST1" });
    elsewhere["cup"] = "J51B26000020006".into();
    let answer = test.post("other-town", "/orders", "1", "application/json", bytes(&elsewhere)).await;
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["verdict"], "incomplete", "{answer}");
}

#[tokio::test]
async fn a_declaration_signed_late_is_made_good_by_a_right_one() {
    let test = TestApp::purchasing().await;
    let mut order = nth_order(1);
    let right = order["declarations"][0].clone();
    order["declarations"][0]["signed_on"] = "2026-03-31".into();
    let (_, answer) = test.submit("1", &order).await;
    assert_eq!(answer["verdict"], "incomplete", "{answer}");
    let id = answer["id"].as_str().unwrap();
    let given = json!({ "declarations": [right] });
    let rup = token(Role::Rup);
    let path = format!("/orders/{id}/declarations");
    assert_eq!(test.post(&rup, &path, "d", "application/json", bytes(&given)).await.status().as_u16(), 201);
    let again = test.post(&rup, &format!("/orders/{id}/recheck"), "r", "application/json", vec![]).await;
    let again: Value = again.json().await.unwrap();
    assert_eq!(again["verdict"], "accepted", "{again}");
}

#[tokio::test]
async fn what_is_due_later_can_be_given_while_the_order_lives_and_not_afterwards() {
    let test = TestApp::purchasing().await;
    let order = nth_order(1);
    let (_, answer) = test.submit("1", &order).await;
    assert_eq!(answer["verdict"], "accepted");
    let (rup, id) = (token(Role::Rup), answer["id"].as_str().unwrap());
    let mut late = order["declarations"][0].clone();
    late["kind"] = "autodichiarazione".into();
    late["signer_capacity"] = "titolare_effettivo".into();
    let given = bytes(&json!({ "declarations": [late] }));
    let path = format!("/orders/{id}/declarations");
    let added = test.post(&rup, &path, "d1", "application/json", given.clone()).await;
    assert_eq!(added.status().as_u16(), 201, "{}", added.text().await.unwrap());
    test.post(&rup, &format!("/orders/{id}/cancellation"), "c", "application/json", vec![]).await;
    let refused = test.post(&rup, &path, "d2", "application/json", given).await;
    assert_eq!(refused.status().as_u16(), 409);
    test.assert_whole().await;
}
