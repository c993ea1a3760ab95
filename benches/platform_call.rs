// SPDX-License-Identifier: EUPL-1.2
//! What the policy around a call to a platform costs when the call succeeds at once: the gateway's client beside a bare
//! HTTP client that asks the same stand-in the same question over a new connection, in turns.
//!
//! `cargo bench --bench platform_call -- [--calls 2000]`
#![allow(clippy::float_arithmetic, reason = "a benchmark prints ratios; no money is computed here")]

use std::num::NonZeroU32;
use std::time::Instant;

use anyhow::Context;
use mepa_gateway::clock::Clock;
use mepa_gateway::config::Settings;
use mepa_gateway::platforms::Platforms;
use mepa_gateway::platforms::quota::uncounted;
use mepa_gateway_mocks::{Options, StandIns};

#[allow(dead_code, reason = "each benchmark uses its part of what they share")]
mod support {
    pub(crate) mod stats;
}

use support::stats::{argument, median};

/// The most that the policy may add, microseconds.
const BAR_US: f64 = 100.0;

fn main() -> anyhow::Result<()> {
    let calls = argument("--calls", 2000);
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure(calls))
}

async fn measure(calls: u64) -> anyhow::Result<()> {
    let stand_ins = StandIns::start(Options::default()).await?;
    let base = stand_ins.urls().acquistinretepa;
    let mut settings = Settings::defaults()?.platforms;
    settings.acquistinretepa.base_url = base.clone();
    settings.acquistinretepa.call.rate_per_second = NonZeroU32::MAX;
    let platforms = Platforms::new(&settings, Clock::system(), uncounted())?;
    let bare = reqwest::Client::builder().pool_max_idle_per_host(0).no_proxy().build()?;
    let reference = Clock::system().new_id();
    let url = format!("{base}/oda/v1/ordini?riferimento_esterno={reference}");
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..calls {
        let begun = Instant::now();
        platforms.acquistinretepa.find_by_reference(reference).await.context("the stand-in answers")?;
        with.push(begun.elapsed().as_secs_f64() * 1e6);
        let begun = Instant::now();
        let answer = bare.get(&url).bearer_auth("x").send().await?;
        let _: serde_json::Value = serde_json::from_slice(&answer.bytes().await?)?;
        without.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    let (with, without) = (median(&with), median(&without));
    let added = with - without;
    let verdict = if added <= BAR_US { "kept" } else { "MISSED" };
    println!(
        "a call through the policy {with:.0} us, bare {without:.0} us: {added:.0} us added (bar {BAR_US:.0}): {verdict}"
    );
    Ok(())
}
