// SPDX-License-Identifier: EUPL-1.2
//! The weeks of purchase: orders good and bad, and what the platform and the supplier do with them.

use anyhow::Context;
use mepa_gateway_mocks::{Azione, RegisteredCig, Scheda};
use serde_json::Value;

use crate::domain::cig_check::CigResult;
use crate::domain::declaration::DeclarationKind;
use crate::domain::money::Money;
use crate::flows::cancel_order::cancel_order;
use crate::flows::declare::{add_declarations, recheck};

use super::cast::{ALMESE, ALPIGNANO, ARREDI, BEINASCO, BORGARO, INFORMATICA, MERATE, RECCO};
use super::cig::demo_cig;
use super::draft::{Draft, Supplier, complete, declarations_json};
use super::story::{Story, rules_of, text};

/// Lives through the weeks of purchase.
pub(super) async fn live(story: &mut Story) -> anyhow::Result<()> {
    good_order(story).await?;
    incomplete_order(story).await?;
    refused_orders(story).await?;
    budget(story).await?;
    warnings(story).await?;
    supplier_refuses(story).await?;
    revoked_by_agreement(story).await?;
    withdrawn(story).await?;
    left_incomplete(story).await?;
    super::platforms::live(story).await?;
    too_late(story).await?;
    super::money::live(story).await?;
    super::reports::live(story).await
}

/// A complete order of a Comune: seats and monitors, every declaration on file.
pub(super) async fn draft<'a>(
    story: &'a Story,
    istat: &str,
    number: &'a str,
    date: &'a str,
    supplier: Supplier,
) -> anyhow::Result<Draft<'a>> {
    Ok(Draft {
        number,
        date,
        sent_at: None,
        buyer: story.comune(istat)?,
        cup: story.cup(istat).await?,
        cig: demo_cig(number.parse::<u32>()? % 100),
        supplier,
        lines: vec![("B01", 12, 18_550), ("B02", 6, 42_900)],
        own_funds: Money::ZERO,
        declarations: complete(),
    })
}

pub(super) async fn submit(story: &mut Story, istat: &str, order: &Value) -> anyhow::Result<Value> {
    known_to_anac(story, order)?;
    Ok(story.submit(istat, order.to_string().as_bytes()).await??)
}

/// The RUP has obtained the CIG of an order from ANAC, with all that a PNRR purchase needs.
fn known_to_anac(story: &Story, order: &Value) -> anyhow::Result<()> {
    let net = text(&order["totals"], "net").to_owned();
    let small = net.parse::<Money>()? < Money::from_cents(500_000);
    let cig = RegisteredCig {
        cig: text(order, "cig").to_owned(),
        codice_fiscale: text(&order["buyer"], "tax_code").to_owned(),
        cup: vec![text(order, "cup").to_owned()],
        pnrr: true,
        scheda: if small { Scheda::Ad5 } else { Scheda::Ad3 },
        importo: net,
        quota: Some("30".into()),
        accessibilita: Some("inc".into()),
        ..RegisteredCig::default()
    };
    let known = story.stand_ins.register_cig(cig);
    known.map(drop).map_err(|why| anyhow::anyhow!("{}: {why}", text(order, "cig")))
}

async fn good_order(story: &mut Story) -> anyhow::Result<()> {
    story.chapter("2026-02-16T09:00:00Z", "Almese orders seats and desks")?;
    let order = draft(story, ALMESE, "8127401", "2026-02-16", ARREDI).await?.json(&story.app);
    known_to_anac(story, &order)?;
    let body = order.to_string();
    let first = story.submit_under(ALMESE, body.as_bytes(), "almese-1".into()).await??;
    let answer: Value = serde_json::from_str(&first.body)?;
    story.expect(
        "a good order is accepted and its money reserved",
        text(&answer, "verdict") == "accepted",
        &told(&answer),
    );
    let again = story.submit_under(ALMESE, body.as_bytes(), "almese-1".into()).await??;
    story.expect(
        "the same request again gets the same answer, byte for byte",
        again == first,
        text(&answer, "id"),
    );
    story.work().await?;
    let id = text(&answer, "id").to_owned();
    story.expect(
        "it is on the platform as a draft ODA",
        story.order_state(&id).await? == "submitted",
        &story.oda(&id).await?,
    );
    let check = story.app.store.cig_check(&id).await?.context("ANAC was not asked about the CIG")?;
    let points = format!("{} {}, {} points", check.cig, check.result().as_str(), check.points.len());
    story.expect("ANAC knows its CIG, with this CUP on it", check.result() == CigResult::Well, &points);
    act(story, &id, Azione::FirmaEInvia).await?;
    act(story, &id, Azione::Accetta).await?;
    follow(story, "2026-02-17T09:00:00Z").await?;
    let state = story.order_state(&id).await?;
    story.expect("signed, sent and accepted by the supplier: committed", state == "supplier_accepted", state);
    let duplicate = submit(story, ALMESE, &order).await?;
    let blocks = rules_of(&duplicate, "blocks");
    story.expect(
        "the same order under another key is refused",
        blocks.contains(&"ORD-110".into()),
        &told(&duplicate),
    );
    Ok(())
}

async fn incomplete_order(story: &mut Story) -> anyhow::Result<()> {
    story.chapter("2026-02-18T10:00:00Z", "Alpignano forgets two declarations")?;
    let missing = [DeclarationKind::DnshCam, DeclarationKind::AssenzaConflittoInteresse];
    let mut order = draft(story, ALPIGNANO, "8127402", "2026-02-18", ARREDI).await?;
    order.declarations.retain(|(kind, ..)| !missing.contains(kind));
    let (green, order) = (order.green_rules(&story.app), order.json(&story.app));
    let answer = submit(story, ALPIGNANO, &order).await?;
    story.expect(
        "it is incomplete, nothing is reserved",
        text(&answer, "verdict") == "incomplete",
        &told(&answer),
    );
    let caller = story.caller(ALPIGNANO)?;
    let id = text(&answer, "id").to_owned();
    let late: Vec<_> = complete().into_iter().filter(|(kind, ..)| missing.contains(kind)).collect();
    let declarations = serde_json::from_value(declarations_json(&late, &green, "2026-02-18").into())?;
    let change = story.change("declare");
    add_declarations(&story.app, &caller, &id, declarations, change).await?;
    let change = story.change("recheck");
    let reply = recheck(&story.app, &caller, &id, change).await?;
    let answer: Value = serde_json::from_str(&reply.body)?;
    story.expect("with them it is accepted", text(&answer, "verdict") == "accepted", &told(&answer));
    Ok(())
}

async fn refused_orders(story: &mut Story) -> anyhow::Result<()> {
    story.chapter("2026-02-20T11:00:00Z", "Beinasco makes every mistake")?;
    let mut order = draft(story, BEINASCO, "8127403", "2026-02-20", INFORMATICA).await?.json(&story.app);
    order["lines"][0]["name"] = "Sedia da giardino".into();
    order["lines"][1]["net_amount"] = "2574.01".into();
    order["cup"] = story.cup(ALMESE).await?.into();
    let answer = submit(story, BEINASCO, &order).await?;
    let blocks = rules_of(&answer, "blocks");
    let all =
        ["ORD-011", "ORD-032", "ORD-040", "ORD-042"].iter().all(|id| blocks.iter().any(|found| found == id));
    story.expect("wrong sheet, wrong sum, another town's CUP: each is named", all, &told(&answer));
    order["cup"] = "123abc".into();
    let unreadable = story.submit(BEINASCO, order.to_string().as_bytes()).await?;
    story.expect("a CUP that is none is no order at all", unreadable.is_err(), "422, nothing stored");
    Ok(())
}

async fn budget(story: &mut Story) -> anyhow::Result<()> {
    story.chapter("2026-02-25T09:00:00Z", "Borgaro Torinese wants more than it has")?;
    let mut order = draft(story, BORGARO, "8127404", "2026-02-25", INFORMATICA).await?;
    order.lines = vec![("B02", 100, 45_000)];
    let too_much = submit(story, BORGARO, &order.json(&story.app)).await?;
    let over = rules_of(&too_much, "blocks") == ["ORD-080"];
    let mut order = draft(story, BORGARO, "8127404", "2026-02-25", INFORMATICA).await?;
    order.lines = vec![("B02", 100, 45_000)];
    order.own_funds = Money::from_cents(200_000);
    let order = order.json(&story.app);
    story.expect("54.900,00 € of 53.207,21 €: refused, to the cent", over, &told(&too_much));
    let answer = submit(story, BORGARO, &order).await?;
    story.expect(
        "with 2.000,00 € of its own it is accepted",
        text(&answer, "verdict") == "accepted",
        &told(&answer),
    );
    let warnings = rules_of(&answer, "warning");
    story.expect(
        "above 40.000 € net a warning is given",
        warnings.contains(&"ORD-071".into()),
        &found(&answer, "warning"),
    );
    Ok(())
}

async fn warnings(story: &mut Story) -> anyhow::Result<()> {
    story.chapter("2026-03-04T09:00:00Z", "Alpignano goes back to the same supplier")?;
    let mut order = draft(story, ALPIGNANO, "8127405", "2026-03-04", ARREDI).await?;
    order.lines = vec![("B01", 60, 18_550)];
    let order = order.json(&story.app);
    let answer = submit(story, ALPIGNANO, &order).await?;
    let rotation = rules_of(&answer, "warning").contains(&"ORD-072".into());
    story.expect(
        "rotation is pointed out, the order stands",
        rotation && text(&answer, "verdict") == "accepted",
        &told(&answer),
    );
    let advice = rules_of(&answer, "info").contains(&"ORD-120".into());
    story.expect("the direttrici not yet covered are advice", advice, &found(&answer, "info"));
    Ok(())
}

async fn supplier_refuses(story: &mut Story) -> anyhow::Result<()> {
    story.chapter("2026-03-09T09:00:00Z", "Merate's supplier refuses")?;
    let id = on_platform(story, MERATE, "8127406", "2026-03-09").await?;
    act(story, &id, Azione::FirmaEInvia).await?;
    act(story, &id, Azione::Rifiuta).await?;
    follow(story, "2026-03-10T09:00:00Z").await?;
    let state = story.order_state(&id).await?;
    story.expect("the refusal is followed", state == "supplier_refused", state);
    expect_nothing_held(story, MERATE).await
}

async fn revoked_by_agreement(story: &mut Story) -> anyhow::Result<()> {
    story.chapter("2026-03-11T09:00:00Z", "Recco and its supplier revoke an order")?;
    let id = on_platform(story, RECCO, "8127407", "2026-03-11").await?;
    for step in [Azione::FirmaEInvia, Azione::Accetta, Azione::ProponiRevoca, Azione::AccettaRevoca] {
        act(story, &id, step).await?;
    }
    follow(story, "2026-03-12T09:00:00Z").await?;
    let state = story.order_state(&id).await?;
    story.expect("four steps that passed between two looks are all walked", state == "revoked", state);
    expect_nothing_held(story, RECCO).await
}

async fn withdrawn(story: &mut Story) -> anyhow::Result<()> {
    story.chapter("2026-03-13T09:00:00Z", "Merate withdraws a draft")?;
    let id = on_platform(story, MERATE, "8127408", "2026-03-13").await?;
    let caller = story.caller(MERATE)?;
    let change = story.change("cancel");
    cancel_order(&story.app, &caller, &id, change).await?;
    story.work().await?;
    let state = story.order_state(&id).await?;
    story.expect("the draft is withdrawn on the platform too", state == "cancelled", state);
    expect_nothing_held(story, MERATE).await
}

async fn left_incomplete(story: &mut Story) -> anyhow::Result<()> {
    story.chapter(
        "2026-03-20T09:00:00Z",
        "Beinasco sends an order without any declaration and leaves it so",
    )?;
    let mut order = draft(story, BEINASCO, "8127411", "2026-03-20", INFORMATICA).await?;
    order.declarations.clear();
    let order = order.json(&story.app);
    let answer = submit(story, BEINASCO, &order).await?;
    story.expect(
        "it stays incomplete and holds no money",
        text(&answer, "verdict") == "incomplete",
        &told(&answer),
    );
    expect_nothing_held(story, BEINASCO).await
}

async fn too_late(story: &mut Story) -> anyhow::Result<()> {
    story.chapter("2026-04-01T07:00:00Z", "Recco orders a day too late")?;
    let order = draft(story, RECCO, "8127409", "2026-04-01", ARREDI).await?.json(&story.app);
    let answer = submit(story, RECCO, &order).await?;
    story.expect(
        "after 31 March it is refused",
        rules_of(&answer, "blocks").contains(&"ORD-050".into()),
        &told(&answer),
    );
    let mut order = draft(story, RECCO, "8127410", "2026-03-31", ARREDI).await?;
    order.sent_at = Some("2026-03-31T23:59:59+02:00");
    let order = order.json(&story.app);
    let answer = submit(story, RECCO, &order).await?;
    story.expect(
        "one sent in the last second is in time",
        text(&answer, "verdict") == "accepted",
        &told(&answer),
    );
    story.work().await
}

async fn on_platform(story: &mut Story, istat: &str, number: &str, date: &str) -> anyhow::Result<String> {
    let order = draft(story, istat, number, date, INFORMATICA).await?.json(&story.app);
    let answer = submit(story, istat, &order).await?;
    story.work().await?;
    let id = text(&answer, "id").to_owned();
    let state = story.order_state(&id).await?;
    story.expect("an order is judged and handed over", state == "submitted", &told(&answer));
    Ok(id)
}

async fn act(story: &Story, id: &str, step: Azione) -> anyhow::Result<()> {
    let number = story.oda(id).await?;
    story.stand_ins.act(&number, step, None).map(|_| ()).map_err(|why| anyhow::anyhow!("{number}: {why:?}"))
}

pub(super) async fn follow(story: &Story, at: &str) -> anyhow::Result<()> {
    let at = at.parse().context("not an instant")?;
    story.app.clock.jump_to(at);
    story.stand_ins.clock().run_from(at);
    story.work().await
}

async fn expect_nothing_held(story: &mut Story, istat: &str) -> anyhow::Result<()> {
    let row = story
        .app
        .store
        .participation(&story.app.programme.id, &istat.parse()?)
        .await?
        .context("no such Comune")?;
    let free = row.balances.available() == Some(row.balances.assigned);
    story.expect("all of its money is free again", free, &row.balances.assigned.italian());
    Ok(())
}

/// Number, verdict, what was reserved and which rules found something.
pub(super) fn told(answer: &Value) -> String {
    let reserved: Money = text(&answer["reserved"], "amount").parse().unwrap_or_default();
    let rules: Vec<_> = ["blocks", "curable", "warning", "info"]
        .iter()
        .filter(|severity| !rules_of(answer, severity).is_empty())
        .map(|severity| format!("; {severity}: {}", found(answer, severity)))
        .collect();
    let (number, verdict) = (text(answer, "order_number"), text(answer, "verdict"));
    format!("{number} {verdict}, {} reserved{}", reserved.italian(), rules.concat())
}

/// The rules that found something of that severity, each once.
fn found(answer: &Value, severity: &str) -> String {
    let mut rules = rules_of(answer, severity);
    rules.sort_unstable();
    rules.dedup();
    rules.join(", ")
}
