// SPDX-License-Identifier: EUPL-1.2
//! Documents that came from SIOPE+, as they came. None is ever changed or deleted.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sqlx::{QueryBuilder, Sqlite};

use crate::domain::codice_ufficio::CodiceUfficio;
use crate::domain::opi::OpiKind;

use super::participation::instant;
use super::{Store, StoreError, Tx};

/// A document, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpiDocument {
    /// The office it belongs to.
    pub office: CodiceUfficio,
    /// What it is.
    pub kind: OpiKind,
    /// Its number at SIOPE+ among those of its kind and office.
    pub number: u32,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// When it came to SIOPE+, as listed there.
    pub listed_at: DateTime<Utc>,
    /// When it came here.
    pub received_at: DateTime<Utc>,
}

/// What became of a document that was to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It was not here.
    New,
    /// It was.
    HereAlready,
    /// Another one stands in its place.
    Other,
}

/// Which documents to list.
#[derive(Debug, Clone, Default)]
pub struct OpiFilter {
    /// Only those of this office.
    pub office: Option<CodiceUfficio>,
    /// Only those of this kind.
    pub kind: Option<OpiKind>,
    /// At most this many, the last ones that came.
    pub limit: u32,
}

type Row = (String, String, i64, String, i64, i64);

fn document(row: Row) -> Result<OpiDocument, StoreError> {
    let (office, kind, number, sha256, listed_at, received_at) = row;
    let key = format!("{office}/{kind}/{number}");
    let bad = |column: &'static str, value: String| StoreError::Inconsistent {
        table: "opi_documents",
        column,
        row: key.clone(),
        value,
    };
    Ok(OpiDocument {
        office: office.parse().map_err(|_| bad("office", office.clone()))?,
        kind: OpiKind::from_name(&kind).ok_or_else(|| bad("kind", kind.clone()))?,
        number: u32::try_from(number).map_err(|_| bad("number", number.to_string()))?,
        sha256,
        listed_at: instant(Some(listed_at)).ok_or_else(|| bad("listed_at", listed_at.to_string()))?,
        received_at: instant(Some(received_at)).ok_or_else(|| bad("received_at", received_at.to_string()))?,
    })
}

impl Store {
    /// Documents, the last ones that came first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn opi_documents(&self, filter: &OpiFilter) -> Result<Vec<OpiDocument>, StoreError> {
        let mut select = QueryBuilder::<Sqlite>::new(
            "SELECT office, kind, number, sha256, listed_at, received_at FROM opi_documents WHERE 1 = 1",
        );
        if let Some(office) = &filter.office {
            select.push(" AND office = ").push_bind(office.as_str());
        }
        if let Some(kind) = filter.kind {
            select.push(" AND kind = ").push_bind(kind.as_str());
        }
        select.push(" ORDER BY received_at DESC, office, kind, number DESC LIMIT ");
        select.push_bind(i64::from(filter.limit));
        let rows: Vec<Row> = select.build_query_as().fetch_all(self.reads()).await?;
        rows.into_iter().map(document).collect()
    }

    /// Numbers of the documents of a kind and office that are here and came to SIOPE+ since a moment.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn opi_numbers(
        &self,
        office: &CodiceUfficio,
        kind: OpiKind,
        since: DateTime<Utc>,
    ) -> Result<HashSet<u32>, StoreError> {
        let query = sqlx::query_scalar(
            "SELECT number FROM opi_documents WHERE office = $1 AND kind = $2 AND listed_at >= $3",
        );
        let query = query.bind(office.as_str()).bind(kind.as_str()).bind(since.timestamp_micros());
        let numbers: Vec<i64> = query.fetch_all(self.reads()).await?;
        Ok(numbers.into_iter().filter_map(|number| u32::try_from(number).ok()).collect())
    }

    /// The bytes of a document.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn opi_bytes(
        &self,
        office: &CodiceUfficio,
        kind: OpiKind,
        number: u32,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let query = sqlx::query_scalar(
            "SELECT document FROM opi_documents WHERE office = $1 AND kind = $2 AND number = $3",
        );
        let query = query.bind(office.as_str()).bind(kind.as_str()).bind(i64::from(number));
        Ok(query.fetch_optional(self.reads()).await?)
    }
}

impl Tx {
    /// Keeps a document, unless there is one of that office, kind and number.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn insert_opi(&mut self, new: &OpiDocument, bytes: &[u8]) -> Result<Kept, StoreError> {
        let written = sqlx::query(
            "INSERT INTO opi_documents (office, kind, number, document, sha256, listed_at, received_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (office, kind, number) DO NOTHING",
        )
        .bind(new.office.as_str())
        .bind(new.kind.as_str())
        .bind(i64::from(new.number))
        .bind(bytes)
        .bind(&new.sha256)
        .bind(new.listed_at.timestamp_micros())
        .bind(new.received_at.timestamp_micros())
        .execute(&mut self.connection)
        .await?;
        if written.rows_affected() == 1 {
            return Ok(Kept::New);
        }
        let query = sqlx::query_scalar(
            "SELECT sha256 FROM opi_documents WHERE office = $1 AND kind = $2 AND number = $3",
        );
        let query = query.bind(new.office.as_str()).bind(new.kind.as_str()).bind(i64::from(new.number));
        let here: String = query.fetch_one(&mut self.connection).await?;
        Ok(if here == new.sha256 { Kept::HereAlready } else { Kept::Other })
    }
}
