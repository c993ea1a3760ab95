// SPDX-License-Identifier: EUPL-1.2
//! Invoices as stored, and the files they came in. A file is never changed or deleted; an invoice is judged again as its order
//! and the invoices beside it come and go.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, QueryBuilder, Row, Sqlite, SqliteExecutor};

use crate::domain::finding::{Finding, Verdict};
use crate::domain::invoice::DocumentClass;
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;
use crate::domain::sdi::SdiId;
use crate::domain::sha256::sha256;

use super::participation::instant;
use super::{Store, StoreError, Tx};

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

    /// The invoices of a file, in their order; none when the file was never taken in.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn invoices_of_file(&mut self, content_sha256: &str) -> Result<Vec<InvoiceRow>, StoreError> {
        let select = format!("{SELECT} WHERE content_sha256 = $1 ORDER BY position");
        let query = sqlx::query_as(sqlx::AssertSqlSafe(select)).bind(content_sha256);
        Ok(query.fetch_all(&mut self.connection).await?)
    }

    /// Invoices of one supplier, number and class of that year, of whatever programme and Comune.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn invoices_like(
        &mut self,
        supplier: &str,
        number: &str,
        class: DocumentClass,
        year: i32,
    ) -> Result<Vec<InvoiceRow>, StoreError> {
        let select = format!("{SELECT} WHERE supplier = $1 AND number = $2 AND class = $3 ORDER BY id");
        let query = sqlx::query_as(sqlx::AssertSqlSafe(select));
        let query = query.bind(supplier).bind(number).bind(class.as_str());
        let rows: Vec<InvoiceRow> = query.fetch_all(&mut self.connection).await?;
        Ok(rows.into_iter().filter(|row| row.date.year() == year).collect())
    }

    /// The invoices of an order.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn invoices_of_order(&mut self, order_id: &str) -> Result<Vec<InvoiceRow>, StoreError> {
        let select = format!("{SELECT} WHERE order_id = $1 ORDER BY invoices.received_at, id");
        let query = sqlx::query_as(sqlx::AssertSqlSafe(select)).bind(order_id);
        Ok(query.fetch_all(&mut self.connection).await?)
    }

    /// The credit notes of an invoice.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn credit_notes_of(&mut self, invoice_id: &str) -> Result<Vec<InvoiceRow>, StoreError> {
        let select = format!("{SELECT} WHERE corrects = $1 ORDER BY invoices.received_at, id");
        let query = sqlx::query_as(sqlx::AssertSqlSafe(select)).bind(invoice_id);
        Ok(query.fetch_all(&mut self.connection).await?)
    }

    /// The bytes of a file, as it came.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn invoice_file(&mut self, content_sha256: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let query = sqlx::query_scalar("SELECT file FROM invoice_files WHERE content_sha256 = $1");
        Ok(query.bind(content_sha256).fetch_optional(&mut self.connection).await?)
    }

    /// The content of the file that has a number at SdI.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn content_of_sdi(&mut self, sdi_id: SdiId) -> Result<Option<String>, StoreError> {
        let query = sqlx::query_scalar("SELECT content_sha256 FROM invoice_files WHERE sdi_id = $1");
        Ok(query.bind(sdi_id.get()).fetch_optional(&mut self.connection).await?)
    }

    /// Keeps a file that is not there yet. Of one that is, only its number at SdI is filled in where it was missing.
    /// Answers whether anything was written.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn keep_invoice_file(
        &mut self,
        new: &NewInvoiceFile,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let written = sqlx::query(
            "INSERT INTO invoice_files (content_sha256, sha256, file_name, origin, signature, sdi_id, received_at, file)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (content_sha256) DO UPDATE
             SET sdi_id = excluded.sdi_id WHERE invoice_files.sdi_id IS NULL AND excluded.sdi_id IS NOT NULL",
        )
        .bind(&new.content_sha256)
        .bind(&new.sha256)
        .bind(&new.file_name)
        .bind(new.origin.as_str())
        .bind(new.signature)
        .bind(new.sdi_id.map(SdiId::get))
        .bind(at.timestamp_micros())
        .bind(&new.file)
        .execute(&mut self.connection)
        .await?;
        Ok(written.rows_affected() == 1)
    }

    /// Keeps an invoice.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn insert_invoice(&mut self, row: &InvoiceRow) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO invoices (id, programme, comune, content_sha256, position, supplier, supplier_name, number,
             invoice_date, kind, class, cup, cig, net, vat, gross, payable, split_payment, order_id, corrects, verdict,
             findings, version, received_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
             $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)",
        )
        .bind(&row.id)
        .bind(&row.programme)
        .bind(row.comune.as_str())
        .bind(&row.content_sha256)
        .bind(i64::from(row.position))
        .bind(&row.supplier)
        .bind(&row.supplier_name)
        .bind(&row.number)
        .bind(row.date.to_string())
        .bind(&row.kind)
        .bind(row.class.as_str())
        .bind(&row.cup)
        .bind(&row.cig)
        .bind(row.net.cents())
        .bind(row.vat.cents())
        .bind(row.gross.cents())
        .bind(row.payable.cents())
        .bind(i64::from(row.split_payment))
        .bind(&row.order_id)
        .bind(&row.corrects)
        .bind(row.verdict.as_str())
        .bind(serde_json::to_string(&row.findings).unwrap_or_default())
        .bind(row.version)
        .bind(row.received_at.timestamp_micros())
        .bind(row.updated_at.timestamp_micros())
        .execute(&mut self.connection)
        .await?;
        Ok(())
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
