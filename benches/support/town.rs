// SPDX-License-Identifier: EUPL-1.2
//! A gateway with confirmed Comuni, each with a large grant and a client of its own, in the weeks of purchase.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use mepa_gateway::app::App;
use mepa_gateway::clock::Clock;
use mepa_gateway::config::Settings;
use mepa_gateway::domain::money::Money;
use mepa_gateway::domain::role::Role;
use mepa_gateway::domain::sha256::sha256;
use mepa_gateway::flows::import_beneficiaries::{Grant, GrantList, ListKind, take_in};
use mepa_gateway::reference::Comune;
use mepa_gateway::store::audit::Actor;
use mepa_gateway::store::clients::Client;

use super::documents::cup;

/// How many Comuni are in the definitive list.
pub(crate) const COMUNI: usize = 1_851;
/// Ten million euro each: no order is refused for want of money.
const GRANT: Money = Money::from_cents(1_000_000_000);

/// A confirmed Comune.
#[derive(Debug, Clone)]
pub(crate) struct Buyer {
    /// Its row of the reference table.
    pub(crate) comune: Comune,
    /// Its CUP.
    pub(crate) cup: String,
    /// Token of its client.
    pub(crate) token: String,
}

/// Opens a gateway with an empty store in that folder, in programme time, and fills it.
///
/// # Errors
/// When the store cannot be made or written.
pub(crate) async fn open(folder: &Path) -> anyhow::Result<(Arc<App>, Vec<Buyer>)> {
    let mut settings = Settings::defaults()?;
    settings.store.path = folder.join("gateway.db");
    settings.server.requests_per_minute = u32::MAX;
    let noon: DateTime<Utc> = "2026-02-16T11:00:00Z".parse()?;
    let app = App::open(settings, Clock::shifted(noon)).await?;
    let buyers = buyers(&app);
    let grant = |buyer: &Buyer| {
        anyhow::Ok(Grant { comune: buyer.comune.istat, amount: GRANT, cup: Some(buyer.cup.parse()?) })
    };
    let list = GrantList {
        kind: ListKind::Definitive,
        digest: sha256(b"benchmark"),
        synthetic: true,
        grants: buyers.iter().map(grant).collect::<Result<_, _>>()?,
    };
    let changes = take_in(&app, list, noon).await?;
    anyhow::ensure!(changes.confirmed as usize == COMUNI, "{changes:?}");
    add_clients(&app, &buyers, noon).await?;
    Ok((app, buyers))
}

fn buyers(app: &App) -> Vec<Buyer> {
    let lasting = app.reference.comuni.iter().filter(|comune| comune.ceased.is_none());
    let eligible = lasting.filter(|comune| (5_000..=25_000).contains(&comune.population));
    let buyer = |(n, comune): (usize, &Comune)| Buyer {
        comune: comune.clone(),
        cup: cup(n),
        token: format!("benchmark-{}", comune.istat),
    };
    eligible.take(COMUNI).enumerate().map(buyer).collect()
}

async fn add_clients(app: &App, buyers: &[Buyer], at: DateTime<Utc>) -> anyhow::Result<()> {
    let client = |buyer: &Buyer| Client {
        id: app.clock.new_id().to_string(),
        name: "benchmark".into(),
        role: Role::Macchina,
        programme: app.programme.id.clone(),
        comune: Some(buyer.comune.istat),
        token_sha256: sha256(buyer.token.as_bytes()),
        revoked_at: None,
    };
    let clients: Vec<Client> = buyers.iter().map(client).collect();
    let added = app.store.write(move |tx| {
        Box::pin(async move {
            for client in &clients {
                tx.add_client(client, &Actor::operator(), at).await?;
            }
            Ok(())
        })
    });
    Ok(added.await?)
}
