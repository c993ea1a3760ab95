// SPDX-License-Identifier: EUPL-1.2
//! What goes on around the platforms: orders made on the portal without the gateway, answers that get lost, a call that
//! only a person can clear up.

use anyhow::Context;
use chrono::TimeDelta;
use mepa_gateway_mocks::{Azione, Fault, Operation, Platform, RegisteredCig};

use crate::documents::{HandOver, read_order, write_ubl};
use crate::domain::cig::Cig;
use crate::domain::cup::Cup;
use crate::domain::linking::Waiting;
use crate::flows::link_by_hand::{LinkDecision, decide_on_machine};
use crate::flows::resolve_call::{Resolution, resolve};
use crate::flows::support_text::support_text;
use crate::flows::verify_cig::verify_cig;
use crate::store::outbox::HAND_OVER;
use crate::store::outbox::people::CallState;
use crate::store::portal::PortalOda;

use super::cast::{ALMESE, ALPIGNANO, BEINASCO, INFORMATICA, MERATE, RECCO};
use super::cig::demo_cig;
use super::orders::{draft, follow, submit, told};
use super::story::{Story, text};

/// Lives through it.
pub(super) async fn live(story: &mut Story) -> anyhow::Result<()> {
    made_on_the_portal(story).await?;
    whose_is_it(story).await?;
    lost_answer(story).await?;
    for_a_person(story).await?;
    cig_verified(story).await
}

/// Somebody makes an order on the portal; `spoil` changes the document. Gives the number of the ODA.
async fn on_portal(
    story: &Story,
    istat: &str,
    number: &str,
    date: &str,
    spoil: impl Fn(String) -> String,
) -> anyhow::Result<String> {
    let app = &story.app;
    let order = draft(story, istat, number, date, INFORMATICA).await?.json(app).to_string();
    let read = read_order(order.as_bytes(), None, &app.limits)?;
    let comune = story.comune(istat)?;
    let with = HandOver { comune, programme: &app.programme, reference: &app.reference };
    let document = spoil(String::from_utf8(write_ubl(&read.order, &with))?);
    let made = story.stand_ins.draft_on_portal(&document);
    made.map_err(|why| anyhow::anyhow!("the portal does not take the order: {why}"))
}

async fn oda(story: &Story, number: &str) -> anyhow::Result<PortalOda> {
    let found = story.app.store.portal_oda(&story.app.programme.id, number).await?;
    found.with_context(|| format!("ODA {number} was not seen"))
}

async fn made_on_the_portal(story: &mut Story) -> anyhow::Result<()> {
    story.chapter("2026-03-23T09:00:00Z", "Merate orders on the portal, without the gateway")?;
    let number = on_portal(story, MERATE, "8127412", "2026-03-23", |document| document).await?;
    story
        .stand_ins
        .act(&number, Azione::FirmaEInvia, None)
        .map_err(|why| anyhow::anyhow!("{number}: {why}"))?;
    follow(story, "2026-03-23T10:00:00Z").await?;
    let linked = oda(story, &number).await?;
    let id = linked.order_id.with_context(|| format!("ODA {number} is not linked"))?;
    let order = story.app.store.order(&id).await?.with_context(|| format!("{id}: no such order"))?;
    let name = story.comune(order.comune.as_str())?.name.to_string();
    story.expect(
        "it is found, joined to its Comune and judged by the same rules",
        order.comune.as_str() == MERATE && order.verdict.as_str() == "incomplete",
        &format!("ODA {number}, {name}, {}", order.verdict.as_str()),
    );
    let row = story.app.store.participation(&story.app.programme.id, &order.comune).await?;
    let held = row.context("no such Comune")?.balances.committed;
    story.expect(
        "it was sent, so it binds: its money is committed though declarations are missing",
        order.state.as_str() == "sent" && held == order.reserved,
        &held.italian(),
    );
    Ok(())
}

async fn whose_is_it(story: &mut Story) -> anyhow::Result<()> {
    story.chapter("2026-03-24T09:00:00Z", "An order on the portal names Recco and the CUP of Almese")?;
    let (own, foreign) = (story.cup(RECCO).await?, story.cup(ALMESE).await?);
    let number =
        on_portal(story, RECCO, "8127413", "2026-03-24", |document| document.replace(&own, &foreign)).await?;
    follow(story, "2026-03-24T10:00:00Z").await?;
    let waiting = oda(story, &number).await?;
    let candidates: Vec<String> = waiting
        .candidates
        .iter()
        .map(|candidate| format!("{} (score {})", candidate.comune, candidate.score))
        .collect();
    story.expect(
        "it waits for a person, with whose it could be",
        waiting.waiting == Some(Waiting::Contradiction) && candidates.len() == 2,
        &candidates.join(", "),
    );
    let reason = "acquisto con fondi propri, CUP riportato per errore".parse()?;
    let decided = decide_on_machine(&story.app, &number, LinkDecision::Dismiss, reason).await?;
    story.expect(
        "a person says that it is not of the programme, with a reason",
        decided.status.as_str() == "dismissed",
        decided.reason.as_deref().unwrap_or_default(),
    );
    Ok(())
}

async fn cig_verified(story: &mut Story) -> anyhow::Result<()> {
    story.chapter("2026-03-27T09:00:00Z", "Alpignano asks ANAC about a CIG before it orders")?;
    let (cig, cup): (Cig, Cup) = (demo_cig(16).parse()?, story.cup(ALPIGNANO).await?.parse()?);
    let (app, comune) = (story.app.clone(), story.comune(ALPIGNANO)?.clone());
    let anac = app.platforms.anac.as_ref().context("ANAC is not connected")?;
    let mut known = RegisteredCig {
        cig: cig.to_string(),
        codice_fiscale: comune.tax_code.to_string(),
        pnrr: true,
        quota: Some("30".into()),
        accessibilita: Some("inc".into()),
        ..RegisteredCig::default()
    };
    for (name, cups, well) in [
        ("the CUP was forgotten: ANAC's answer says how to mend it", vec![], false),
        ("with it every point is as it must be", vec![cup.to_string()], true),
    ] {
        known.cup = cups;
        story.stand_ins.register_cig(known.clone()).map_err(|why| anyhow::anyhow!("{cig}: {why}"))?;
        let points = verify_cig(&app, anac, &comune, Some(&cup), &cig).await?;
        let against: Vec<&str> =
            points.iter().filter(|point| point.well != Some(true)).map(|point| &*point.found.en).collect();
        let told = format!("{cig}, {} points; {}", points.len(), against.join("; "));
        story.expect(name, against.is_empty() == well, &told);
    }
    Ok(())
}

async fn lost_answer(story: &mut Story) -> anyhow::Result<()> {
    story.chapter("2026-03-25T09:00:00Z", "The portal takes Beinasco's order and its answer is lost")?;
    story.stand_ins.add_fault(Fault::on(Operation::CreateDraft).dropped().after_effect());
    let order = draft(story, BEINASCO, "8127414", "2026-03-25", INFORMATICA).await?.json(&story.app);
    let answer = submit(story, BEINASCO, &order).await?;
    story.work().await?;
    let id = text(&answer, "id").to_owned();
    let before = story.order_state(&id).await?;
    follow(story, "2026-03-25T09:10:00Z").await?;
    let (after, effects) =
        (story.order_state(&id).await?, story.stand_ins.ledger().effects_for(Operation::CreateDraft, &id));
    story.expect(
        "the gateway asks before it repeats: one draft, not two",
        (before, after, effects) == ("accepted", "submitted", 1),
        &told(&answer),
    );
    Ok(())
}

async fn for_a_person(story: &mut Story) -> anyhow::Result<()> {
    story.chapter("2026-03-26T09:00:00Z", "Again, and this time the portal cannot be asked either")?;
    story.stand_ins.add_fault(Fault::on(Operation::CreateDraft).dropped().after_effect());
    let gibberish = Fault::on(Operation::FindOrders).status(200).body("application/json", "{}");
    story.stand_ins.add_fault(gibberish.forever());
    let order = draft(story, BEINASCO, "8127415", "2026-03-26", INFORMATICA).await?.json(&story.app);
    let answer = submit(story, BEINASCO, &order).await?;
    let id = text(&answer, "id").to_owned();
    let event = format!("{HAND_OVER}:{id}");
    for _ in 0..=story.app.settings.worker.attempts_max {
        story.work().await?;
        let later = story.app.clock.now() + TimeDelta::hours(1);
        follow(story, &later.to_rfc3339()).await?;
    }
    let call = story.app.store.owed_call(&event).await?.with_context(|| format!("{event}: no such call"))?;
    story.expect(
        "the call is left to a person, with a text for the help desk",
        call.state == CallState::ToVerify,
        &call.event_key,
    );
    for line in support_text(&story.app, &call).await?.lines() {
        story.say(&format!("      | {line}"));
    }
    story.stand_ins.clear_faults(Platform::Acquistinretepa);
    let ledger = story.stand_ins.ledger();
    let made = ledger.effects().iter().rfind(|effect| effect.key == id).context("no draft on the portal")?;
    let resolution = Resolution::Done(Some(made.result.clone()));
    resolve(&story.app, &event, resolution, "bozza vista sul portale dal RUP".parse()?).await?;
    let (state, effects) = (story.order_state(&id).await?, ledger.effects_for(Operation::CreateDraft, &id));
    story.expect(
        "the person has seen the draft on the portal: it is followed from now on",
        (state, effects) == ("submitted", 1),
        &format!("ODA {}", made.result),
    );
    Ok(())
}
