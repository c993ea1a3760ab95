// SPDX-License-Identifier: EUPL-1.2
//! ODA that were made on the portal: what was read of each, and whether it is linked to an order.

use sqlx::{QueryBuilder, Sqlite, SqliteExecutor};

use crate::domain::istat::IstatCode;
use crate::domain::linking::{OrderFace, Waiting};
use crate::domain::money::Money;

use super::{Store, StoreError, Tx};

mod row;

pub use row::{LinkStatus, PortalOda, Story};

/// Which ODA to list.
#[derive(Debug, Clone)]
pub struct PortalFilter {
    /// Only those of this status.
    pub status: LinkStatus,
    /// Only those that belong, or could belong, to this Comune.
    pub concerning: Option<IstatCode>,
    /// Only those after this number.
    pub after: String,
    /// At most this many.
    pub limit: u32,
}

const COLUMNS: &str =
    "programme, number, portal_state, story, sha256, status, order_id, comune, waiting, candidates,
                       decided_by, reason, version, first_seen_at, updated_at";

async fn find(
    executor: impl SqliteExecutor<'_>,
    programme: &str,
    number: &str,
) -> Result<Option<PortalOda>, StoreError> {
    let select = format!("SELECT {COLUMNS} FROM portal_oda WHERE programme = $1 AND number = $2");
    let query = sqlx::query_as(sqlx::AssertSqlSafe(select)).bind(programme).bind(number);
    Ok(query.fetch_optional(executor).await?)
}

async fn document(
    executor: impl SqliteExecutor<'_>,
    programme: &str,
    number: &str,
) -> Result<Option<Vec<u8>>, StoreError> {
    let query = sqlx::query_scalar("SELECT document FROM portal_oda WHERE programme = $1 AND number = $2");
    Ok(query.bind(programme).bind(number).fetch_optional(executor).await?)
}

impl Store {
    /// The ODA of that number.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn portal_oda(&self, programme: &str, number: &str) -> Result<Option<PortalOda>, StoreError> {
        find(self.reads(), programme, number).await
    }

    /// ODA of a status in the order of numbers as texts.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn portal_odas(
        &self,
        programme: &str,
        filter: &PortalFilter,
    ) -> Result<Vec<PortalOda>, StoreError> {
        let mut select =
            QueryBuilder::<Sqlite>::new(format!("SELECT {COLUMNS} FROM portal_oda WHERE programme = "));
        select.push_bind(programme).push(" AND status = ").push_bind(filter.status.as_str());
        if let Some(comune) = &filter.concerning {
            let named = format!("%\"comune\":\"{comune}\"%");
            select.push(" AND (comune = ").push_bind(comune.as_str());
            select.push(" OR candidates LIKE ").push_bind(named).push(")");
        }
        select.push(" AND number > ").push_bind(&filter.after);
        select.push(" ORDER BY number LIMIT ").push_bind(i64::from(filter.limit));
        Ok(select.build_query_as().fetch_all(self.reads()).await?)
    }

    /// Up to `limit` ODA that were set aside, those longest unseen first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn portal_odas_set_aside(
        &self,
        programme: &str,
        limit: u32,
    ) -> Result<Vec<PortalOda>, StoreError> {
        let select = format!(
            "SELECT {COLUMNS} FROM portal_oda WHERE programme = $1 AND status = 'unlinked' AND decided_by IS NULL
             AND waiting IN ($2, $3) ORDER BY updated_at, number LIMIT $4"
        );
        let query = sqlx::query_as(sqlx::AssertSqlSafe(select)).bind(programme);
        let query = query.bind(Waiting::UnderWay.as_str()).bind(Waiting::Unreadable.as_str());
        Ok(query.bind(i64::from(limit)).fetch_all(self.reads()).await?)
    }
}

impl Tx {
    /// The ODA of that number, as of this transaction.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn portal_oda(
        &mut self,
        programme: &str,
        number: &str,
    ) -> Result<Option<PortalOda>, StoreError> {
        find(&mut self.connection, programme, number).await
    }

    /// Its document, as read.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn portal_document(
        &mut self,
        programme: &str,
        number: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        document(&mut self.connection, programme, number).await
    }

    /// Keeps an ODA as it is now; `document` only when it was read anew.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when it was changed since it was read here.
    pub async fn keep_portal_oda(
        &mut self,
        oda: &PortalOda,
        document: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        let json = |value: serde_json::Result<String>| {
            value.map_err(|error| StoreError::Driver(sqlx::Error::Encode(error.into())))
        };
        let written = sqlx::query(
            "INSERT INTO portal_oda (programme, number, portal_state, story, document, sha256, status, order_id, comune,
             waiting, candidates, decided_by, reason, version, first_seen_at, updated_at)
             VALUES ($1, $2, $3, $4, COALESCE($5, x''), $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
             ON CONFLICT (programme, number) DO UPDATE SET portal_state = excluded.portal_state,
             story = excluded.story, document = COALESCE($5, portal_oda.document), sha256 = excluded.sha256,
             status = excluded.status, order_id = excluded.order_id, comune = excluded.comune,
             waiting = excluded.waiting, candidates = excluded.candidates, decided_by = excluded.decided_by,
             reason = excluded.reason, version = excluded.version, updated_at = excluded.updated_at
             WHERE portal_oda.version = excluded.version - 1",
        )
        .bind(&oda.programme)
        .bind(&oda.number)
        .bind(oda.state.as_str())
        .bind(json(serde_json::to_string(&oda.story))?)
        .bind(document)
        .bind(&oda.sha256)
        .bind(oda.status.as_str())
        .bind(&oda.order_id)
        .bind(oda.comune.map(|comune| comune.to_string()))
        .bind(oda.waiting.map(Waiting::as_str))
        .bind(json(serde_json::to_string(&oda.candidates))?)
        .bind(&oda.decided_by)
        .bind(&oda.reason)
        .bind(oda.version)
        .bind(oda.first_seen_at.timestamp_micros())
        .bind(oda.updated_at.timestamp_micros())
        .execute(&mut self.connection)
        .await?;
        if written.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Changed) }
    }

    /// The order that an ODA of the portal stands for, by the portal's number.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn order_of_oda(
        &mut self,
        programme: &str,
        number: &str,
    ) -> Result<Option<String>, StoreError> {
        let query =
            sqlx::query_scalar("SELECT id FROM orders WHERE programme = $1 AND oda_number = $2 AND live = 1");
        Ok(query.bind(programme).bind(number).fetch_optional(&mut self.connection).await?)
    }

    /// Live or incomplete orders of a Comune, each with the number of the ODA that stands for it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open_orders(
        &mut self,
        programme: &str,
        comune: &IstatCode,
    ) -> Result<Vec<OpenOrder>, StoreError> {
        type Row = (String, String, Option<String>, String, Option<i64>, Option<String>);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, number, cig, supplier, gross, oda_number FROM orders
             WHERE programme = $1 AND comune = $2 AND (live = 1 OR state = 'incomplete') ORDER BY received_at, id",
        )
        .bind(programme)
        .bind(comune.as_str())
        .fetch_all(&mut self.connection)
        .await?;
        let open = |(id, number, cig, supplier, gross, oda_number): Row| OpenOrder {
            id,
            face: OrderFace { number, cig, supplier, gross: gross.map(Money::from_cents) },
            oda_number,
        };
        Ok(rows.into_iter().map(open).collect())
    }
}

/// An order that may still be what an ODA of the portal stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOrder {
    /// Its id.
    pub id: String,
    /// What is compared.
    pub face: OrderFace,
    /// The ODA that stands for it.
    pub oda_number: Option<String>,
}
