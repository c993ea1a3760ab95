// SPDX-License-Identifier: EUPL-1.2
//! The programme from the first decree to the definitive list: all Comuni, their CUP, and the two that stay out.

use anyhow::Context;
use chrono::{DateTime, Utc};
use mepa_gateway_mocks::{Comune as Listed, Elenco};

use crate::cli::import::ReadList;
use crate::domain::participation::ParticipationState;
use crate::domain::role::Role;
use crate::domain::sha256::sha256;
use crate::flows::accept_grant::accept_grant;
use crate::flows::import_beneficiaries::{Changes, ListKind, take_in};
use crate::import::Beneficiary;
use crate::store::audit::Actor;
use crate::store::clients::Client;

use super::cast::{ALMESE, BREGANZE, CERVARESE, TOKEN_ALMESE, TOKEN_PROGRAMME, TOKEN_RAGIONERIA};
use super::orders;
use super::story::Story;

/// 2 January 2026, 09:00 UTC: the decree of admission is out.
pub(super) const BEGINNING: DateTime<Utc> = match DateTime::from_timestamp(1_767_344_400, 0) {
    Some(beginning) => beginning,
    None => DateTime::UNIX_EPOCH,
};

/// A morning within the weeks of purchase.
pub(super) const OPEN_DAY: &str = "2026-03-27T08:00:00Z";

const FIRST_LIST: &[u8] = include_bytes!("../../../config/samples/elenco-ammissione-sintetico.csv");
const DEFINITIVE_LIST: &[u8] = include_bytes!("../../../config/samples/elenco-definitivo-sintetico.csv");

/// Lives through the whole programme.
pub(super) async fn live(story: &mut Story) -> anyhow::Result<()> {
    admission(story).await?;
    acceptance(story).await?;
    late_comer(story).await?;
    definitive_list(story).await?;
    orders::live(story).await
}

async fn admission(story: &mut Story) -> anyhow::Result<()> {
    story.chapter("2026-01-02T09:00:00Z", "The decree of admission")?;
    let changes = take_list(story, FIRST_LIST, ListKind::Admission).await?;
    story.expect(
        "1853 Comuni are admitted",
        changes.admitted == 1853,
        &format!("{} admitted", changes.admitted),
    );
    let again = take_list(story, FIRST_LIST, ListKind::Admission).await?;
    story.expect(
        "the same list again changes nothing",
        again == Default::default(),
        &format!("{} admitted, {} amounts set", again.admitted, again.assigned),
    );
    Ok(())
}

async fn take_list(story: &mut Story, bytes: &[u8], kind: ListKind) -> anyhow::Result<Changes> {
    let app = story.app.clone();
    let file = story.folder.join("elenco.csv");
    std::fs::write(&file, bytes)?;
    let read = ReadList::of(&file, &app.reference, &app.programme, &mut |_, _| {})?;
    let published: Vec<_> = read.list.taken.iter().filter_map(|grant| listed(story, grant)).collect();
    let elenco = if kind == ListKind::Admission { Elenco::Ammissione } else { Elenco::Definitivo };
    story.stand_ins.publish(elenco, published).map_err(anyhow::Error::msg)?;
    story.imported = u32::try_from(read.list.taken.len())?;
    Ok(take_in(&app, read.grants(kind), app.clock.now()).await?)
}

fn listed(story: &Story, grant: &Beneficiary) -> Option<Listed> {
    let comune = story.app.reference.comuni.by_istat(&grant.istat)?;
    Some(Listed {
        codice_istat: comune.istat.to_string(),
        codice_fiscale: comune.tax_code.to_string(),
        denominazione: comune.name.to_string(),
        importo: grant.amount.to_string(),
    })
}

async fn acceptance(story: &mut Story) -> anyhow::Result<()> {
    story.chapter("2026-01-12T08:30:00Z", "1851 Comuni accept: CUP generated, read back, communicated")?;
    add_client(story, TOKEN_ALMESE, Role::Rup, Some(ALMESE)).await?;
    add_client(story, TOKEN_RAGIONERIA, Role::Ragioneria, Some(ALMESE)).await?;
    add_client(story, TOKEN_PROGRAMME, Role::Programma, None).await?;
    accept(story, ALMESE).await?;
    story.work().await?;
    let rows = story.app.store.participations(&story.app.programme.id, "", 10_000).await?;
    for row in rows {
        if ![ALMESE, CERVARESE, BREGANZE].contains(&row.comune.as_str()) {
            accept(story, row.comune.as_str()).await?;
        }
    }
    story.work().await?;
    let accepted = count(story, ParticipationState::Accepted).await?;
    story.expect("1851 receipts are kept", accepted == 1851, &format!("{accepted} accepted"));
    let doubles = story.stand_ins.ledger().doubles();
    story.expect("no platform did anything twice", doubles.is_empty(), &format!("{} doubles", doubles.len()));
    Ok(())
}

async fn late_comer(story: &mut Story) -> anyhow::Result<()> {
    story.chapter("2026-01-23T23:00:00Z", "Midnight has struck: Cervarese Santa Croce tries to accept")?;
    let refused = accept(story, CERVARESE).await;
    let state = state_of(story, CERVARESE).await?;
    let told = refused.as_ref().err().map_or_else(|| "accepted".to_owned(), ToString::to_string);
    story.expect(
        "a Comune that is late is excluded",
        refused.is_err() && state == ParticipationState::Excluded,
        &told,
    );
    Ok(())
}

async fn definitive_list(story: &mut Story) -> anyhow::Result<()> {
    story.chapter("2026-02-05T08:00:00Z", "The definitive list")?;
    let changes = take_list(story, DEFINITIVE_LIST, ListKind::Definitive).await?;
    let told = format!("{} confirmed, {} excluded", changes.confirmed, changes.excluded);
    story.expect(
        "1851 Comuni are confirmed, one more is out",
        (changes.confirmed, changes.excluded) == (1851, 1),
        &told,
    );
    let state = state_of(story, BREGANZE).await?;
    story.expect("Breganze never accepted and is out", state == ParticipationState::Excluded, state.as_str());
    Ok(())
}

async fn accept(story: &mut Story, istat: &str) -> anyhow::Result<()> {
    let caller = story.caller(istat)?;
    let change = story.change(&format!("accept {istat}"));
    accept_grant(&story.app, &caller, &istat.parse()?, change).await?;
    Ok(())
}

async fn state_of(story: &Story, istat: &str) -> anyhow::Result<ParticipationState> {
    let row = story.app.store.participation(&story.app.programme.id, &istat.parse()?).await?;
    Ok(row.context("not in the programme")?.state)
}

async fn count(story: &Story, state: ParticipationState) -> anyhow::Result<i64> {
    let totals = story.app.store.programme_totals(&story.app.programme.id).await?;
    Ok(totals.states.iter().find(|(name, _)| name == state.as_str()).map_or(0, |(_, comuni)| *comuni))
}

async fn add_client(story: &Story, token: &str, role: Role, istat: Option<&str>) -> anyhow::Result<()> {
    let client = Client {
        id: token.to_owned(),
        name: format!("Demo {}", role.as_str()),
        role,
        programme: story.app.programme.id.clone(),
        comune: istat.map(str::parse).transpose()?,
        token_sha256: sha256(token.as_bytes()),
        revoked_at: None,
    };
    let at = story.app.clock.now();
    story
        .app
        .store
        .write(move |tx| Box::pin(async move { tx.add_client(&client, &Actor::operator(), at).await }))
        .await?;
    Ok(())
}
