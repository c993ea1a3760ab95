// SPDX-License-Identifier: EUPL-1.2
//! A fixture of a rule: what it changes of the base order and of the base facts, and how the changed case is
//! put together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use mepa_gateway::domain::declaration::Declaration;
use mepa_gateway::domain::istat::IstatCode;
use mepa_gateway::domain::money::Money;
use mepa_gateway::domain::order::Order;
use mepa_gateway::domain::participation::{Participation, ParticipationState};
use mepa_gateway::domain::text::Text;
use mepa_gateway::rules::facts::{CigUse, Fact, Facts, PurchaseTotal};
use serde::Deserialize;
use serde_json::Value;

/// A file such as `ORD-080/fails.json`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fixture {
    /// The case in words.
    pub(crate) says: String,
    /// A document of the same folder to judge instead of the base order; the base declarations are handed in
    /// with it.
    #[serde(default)]
    document: Option<String>,
    /// Merge patch (RFC 7396) on the base order.
    #[serde(default)]
    patch: Option<Value>,
    /// Merge patches inside arrays, which RFC 7396 cannot reach: JSON pointer to patch; `null` takes the
    /// element out.
    #[serde(default)]
    at: BTreeMap<String, Value>,
    /// Merge patch on the base facts.
    #[serde(default)]
    facts: Option<Value>,
    /// Rules that speak too, where the whole catalogue is judged.
    #[serde(default)]
    pub(crate) also: Vec<String>,
}

/// The folder of all fixtures of rules.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rules")
}

fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

impl Fixture {
    /// The fixtures of a rule: name without ending, and content.
    pub(crate) fn of_rule(id: &str) -> Vec<(String, Self)> {
        let entries = std::fs::read_dir(folder().join(id)).unwrap_or_else(|error| panic!("{id}: {error}"));
        let paths = entries.map(|entry| entry.unwrap().path());
        let mut found: Vec<_> = paths
            .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
            .map(|path| {
                let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
                (
                    name,
                    serde_json::from_value(json(&path))
                        .unwrap_or_else(|error| panic!("{}: {error}", path.display())),
                )
            })
            .collect();
        found.sort_by(|(one, _), (other, _): &(String, Self)| one.cmp(other));
        found
    }

    /// The bytes of the order to judge.
    pub(crate) fn document(&self, id: &str) -> Vec<u8> {
        if let Some(file) = &self.document {
            return std::fs::read(folder().join(id).join(file)).unwrap();
        }
        let mut order = json(&folder().join("base.json"));
        self.change(&mut order);
        serde_json::to_vec(&order).unwrap()
    }

    /// What is done to the base order, also on top of other changes.
    pub(crate) fn change(&self, order: &mut Value) {
        if let Some(patch) = &self.patch {
            merge(order, patch);
        }
        for (pointer, patch) in &self.at {
            merge_at(order, pointer, patch);
        }
    }

    /// Gives a foreign document the declarations that its language has no place for.
    pub(crate) fn hand_in_declarations(&self, order: &mut Order) {
        if self.document.is_some() {
            let base = json(&folder().join("base.json"));
            order.declarations = serde_json::from_value(base["declarations"].clone()).unwrap();
        }
    }

    /// The facts of the case.
    pub(crate) fn facts(&self) -> Facts {
        let mut facts = json(&folder().join("facts.json"));
        if let Some(patch) = &self.facts {
            merge(&mut facts, patch);
        }
        serde_json::from_value::<FactsForm>(facts).unwrap().into()
    }
}

/// RFC 7396.
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let members = target.as_object_mut().unwrap();
    for (name, change) in changes {
        if change.is_null() {
            members.remove(name);
        } else {
            merge(members.entry(name.clone()).or_insert(Value::Null), change);
        }
    }
}

fn merge_at(order: &mut Value, pointer: &str, patch: &Value) {
    let missing = || panic!("nothing at {pointer}");
    if !patch.is_null() {
        return merge(order.pointer_mut(pointer).unwrap_or_else(missing), patch);
    }
    let (array, position) = pointer.rsplit_once('/').unwrap();
    let array = order.pointer_mut(array).and_then(Value::as_array_mut).unwrap();
    array.remove(position.parse().unwrap());
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FactsForm {
    now: DateTime<Utc>,
    #[serde(default)]
    tenant: Option<IstatCode>,
    #[serde(default)]
    participation: Option<ParticipationForm>,
    cig_uses: Vec<CigUseForm>,
    purchases: Vec<PurchaseForm>,
    same_number: Vec<String>,
    declarations_on_file: Vec<Declaration>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ParticipationForm {
    comune: IstatCode,
    state: ParticipationState,
    #[serde(default)]
    cup: Option<mepa_gateway::domain::cup::Cup>,
    #[serde(default)]
    cup_template: Option<String>,
    assigned: Money,
    available: Money,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CigUseForm {
    order: String,
    comune: IstatCode,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PurchaseForm {
    supplier: String,
    category: String,
    orders: u32,
    net: Money,
    last_order: NaiveDate,
}

impl From<FactsForm> for Facts {
    fn from(form: FactsForm) -> Self {
        let participation = form.participation.map(|form| Participation {
            comune: form.comune,
            state: form.state,
            cup: form.cup,
            cup_template: form.cup_template,
            assigned: form.assigned,
            available: form.available,
        });
        let cig_uses =
            form.cig_uses.into_iter().map(|form| CigUse { order: form.order, comune: form.comune });
        let purchases = form.purchases.into_iter().map(|form| PurchaseTotal {
            supplier: form.supplier,
            category: form.category,
            orders: form.orders,
            net: form.net,
            last_order: form.last_order,
        });
        Self {
            now: form.now,
            tenant: form.tenant,
            participation: Fact::Known(participation),
            cig_uses: Fact::Known(cig_uses.collect()),
            purchases: Fact::Known(purchases.collect()),
            same_number: Fact::Known(form.same_number),
            declarations_on_file: form.declarations_on_file,
        }
    }
}

/// The same facts with everything the gateway has to ask for gone.
pub(crate) fn unavailable(facts: Facts) -> Facts {
    const WHY: Text = Text::new("il registro non risponde", "the register does not answer");
    Facts {
        participation: Fact::Unavailable(WHY),
        cig_uses: Fact::Unavailable(WHY),
        purchases: Fact::Unavailable(WHY),
        same_number: Fact::Unavailable(WHY),
        ..facts
    }
}
