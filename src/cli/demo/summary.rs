// SPDX-License-Identifier: EUPL-1.2
//! What the story came to, as a table and as JSON.

use crate::cli::out::say;
use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::budget::Balances;
use crate::domain::participation::ParticipationState;

use super::cast::{TOKEN_ALMESE, TOKEN_PROGRAMME, TOKEN_RAGIONERIA};
use super::story::{Story, Told};

/// Figures of a finished story.
pub(super) struct Summary {
    imported: u32,
    confirmed: i64,
    excluded: i64,
    orders: BTreeMap<&'static str, u64>,
    balances: Balances,
    calls: serde_json::Map<String, Value>,
    told: Vec<Told>,
}

impl Summary {
    pub(super) async fn of(story: &Story) -> anyhow::Result<Self> {
        let app = &story.app;
        let totals = app.store.programme_totals(&app.programme.id).await?;
        let comuni = |state: ParticipationState| {
            totals.states.iter().find(|(name, _)| name == state.as_str()).map_or(0, |(_, comuni)| *comuni)
        };
        let placed = app
            .store
            .orders(
                &app.programme.id,
                &crate::store::orders::OrderFilter { limit: 10_000, ..Default::default() },
            )
            .await?;
        let mut orders = BTreeMap::from([
            ("submitted", 0),
            ("accepted", 0),
            ("incomplete", 0),
            ("refused", 0),
            ("handed_over", 0),
        ]);
        for order in &placed {
            *orders.entry("submitted").or_default() += 1;
            *orders.entry(order.verdict.as_str()).or_default() += 1;
            *orders.entry("handed_over").or_default() += u64::from(order.oda_number.is_some());
        }
        Ok(Self {
            imported: story.imported,
            confirmed: comuni(ParticipationState::Confirmed),
            excluded: comuni(ParticipationState::Excluded),
            orders,
            balances: totals.balances,
            calls: match serde_json::to_value(story.stand_ins.ledger())?.get_mut("calls").map(Value::take) {
                Some(Value::Object(calls)) => calls,
                _ => serde_json::Map::new(),
            },
            told: story.told.clone(),
        })
    }

    /// True when every step came out as told.
    pub(super) fn is_well(&self) -> bool {
        self.told.iter().all(|told| told.ok)
    }

    pub(super) fn json(&self) -> Value {
        let money = |amount: crate::domain::money::Money| amount.to_string();
        json!({
            "comuni": { "imported": self.imported, "confirmed": self.confirmed, "excluded": self.excluded },
            "orders": self.orders,
            "budget": {
                "assigned": money(self.balances.assigned), "reserved": money(self.balances.reserved),
                "committed": money(self.balances.committed), "invoiced": money(self.balances.invoiced),
                "paid": money(self.balances.paid),
                "available": money(self.balances.available().unwrap_or_default()),
            },
            "platform_calls": self.calls,
            "checks": self.told.iter().map(|told| json!({ "name": told.name, "ok": told.ok })).collect::<Vec<_>>(),
        })
    }

    pub(super) fn print(&self) {
        let orders = |name: &str| self.orders.get(name).copied().unwrap_or_default();
        say!("\n== What came out (amounts SYNTHETIC, gross)");
        say!(
            "  Comuni    {} in the definitive list, {} confirmed, {} excluded",
            self.imported,
            self.confirmed,
            self.excluded
        );
        say!(
            "  Orders    {} submitted: {} accepted, {} incomplete, {} refused; {} handed over",
            orders("submitted"),
            orders("accepted"),
            orders("incomplete"),
            orders("refused"),
            orders("handed_over"),
        );
        let held = &self.balances;
        for (name, amount) in [
            ("Assigned", held.assigned),
            ("Reserved", held.reserved),
            ("Committed", held.committed),
            ("Invoiced", held.invoiced),
            ("Paid", held.paid),
            ("Available", held.available().unwrap_or_default()),
        ] {
            say!("  {name:<9} {:>20}", amount.italian());
        }
        let calls: Vec<_> = self.calls.iter().map(|(name, count)| format!("{name} {count}")).collect();
        say!("  Calls     {}", calls.join(", "));
        let bad = self.told.iter().filter(|told| !told.ok).count();
        say!("  Checks    {} came out as told, {bad} did not", self.told.len() - bad);
        say!(
            "\n  Tokens of this demo: {TOKEN_ALMESE} (RUP of Almese), {TOKEN_RAGIONERIA} (its accounting office: payments), {TOKEN_PROGRAMME} (programme office)"
        );
    }
}
