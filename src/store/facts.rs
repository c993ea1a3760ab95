// SPDX-License-Identifier: EUPL-1.2
//! The facts that a judgement needs of the store, read together.

use crate::domain::istat::IstatCode;
use crate::domain::money::Money;
use crate::rules::facts::{CigUse, PurchaseTotal};

use super::{Store, StoreError};

/// What the store knows beside an order's document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredFacts {
    /// Live orders of the Comune with the same number.
    pub same_number: Vec<String>,
    /// Live orders of any Comune with the same CIG.
    pub cig_uses: Vec<CigUse>,
    /// Sums of what the Comune has bought.
    pub purchases: Vec<PurchaseTotal>,
}

/// Which of the three kinds of rows of the one query a row is, then up to four texts and two numbers.
type FactRow = (i64, String, String, String, i64, i64);

impl Store {
    /// Reads the facts about an order of a Comune, with that number and CIG.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn order_facts(
        &self,
        programme: &str,
        comune: &IstatCode,
        number: &str,
        cig: Option<&str>,
    ) -> Result<StoredFacts, StoreError> {
        let rows: Vec<FactRow> = sqlx::query_as(
            "SELECT 1, id, comune, '', 0, 0 FROM orders WHERE live = 1 AND programme = $1 AND comune = $2 AND number = $3
             UNION ALL
             SELECT 2, id, comune, '', 0, 0 FROM orders WHERE live = 1 AND programme = $1 AND cig = $4 AND cig IS NOT NULL
             UNION ALL
             SELECT 3, supplier, category, last_order, orders, net FROM purchase_total
             WHERE programme = $1 AND comune = $2 AND orders > 0",
        )
        .bind(programme)
        .bind(comune.as_str())
        .bind(number)
        .bind(cig)
        .fetch_all(self.reads())
        .await?;
        let mut facts = StoredFacts::default();
        for (kind, first, second, third, orders, net) in rows {
            let bad = |table, column, value: &str| StoreError::Inconsistent {
                table,
                column,
                row: first.clone(),
                value: value.into(),
            };
            match kind {
                1 => facts.same_number.push(first),
                2 => {
                    let comune = second.parse().map_err(|_| bad("orders", "comune", &second))?;
                    facts.cig_uses.push(CigUse { order: first, comune });
                }
                _ => facts.purchases.push(PurchaseTotal {
                    last_order: third.parse().map_err(|_| bad("purchase_total", "last_order", &third))?,
                    orders: u32::try_from(orders).unwrap_or(u32::MAX),
                    net: Money::from_cents(net),
                    supplier: first,
                    category: second,
                }),
            }
        }
        Ok(facts)
    }
}
