// SPDX-License-Identifier: EUPL-1.2
//! How acts on the grant look in answers.

use serde_json::{Value, json};

use crate::domain::grant_act::GrantAct;

use super::{MoneyView, instant};

/// An act on the grant.
#[must_use]
pub fn grant_act(act: &GrantAct) -> Value {
    json!({
        "id": act.id, "kind": act.kind.as_str(), "tranche": act.tranche, "amount": MoneyView::from(act.amount),
        "acted_on": act.acted_on.to_string(), "reference": act.reference, "cancels": act.cancels,
        "recorded_by": act.recorded_by, "recorded_at": instant(act.recorded_at),
    })
}
