// SPDX-License-Identifier: EUPL-1.2
//! Payments as their documents tell them, and what people decided about what belongs together. Nothing here is ever changed:
//! what stands is told by the whole ([`crate::domain::payment::story`]).

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow, Row, SqliteConnection};

use crate::domain::istat::IstatCode;
use crate::domain::money::Money;
use crate::domain::payment::story::{BankSaid, OrderedPart, Teller, Whole};
use crate::domain::payment::{DebtKind, MandatoOperation, OutcomeKind, PositionId};
use crate::domain::saying::Saying;
use crate::domain::sdi::SdiId;
use crate::domain::sha256::sha256;

use super::participation::instant;
use super::{Store, StoreError, Tx};

/// A document to be kept, with what was read of it.
#[derive(Debug, Clone)]
pub struct NewPaymentFile {
    /// SHA-256 of its bytes: by this a document is known.
    pub sha256: String,
    /// Programme.
    pub programme: String,
    /// The Comune that pays.
    pub comune: IstatCode,
    /// What it is: `flusso`, `esito`, `giornale`, `ack` or `mandati`.
    pub kind: &'static str,
    /// By which way it came: `api`, `siope` or `import`.
    pub origin: &'static str,
    /// Its name, where it has one.
    pub file_name: Option<String>,
    /// Its bytes; none for a document that lies among those of SIOPE+.
    pub file: Option<Vec<u8>>,
    /// The orders in it.
    pub parts: Vec<OrderedPart>,
    /// What the bank says in it.
    pub said: Vec<BankSaid>,
}

impl NewPaymentFile {
    /// A digest of what was read of the document: what the audit record of its receipt vouches for.
    #[must_use]
    pub fn seal(&self) -> String {
        seal(&self.parts, &self.said)
    }
}

/// A digest of orders and outcomes, in their order. Recorded digests rest on how it is written: what older documents do not have
/// is left out.
pub(super) fn seal(parts: &[OrderedPart], said: &[BankSaid]) -> String {
    let position = |id: PositionId| (id.exercise, id.number, id.progressive);
    let parts: Vec<_> = parts
        .iter()
        .map(|part| {
            let when =
                (part.written_at.timestamp_micros(), part.operation.as_str(), part.replaces.map(position));
            let whom =
                (part.date.to_string(), &part.supplier, &part.payee, part.amount.cents(), part.debt.as_str());
            let what =
                (&part.cup, &part.cig, part.sdi_id.map(SdiId::get), &part.invoice_number, part.invoice_year);
            let mut told = vec![
                json!(position(part.position)),
                json!(part.part),
                json!(when),
                json!(whom),
                json!(what),
                json!(part.iban),
            ];
            told.extend(part.whole.map(|whole| json!((whole.amount.cents(), whole.withheld.cents()))));
            told
        })
        .collect();
    let said: Vec<_> = said
        .iter()
        .map(|said| {
            let at = said.at.timestamp_micros();
            let mut told = vec![
                json!(said.exercise),
                json!(said.number),
                json!(said.progressive),
                json!(said.kind.as_str()),
                json!(at),
            ];
            told.extend(said.amount.map(|amount| json!(amount.cents())));
            told
        })
        .collect();
    sha256(serde_json::to_string(&(parts, said)).unwrap_or_default().as_bytes())
}

/// What was read of a document, as it is stored. Who tells it, and when a list was given, is not part of it.
pub(super) async fn read_of_file(
    connection: &mut SqliteConnection,
    (programme, comune, file): (&str, &str, &str),
) -> Result<PaymentDocuments, StoreError> {
    let of_file = "WHERE programme = $1 AND comune = $2 AND sha256 = $3 ORDER BY seq";
    let parts = format!("SELECT *, written_at AS holds_since FROM payment_parts {of_file}");
    let parts = sqlx::query_as(AssertSqlSafe(parts)).bind(programme).bind(comune).bind(file);
    let parts: Vec<PartRow> = parts.fetch_all(&mut *connection).await?;
    let said =
        format!("SELECT *, received_at AS listed_at, '{MESSAGE}' AS told_in FROM payment_outcomes {of_file}");
    let said = sqlx::query_as(AssertSqlSafe(said)).bind(programme).bind(comune).bind(file);
    let said: Vec<SaidRow> = said.fetch_all(&mut *connection).await?;
    Ok(PaymentDocuments {
        parts: parts.into_iter().map(|PartRow(part)| part).collect(),
        said: said.into_iter().map(|SaidRow(said)| said).collect(),
    })
}

/// Everything about the payments of a Comune.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaymentDocuments {
    /// Orders, in no particular order.
    pub parts: Vec<OrderedPart>,
    /// What the bank said.
    pub said: Vec<BankSaid>,
}

/// A decision of a person about two documents, named as in the reconciliation (`order:…`, `invoice:…`, `payment:…`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchDecision {
    /// Later decisions have a higher number.
    pub id: i64,
    /// The later document.
    pub from: String,
    /// The earlier document.
    pub to: String,
    /// What was said.
    pub saying: Saying,
    /// How much of it; none: whatever no other link takes.
    pub amount: Option<Money>,
    /// Why.
    pub reason: String,
    /// Who.
    pub decided_by: String,
    /// When.
    pub decided_at: DateTime<Utc>,
}

/// A message of the bank on single orders, among the kinds of documents.
pub const MESSAGE: &str = "esito";
/// The bank's journal of a day.
pub const JOURNAL: &str = "giornale";
/// A list of mandati.
pub const LIST: &str = "mandati";

/// What became of a document that was to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It was not here before.
    New,
    /// A list that was here before, given once more after another one: it holds again.
    Again,
    /// It was here, and nothing changes.
    Known,
}

impl Kept {
    /// True when it changes what stands.
    #[must_use]
    pub const fn is_taken(self) -> bool {
        matches!(self, Self::New | Self::Again)
    }
}

/// Orders of payment as known before a moment. Those of a list count from when the list was last given, as what it says does.
const PARTS_BEFORE: &str = "SELECT told.*, COALESCE((SELECT MAX(listing.listed_at) FROM payment_listings AS listing
     WHERE listing.programme = told.programme AND listing.comune = told.comune AND listing.sha256 = told.sha256
     AND listing.listed_at < $3), told.written_at) AS holds_since
     FROM payment_parts AS told WHERE told.programme = $1 AND told.comune = $2 AND told.received_at < $3";

/// What was said as known before a moment, in what kind of document, and when the list was last given that says it.
const SAID_BEFORE: &str = "SELECT told.*, file.kind AS told_in, (SELECT MAX(listing.listed_at)
     FROM payment_listings AS listing WHERE listing.programme = told.programme AND listing.comune = told.comune
     AND listing.sha256 = told.sha256 AND listing.listed_at < $3) AS listed_at
     FROM payment_outcomes AS told JOIN payment_files AS file
     ON file.programme = told.programme AND file.comune = told.comune AND file.sha256 = told.sha256
     WHERE told.programme = $1 AND told.comune = $2 AND told.received_at < $3";

const PARTS: &str = "payment_parts";
const OUTCOMES: &str = "payment_outcomes";
const FILES: &str = "payment_files";
const DECISIONS: &str = "match_decisions";

fn bad(table: &'static str, column: &'static str, value: String) -> sqlx::Error {
    let error = StoreError::Inconsistent { table, column, row: "-".into(), value };
    sqlx::Error::Decode(error.into())
}

fn whole<T: TryFrom<i64>>(
    row: &SqliteRow,
    table: &'static str,
    column: &'static str,
) -> Result<T, sqlx::Error> {
    let number: i64 = row.try_get(column)?;
    T::try_from(number).map_err(|_| bad(table, column, number.to_string()))
}

fn at(row: &SqliteRow, table: &'static str, column: &'static str) -> Result<DateTime<Utc>, sqlx::Error> {
    let micros: i64 = row.try_get(column)?;
    instant(Some(micros)).ok_or_else(|| bad(table, column, micros.to_string()))
}

struct PartRow(OrderedPart);

impl<'r> FromRow<'r, SqliteRow> for PartRow {
    fn from_row(row: &'r SqliteRow) -> Result<Self, sqlx::Error> {
        let text = |column: &str| row.try_get::<String, _>(column);
        let (operation, debt, date) = (text("operation")?, text("debt")?, text("mandato_date")?);
        let replaces: Option<String> = row.try_get("replaces")?;
        let (sdi_id, year): (Option<i64>, Option<i64>) =
            (row.try_get("sdi_id")?, row.try_get("invoice_year")?);
        let (whole_amount, withheld): (Option<i64>, Option<i64>) =
            (row.try_get("position_amount")?, row.try_get("withheld")?);
        Ok(Self(OrderedPart {
            position: PositionId {
                exercise: whole(row, PARTS, "exercise")?,
                number: whole(row, PARTS, "mandato")?,
                progressive: whole(row, PARTS, "progressive")?,
            },
            part: whole(row, PARTS, "part")?,
            written_at: at(row, PARTS, "holds_since")?,
            operation: MandatoOperation::from_word(&operation)
                .ok_or_else(|| bad(PARTS, "operation", operation))?,
            replaces: replaces
                .map(|text| position(&text).ok_or_else(|| bad(PARTS, "replaces", text)))
                .transpose()?,
            date: date.parse().map_err(|_| bad(PARTS, "mandato_date", date.clone()))?,
            supplier: text("supplier")?,
            payee: text("payee")?,
            amount: Money::from_cents(row.try_get("amount")?),
            debt: DebtKind::from_word(&debt).ok_or_else(|| bad(PARTS, "debt", debt))?,
            cup: row.try_get("cup")?,
            cig: row.try_get("cig")?,
            sdi_id: sdi_id
                .map(|number| SdiId::new(number).map_err(|_| bad(PARTS, "sdi_id", number.to_string())))
                .transpose()?,
            invoice_number: row.try_get("invoice_number")?,
            invoice_year: year.and_then(|year| u16::try_from(year).ok()),
            iban: row.try_get("iban")?,
            whole: whole_amount.zip(withheld).map(|(amount, withheld)| Whole {
                amount: Money::from_cents(amount),
                withheld: Money::from_cents(withheld),
            }),
        }))
    }
}

struct SaidRow(BankSaid);

impl<'r> FromRow<'r, SqliteRow> for SaidRow {
    fn from_row(row: &'r SqliteRow) -> Result<Self, sqlx::Error> {
        let (kind, told_in): (String, String) = (row.try_get("kind")?, row.try_get("told_in")?);
        let progressive: Option<i64> = row.try_get("progressive")?;
        Ok(Self(BankSaid {
            exercise: whole(row, OUTCOMES, "exercise")?,
            number: whole(row, OUTCOMES, "mandato")?,
            progressive: progressive
                .map(|number| {
                    u64::try_from(number).map_err(|_| bad(OUTCOMES, "progressive", number.to_string()))
                })
                .transpose()?,
            kind: OutcomeKind::from_word(&kind).ok_or_else(|| bad(OUTCOMES, "kind", kind))?,
            amount: row.try_get::<Option<i64>, _>("amount")?.map(Money::from_cents),
            at: at(row, OUTCOMES, "said_at")?,
            teller: match told_in.as_str() {
                MESSAGE => Teller::Message,
                JOURNAL => Teller::Journal,
                LIST => Teller::List(at(row, OUTCOMES, "listed_at")?),
                _ => return Err(bad(FILES, "kind", told_in)),
            },
            document: row.try_get("sha256")?,
        }))
    }
}

impl<'r> FromRow<'r, SqliteRow> for MatchDecision {
    fn from_row(row: &'r SqliteRow) -> Result<Self, sqlx::Error> {
        let verdict: String = row.try_get("verdict")?;
        Ok(Self {
            id: row.try_get("id")?,
            from: row.try_get("from_document")?,
            to: row.try_get("to_document")?,
            saying: Saying::from_name(&verdict).ok_or_else(|| bad(DECISIONS, "verdict", verdict))?,
            amount: row.try_get::<Option<i64>, _>("amount")?.map(Money::from_cents),
            reason: row.try_get("reason")?,
            decided_by: row.try_get("decided_by")?,
            decided_at: at(row, DECISIONS, "decided_at")?,
        })
    }
}

fn position(text: &str) -> Option<PositionId> {
    let mut words = text.split('/');
    let exercise = words.next()?.parse().ok()?;
    let number = words.next()?.parse().ok()?;
    let progressive = words.next()?.parse().ok()?;
    words.next().is_none().then_some(PositionId { exercise, number, progressive })
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Store {
    /// The documents of a Comune that came before a moment.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn payments(
        &self,
        programme: &str,
        comune: &IstatCode,
        before: DateTime<Utc>,
    ) -> Result<PaymentDocuments, StoreError> {
        let before = before.timestamp_micros();
        let parts = sqlx::query_as(PARTS_BEFORE).bind(programme).bind(comune.as_str()).bind(before);
        let parts: Vec<PartRow> = parts.fetch_all(self.reads()).await?;
        let said = sqlx::query_as(SAID_BEFORE).bind(programme).bind(comune.as_str()).bind(before);
        let said: Vec<SaidRow> = said.fetch_all(self.reads()).await?;
        Ok(PaymentDocuments {
            parts: parts.into_iter().map(|PartRow(part)| part).collect(),
            said: said.into_iter().map(|SaidRow(said)| said).collect(),
        })
    }

    /// Comuni of a programme that have an order, an invoice or a payment.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn comuni_with_documents(&self, programme: &str) -> Result<Vec<IstatCode>, StoreError> {
        let query = sqlx::query_scalar(
            "SELECT comune FROM participation WHERE programme = $1 AND (
             EXISTS (SELECT 1 FROM orders WHERE orders.programme = $1 AND orders.comune = participation.comune)
             OR EXISTS (SELECT 1 FROM invoices WHERE invoices.programme = $1 AND invoices.comune = participation.comune)
             OR EXISTS (SELECT 1 FROM payment_parts AS paid WHERE paid.programme = $1 AND paid.comune = participation.comune))
             ORDER BY comune",
        );
        let codes: Vec<String> = query.bind(programme).fetch_all(self.reads()).await?;
        let code = |code: String| {
            code.parse().map_err(|_| StoreError::Inconsistent {
                table: "participation",
                column: "comune",
                row: code.clone(),
                value: code.clone(),
            })
        };
        codes.into_iter().map(code).collect()
    }

    /// What people decided for a Comune before a moment, in the order of decisions.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn match_decisions(
        &self,
        programme: &str,
        comune: &IstatCode,
        before: DateTime<Utc>,
    ) -> Result<Vec<MatchDecision>, StoreError> {
        let query = sqlx::query_as(
            "SELECT * FROM match_decisions WHERE programme = $1 AND comune = $2 AND decided_at < $3 ORDER BY id",
        );
        let query = query.bind(programme).bind(comune.as_str()).bind(before.timestamp_micros());
        Ok(query.fetch_all(self.reads()).await?)
    }
}

impl Tx {
    /// Keeps a document and what was read of it, unless it is here. A list that a client posts again, with others in between,
    /// holds again; one that lies in a folder which is imported again does not.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn keep_payment_file(
        &mut self,
        new: &NewPaymentFile,
        at: DateTime<Utc>,
    ) -> Result<Kept, StoreError> {
        let written = sqlx::query(
            "INSERT INTO payment_files (sha256, programme, comune, kind, origin, file_name, received_at, file)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        )
        .bind(&new.sha256)
        .bind(&new.programme)
        .bind(new.comune.as_str())
        .bind(new.kind)
        .bind(new.origin)
        .bind(&new.file_name)
        .bind(at.timestamp_micros())
        .bind(&new.file)
        .execute(&mut self.connection)
        .await?;
        if written.rows_affected() == 0 {
            if new.kind != LIST || new.origin != "api" || self.is_last_list(new).await? {
                return Ok(Kept::Known);
            }
            self.insert_listing(new, at).await?;
            return Ok(Kept::Again);
        }
        if new.kind == LIST {
            self.insert_listing(new, at).await?;
        }
        for (seq, part) in (1i64..).zip(&new.parts) {
            self.insert_part(new, seq, part, at).await?;
        }
        for (seq, said) in (1i64..).zip(&new.said) {
            self.insert_said(new, seq, said, at).await?;
        }
        Ok(Kept::New)
    }

    async fn is_last_list(&mut self, list: &NewPaymentFile) -> Result<bool, StoreError> {
        let query = sqlx::query_scalar(
            "SELECT sha256 FROM payment_listings WHERE programme = $1 AND comune = $2
             ORDER BY listed_at DESC, id DESC LIMIT 1",
        );
        let query = query.bind(&list.programme).bind(list.comune.as_str());
        let last: Option<String> = query.fetch_optional(&mut self.connection).await?;
        Ok(last.as_ref() == Some(&list.sha256))
    }

    async fn insert_listing(&mut self, list: &NewPaymentFile, at: DateTime<Utc>) -> Result<(), StoreError> {
        let insert =
            "INSERT INTO payment_listings (programme, comune, sha256, listed_at) VALUES ($1, $2, $3, $4)";
        let query = sqlx::query(insert).bind(&list.programme).bind(list.comune.as_str()).bind(&list.sha256);
        query.bind(at.timestamp_micros()).execute(&mut self.connection).await?;
        Ok(())
    }

    async fn insert_part(
        &mut self,
        new: &NewPaymentFile,
        seq: i64,
        part: &OrderedPart,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let replaces =
            part.replaces.map(|other| format!("{}/{}/{}", other.exercise, other.number, other.progressive));
        sqlx::query(
            "INSERT INTO payment_parts (sha256, seq, programme, comune, exercise, mandato, progressive, part, written_at,
             operation, replaces, mandato_date, supplier, payee, amount, debt, cup, cig, sdi_id, invoice_number,
             invoice_year, iban, position_amount, withheld, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,
             $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)",
        )
        .bind(&new.sha256)
        .bind(seq)
        .bind(&new.programme)
        .bind(new.comune.as_str())
        .bind(i64::from(part.position.exercise))
        .bind(signed(part.position.number))
        .bind(signed(part.position.progressive))
        .bind(i64::from(part.part))
        .bind(part.written_at.timestamp_micros())
        .bind(part.operation.as_str())
        .bind(replaces)
        .bind(part.date.to_string())
        .bind(&part.supplier)
        .bind(&part.payee)
        .bind(part.amount.cents())
        .bind(part.debt.as_str())
        .bind(&part.cup)
        .bind(&part.cig)
        .bind(part.sdi_id.map(SdiId::get))
        .bind(&part.invoice_number)
        .bind(part.invoice_year.map(i64::from))
        .bind(&part.iban)
        .bind(part.whole.map(|whole| whole.amount.cents()))
        .bind(part.whole.map(|whole| whole.withheld.cents()))
        .bind(at.timestamp_micros())
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    async fn insert_said(
        &mut self,
        new: &NewPaymentFile,
        seq: i64,
        said: &BankSaid,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO payment_outcomes (sha256, seq, programme, comune, exercise, mandato, progressive, kind, amount,
             said_at, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(&new.sha256)
        .bind(seq)
        .bind(&new.programme)
        .bind(new.comune.as_str())
        .bind(i64::from(said.exercise))
        .bind(signed(said.number))
        .bind(said.progressive.map(signed))
        .bind(said.kind.as_str())
        .bind(said.amount.map(Money::cents))
        .bind(said.at.timestamp_micros())
        .bind(at.timestamp_micros())
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// What people decided about a document and an earlier one, in the order of decisions.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn decisions_from(
        &mut self,
        programme: &str,
        comune: &IstatCode,
        from: &str,
    ) -> Result<Vec<MatchDecision>, StoreError> {
        let query = sqlx::query_as(
            "SELECT * FROM match_decisions WHERE programme = $1 AND comune = $2 AND from_document = $3 ORDER BY id",
        );
        let query = query.bind(programme).bind(comune.as_str()).bind(from);
        Ok(query.fetch_all(&mut self.connection).await?)
    }

    /// Writes down what a person decided.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn decide_match(
        &mut self,
        programme: &str,
        comune: &IstatCode,
        decision: &MatchDecision,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO match_decisions (programme, comune, from_document, to_document, verdict, amount, reason,
             decided_by, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(programme)
        .bind(comune.as_str())
        .bind(&decision.from)
        .bind(&decision.to)
        .bind(decision.saying.as_str())
        .bind(decision.amount.map(Money::cents))
        .bind(&decision.reason)
        .bind(&decision.decided_by)
        .bind(decision.decided_at.timestamp_micros())
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::payment::story;

    #[test]
    fn what_was_read_before_amounts_were_kept_has_the_digest_of_before() {
        let without = BankSaid { at: DateTime::UNIX_EPOCH, ..story::tests::said(101, 1, OutcomeKind::Paid) };
        let with = BankSaid { amount: Some(Money::from_cents(1)), ..without.clone() };
        let before = sha256(br#"[[],[[2026,101,null,"PAGATO",0]]]"#);
        assert_eq!(seal(&[], std::slice::from_ref(&without)), before);
        assert_ne!(seal(&[], &[with]), before);
        let part = OrderedPart {
            written_at: DateTime::UNIX_EPOCH,
            date: DateTime::UNIX_EPOCH.date_naive(),
            supplier: "S".into(),
            payee: "P".into(),
            ..story::tests::part(101, 1, MandatoOperation::Insert, 100)
        };
        let before = br#"[[[[2026,101,1],1,[0,"INSERIMENTO",null],["1970-01-01","S","P",100,"COMMERCIALE"],[null,null,null,"1",null],null]],[]]"#;
        assert_eq!(seal(std::slice::from_ref(&part), &[]), sha256(before));
        let whole = Some(Whole { amount: part.amount, withheld: Money::ZERO });
        assert_ne!(seal(&[OrderedPart { whole, ..part }], &[]), sha256(before));
    }
}
