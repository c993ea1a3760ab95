// SPDX-License-Identifier: EUPL-1.2
//! Invoices as stored, and the files they came in. A file is never changed or deleted; an invoice is judged again as its order
//! and the invoices beside it come and go.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, QueryBuilder, Row, Sqlite, SqliteExecutor};

use crate::domain::finding::{Finding, Verdict};
use crate::domain::invoice::DocumentClass;
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;
use crate::domain::sdi::SdiId;
use crate::domain::sha256::sha256;

use super::participation::instant;
use super::script::Value;
use super::{Store, StoreError, Tx};

pub mod beside;
pub mod take;

/// By which way a file came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A client posted it.
    Api,
    /// SdI delivered it.
    Sdi,
    /// It was imported from a folder or an archive.
    Import,
}

impl Origin {
    /// The name stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Sdi => "sdi",
            Self::Import => "import",
        }
    }
}

/// A file to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvoiceFile {
    /// SHA-256 of what is inside its signatures: by this a file is known.
    pub content_sha256: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// Its name, where it has one.
    pub file_name: Option<String>,
    /// By which way it came.
    pub origin: Origin,
    /// What became of its signatures.
    pub signature: &'static str,
    /// Its number at SdI, where known: the key to its payment.
    pub sdi_id: Option<SdiId>,
    /// Its bytes.
    pub file: Vec<u8>,
}

/// An invoice as stored. Amounts have the sign of the document: those of a credit note are positive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceRow {
    /// Random id.
    pub id: String,
    /// Programme.
    pub programme: String,
    /// The Comune that was invoiced, or that handed the invoice in.
    pub comune: IstatCode,
    /// The file it came in.
    pub content_sha256: String,
    /// Position in it, counted from 1.
    pub position: u32,
    /// Key of the supplier; empty when it has no code at all.
    pub supplier: String,
    /// Name of the supplier as written.
    pub supplier_name: String,
    /// Number given by the supplier.
    pub number: String,
    /// Date of the document.
    pub date: NaiveDate,
    /// `TipoDocumento`.
    pub kind: String,
    /// What the document does to the money owed.
    pub class: DocumentClass,
    /// The one CUP, if there is one.
    pub cup: Option<String>,
    /// The one CIG, if there is one.
    pub cig: Option<String>,
    /// Taxable amounts.
    pub net: Money,
    /// VAT.
    pub vat: Money,
    /// What the document comes to.
    pub gross: Money,
    /// What the supplier is to be paid.
    pub payable: Money,
    /// Whether the buyer pays the VAT to the State.
    pub split_payment: bool,
    /// The order it belongs to.
    pub order_id: Option<String>,
    /// The invoice it takes back, for a credit note.
    pub corrects: Option<String>,
    /// Latest verdict.
    pub verdict: Verdict,
    /// Latest findings.
    pub findings: Vec<Finding>,
    /// Grows by one at each change.
    pub version: i64,
    /// When it arrived.
    pub received_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// Number of its file at SdI, where known.
    pub sdi_id: Option<SdiId>,
}

impl InvoiceRow {
    /// The amount with its effect on what is owed: a credit note takes away, whatever sign its supplier wrote.
    #[must_use]
    pub fn signed_gross(&self) -> Money {
        match self.class {
            DocumentClass::CreditNote => {
                Money::from_cents(self.gross.cents().saturating_abs().saturating_neg())
            }
            DocumentClass::Invoice
            | DocumentClass::Advance
            | DocumentClass::DebitNote
            | DocumentClass::SelfBilled => self.gross,
        }
    }
}

impl InvoiceRow {
    /// Its values by the names of its columns.
    fn values(&self) -> [(&'static str, Value); 25] {
        [
            ("id", Value::of(&self.id)),
            ("programme", Value::of(&self.programme)),
            ("comune", Value::of(self.comune.as_str())),
            ("content", Value::of(&self.content_sha256)),
            ("position", Value::Number(i64::from(self.position))),
            ("supplier", Value::of(&self.supplier)),
            ("supplier_name", Value::of(&self.supplier_name)),
            ("number", Value::of(&self.number)),
            ("invoice_date", Value::Text(self.date.to_string())),
            ("kind", Value::of(&self.kind)),
            ("class", Value::of(self.class.as_str())),
            ("cup", Value::maybe(self.cup.as_deref())),
            ("cig", Value::maybe(self.cig.as_deref())),
            ("net", Value::Number(self.net.cents())),
            ("vat", Value::Number(self.vat.cents())),
            ("gross", Value::Number(self.gross.cents())),
            ("payable", Value::Number(self.payable.cents())),
            ("split_payment", Value::Number(i64::from(self.split_payment))),
            ("order_id", Value::maybe(self.order_id.as_deref())),
            ("corrects", Value::maybe(self.corrects.as_deref())),
            ("verdict", Value::of(self.verdict.as_str())),
            ("findings", Value::Text(serde_json::to_string(&self.findings).unwrap_or_default())),
            ("version", Value::Number(self.version)),
            ("received_at", Value::Number(self.received_at.timestamp_micros())),
            ("updated_at", Value::Number(self.updated_at.timestamp_micros())),
        ]
    }

    /// A digest of everything that a judgement rests on or comes to: what the audit record of it vouches for. When the row
    /// last changed and how often is left out, since a judgement that changes nothing is not recorded; so is the number at
    /// SdI, which may come later and is recorded with the file.
    #[must_use]
    pub fn seal(&self) -> String {
        let amounts = [self.net, self.vat, self.gross, self.payable].map(Money::cents);
        let findings = serde_json::to_string(&self.findings).unwrap_or_default();
        let about =
            (&self.programme, self.comune.as_str(), &self.content_sha256, self.position, &self.supplier);
        let said =
            (&self.supplier_name, &self.number, self.date.to_string(), &self.kind, &self.cup, &self.cig);
        let class = self.class.as_str();
        let links = (&self.order_id, &self.corrects, self.verdict.as_str(), findings);
        let whole = (
            &self.id,
            about,
            said,
            class,
            amounts,
            self.split_payment,
            links,
            self.received_at.timestamp_micros(),
        );
        sha256(serde_json::to_string(&whole).unwrap_or_default().as_bytes())
    }
}

impl<'r> FromRow<'r, SqliteRow> for InvoiceRow {
    fn from_row(row: &'r SqliteRow) -> Result<Self, sqlx::Error> {
        let id: String = row.try_get("id")?;
        let bad = |column: &'static str, value: String| {
            let error = StoreError::Inconsistent { table: "invoices", column, row: id.clone(), value };
            sqlx::Error::Decode(error.into())
        };
        let text = |column: &str| row.try_get::<String, _>(column);
        let money = |column: &str| row.try_get(column).map(Money::from_cents);
        let at = |column: &'static str| -> Result<DateTime<Utc>, sqlx::Error> {
            let micros: i64 = row.try_get(column)?;
            instant(Some(micros)).ok_or_else(|| bad(column, micros.to_string()))
        };
        let (comune, date, class) = (text("comune")?, text("invoice_date")?, text("class")?);
        let (verdict, findings) = (text("verdict")?, text("findings")?);
        let (position, sdi_id): (i64, Option<i64>) = (row.try_get("position")?, row.try_get("sdi_id")?);
        Ok(Self {
            programme: text("programme")?,
            comune: comune.parse().map_err(|_| bad("comune", comune.clone()))?,
            content_sha256: text("content_sha256")?,
            position: u32::try_from(position).map_err(|_| bad("position", position.to_string()))?,
            supplier: text("supplier")?,
            supplier_name: text("supplier_name")?,
            number: text("number")?,
            date: date.parse().map_err(|_| bad("invoice_date", date.clone()))?,
            kind: text("kind")?,
            class: DocumentClass::from_name(&class).ok_or_else(|| bad("class", class))?,
            cup: row.try_get("cup")?,
            cig: row.try_get("cig")?,
            net: money("net")?,
            vat: money("vat")?,
            gross: money("gross")?,
            payable: money("payable")?,
            split_payment: row.try_get::<i64, _>("split_payment")? == 1,
            order_id: row.try_get("order_id")?,
            corrects: row.try_get("corrects")?,
            verdict: serde_json::from_value(verdict.clone().into()).map_err(|_| bad("verdict", verdict))?,
            findings: serde_json::from_str(&findings).map_err(|_| bad("findings", findings.clone()))?,
            version: row.try_get("version")?,
            received_at: at("received_at")?,
            updated_at: at("updated_at")?,
            sdi_id: sdi_id
                .map(|number| SdiId::new(number).map_err(|_| bad("sdi_id", number.to_string())))
                .transpose()?,
            id,
        })
    }
}

/// Which invoices to list.
#[derive(Debug, Clone, Default)]
pub struct InvoiceFilter {
    /// Only this Comune's.
    pub comune: Option<IstatCode>,
    /// Only those of this order.
    pub order_id: Option<String>,
    /// Only those with this verdict.
    pub verdict: Option<Verdict>,
    /// Only those of which more may yet be found: not accepted, or without an order that lives.
    pub is_open: bool,
    /// Only those after this one, in the order of arrival: (received_at in microseconds, id).
    pub after: Option<(i64, String)>,
    /// At most this many.
    pub limit: u32,
}

pub(super) const SELECT: &str =
    "SELECT invoices.*, sdi_id FROM invoices JOIN invoice_files USING (content_sha256)";

async fn find(executor: impl SqliteExecutor<'_>, id: &str) -> Result<Option<InvoiceRow>, StoreError> {
    let select = format!("{SELECT} WHERE id = $1");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(select)).bind(id).fetch_optional(executor).await?)
}

impl Store {
    /// An invoice.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn invoice(&self, id: &str) -> Result<Option<InvoiceRow>, StoreError> {
        find(self.reads(), id).await
    }

    /// Invoices in the order of arrival.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn invoices(
        &self,
        programme: &str,
        filter: &InvoiceFilter,
    ) -> Result<Vec<InvoiceRow>, StoreError> {
        let mut select = QueryBuilder::<Sqlite>::new(SELECT);
        select.push(" WHERE programme = ").push_bind(programme);
        if let Some(comune) = &filter.comune {
            select.push(" AND comune = ").push_bind(comune.as_str());
        }
        if let Some(order) = &filter.order_id {
            select.push(" AND order_id = ").push_bind(order);
        }
        if let Some(verdict) = filter.verdict {
            select.push(" AND verdict = ").push_bind(verdict.as_str());
        }
        if filter.is_open {
            select.push(
                " AND (verdict <> 'accepted' OR order_id IS NULL
                 OR EXISTS (SELECT 1 FROM orders WHERE orders.id = order_id AND live = 0))",
            );
        }
        if let Some((at, id)) = &filter.after {
            select
                .push(" AND (invoices.received_at, id) > (")
                .push_bind(at)
                .push(", ")
                .push_bind(id)
                .push(")");
        }
        select.push(" ORDER BY invoices.received_at, id LIMIT ").push_bind(i64::from(filter.limit));
        Ok(select.build_query_as().fetch_all(self.reads()).await?)
    }

    /// The bytes of a file, as it came.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn invoice_file(&self, content_sha256: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let query = sqlx::query_scalar("SELECT file FROM invoice_files WHERE content_sha256 = $1");
        Ok(query.bind(content_sha256).fetch_optional(self.reads()).await?)
    }
}

impl Tx {
    /// An invoice.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn invoice(&mut self, id: &str) -> Result<Option<InvoiceRow>, StoreError> {
        find(&mut self.connection, id).await
    }

    /// The bytes of a file, as it came.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn invoice_file(&mut self, content_sha256: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let query = sqlx::query_scalar("SELECT file FROM invoice_files WHERE content_sha256 = $1");
        Ok(query.bind(content_sha256).fetch_optional(&mut self.connection).await?)
    }

    /// Stores what an invoice belongs to and what was found of it, if nobody changed it meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when somebody did.
    pub async fn rejudge_invoice(&mut self, row: &InvoiceRow, at: DateTime<Utc>) -> Result<(), StoreError> {
        let updated = sqlx::query(
            "UPDATE invoices SET order_id = $1, corrects = $2, verdict = $3, findings = $4, version = version + 1,
             updated_at = $5 WHERE id = $6 AND version = $7",
        )
        .bind(&row.order_id)
        .bind(&row.corrects)
        .bind(row.verdict.as_str())
        .bind(serde_json::to_string(&row.findings).unwrap_or_default())
        .bind(at.timestamp_micros())
        .bind(&row.id)
        .bind(row.version)
        .execute(&mut self.connection)
        .await?;
        if updated.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Changed) }
    }
}
