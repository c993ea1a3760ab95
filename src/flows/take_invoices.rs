// SPDX-License-Identifier: EUPL-1.2
//! Taking in a file of invoices, whichever way it came: each is judged on the facts of the transaction that stores it. The same
//! document again, signed or not, is the same document.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::answer::{self, Lang};
use crate::app::App;
use crate::documents::{
    DocumentFault, ReadError, ReadErrorKind, SignedInvoices, opened, read_invoices, read_opened_invoices,
};
use crate::domain::finding::{Finding, Verdict};
use crate::domain::invoice::Invoice;
use crate::domain::istat::IstatCode;
use crate::domain::role::Act;
use crate::domain::sdi::SdiId;
use crate::domain::sha256::sha256;
use crate::domain::text::Text;
use crate::error::Error;
use crate::flows::judge_invoice::judge_on;
use crate::flows::{Change, Principal};
use crate::rules::invoice::facts::SignatureFacts;
use crate::store::audit::{Actor, Record, chain_of};
use crate::store::idempotency::Reply;
use crate::store::invoices::beside::Beside;
use crate::store::invoices::take::{JudgedInvoice, Taken, Taking};
use crate::store::invoices::{InvoiceRow, NewInvoiceFile, Origin};
use crate::store::{StoreError, Tx};

mod gather;
mod order;

/// A file as it comes.
#[derive(Debug, Clone)]
pub struct Arrival<'b> {
    /// Its bytes.
    pub bytes: &'b [u8],
    /// SHA-256 of these; who sends a request has taken it already.
    pub sha256: String,
    /// Its name, where it has one.
    pub file_name: Option<String>,
    /// By which way it comes.
    pub origin: Origin,
    /// Its number at SdI, where known.
    pub sdi_id: Option<SdiId>,
}

/// A file that was read, with all that taking it in needs.
#[derive(Debug, Clone)]
pub struct Delivery {
    read: SignedInvoices,
    file: NewInvoiceFile,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenIn {
    /// Its invoices as stored.
    pub invoices: Vec<InvoiceRow>,
    /// It was not here before.
    pub is_new: bool,
}

const OF_ANOTHER_COMUNE: Text = Text::new(
    "il documento è già stato acquisito da un altro ente",
    "the document was taken in by another body before",
);
const TO_ANOTHER_COMUNE: Text = Text::new(
    "la fattura è intestata a un altro Comune: solo quello può registrarla",
    "the invoice is addressed to another Comune: only that one can take it in",
);
const NUMBER_OF_ANOTHER: Text = Text::new(
    "il numero SdI è già di un file con altro contenuto: verificare i metadati",
    "the number at SdI is already that of a file with other content: check the metadata",
);
const NO_INVOICE: Text = Text::new(
    "nessuna fattura leggibile: mancano tipo, data o numero",
    "no invoice that can be read: kind, date or number are missing",
);

impl Delivery {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when it is no file of invoices, or none of its invoices can be told from others.
    pub fn read(app: &App, arrival: Arrival<'_>) -> Result<Self, Error> {
        debug_assert_eq!(arrival.sha256, sha256(arrival.bytes), "of the file, not of a request about it");
        let opened = opened(arrival.bytes, &app.limits)?;
        let read = read_opened_invoices(&opened, &app.limits)?;
        if read.file.invoices.is_empty() && !read.file.faults.is_empty() {
            return Err(invalid(read.file.faults));
        }
        if read.file.invoices.is_empty() {
            let pointer = "/FatturaElettronica".to_owned();
            return Err(Error::Invalid { pointer, reason: NO_INVOICE });
        }
        let is_bare = std::ptr::eq(&*opened.content, arrival.bytes);
        let content_sha256 = if is_bare { arrival.sha256.clone() } else { sha256(&opened.content) };
        let file = NewInvoiceFile {
            content_sha256,
            sha256: arrival.sha256,
            file_name: arrival.file_name,
            origin: arrival.origin,
            signature: SignatureFacts::of(&read.signatures).as_str(),
            sdi_id: arrival.sdi_id,
            file: arrival.bytes.to_vec(),
        };
        Ok(Self { read, file })
    }

    /// The same, when it keeps its schema.
    ///
    /// # Errors
    /// [`Error::Unreadable`] with every fault.
    pub fn valid(self) -> Result<Self, Error> {
        if self.read.file.faults.is_empty() { Ok(self) } else { Err(invalid(self.read.file.faults)) }
    }

    /// The Comune that the buyer's code names.
    #[must_use]
    pub fn comune(&self, app: &App) -> Option<IstatCode> {
        let code = self.read.file.header.buyer.body_code()?;
        app.reference.comuni.by_tax_code(code).map(|comune| comune.istat)
    }

    /// SHA-256 of what is inside its signatures.
    #[must_use]
    pub fn content_sha256(&self) -> &str {
        &self.file.content_sha256
    }

    /// The file as the store takes it in, in the name of a Comune: each of its invoices will be judged as things stand then.
    fn taking(self, app: &Arc<App>, comune: &IstatCode, actor: Actor, at: DateTime<Utc>) -> Taking {
        let Self { read, file } = self;
        let sdi = file.sdi_id.map_or_else(|| "-".to_owned(), |id| id.to_string());
        let invoices = &read.file.invoices;
        let told = format!(
            "sha256={} origin={} sdi={sdi} invoices={}",
            file.sha256,
            file.origin.as_str(),
            invoices.len()
        );
        let rows: Vec<InvoiceRow> =
            invoices.iter().map(|invoice| row(app, &file, invoice, comune, at)).collect();
        let keys = invoices.iter().zip(&rows).map(|(invoice, row)| gather::keys(invoice, row)).collect();
        let app = Arc::clone(app);
        let judge = move |place: usize, beside: &Beside| {
            let (invoice, row) = (&read.file.invoices[place], rows[place].clone());
            let row = judged(&app, &read, invoice, row, beside, at);
            JudgedInvoice { told: told_of(&row), row }
        };
        Taking { asked: None, comune: *comune, file, invoices: keys, judge: Box::new(judge), told, actor, at }
    }
}

/// Takes in a file that a client of a Comune posts. The same request again gets the same answer.
///
/// # Errors
/// When the caller may not, the document cannot be read or breaks its schema or is addressed to another Comune, the key belongs
/// to another request, or the store fails. An invoice that is read is stored and answered, refused or not.
pub async fn post_invoices(
    app: &Arc<App>,
    principal: &Principal,
    body: &[u8],
    change: Change,
) -> Result<Reply, Error> {
    principal.must(Act::SubmitInvoice)?;
    let comune = *principal.own_comune()?;
    let sha256 = change.idempotency.body_sha256.clone();
    let arrival = Arrival { bytes: body, sha256, file_name: None, origin: Origin::Api, sdi_id: None };
    let delivery = Delivery::read(app, arrival)?.valid()?;
    if delivery.comune(app).is_some_and(|buyer| buyer != comune) {
        return Err(Error::Conflict(TO_ANOTHER_COMUNE));
    }
    let mut taking = delivery.taking(app, &comune, principal.actor(), change.at);
    let (shared, lang) = (Arc::clone(app), change.lang);
    let answer = move |invoices: &[InvoiceRow], is_new: bool| reply(&shared, invoices, is_new, lang);
    taking.asked = Some((change.idempotency, Box::new(answer)));
    match app.store.take(taking).await? {
        Taken::Here { reply: Some(reply), .. } | Taken::Repeat(reply) => Ok(reply),
        other => Err(refusal(&other)),
    }
}

/// The invoice of that id, if the caller may see it; one of another Comune does not exist for the caller.
///
/// # Errors
/// [`Error::NotFound`], or the store's.
pub async fn visible_invoice(app: &App, principal: &Principal, id: &str) -> Result<InvoiceRow, Error> {
    let invoice = app.store.invoice(id).await?.filter(|invoice| invoice.programme == app.programme.id);
    invoice.filter(|invoice| principal.reaches(&invoice.comune)).ok_or(Error::NotFound)
}

/// A document that breaks its schema.
fn invalid(faults: Vec<DocumentFault>) -> Error {
    Error::Unreadable(ReadError { kind: ReadErrorKind::Invalid, faults })
}

fn reply(app: &App, invoices: &[InvoiceRow], is_new: bool, lang: Lang) -> Reply {
    let location = match invoices {
        [only] => answer::invoice_url(app, &only.id),
        _ => answer::invoices_url(app),
    };
    let status = if is_new { 201 } else { 200 };
    Reply { status, location: Some(location), body: answer::invoice_file(app, invoices, lang) }
}

/// Stores a file and its invoices in the name of a Comune, each judged as things stand now. A file that is here already stays
/// as it is; only its number at SdI is filled in where it was missing.
///
/// # Errors
/// [`Error::Conflict`] when another Comune took the same document in, or its number at SdI is that of another file; the store's.
pub async fn take_in(
    app: &Arc<App>,
    tx: &mut Tx,
    delivery: Delivery,
    comune: &IstatCode,
    actor: Actor,
    at: DateTime<Utc>,
) -> Result<TakenIn, Error> {
    let mut taken = tx.take(&[delivery.taking(app, comune, actor, at)]).await?;
    match taken.pop() {
        Some(Taken::Here { invoices, is_new, .. }) => Ok(TakenIn { invoices, is_new }),
        Some(other) => Err(refusal(&other)),
        None => Err(StoreError::Changed.into()),
    }
}

/// Why a file was not taken in.
fn refusal(taken: &Taken) -> Error {
    match taken {
        Taken::KeyReused => Error::KeyReused,
        Taken::OfAnother => Error::Conflict(OF_ANOTHER_COMUNE),
        Taken::NumberOfAnother => Error::Conflict(NUMBER_OF_ANOTHER),
        // An answer that nobody asked for, or none where one was asked for.
        Taken::Here { .. } | Taken::Repeat(_) => StoreError::Changed.into(),
    }
}

/// Judges a stored invoice again on the facts of the transaction, and stores the judgement if it comes to something else.
///
/// # Errors
/// When its document can no longer be read, or the store cannot be written.
pub(super) async fn judge_again(
    app: &App,
    tx: &mut Tx,
    row: &InvoiceRow,
    actor: &Actor,
    at: DateTime<Utc>,
) -> Result<InvoiceRow, Error> {
    let bytes = tx.invoice_file(&row.content_sha256).await?.ok_or(Error::NotFound)?;
    let read = read_invoices(&bytes, &app.limits)?;
    let is_it = |invoice: &&Invoice| invoice.position == row.position;
    let invoice = read.file.invoices.iter().find(is_it).ok_or(Error::NotFound)?;
    let beside = tx.beside(&gather::keys(invoice, row)).await?;
    let judged = judged(app, &read, invoice, row.clone(), &beside, at);
    if judged == *row {
        return Ok(judged);
    }
    tx.rejudge_invoice(&judged, at).await?;
    let told = told_of(&judged);
    tx.audit(&[record(&judged.comune, actor, "invoice.judged", judged.id.clone(), told, at)]).await?;
    Ok(InvoiceRow { version: row.version.saturating_add(1), updated_at: at, ..judged })
}

/// What the audit chain keeps of a judgement. Names and numbers stay out of it: the seal vouches for them.
fn told_of(row: &InvoiceRow) -> String {
    let is_heavy = |finding: &&Finding| Verdict::of([finding.severity]) != Verdict::Accepted;
    let rules: Vec<&str> =
        row.findings.iter().filter(is_heavy).map(|finding| finding.rule.as_ref()).collect();
    let rules = if rules.is_empty() { "-".to_owned() } else { rules.join(",") };
    let order = row.order_id.as_deref().unwrap_or("-");
    format!("verdict={} order={order} rules={rules} row={}", row.verdict.as_str(), row.seal())
}

/// An invoice before it was judged.
fn row(
    app: &App,
    file: &NewInvoiceFile,
    invoice: &Invoice,
    comune: &IstatCode,
    at: DateTime<Utc>,
) -> InvoiceRow {
    InvoiceRow {
        id: app.clock.new_id().to_string(),
        programme: app.programme.id.clone(),
        comune: *comune,
        content_sha256: file.content_sha256.clone(),
        position: invoice.position,
        supplier: invoice.header.supplier.key().unwrap_or_default(),
        supplier_name: invoice.header.supplier.name.clone(),
        number: invoice.number.clone(),
        date: invoice.date,
        kind: invoice.kind.as_str().to_owned(),
        class: invoice.kind.class(),
        cup: invoice.cup().map(ToString::to_string),
        cig: invoice.cig().map(ToString::to_string),
        net: invoice.net().unwrap_or_default(),
        vat: invoice.vat().unwrap_or_default(),
        gross: invoice.gross().unwrap_or_default(),
        payable: invoice.payable().unwrap_or_default(),
        split_payment: invoice.is_split_payment(),
        order_id: None,
        corrects: None,
        verdict: Verdict::Incomplete,
        findings: Vec::new(),
        version: 1,
        received_at: at,
        updated_at: at,
        sdi_id: file.sdi_id,
    }
}

/// An invoice with what a judgement of it comes to.
fn judged(
    app: &App,
    read: &SignedInvoices,
    invoice: &Invoice,
    row: InvoiceRow,
    beside: &Beside,
    at: DateTime<Utc>,
) -> InvoiceRow {
    let gathered = gather::facts(app, &read.signatures, (invoice, &row), beside, at);
    let faults = &read.file.faults;
    let judgement = judge_on(invoice, faults, &gathered.facts, &app.programme, &app.reference);
    InvoiceRow {
        order_id: gathered.order_id,
        corrects: gathered.corrects,
        verdict: judgement.verdict,
        findings: judgement.findings,
        ..row
    }
}

fn record(
    comune: &IstatCode,
    actor: &Actor,
    action: &'static str,
    subject: String,
    detail: String,
    at: DateTime<Utc>,
) -> Record {
    Record { chain: chain_of(Some(comune)), at, actor: actor.clone(), action, subject, detail }
}
