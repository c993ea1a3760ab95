// SPDX-License-Identifier: EUPL-1.2
//! Placing judged orders: idempotency row, reservation, order, document, journal entry, outbox row and audit record of
//! many orders in one transaction.
//!
//! The order of questions matters: is the request known, is the number or CIG taken, is there money. Facts may have
//! changed since the judgement; an order judged on stale facts is not stored but handed back to be judged again.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{QueryBuilder, Sqlite};

use crate::domain::budget::EntryKind;
use crate::domain::finding::Verdict;
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;
use crate::domain::order::Totals;
use crate::domain::order_state::OrderState;
use crate::domain::participation::ParticipationState;

use super::audit::{Actor, Record};
use super::idempotency::{IdempotencyKey, Known, Reply};
use super::outbox::HAND_OVER;
use super::{StoreError, Tx};

/// A document as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// SHA-256 of the bytes, lower-case hexadecimal.
    pub sha256: String,
    /// Media type it was announced with, or found to be.
    pub media_type: &'static str,
    /// The bytes.
    pub bytes: Arc<[u8]>,
}

/// A judged order, ready to be stored.
#[derive(Debug, Clone)]
pub struct NewOrder {
    /// Random id.
    pub id: String,
    /// Programme it was judged for.
    pub programme: String,
    /// The Comune of the caller.
    pub comune: IstatCode,
    /// ODA number.
    pub number: String,
    /// Date of the order.
    pub order_date: NaiveDate,
    /// When it was sent, where known.
    pub sent_at: Option<DateTime<Utc>>,
    /// Key by which the supplier's orders are added up; empty when it has no good code.
    pub supplier: String,
    /// The supplier's name as written.
    pub supplier_name: Option<String>,
    /// The one good CUP, if there is one.
    pub cup: Option<String>,
    /// The one good CIG, if there is one.
    pub cig: Option<String>,
    /// Totals as stated.
    pub totals: Totals,
    /// Gross part the Comune pays itself.
    pub own_funds: Money,
    /// What to hold of the grant when accepted: gross less own funds.
    pub reserve: Money,
    /// Net amount per catalogue category.
    pub categories: Vec<(String, Money)>,
    /// The verdict.
    pub verdict: Verdict,
    /// The findings as JSON.
    pub findings: String,
    /// The document as received.
    pub document: Document,
    /// The request's key.
    pub idempotency: IdempotencyKey,
    /// The answer to give, now and whenever the request is repeated.
    pub reply: Reply,
    /// Who sent it.
    pub actor: Actor,
    /// When its last byte arrived.
    pub at: DateTime<Utc>,
}

/// What became of an order that was to be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placed {
    /// Stored, with everything that belongs to it.
    Stored,
    /// The same request was answered before: give that answer.
    Repeat(Reply),
    /// The key belongs to another request.
    KeyReused,
    /// Accepted on facts that no longer hold: judge again.
    Stale,
}

impl Tx {
    /// Places orders in the order given. The answers are in the same order.
    ///
    /// # Errors
    /// When the store cannot be written; then nothing is.
    pub async fn place(&mut self, orders: &[NewOrder]) -> Result<Vec<Placed>, StoreError> {
        let mut placed = self.known_requests(orders).await?;
        self.mark_taken(orders, &mut placed).await?;
        self.reserve(orders, &mut placed).await?;
        let stored: Vec<&NewOrder> = orders
            .iter()
            .zip(&placed)
            .filter(|(_, placed)| **placed == Placed::Stored)
            .map(|(order, _)| order)
            .collect();
        if !stored.is_empty() {
            self.insert_orders(&stored).await?;
            self.insert_accepted(&stored.into_iter().filter(|order| order.is_accepted()).collect::<Vec<_>>())
                .await?;
        }
        Ok(placed)
    }

    /// `Stored` for each request that is new, also against those before it in the group.
    async fn known_requests(&mut self, orders: &[NewOrder]) -> Result<Vec<Placed>, StoreError> {
        // What is asked for drives the join: `(a, b) IN (VALUES ...)` would scan the whole table.
        let mut select = QueryBuilder::<Sqlite>::new("WITH asked (scope, key) AS (");
        select.push_values(orders, |mut row, order| {
            row.push_bind(&order.idempotency.scope).push_bind(&order.idempotency.key);
        });
        select.push(
            ") SELECT known.scope, known.key, known.body_sha256, known.status, known.location, known.body
             FROM asked CROSS JOIN idempotency AS known WHERE known.scope = asked.scope AND known.key = asked.key",
        );
        type KnownRow = (String, String, String, i64, Option<String>, String);
        let rows: Vec<KnownRow> = select.build_query_as().fetch_all(&mut self.connection).await?;
        let known: HashMap<(String, String), _> = rows
            .into_iter()
            .map(|(scope, key, body_sha256, status, location, body)| {
                ((scope, key), (body_sha256, status, location, body))
            })
            .collect();
        let mut first = HashMap::new();
        Ok(orders
            .iter()
            .map(|order| {
                let key = (order.idempotency.scope.clone(), order.idempotency.key.clone());
                if let Some(row) = known.get(&key) {
                    return order.idempotency.compare(row.clone()).into();
                }
                match first.insert(key, order) {
                    None => Placed::Stored,
                    // The earlier twin stands in this very group: the later one is asked again once that is decided.
                    Some(_) => Placed::Stale,
                }
            })
            .collect())
    }

    /// Marks as stale the accepted orders whose number or CIG another live order holds, here or earlier in the group.
    async fn mark_taken(&mut self, orders: &[NewOrder], placed: &mut [Placed]) -> Result<(), StoreError> {
        let accepted: Vec<usize> =
            (0..orders.len()).filter(|&n| placed[n] == Placed::Stored && orders[n].is_accepted()).collect();
        if accepted.is_empty() {
            return Ok(());
        }
        let mut numbers: HashSet<(String, String, String)> = HashSet::new();
        let mut cigs: HashSet<(String, String)> = HashSet::new();
        let mut select = QueryBuilder::<Sqlite>::new("WITH asked (programme, comune, number) AS (");
        select.push_values(&accepted, |mut row, &n| {
            row.push_bind(&orders[n].programme)
                .push_bind(orders[n].comune.as_str())
                .push_bind(&orders[n].number);
        });
        select.push(
            ") SELECT held.programme, held.comune, held.number FROM asked CROSS JOIN orders AS held
             WHERE held.live = 1 AND held.programme = asked.programme AND held.comune = asked.comune
             AND held.number = asked.number",
        );
        numbers.extend(
            select.build_query_as::<(String, String, String)>().fetch_all(&mut self.connection).await?,
        );
        let mut select = QueryBuilder::<Sqlite>::new("WITH asked (programme, cig) AS (");
        select.push_values(&accepted, |mut row, &n| {
            row.push_bind(&orders[n].programme).push_bind(&orders[n].cig);
        });
        select.push(
            ") SELECT held.programme, held.cig FROM asked CROSS JOIN orders AS held WHERE held.live = 1
             AND held.cig IS NOT NULL AND held.programme = asked.programme AND held.cig = asked.cig",
        );
        cigs.extend(select.build_query_as::<(String, String)>().fetch_all(&mut self.connection).await?);
        for n in accepted {
            let order = &orders[n];
            let number = (order.programme.clone(), order.comune.to_string(), order.number.clone());
            let cig = (order.programme.clone(), order.cig.clone().unwrap_or_default());
            let free = !numbers.contains(&number) && !cigs.contains(&cig);
            if free {
                numbers.insert(number);
                cigs.insert(cig);
            } else {
                placed[n] = Placed::Stale;
            }
        }
        Ok(())
    }

    /// Reserves by one conditional update per budget: all its orders at once, or, when that is too much, one by one.
    async fn reserve(&mut self, orders: &[NewOrder], placed: &mut [Placed]) -> Result<(), StoreError> {
        let mut budgets: HashMap<(&str, &IstatCode), Vec<usize>> = HashMap::new();
        for (n, order) in orders.iter().enumerate() {
            if placed[n] == Placed::Stored && order.is_accepted() {
                budgets.entry((&order.programme, &order.comune)).or_default().push(n);
            }
        }
        for ((programme, comune), members) in budgets {
            let sum = Money::checked_sum(members.iter().map(|&n| orders[n].reserve));
            if let Some(sum) = sum
                && self.hold(programme, comune, sum, orders[members[0]].at).await?
            {
                continue;
            }
            for n in members {
                if !self.hold(programme, comune, orders[n].reserve, orders[n].at).await? {
                    placed[n] = Placed::Stale;
                }
            }
        }
        Ok(())
    }

    async fn hold(
        &mut self,
        programme: &str,
        comune: &IstatCode,
        amount: Money,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let updated = sqlx::query(
            "UPDATE participation SET reserved = reserved + $1, updated_at = $2
             WHERE programme = $3 AND comune = $4 AND state = $5 AND $1 >= 0
             AND assigned - reserved - committed - invoiced - paid >= $1",
        )
        .bind(amount.cents())
        .bind(at.timestamp_micros())
        .bind(programme)
        .bind(comune.as_str())
        .bind(ParticipationState::Confirmed.as_str())
        .execute(&mut self.connection)
        .await?;
        Ok(updated.rows_affected() == 1)
    }

    async fn insert_orders(&mut self, orders: &[&NewOrder]) -> Result<(), StoreError> {
        let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO document (sha256, bytes, received_at) ");
        insert.push_values(orders, |mut row, order| {
            row.push_bind(&order.document.sha256)
                .push_bind(&*order.document.bytes)
                .push_bind(order.at.timestamp_micros());
        });
        insert.push(" ON CONFLICT (sha256) DO NOTHING");
        insert.build().execute(&mut self.connection).await?;

        let mut insert = QueryBuilder::<Sqlite>::new(
            "INSERT INTO orders (id, programme, comune, number, order_date, sent_at, supplier, supplier_name, cup, cig,
             net, vat, gross, own_funds, reserved, categories, verdict, state, live, findings, document, media_type,
             version, received_at, updated_at) ",
        );
        insert.push_values(orders, |row, order| order.bind_row(row));
        insert.build().execute(&mut self.connection).await?;

        let mut insert = QueryBuilder::<Sqlite>::new(
            "INSERT INTO idempotency (scope, key, body_sha256, status, location, body, created_at) ",
        );
        insert.push_values(orders, |mut row, order| {
            row.push_bind(&order.idempotency.scope)
                .push_bind(&order.idempotency.key)
                .push_bind(&order.idempotency.body_sha256)
                .push_bind(i64::from(order.reply.status))
                .push_bind(&order.reply.location)
                .push_bind(&order.reply.body)
                .push_bind(order.at.timestamp_micros());
        });
        insert.build().execute(&mut self.connection).await?;
        let records: Vec<Record> = orders.iter().map(|order| order.record()).collect();
        self.audit(&records).await
    }

    async fn insert_accepted(&mut self, orders: &[&NewOrder]) -> Result<(), StoreError> {
        if orders.is_empty() {
            return Ok(());
        }
        let holding: Vec<_> = orders.iter().filter(|order| !order.reserve.is_zero()).collect();
        if !holding.is_empty() {
            let mut insert = QueryBuilder::<Sqlite>::new(
                "INSERT INTO journal (programme, comune, kind, amount, order_id, event_key, booked_at) ",
            );
            insert.push_values(holding, |mut row, order| {
                row.push_bind(&order.programme)
                    .push_bind(order.comune.as_str())
                    .push_bind(EntryKind::Reservation.as_str())
                    .push_bind(order.reserve.cents())
                    .push_bind(&order.id)
                    .push_bind(format!("{}:{}", EntryKind::Reservation.as_str(), order.id))
                    .push_bind(order.at.timestamp_micros());
            });
            insert.build().execute(&mut self.connection).await?;
        }
        let mut insert = QueryBuilder::<Sqlite>::new(
            "INSERT INTO outbox (id, kind, event_key, programme, comune, order_id, state, attempt, fence, lease_until,
             not_before, created_at, updated_at) ",
        );
        insert.push_values(orders, |mut row, order| {
            let at = order.at.timestamp_micros();
            row.push_bind(format!("{HAND_OVER}:{}", order.id))
                .push_bind(HAND_OVER)
                .push_bind(format!("{HAND_OVER}:{}", order.id))
                .push_bind(&order.programme)
                .push_bind(order.comune.as_str())
                .push_bind(&order.id)
                .push_bind("pending")
                .push_bind(0i64)
                .push_bind(0i64)
                .push_bind(0i64)
                .push_bind(at)
                .push_bind(at)
                .push_bind(at);
        });
        insert.build().execute(&mut self.connection).await?;
        for order in orders {
            let counted =
                Counted { comune: &order.comune, supplier: &order.supplier, categories: &order.categories };
            self.count_purchase(&order.programme, &counted, order.order_date, 1).await?;
        }
        Ok(())
    }

    /// Adds an order to (or, with `sign` -1, takes it out of) the sums per supplier and category.
    pub(super) async fn count_purchase(
        &mut self,
        programme: &str,
        purchase: &Counted<'_>,
        order_date: NaiveDate,
        sign: i64,
    ) -> Result<(), StoreError> {
        for (category, net) in purchase.categories {
            sqlx::query(
                "INSERT INTO purchase_total (programme, comune, supplier, category, orders, net, last_order)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (programme, comune, supplier, category) DO UPDATE SET
                 orders = purchase_total.orders + excluded.orders, net = purchase_total.net + excluded.net,
                 last_order = CASE WHEN excluded.last_order > purchase_total.last_order
                 THEN excluded.last_order ELSE purchase_total.last_order END",
            )
            .bind(programme)
            .bind(purchase.comune.as_str())
            .bind(purchase.supplier)
            .bind(category)
            .bind(sign)
            .bind(net.cents().saturating_mul(sign))
            .bind(order_date.to_string())
            .execute(&mut self.connection)
            .await?;
        }
        Ok(())
    }
}

/// What of an order goes into the sums per supplier and category.
#[derive(Debug)]
pub(super) struct Counted<'a> {
    pub(super) comune: &'a IstatCode,
    pub(super) supplier: &'a str,
    pub(super) categories: &'a [(String, Money)],
}

impl From<Known> for Placed {
    fn from(known: Known) -> Self {
        match known {
            Known::Repeat(reply) => Self::Repeat(reply),
            Known::Reused => Self::KeyReused,
        }
    }
}

impl NewOrder {
    fn is_accepted(&self) -> bool {
        self.verdict == Verdict::Accepted
    }

    fn record(&self) -> Record {
        Record {
            chain: self.comune.to_string(),
            at: self.at,
            actor: self.actor.clone(),
            action: match self.verdict {
                Verdict::Accepted => "order.accepted",
                Verdict::Incomplete => "order.incomplete",
                Verdict::Refused => "order.refused",
            },
            subject: self.id.clone(),
            detail: format!("document={} reserved={}", self.document.sha256, self.held()),
        }
    }

    fn held(&self) -> Money {
        if self.is_accepted() { self.reserve } else { Money::ZERO }
    }

    fn bind_row(&self, mut row: sqlx::query_builder::Separated<'_, Sqlite, &'static str>) {
        let cents = |amount: Option<Money>| amount.map(Money::cents);
        row.push_bind(&self.id)
            .push_bind(&self.programme)
            .push_bind(self.comune.as_str())
            .push_bind(&self.number)
            .push_bind(self.order_date.to_string())
            .push_bind(self.sent_at.map(|at| at.timestamp_micros()))
            .push_bind(&self.supplier)
            .push_bind(&self.supplier_name)
            .push_bind(&self.cup)
            .push_bind(&self.cig)
            .push_bind(cents(self.totals.net))
            .push_bind(cents(self.totals.vat))
            .push_bind(cents(self.totals.gross))
            .push_bind(self.own_funds.cents())
            .push_bind(self.held().cents())
            .push_bind(categories_json(&self.categories))
            .push_bind(self.verdict.as_str())
            .push_bind(OrderState::from_verdict(self.verdict).as_str())
            .push_bind(i64::from(self.is_accepted()))
            .push_bind(&self.findings)
            .push_bind(&self.document.sha256)
            .push_bind(self.document.media_type)
            .push_bind(1i64)
            .push_bind(self.at.timestamp_micros())
            .push_bind(self.at.timestamp_micros());
    }
}

/// Net cents per category as a JSON object, the form kept in `orders.categories`.
pub(super) fn categories_json(categories: &[(String, Money)]) -> String {
    let object: serde_json::Map<String, serde_json::Value> =
        categories.iter().map(|(category, net)| (category.clone(), net.cents().into())).collect();
    serde_json::Value::Object(object).to_string()
}
