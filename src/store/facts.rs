// SPDX-License-Identifier: EUPL-1.2
//! What a judgement needs of the store, read for many orders at once and kept current while they are decided one after
//! the other: an order accepted a moment ago in the same transaction counts for the next one.

use std::collections::HashMap;
use std::str::FromStr;

use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

use crate::domain::declaration::Declaration;
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;
use crate::domain::participation::{Participation, ParticipationState};
use crate::rules::facts::{CigUse, PurchaseTotal};

use super::audit::Head;
use super::declarations::filed_under;
use super::idempotency::{IdempotencyKey, Reply};
use super::orders::OrderRow;
use super::soon::soon;
use super::{Store, StoreError, Tx};

/// Programme and Comune: the key of a budget.
pub(super) type Budget = (String, IstatCode);

/// By what an order is found, and held against others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderKeys {
    /// Programme.
    pub programme: String,
    /// The Comune in whose name the order stands.
    pub comune: IstatCode,
    /// ODA number.
    pub number: String,
    /// The one good CIG, if there is one.
    pub cig: Option<String>,
    /// Key by which the supplier's orders are added up; empty when it has no good code.
    pub supplier: String,
}

/// What the store knows beside an order's document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredFacts {
    /// The Comune in the programme, if it is in it.
    pub participation: Option<Participation>,
    /// Live orders of the Comune with the same number.
    pub same_number: Vec<String>,
    /// Live orders of any Comune with the same CIG.
    pub cig_uses: Vec<CigUse>,
    /// Sums of what the Comune has bought.
    pub purchases: Vec<PurchaseTotal>,
    /// Declarations about the Comune or of the supplier that came with earlier orders.
    pub declarations_on_file: Vec<Declaration>,
}

impl StoredFacts {
    /// The facts as they would stand without one live order, which is to be judged again.
    #[must_use]
    pub fn without(mut self, order: &OrderRow) -> Self {
        if let Some(participation) = &mut self.participation {
            let free = participation.available.checked_add(order.reserved);
            participation.available = free.unwrap_or(participation.available);
        }
        self.same_number.retain(|id| *id != order.id);
        self.cig_uses.retain(|held| held.order != order.id);
        for (category, net) in &order.categories {
            let own =
                |total: &&mut PurchaseTotal| total.supplier == order.supplier && total.category == *category;
            if let Some(total) = self.purchases.iter_mut().find(own) {
                total.orders = total.orders.saturating_sub(1);
                total.net = total.net.checked_sub(*net).unwrap_or_default();
            }
        }
        self.purchases.retain(|total| total.orders > 0);
        self
    }
}

/// One order that is asked about, with the key of its request if an answer may have been kept under it.
pub(super) type Question<'a> = (&'a OrderKeys, Option<&'a IdempotencyKey>);

/// Everything that stands in the store about a group of orders, read by one query.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// Answers by the scope and key they were given under, with the digest of the request.
    pub(super) answers: HashMap<(String, String), (String, Reply)>,
    /// Length and last hash of each audit chain.
    pub(super) heads: HashMap<String, Head>,
    participations: HashMap<Budget, Participation>,
    numbers: HashMap<(Budget, String), Vec<String>>,
    cigs: HashMap<(String, String), Vec<CigUse>>,
    purchases: HashMap<Budget, Vec<PurchaseTotal>>,
    /// By the supplier they are filed under.
    declarations: HashMap<(Budget, String), Vec<Declaration>>,
}

/// What is asked drives every join: `(a, b) IN (VALUES ...)` would scan whole tables. The first column says of which kind
/// a row is; the others are what the kind needs: five texts, two numbers.
pub(super) const STANDING: &str = "
    SELECT 'answer', known.scope, known.key, known.body_sha256, known.location, known.body, known.status, 0
    FROM asked CROSS JOIN idempotency AS known WHERE known.scope = asked.scope AND known.key = asked.key
    UNION ALL
    SELECT 'participation', held.programme, held.comune, held.state, held.cup, held.cup_template, held.assigned,
    held.assigned - held.reserved - held.committed - held.invoiced - held.paid
    FROM (SELECT DISTINCT programme, comune FROM asked) AS budget CROSS JOIN participation AS held
    WHERE held.programme = budget.programme AND held.comune = budget.comune
    UNION ALL
    SELECT 'purchase', held.programme, held.comune, held.supplier, held.category, held.last_order, held.orders, held.net
    FROM (SELECT DISTINCT programme, comune FROM asked) AS budget CROSS JOIN purchase_total AS held
    WHERE held.programme = budget.programme AND held.comune = budget.comune AND held.orders > 0
    UNION ALL
    SELECT 'number', held.programme, held.comune, held.number, held.id, NULL, 0, 0
    FROM (SELECT DISTINCT programme, comune, number FROM asked) AS twin CROSS JOIN orders AS held
    WHERE held.live = 1 AND held.programme = twin.programme AND held.comune = twin.comune AND held.number = twin.number
    UNION ALL
    SELECT 'cig', held.programme, held.comune, held.cig, held.id, NULL, 0, 0
    FROM (SELECT DISTINCT programme, cig FROM asked WHERE cig IS NOT NULL) AS twin CROSS JOIN orders AS held
    WHERE held.live = 1 AND held.cig IS NOT NULL AND held.programme = twin.programme AND held.cig = twin.cig
    UNION ALL
    SELECT 'declaration', held.programme, held.comune, held.supplier, held.body, NULL, 0, 0
    FROM (SELECT DISTINCT programme, comune, supplier FROM asked) AS owner CROSS JOIN declaration_on_file AS held
    WHERE held.programme = owner.programme AND held.comune = owner.comune AND held.supplier IN ('', owner.supplier)
    UNION ALL
    SELECT 'head', held.chain, held.hash, NULL, NULL, NULL, held.seq, 0
    FROM (SELECT DISTINCT comune FROM asked) AS owner CROSS JOIN audit_head AS held WHERE held.chain = owner.comune";

type StandingRow = (String, String, String, Option<String>, Option<String>, Option<String>, i64, i64);

impl OrderKeys {
    pub(super) fn budget(&self) -> Budget {
        (self.programme.clone(), self.comune)
    }

    fn cig_key(&self) -> Option<(String, String)> {
        Some((self.programme.clone(), self.cig.clone()?))
    }
}

impl Standing {
    /// Reads what stands in the store about these orders.
    pub(super) async fn load(
        connection: &mut SqliteConnection,
        questions: &[Question<'_>],
    ) -> Result<Self, StoreError> {
        let mut select = QueryBuilder::<Sqlite>::new(
            "WITH asked (programme, comune, number, cig, supplier, scope, key) AS (",
        );
        select.push_values(questions, |mut row, (keys, request)| {
            row.push_bind(&keys.programme)
                .push_bind(keys.comune.as_str())
                .push_bind(&keys.number)
                .push_bind(&keys.cig)
                .push_bind(&keys.supplier)
                .push_bind(request.map(|request| &request.scope))
                .push_bind(request.map(|request| &request.key));
        });
        select.push(")").push(STANDING);
        let rows: Vec<StandingRow> = select.build_query_as().fetch_all(connection).await?;
        let mut standing = Self::default();
        rows.into_iter().try_for_each(|row| standing.add(row))?;
        Ok(standing)
    }

    fn add(&mut self, row: StandingRow) -> Result<(), StoreError> {
        let (kind, first, second, third, fourth, fifth, one, two) = row;
        match (&*kind, third, fourth, fifth) {
            ("answer", Some(digest), location, Some(body)) => {
                let reply = Reply { status: u16::try_from(one).unwrap_or(500), location, body };
                self.answers.insert((first, second), (digest, reply));
            }
            ("participation", Some(state), cup, cup_template) => {
                let budget = (first, parse("participation", "comune", &second, &second)?);
                let state = ParticipationState::from_name(&state)
                    .ok_or_else(|| inconsistent("participation", "state", &second, &state))?;
                let cup = cup.map(|cup| parse("participation", "cup", &second, &cup)).transpose()?;
                let (assigned, available) = (Money::from_cents(one), Money::from_cents(two));
                let held = Participation { comune: budget.1, state, cup, cup_template, assigned, available };
                self.participations.insert(budget, held);
            }
            ("purchase", Some(supplier), Some(category), Some(last_order)) => {
                let budget = (first, parse("purchase_total", "comune", &supplier, &second)?);
                let total = PurchaseTotal {
                    last_order: parse("purchase_total", "last_order", &supplier, &last_order)?,
                    orders: u32::try_from(one).unwrap_or(u32::MAX),
                    net: Money::from_cents(two),
                    supplier,
                    category,
                };
                self.purchases.entry(budget).or_default().push(total);
            }
            ("number", Some(number), Some(id), _) => {
                let budget = (first, parse("orders", "comune", &id, &second)?);
                self.numbers.entry((budget, number)).or_default().push(id);
            }
            ("cig", Some(cig), Some(id), _) => {
                let comune = parse("orders", "comune", &id, &second)?;
                self.cigs.entry((first, cig)).or_default().push(CigUse { order: id, comune });
            }
            ("declaration", Some(supplier), Some(body), _) => {
                let budget = (first, parse("declaration_on_file", "comune", &supplier, &second)?);
                let declaration = serde_json::from_str(&body)
                    .map_err(|_| inconsistent("declaration_on_file", "body", &supplier, &body))?;
                self.put_on_file((budget, supplier), declaration);
            }
            ("head", ..) => {
                self.heads.insert(first, Head { seq: one, hash: second });
            }
            (kind, ..) => return Err(inconsistent("a row about an order", "columns", &first, kind)),
        }
        Ok(())
    }

    /// The facts about one of the orders.
    pub(super) fn facts(&self, keys: &OrderKeys) -> StoredFacts {
        let budget = keys.budget();
        let cig_uses = keys.cig_key().and_then(|key| self.cigs.get(&key));
        StoredFacts {
            participation: self.participations.get(&budget).cloned(),
            purchases: self.purchases.get(&budget).cloned().unwrap_or_default(),
            same_number: self.numbers.get(&(budget, keys.number.clone())).cloned().unwrap_or_default(),
            cig_uses: cig_uses.cloned().unwrap_or_default(),
            declarations_on_file: self.on_file(keys),
        }
    }

    fn on_file(&self, keys: &OrderKeys) -> Vec<Declaration> {
        if self.declarations.is_empty() {
            return Vec::new();
        }
        let mut suppliers = vec![""];
        suppliers.extend(Some(&*keys.supplier).filter(|supplier| !supplier.is_empty()));
        let filed = suppliers
            .into_iter()
            .filter_map(|supplier| self.declarations.get(&(keys.budget(), supplier.to_owned())));
        filed.flatten().cloned().collect()
    }

    fn put_on_file(&mut self, under: (Budget, String), declaration: Declaration) {
        let filed = self.declarations.entry(under).or_default();
        if !filed.contains(&declaration) {
            filed.push(declaration);
        }
    }

    /// Counts the declarations that came with an order.
    pub(super) fn file(&mut self, keys: &OrderKeys, declarations: &[Declaration]) {
        for declaration in declarations {
            if let Some(supplier) = filed_under(declaration, keys) {
                self.put_on_file((keys.budget(), supplier.to_owned()), declaration.clone());
            }
        }
    }

    /// Counts an order that was accepted.
    pub(super) fn take(&mut self, keys: &OrderKeys, order: &OrderRow) {
        let budget = keys.budget();
        if let Some(participation) = self.participations.get_mut(&budget) {
            // What is held is never more than what is available: the budget rule has just said so.
            let left = participation.available.checked_sub(order.reserved);
            participation.available = left.unwrap_or_default();
        }
        if let Some(key) = keys.cig_key() {
            let cig_use = CigUse { order: order.id.clone(), comune: keys.comune };
            self.cigs.entry(key).or_default().push(cig_use);
        }
        let purchases = self.purchases.entry(budget.clone()).or_default();
        order.categories.iter().for_each(|(category, net)| count(purchases, order, category, *net));
        self.numbers.entry((budget, keys.number.clone())).or_default().push(order.id.clone());
    }
}

fn inconsistent(table: &'static str, column: &'static str, row: &str, value: &str) -> StoreError {
    StoreError::Inconsistent { table, column, row: row.into(), value: value.into() }
}

fn parse<T: FromStr>(
    table: &'static str,
    column: &'static str,
    row: &str,
    value: &str,
) -> Result<T, StoreError> {
    value.parse().map_err(|_| inconsistent(table, column, row, value))
}

fn count(purchases: &mut Vec<PurchaseTotal>, order: &OrderRow, category: &str, net: Money) {
    let known = |total: &&mut PurchaseTotal| total.supplier == order.supplier && total.category == category;
    match purchases.iter_mut().find(known) {
        Some(total) => {
            total.orders = total.orders.saturating_add(1);
            total.net = total.net.checked_add(net).unwrap_or(total.net);
            total.last_order = total.last_order.max(order.order_date);
        }
        None => purchases.push(PurchaseTotal {
            supplier: order.supplier.clone(),
            category: category.into(),
            orders: 1,
            net,
            last_order: order.order_date,
        }),
    }
}

impl Tx {
    /// Reads the facts about one order, as of this transaction.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn order_facts(&mut self, keys: &OrderKeys) -> Result<StoredFacts, StoreError> {
        let standing = soon(Standing::load(&mut self.connection, &[(keys, None)])).await?;
        Ok(standing.facts(keys))
    }
}

impl Store {
    /// Reads the facts about one order.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn order_facts(&self, keys: &OrderKeys) -> Result<StoredFacts, StoreError> {
        let mut connection = self.reads().acquire().await?;
        let standing = Standing::load(&mut connection, &[(keys, None)]).await?;
        Ok(standing.facts(keys))
    }
}
