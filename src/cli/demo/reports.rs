// SPDX-License-Identifier: EUPL-1.2
//! The account is given: Almese records its accertamento and the advance, and writes its dossier; the programme office writes its
//! report. What stands in the files is held against the ledger.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::Context;
use chrono::NaiveDate;
use serde_json::Value;

use crate::domain::grant_act::GrantActKind;
use crate::domain::money::Money;
use crate::flows::record_act::{ActChange, NewAct, record};
use crate::report::bundle::INDEX_JSON;
use crate::report::verify::verify;
use crate::store::audit::Actor;
use crate::store::reports::ReportAsked;

use super::cast::ALMESE;
use super::story::Story;

/// Lives through it.
pub(super) async fn live(story: &mut Story) -> anyhow::Result<()> {
    story.chapter("2026-05-11T08:00:00Z", "Almese asks for the advance, and gives its account")?;
    advance(story).await?;
    let file = made(story, ReportAsked::Dossier(ALMESE.parse()?), "rendicontazione").await?;
    dossier(story, &file).await?;
    story.chapter("2026-05-12T08:00:00Z", "The programme office looks at all of it")?;
    let before = NaiveDate::from_ymd_opt(2026, 3, 31);
    let file = made(story, ReportAsked::Programme(before), "programma").await?;
    programme(story, &file).await
}

/// Accertamento, request and receipt of the advance.
async fn advance(story: &mut Story) -> anyhow::Result<()> {
    let row = story.app.store.participation(&story.app.programme.id, &ALMESE.parse()?).await?;
    let assigned = row.context("Almese is not in the programme")?.balances.assigned;
    let share = Money::from_cents(assigned.cents() * 30 / 100);
    for (kind, tranche, amount, reference) in [
        (GrantActKind::Accertamento, None, assigned, "accertamento n. 45/2026"),
        (GrantActKind::Richiesta, Some("advance"), share, "prot. 3120/2026"),
        (GrantActKind::Incasso, Some("advance"), share, "reversale n. 210/2026"),
    ] {
        let act = NewAct {
            kind,
            tranche: tranche.map(str::to_owned),
            amount,
            acted_on: NaiveDate::from_ymd_opt(2026, 5, 8).context("no such day")?,
            reference: reference.parse()?,
        };
        record(&story.app, &ALMESE.parse()?, ActChange::Record(act), Actor::operator()).await?;
    }
    story.expect("the advance is recorded as asked for and received", true, &share.italian());
    Ok(())
}

/// Has a report made, and finds its file.
async fn made(story: &mut Story, asked: ReportAsked, begins: &str) -> anyhow::Result<PathBuf> {
    let folder = story.folder.join("rapporti");
    let (path, ..) = crate::cli::report::into(&story.app, &folder, asked).await?;
    let found = verify(BufReader::new(File::open(&path)?))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    story.expect(
        "it is one file with an index, and proves whole",
        found.faults.is_empty() && found.broken_before.is_empty() && name.starts_with(begins),
        &format!("{}, {} files", path.display(), found.files),
    );
    Ok(path)
}

/// What a bundle says for programs: the first JSON of its own that is not the index.
fn told(path: &Path) -> anyhow::Result<Value> {
    let mut zip = zip::ZipArchive::new(BufReader::new(File::open(path)?))?;
    for place in 0..zip.len() {
        let file = zip.by_index(place)?;
        let name = file.name()?.into_owned();
        if name.ends_with(".json") && name != INDEX_JSON && !name.contains('/') {
            return Ok(serde_json::from_reader(file)?);
        }
    }
    anyhow::bail!("{}: it says nothing", path.display())
}

async fn dossier(story: &mut Story, path: &Path) -> anyhow::Result<()> {
    let row = story.app.store.participation(&story.app.programme.id, &ALMESE.parse()?).await?;
    let held = row.context("Almese is not in the programme")?.balances;
    let said = told(path)?;
    let ledger =
        [held.available().unwrap_or_default(), held.reserved, held.committed, held.invoiced, held.paid];
    let rows = said["tables"]["saldi"]["rows"].as_array().cloned().unwrap_or_default();
    let amounts: Vec<&str> = rows.iter().filter_map(|row| row["amount"].as_str()).collect();
    let sum = &said["tables"]["saldi"]["totals"]["amount"];
    story.expect(
        "the dossier says what the ledger says, to the cent",
        amounts == ledger.map(|amount| amount.to_string()) && *sum == held.assigned.to_string(),
        &format!("{} paid of {}", held.paid.italian(), held.assigned.italian()),
    );
    let open = said["tables"]["rilievi"]["rows"].as_array().map_or(0, Vec::len);
    let blocks = said["tables"]["rilievi"]["rows"].as_array().into_iter().flatten();
    let blocks = blocks.filter(|row| row["weight"] != "consiglio").count();
    story.expect(
        "nothing stands in the way of reporting it",
        blocks == 0,
        &format!("{open} findings, none blocks"),
    );
    Ok(())
}

async fn programme(story: &mut Story, path: &Path) -> anyhow::Result<()> {
    let sums = story.app.store.programme_totals(&story.app.programme.id).await?.balances;
    let said = told(path)?;
    let ledger =
        [sums.assigned, sums.reserved, sums.committed, sums.invoiced, sums.paid].map(|sum| sum.to_string());
    let tables = ["regioni", "province", "mezzogiorno", "fasce", "stati_comuni", "comuni"];
    let agrees = tables.iter().all(|table| {
        let totals = &said["tables"][table]["totals"];
        let told = ["assigned", "reserved", "committed", "invoiced", "paid"].map(|key| totals[key].as_str());
        told == ledger.each_ref().map(|sum| Some(sum.as_str()))
    });
    story.expect(
        "by region, province, size, state and Comune it comes to the ledger",
        agrees,
        &format!("{} assigned, {} paid", sums.assigned.italian(), sums.paid.italian()),
    );
    Ok(())
}
