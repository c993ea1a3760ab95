// SPDX-License-Identifier: EUPL-1.2
//! The teller: moves the clocks, acts through the same flows as the API, writes down what came out and whether it came out
//! as told.

use crate::cli::out::say;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, Utc};
use mepa_gateway_mocks::StandIns;
use serde_json::Value;

use crate::answer::Lang;
use crate::app::App;
use crate::domain::istat::IstatCode;
use crate::domain::role::Role;
use crate::domain::rome::rome_string;
use crate::domain::sha256::sha256;
use crate::error::Error;
use crate::flows::Change;
use crate::flows::Principal;
use crate::flows::place_order::{OrderRequest, place_order};
use crate::flows::verify::verify;
use crate::reference::comuni::Comune;
use crate::store::idempotency::{IdempotencyKey, Reply};
use crate::worker::work_until_idle;

use super::summary::Summary;

/// One expectation and whether it held.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) name: String,
    pub(super) ok: bool,
}

/// A story in the telling.
pub(super) struct Story {
    pub(super) app: Arc<App>,
    pub(super) stand_ins: StandIns,
    pub(super) told: Vec<Told>,
    pub(super) imported: u32,
    /// Where the demo may put files.
    pub(super) folder: PathBuf,
    keys: u32,
    quiet: bool,
}

impl Story {
    pub(super) fn new(app: Arc<App>, stand_ins: StandIns, folder: PathBuf, quiet: bool) -> Self {
        let story = Self { app, stand_ins, told: Vec::new(), imported: 0, folder, keys: 0, quiet };
        story.say("Programme time: the clock of this demo is shifted to January 2026 and jumps on to April.");
        story.say("Platforms are stand-ins, amounts are SYNTHETIC: invented, not those of the decree.");
        story
    }

    /// Says a line.
    pub(super) fn say(&self, line: &str) {
        if !self.quiet {
            say!("{line}");
        }
    }

    /// Moves every clock to an instant (RFC 3339) and opens a chapter.
    pub(super) fn chapter(&self, at: &str, title: &str) -> anyhow::Result<()> {
        let at: DateTime<Utc> = at.parse().with_context(|| format!("{at}: not an instant"))?;
        self.app.clock.jump_to(at);
        self.stand_ins.clock().run_from(at);
        self.say(&format!("\n== {} {title}", rome_string(at)));
        Ok(())
    }

    /// Writes down whether something came out as told.
    pub(super) fn expect(&mut self, name: &str, ok: bool, found: &str) {
        self.say(&format!("  {} {name}: {found}", if ok { "ok " } else { "BAD" }));
        self.told.push(Told { name: name.to_owned(), ok });
    }

    /// Lets the worker deliver everything that is owed.
    pub(super) async fn work(&self) -> anyhow::Result<()> {
        work_until_idle(&self.app).await?;
        Ok(())
    }

    /// A Comune of the reference table.
    pub(super) fn comune(&self, istat: &str) -> anyhow::Result<&Comune> {
        let code: IstatCode = istat.parse()?;
        self.app.reference.comuni.by_istat(&code).with_context(|| format!("{istat}: no such Comune"))
    }

    /// A caller of a Comune, as its token would make it.
    pub(super) fn caller(&self, istat: &str) -> anyhow::Result<Principal> {
        let comune = Some(istat.parse()?);
        Ok(Principal { client: format!("demo-{istat}"), role: Role::Rup, comune })
    }

    /// The CUP that a Comune has got.
    pub(super) async fn cup(&self, istat: &str) -> anyhow::Result<String> {
        let row = self.app.store.participation(&self.app.programme.id, &istat.parse()?).await?;
        let cup = row.and_then(|row| row.cup).with_context(|| format!("{istat} has no CUP"))?;
        Ok(cup.to_string())
    }

    /// A change under a new key.
    pub(super) fn change(&mut self, route: &str) -> Change {
        self.keys += 1;
        let key = format!("demo-{}", self.keys);
        Change {
            idempotency: IdempotencyKey {
                scope: route.to_owned(),
                key,
                body_sha256: sha256(route.as_bytes()),
            },
            lang: Lang::En,
            at: self.app.clock.now(),
        }
    }

    /// Submits an order; a document that cannot be read is an error.
    pub(super) async fn submit(&mut self, istat: &str, body: &[u8]) -> anyhow::Result<Result<Value, Error>> {
        self.keys += 1;
        let key = format!("demo-{}", self.keys);
        let answered = self.submit_under(istat, body, key).await?;
        Ok(answered.map(|reply| serde_json::from_str(&reply.body).unwrap_or_default()))
    }

    /// Submits an order under a given key.
    pub(super) async fn submit_under(
        &self,
        istat: &str,
        body: &[u8],
        key: String,
    ) -> anyhow::Result<Result<Reply, Error>> {
        let request = OrderRequest {
            body: Arc::from(body),
            media_type: None,
            key,
            lang: Lang::En,
            at: self.app.clock.now(),
        };
        Ok(place_order(&self.app, &self.caller(istat)?, request).await)
    }

    /// Where an order stands.
    pub(super) async fn order_state(&self, id: &str) -> anyhow::Result<&'static str> {
        let order = self.app.store.order(id).await?.with_context(|| format!("{id}: no such order"))?;
        Ok(order.state.as_str())
    }

    /// Number of the order's ODA on the platform.
    pub(super) async fn oda(&self, id: &str) -> anyhow::Result<String> {
        let order = self.app.store.order(id).await?.with_context(|| format!("{id}: no such order"))?;
        order.oda_number.with_context(|| format!("{id}: not on the platform"))
    }

    /// Ends the story: checks the books once more and adds everything up. The stand-ins live on as long as the story is
    /// held: orders that come while the demo serves are handed over to them.
    pub(super) async fn finish(&mut self) -> anyhow::Result<Summary> {
        self.say("\n== The books");
        for check in verify(&self.app.store).await?.checks {
            let found = match check.is_ok() {
                true => format!("{} seen, all well", check.seen),
                false => format!("{} seen: {}", check.seen, check.faults.join("; ")),
            };
            self.expect(&check.name.replace('_', " "), check.is_ok(), &found);
        }
        Summary::of(self).await
    }
}

/// A text member of an answer.
pub(super) fn text<'v>(answer: &'v Value, member: &str) -> &'v str {
    answer[member].as_str().unwrap_or_default()
}

/// The ids of the rules in an answer that found something of that severity.
pub(super) fn rules_of(answer: &Value, severity: &str) -> Vec<String> {
    let findings = answer["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    let of_severity = findings.iter().filter(|finding| finding["severity"] == severity);
    of_severity.map(|finding| text(finding, "rule").to_owned()).collect()
}
