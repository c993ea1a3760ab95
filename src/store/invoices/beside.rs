// SPDX-License-Identifier: EUPL-1.2
//! What the store knows beside an invoice, read in one round trip or two: the second only when there are other invoices, or a
//! number at SdI.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row};

use crate::domain::istat::IstatCode;
use crate::domain::sdi::SdiId;
use crate::store::orders::OrderRow;
use crate::store::participation::ParticipationRow;
use crate::store::payments::MatchDecision;
use crate::store::script::{Rows, Script, Value};
use crate::store::sdi::{self, SdiFile, SdiOutcome};
use crate::store::{StoreError, Tx};

use super::{InvoiceRow, SELECT};

/// How many numbers that an invoice names are looked up, its own among those of invoices: a statement takes so many values and
/// no more. An order that is named only after so many others is found by its CIG, or by a person.
pub const NAMED_MAX: usize = 256;

/// By what the store finds what stands beside an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceKeys {
    /// Programme.
    pub programme: String,
    /// The Comune in whose name it stands.
    pub comune: IstatCode,
    /// Its id; what people said of it is kept under it.
    pub id: String,
    /// The one CIG, if there is one.
    pub cig: Option<String>,
    /// Key of the supplier, if it has any code.
    pub supplier: Option<String>,
    /// Number given by the supplier.
    pub number: String,
    /// Number of its file at SdI, where known.
    pub sdi_id: Option<SdiId>,
    /// Numbers of orders that it names; of more than [`NAMED_MAX`] only the first are looked up.
    pub orders: Vec<String>,
    /// Numbers of invoices that it names; the same holds.
    pub invoices: Vec<String>,
}

/// What the store knows beside an invoice. The invoices are more than those asked for; the invoice itself may be among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside {
    /// What people said of the invoice, in the order of decisions.
    pub decisions: Vec<MatchDecision>,
    /// The Comune in the programme.
    pub participation: Option<ParticipationRow>,
    /// Orders of the Comune that the invoice may mean: those with its CIG or a number that it names, and those people spoke of.
    /// What never was an order, because it was refused or is incomplete, is not among them: it may be sent any number of times.
    pub orders: Vec<OrderRow>,
    /// The documents of these orders, by id.
    pub documents: HashMap<String, Vec<u8>>,
    /// Invoices of these orders, invoices of the supplier under this number or one it names, and what takes those back; by
    /// arrival.
    pub invoices: Vec<InvoiceRow>,
    /// The files of the invoices of these orders, by the digest of their content.
    pub files: HashMap<String, Vec<u8>>,
    /// Files at SdI of the invoice and of those beside it.
    pub sdi_files: Vec<SdiFile>,
    /// Outcomes given of these.
    pub sdi_outcomes: Vec<SdiOutcome>,
}

/// Orders that the invoice may mean, some of them more than once: it is a set to look in. Live and dead orders have an index each.
const MEANT: &str = "
    SELECT id FROM orders WHERE live = 1 AND programme = :programme AND comune = :comune AND cig = :cig
    UNION ALL SELECT id FROM orders WHERE live = 0 AND programme = :programme AND comune = :comune AND cig = :cig
    UNION ALL SELECT id FROM orders WHERE live = 1 AND programme = :programme AND comune = :comune AND number IN (:order*)
    UNION ALL SELECT id FROM orders WHERE live = 0 AND programme = :programme AND comune = :comune AND number IN (:order*)
    UNION ALL SELECT SUBSTR(to_document, 7) FROM match_decisions WHERE programme = :programme AND comune = :comune
    AND from_document = :from AND SUBSTR(to_document, 1, 6) = 'order:'";

/// Decisions, the Comune, orders with their documents, invoices.
static BESIDE: LazyLock<[String; 4]> = LazyLock::new(|| {
    [
        "SELECT * FROM match_decisions WHERE programme = :programme AND comune = :comune AND from_document = :from
         ORDER BY id"
            .to_owned(),
        "SELECT * FROM participation WHERE programme = :programme AND comune = :comune".to_owned(),
        format!(
            "SELECT orders.*, document.bytes AS bytes FROM orders LEFT JOIN document ON document.order_id = orders.id
             WHERE orders.comune = :comune AND orders.state NOT IN ('refused', 'incomplete') AND orders.id IN ({MEANT})
             ORDER BY orders.id"
        ),
        format!(
            "{SELECT} WHERE invoices.id IN (
             SELECT id FROM invoices WHERE order_id IN ({MEANT})
             UNION ALL SELECT id FROM invoices WHERE supplier = :supplier AND number IN (:number*)
             UNION ALL SELECT id FROM invoices WHERE corrects IN (
             SELECT id FROM invoices WHERE supplier = :supplier AND number IN (:number*)))
             ORDER BY invoices.received_at, invoices.id"
        ),
    ]
});

/// Files by the digest of their content.
const CONTENTS: &str = "SELECT content_sha256, file FROM invoice_files WHERE content_sha256 IN (:content*)";

impl InvoiceKeys {
    /// The questions of [`Beside`].
    pub(super) fn ask(&self, script: &mut Script) {
        script.run(BESIDE.iter());
        script.give([
            ("programme", Value::of(&self.programme)),
            ("comune", Value::of(self.comune.as_str())),
            ("from", Value::Text(format!("invoice:{}", self.id))),
            ("cig", Value::maybe(self.cig.as_deref())),
            ("supplier", Value::maybe(self.supplier.as_deref())),
        ]);
        script.give(listed("order", self.orders.iter().take(NAMED_MAX)));
        script.give(listed("number", std::iter::once(&self.number).chain(&self.invoices).take(NAMED_MAX)));
    }
}

/// A list of values, filled up with nothing to a power of two, so that there are few texts.
fn listed<'v>(
    name: &'static str,
    values: impl Iterator<Item = &'v String>,
) -> impl Iterator<Item = (&'static str, Value)> {
    let mut values: Vec<Option<&String>> = values.map(Some).collect();
    values.resize(values.len().next_power_of_two(), None);
    let value = move |value: Option<&String>| (name, Value::maybe(value.map(String::as_str)));
    values.into_iter().map(value).collect::<Vec<_>>().into_iter()
}

/// The rows of a statement, read.
pub(super) fn read<T: for<'r> FromRow<'r, SqliteRow>>(rows: &[SqliteRow]) -> Result<Vec<T>, StoreError> {
    rows.iter().map(|row| T::from_row(row).map_err(StoreError::from)).collect()
}

impl Beside {
    /// What the questions of [`InvoiceKeys::ask`] came to.
    pub(super) fn read(answers: &[Vec<SqliteRow>]) -> Result<Self, StoreError> {
        let [decisions, participation, orders, invoices] = answers else { return Err(StoreError::Changed) };
        let mut beside = Self {
            decisions: read(decisions)?,
            participation: read(participation)?.pop(),
            orders: read(orders)?,
            invoices: read(invoices)?,
            ..Self::default()
        };
        for (row, order) in orders.iter().zip(&beside.orders) {
            let bytes: Option<Vec<u8>> = row.try_get("bytes")?;
            beside.documents.extend(bytes.map(|bytes| (order.id.clone(), bytes)));
        }
        Ok(beside)
    }

    /// The questions that follow from the answers, if any do.
    pub(super) fn ask_further(&self, own: Option<SdiId>) -> Option<Script> {
        let of_orders = |row: &&InvoiceRow| {
            row.order_id.as_ref().is_some_and(|id| self.orders.iter().any(|order| order.id == *id))
        };
        let contents: BTreeSet<&String> =
            self.invoices.iter().filter(of_orders).map(|row| &row.content_sha256).collect();
        let numbers: BTreeSet<i64> = own
            .into_iter()
            .chain(self.invoices.iter().filter_map(|row| row.sdi_id))
            .map(SdiId::get)
            .collect();
        if contents.is_empty() && numbers.is_empty() {
            return None;
        }
        let mut script = Script::default();
        script.run([CONTENTS, &sdi::FILES, &sdi::OUTCOMES]);
        script.give(listed("content", contents.into_iter()));
        let mut numbers: Vec<Option<i64>> = numbers.into_iter().map(Some).collect();
        numbers.resize(numbers.len().next_power_of_two(), None);
        script.give(numbers.into_iter().map(|number| ("sdi_id", Value::MaybeNumber(number))));
        Some(script)
    }

    /// What the questions of [`Self::ask_further`] came to.
    pub(super) fn read_further(&mut self, answers: &Rows) -> Result<(), StoreError> {
        let [files, sdi_files, outcomes] = answers.as_slice() else { return Err(StoreError::Changed) };
        self.files = read::<(String, Vec<u8>)>(files)?.into_iter().collect();
        self.sdi_files = read(sdi_files)?;
        self.sdi_outcomes = read(outcomes)?;
        Ok(())
    }
}

impl Tx {
    /// What the store knows beside an invoice, as of this transaction.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn beside(&mut self, keys: &InvoiceKeys) -> Result<Beside, StoreError> {
        let mut script = Script::default();
        keys.ask(&mut script);
        let answers = self.ask_all(vec![script]).await?;
        let mut beside = vec![Beside::read(answers.first().map_or(&[], Vec::as_slice))?];
        self.look_further(&mut beside, &[keys.sdi_id]).await?;
        beside.pop().ok_or(StoreError::Changed)
    }

    /// Completes what is known beside several invoices, whose own numbers at SdI these are.
    pub(super) async fn look_further(
        &mut self,
        beside: &mut [Beside],
        own: &[Option<SdiId>],
    ) -> Result<(), StoreError> {
        let further = beside.iter().zip(own).map(|(beside, own)| beside.ask_further(*own));
        let (places, scripts): (Vec<usize>, Vec<Script>) =
            further.enumerate().filter_map(|(place, script)| Some((place, script?))).unzip();
        let answers = self.ask_all(scripts).await?;
        for (place, rows) in places.into_iter().zip(&answers) {
            if let Some(beside) = beside.get_mut(place) {
                beside.read_further(rows)?;
            }
        }
        Ok(())
    }
}
