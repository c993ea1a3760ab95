// SPDX-License-Identifier: EUPL-1.2
//! Taking in files of invoices: file, invoices, kept answer and audit records of several files in one transaction.
//!
//! Each invoice is judged inside the transaction that stores it, on the facts as they stand there. Files that have nothing to do
//! with each other are read together and written together; one that may bear on another waits until that one is written.

use std::collections::HashSet;
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row};

use crate::domain::istat::IstatCode;
use crate::domain::sdi::SdiId;
use crate::store::audit::{self, Actor, Head, Record, chain_of};
use crate::store::idempotency::{self, IdempotencyKey, Known, Reply};
use crate::store::script::{Script, Value};
use crate::store::{StoreError, Tx};

use super::beside::{Beside, InvoiceKeys, read};
use super::{InvoiceRow, NewInvoiceFile, SELECT};

/// Judges the invoice of that place in its file, counted from 0, on what stands beside it. Called again when the transaction has
/// to be tried again, so it must do nothing else.
pub type Judge = Box<dyn Fn(usize, &Beside) -> JudgedInvoice + Send + Sync>;

/// The answer to give for the invoices of a file, which is new or was here before.
pub type Answer = Box<dyn Fn(&[InvoiceRow], bool) -> Reply + Send + Sync>;

/// A file to be taken in.
pub struct Taking {
    /// The request's key and its answer, when a request brought the file.
    pub asked: Option<(IdempotencyKey, Answer)>,
    /// The Comune in whose name it is taken in.
    pub comune: IstatCode,
    /// The file.
    pub file: NewInvoiceFile,
    /// Its invoices, in their order.
    pub invoices: Vec<InvoiceKeys>,
    /// The judgement to come.
    pub judge: Judge,
    /// What the audit chain keeps of its receipt.
    pub told: String,
    /// Who brings it.
    pub actor: Actor,
    /// When it came.
    pub at: DateTime<Utc>,
}

/// A judged invoice, ready to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgedInvoice {
    /// The invoice as it will stand.
    pub row: InvoiceRow,
    /// What the audit chain keeps of the judgement.
    pub told: String,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It is here, now or since before.
    Here {
        /// Its invoices as stored.
        invoices: Vec<InvoiceRow>,
        /// It was not here before.
        is_new: bool,
        /// The answer, when a request brought it.
        reply: Option<Reply>,
    },
    /// The same request was answered before: give that answer.
    Repeat(Reply),
    /// The key belongs to another request.
    KeyReused,
    /// Another Comune took the same document in.
    OfAnother,
    /// Its number at SdI is that of a file with other content.
    NumberOfAnother,
}

/// The kept answer, the end of the chain, the content of the file that has the number at SdI, and the invoices of the content.
static STANDING: LazyLock<[String; 4]> = LazyLock::new(|| {
    [
        idempotency::ASK.to_owned(),
        audit::ASK.to_owned(),
        "SELECT content_sha256 FROM invoice_files WHERE sdi_id = :own_sdi_id".to_owned(),
        format!("{SELECT} WHERE content_sha256 = :content ORDER BY position"),
    ]
});
const KEEP_FILE: &str = "INSERT INTO invoice_files (content_sha256, sha256, file_name, origin, signature, sdi_id, received_at, file)
     VALUES (:content, :sha256, :file_name, :origin, :signature, :sdi_id, :at, :file)";
/// Of a file that is here only its number at SdI is filled in, where it was missing.
const FILL_NUMBER: &str =
    "UPDATE invoice_files SET sdi_id = :sdi_id WHERE content_sha256 = :content AND sdi_id IS NULL";
const KEEP_INVOICE: &str = "INSERT INTO invoices (id, programme, comune, content_sha256, position, supplier, supplier_name, number,
     invoice_date, kind, class, cup, cig, net, vat, gross, payable, split_payment, order_id, corrects, verdict, findings, version,
     received_at, updated_at) VALUES (:id, :programme, :comune, :content, :position, :supplier, :supplier_name, :number,
     :invoice_date, :kind, :class, :cup, :cig, :net, :vat, :gross, :payable, :split_payment, :order_id, :corrects, :verdict,
     :findings, :version, :received_at, :updated_at)";

/// What stands in the store about a file.
struct Standing {
    known: Option<Known>,
    head: Head,
    /// The content of the file that has its number at SdI.
    content_of_number: Option<String>,
    /// Its invoices.
    there: Vec<InvoiceRow>,
}

/// What is to be written of a file until something has to be read again.
struct Writing {
    head: Head,
    script: Script,
    records: usize,
}

impl Tx {
    /// Takes files in, in the order given. The outcomes are in the same order.
    ///
    /// # Errors
    /// When the store cannot be read or written; then nothing is.
    pub async fn take(&mut self, files: &[Taking]) -> Result<Vec<Taken>, StoreError> {
        let mut taken = Vec::with_capacity(files.len());
        let mut rest = files;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(strangers(rest));
            taken.extend(self.take_strangers(now).await?);
            rest = later;
        }
        Ok(taken)
    }

    /// Takes in files of which none bears on another.
    async fn take_strangers(&mut self, files: &[Taking]) -> Result<Vec<Taken>, StoreError> {
        let scripts = files.iter().map(Taking::questions).collect();
        let answers = self.ask_all(scripts).await?;
        let mut standing = Vec::with_capacity(files.len());
        let mut beside = Vec::with_capacity(files.len());
        for (file, rows) in files.iter().zip(&answers) {
            let (about, first) = Standing::read(file, rows)?;
            standing.push(about);
            beside.push(first);
        }
        let own: Vec<Option<SdiId>> = files.iter().map(|file| file.file.sdi_id).collect();
        self.look_further(&mut beside, &own).await?;
        let mut taken = Vec::with_capacity(files.len());
        let mut scripts = Vec::with_capacity(files.len());
        for ((file, standing), first) in files.iter().zip(standing).zip(beside) {
            let (outcome, script) = self.take_one(file, standing, first).await?;
            taken.push(outcome);
            scripts.extend(script);
        }
        self.write_all(scripts).await?;
        Ok(taken)
    }

    /// Judges the invoices of a file; answers what is still to be written of it.
    async fn take_one(
        &mut self,
        file: &Taking,
        standing: Standing,
        first: Beside,
    ) -> Result<(Taken, Option<Script>), StoreError> {
        let new = &file.file;
        match standing.known {
            Some(Known::Repeat(reply)) => return Ok((Taken::Repeat(reply), None)),
            Some(Known::Reused) => return Ok((Taken::KeyReused, None)),
            None => {}
        }
        if standing.there.iter().any(|row| row.comune != file.comune) {
            return Ok((Taken::OfAnother, None));
        }
        if standing.content_of_number.is_some_and(|content| content != new.content_sha256) {
            return Ok((Taken::NumberOfAnother, None));
        }
        let mut writing = Writing { head: standing.head, script: Script::default(), records: 0 };
        let is_new = standing.there.is_empty();
        let mut invoices = standing.there;
        if is_new {
            writing.keep_file(file);
            let mut beside = first;
            for (place, keys) in file.invoices.iter().enumerate() {
                if place > 0 {
                    // What was judged before it in the same file counts.
                    self.write_all(writing.so_far()).await?;
                    beside = self.beside(keys).await?;
                }
                let judged = (file.judge)(place, &beside);
                writing.keep_invoice(file, &judged);
                invoices.push(judged.row);
            }
        } else if let Some(sdi_id) = new.sdi_id
            && invoices.iter().any(|row| row.sdi_id.is_none())
        {
            writing.fill_number(file);
            invoices.iter_mut().for_each(|row| row.sdi_id = Some(sdi_id));
        }
        let reply = file.asked.as_ref().map(|(key, answer)| {
            let reply = answer(&invoices, is_new);
            writing.keep_reply(key, &reply, file.at);
            reply
        });
        Ok((Taken::Here { invoices, is_new, reply }, writing.so_far().pop()))
    }
}

/// How many of the first files have nothing to do with each other: not one Comune, document, number at SdI or number of a
/// supplier is in two of them. At least one.
fn strangers(files: &[Taking]) -> usize {
    let mut touched = HashSet::new();
    let first_that_bears = files.iter().position(|file| !file.touches().all(|key| touched.insert(key)));
    first_that_bears.unwrap_or(files.len()).max(1)
}

impl Taking {
    fn touches(&self) -> impl Iterator<Item = (&str, &str, Option<SdiId>)> {
        let of_file = [(self.comune.as_str(), "", None), (&*self.file.content_sha256, "", None)];
        let of_invoices: HashSet<_> = self
            .invoices
            .iter()
            .flat_map(|keys| {
                std::iter::once(&keys.number).chain(&keys.invoices).map(move |number| (keys, number))
            })
            .map(|(keys, number)| (keys.supplier.as_deref().unwrap_or_default(), number.as_str(), None))
            .collect();
        let number = self.file.sdi_id.map(|number| ("", "", Some(number)));
        of_file.into_iter().chain(number).chain(of_invoices)
    }

    /// What has to be known before the first invoice is judged.
    fn questions(&self) -> Script {
        let mut script = Script::default();
        script.run(STANDING.iter());
        let key = self.asked.as_ref().map(|(key, _)| key);
        script.give([
            ("scope", Value::maybe(key.map(|key| &*key.scope))),
            ("key", Value::maybe(key.map(|key| &*key.key))),
            ("chain", Value::Text(chain_of(Some(&self.comune)))),
            ("own_sdi_id", Value::MaybeNumber(self.file.sdi_id.map(SdiId::get))),
            ("content", Value::of(&self.file.content_sha256)),
        ]);
        if let Some(first) = self.invoices.first() {
            first.ask(&mut script);
        }
        script
    }

    fn record(&self, action: &'static str, subject: &str, told: &str) -> Record {
        Record {
            chain: chain_of(Some(&self.comune)),
            at: self.at,
            actor: self.actor.clone(),
            action,
            subject: subject.to_owned(),
            detail: told.to_owned(),
        }
    }
}

impl Standing {
    fn read(file: &Taking, rows: &[Vec<SqliteRow>]) -> Result<(Self, Beside), StoreError> {
        let Some(([known, head, number, there], first)) = rows.split_first_chunk() else {
            return Err(StoreError::Changed);
        };
        let known = match (&file.asked, known.first()) {
            (Some((key, _)), Some(row)) => Some(key.compare_row(FromRow::from_row(row)?)),
            _ => None,
        };
        let content_of_number = number.first().map(|row| row.try_get(0)).transpose()?;
        let head = read(head)?.pop().map_or_else(Head::default, |(seq, hash)| Head { seq, hash });
        let first = if first.is_empty() { Beside::default() } else { Beside::read(first)? };
        Ok((Self { known, head, content_of_number, there: read(there)? }, first))
    }
}

impl Writing {
    /// Takes out what is to be written now, with the end of the chain.
    fn so_far(&mut self) -> Vec<Script> {
        if let Some(last) = self.records.checked_sub(1) {
            self.script.run_nth(audit::END, last);
        }
        self.records = 0;
        let script = std::mem::take(&mut self.script);
        if script.is_empty() { Vec::new() } else { vec![script] }
    }

    fn record(&mut self, record: Record) {
        let appended = self.head.append(record);
        self.script.run_nth(audit::APPEND, self.records);
        self.script.give(appended.values());
        self.records += 1;
    }

    fn keep_file(&mut self, taking: &Taking) {
        let new = &taking.file;
        self.script.run([KEEP_FILE]);
        self.script.give([
            ("content", Value::of(&new.content_sha256)),
            ("sha256", Value::of(&new.sha256)),
            ("file_name", Value::maybe(new.file_name.as_deref())),
            ("origin", Value::of(new.origin.as_str())),
            ("signature", Value::of(new.signature)),
            ("sdi_id", Value::MaybeNumber(new.sdi_id.map(SdiId::get))),
            ("file", Value::Bytes(new.file.clone())),
        ]);
        self.record(taking.record("invoices.received", &new.content_sha256, &taking.told));
    }

    fn fill_number(&mut self, taking: &Taking) {
        let new = &taking.file;
        self.script.run([FILL_NUMBER]);
        self.script.give([
            ("content", Value::of(&new.content_sha256)),
            ("sdi_id", Value::MaybeNumber(new.sdi_id.map(SdiId::get))),
        ]);
        self.record(taking.record("invoices.sdi_known", &new.content_sha256, &taking.told));
    }

    fn keep_invoice(&mut self, taking: &Taking, judged: &JudgedInvoice) {
        let row = &judged.row;
        self.record(taking.record("invoice.judged", &row.id, &judged.told));
        self.script.run([KEEP_INVOICE]);
        self.script.give(row.values());
    }

    fn keep_reply(&mut self, key: &IdempotencyKey, reply: &Reply, at: DateTime<Utc>) {
        self.script.run([idempotency::KEEP]);
        self.script.give(key.kept(reply));
        self.script.give([("at", Value::Number(at.timestamp_micros()))]);
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::finding::Verdict;
    use crate::domain::invoice::DocumentClass;
    use crate::store::invoices::Origin;
    use crate::store::script::tests::planned;

    use super::*;

    fn taking(comune: &str, content: &str, supplier: &str, number: &str) -> Taking {
        let comune: IstatCode = comune.parse().unwrap();
        let keys = InvoiceKeys {
            programme: "p".into(),
            comune,
            id: "i".into(),
            cig: None,
            supplier: Some(supplier.into()),
            number: number.into(),
            sdi_id: None,
            orders: vec!["1".into(), "2".into(), "3".into()],
            invoices: vec!["0".into()],
        };
        let file = NewInvoiceFile {
            content_sha256: content.into(),
            sha256: content.into(),
            file_name: None,
            origin: Origin::Api,
            signature: "absent",
            sdi_id: None,
            file: Vec::new(),
        };
        Taking {
            asked: None,
            comune,
            file,
            invoices: vec![keys],
            judge: Box::new(|_, _| unreachable!()),
            told: String::new(),
            actor: Actor::worker(),
            at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn only_files_that_have_nothing_in_common_are_read_together() {
        let first = || taking("001006", "a", "s", "7");
        let shared = |other: Taking| strangers(&[first(), other, taking("001007", "z", "z", "z")]);
        assert_eq!(shared(taking("001008", "b", "t", "7")), 3, "another supplier may use the same number");
        assert_eq!(shared(taking("001006", "b", "t", "8")), 1, "the same Comune");
        assert_eq!(shared(taking("001008", "a", "t", "8")), 1, "the same document");
        assert_eq!(shared(taking("001008", "b", "s", "7")), 1, "the same number of the same supplier");
        assert_eq!(shared(taking("001008", "b", "s", "0")), 1, "a number that the first one names");
        let numbered = |mut taking: Taking| {
            taking.file.sdi_id = SdiId::new(5).ok();
            taking
        };
        assert_eq!(strangers(&[numbered(first()), numbered(taking("001008", "b", "t", "8"))]), 1);
        assert_eq!(strangers(&[first()]), 1);
    }

    fn row() -> InvoiceRow {
        InvoiceRow {
            id: "i".into(),
            programme: "p".into(),
            comune: "001006".parse().unwrap(),
            content_sha256: "a".into(),
            position: 1,
            supplier: "s".into(),
            supplier_name: "S".into(),
            number: "7".into(),
            date: chrono::NaiveDate::MIN,
            kind: "TD01".into(),
            class: DocumentClass::Invoice,
            cup: None,
            cig: None,
            net: crate::domain::money::Money::ZERO,
            vat: crate::domain::money::Money::ZERO,
            gross: crate::domain::money::Money::ZERO,
            payable: crate::domain::money::Money::ZERO,
            split_payment: false,
            order_id: None,
            corrects: None,
            verdict: Verdict::Accepted,
            findings: Vec::new(),
            version: 1,
            received_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            sdi_id: None,
        }
    }

    /// What an invoice costs must not grow with the number of documents stored.
    #[tokio::test]
    async fn no_statement_scans_a_table() {
        let taking = taking("001006", "a", "s", "7");
        let mut writing = Writing { head: Head::default(), script: Script::default(), records: 0 };
        writing.keep_file(&taking);
        writing.keep_invoice(&taking, &JudgedInvoice { row: row(), told: String::new() });
        let key = IdempotencyKey { scope: String::new(), key: String::new(), body_sha256: String::new() };
        let reply = Reply { status: 201, location: None, body: String::new() };
        writing.keep_reply(&key, &reply, taking.at);
        let mut filling = Writing { head: Head::default(), script: Script::default(), records: 0 };
        filling.fill_number(&taking);
        let beside = Beside { invoices: vec![row()], ..Beside::default() };
        let further = beside.ask_further(SdiId::new(5).ok()).unwrap();
        let scripts =
            [Some(taking.questions()), Some(further), writing.so_far().pop(), filling.so_far().pop()];
        let text: String = scripts.into_iter().flatten().map(|script| script.text(2)).collect();
        let planned = planned(&text, &[]).await;
        assert_eq!(planned.statements, 2 * (4 + 4 + 3 + 6 + 3));
        assert!(
            planned.searches > 2 * 20,
            "the plan no longer reads as this test expects: {}",
            planned.searches
        );
    }
}
