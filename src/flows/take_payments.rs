// SPDX-License-Identifier: EUPL-1.2
//! Taking in a document of payments: what it orders or what the bank says in it is kept part by part, beside the document. The
//! same document again changes nothing.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::answer;
use crate::app::App;
use crate::documents::opi::{OpiDocument, OpiFile, read_opi};
use crate::documents::{ReadError, ReadErrorKind};
use crate::domain::codice_ufficio::CodiceUfficio;
use crate::domain::found::Found;
use crate::domain::istat::IstatCode;
use crate::domain::payment::story::{BankSaid, OrderedPart, Teller, Whole};
use crate::domain::payment::{
    Class, Debt, DebtKind, InvoicePart, InvoiceRef, Mandato, OpiHead, PaymentFlow, PaymentOutcome, Position,
    PositionId,
};
use crate::domain::role::Act;
use crate::domain::sha256::sha256;
use crate::domain::text::Text;
use crate::error::Error;
use crate::flows::take_mandati::ReadMandati;
use crate::flows::{Change, Principal, once};
use crate::store::Tx;
use crate::store::audit::{Actor, Record, chain_of};
use crate::store::idempotency::Reply;
use crate::store::payments::{JOURNAL, Kept, MESSAGE, NewPaymentFile};

const OF_ANOTHER: Text = Text::new(
    "il documento è di un altro ente: il codice fiscale o l'ufficio non sono quelli del Comune",
    "the document is another body's: tax code or office are not those of the Comune",
);

const NOT_OURS: Text = Text::new(
    "l'ente che paga non è un Comune del programma",
    "the body that pays is not a Comune of the programme",
);

/// A document that was read.
#[derive(Debug, Clone)]
pub struct PaymentDocument {
    /// What it is.
    pub kind: &'static str,
    /// Whose it is.
    pub head: OpiHead,
    /// The orders in it.
    pub parts: Vec<OrderedPart>,
    /// What the bank says in it.
    pub said: Vec<BankSaid>,
    /// SHA-256 of its bytes.
    pub sha256: String,
}

/// Reads a document of OPI.
///
/// # Errors
/// [`Error::Unreadable`] when it is none, or breaks its schema where it matters.
pub fn read(app: &App, bytes: &[u8]) -> Result<PaymentDocument, Error> {
    let OpiFile { document, faults, .. } = read_opi(bytes, &app.limits)?;
    if !faults.is_empty() {
        return Err(Error::Unreadable(ReadError { kind: ReadErrorKind::Invalid, faults }));
    }
    let sha256 = sha256(bytes);
    let document = match document {
        OpiDocument::Flow(flow) => {
            let parts = parts(&flow);
            PaymentDocument { kind: "flusso", head: flow.head, parts, said: Vec::new(), sha256 }
        }
        OpiDocument::Outcomes(message) => {
            let said =
                message.outcomes.iter().map(|outcome| said(outcome, Teller::Message, &sha256)).collect();
            PaymentDocument { kind: MESSAGE, head: message.head, parts: Vec::new(), said, sha256 }
        }
        OpiDocument::Journal(page) => {
            let said = page.said(&sha256).collect();
            PaymentDocument { kind: JOURNAL, head: page.head, parts: Vec::new(), said, sha256 }
        }
        OpiDocument::Ack(ack) => {
            PaymentDocument { kind: "ack", head: ack.head, parts: Vec::new(), said: Vec::new(), sha256 }
        }
    };
    Ok(document)
}

impl PaymentDocument {
    /// The Comune whose document it is, by its tax code or, where it bears none, by its office and the settings.
    #[must_use]
    pub fn comune(&self, app: &App) -> Option<IstatCode> {
        let office: &CodiceUfficio = &self.head.office;
        match self.head.tax_code.is_empty() {
            false => app.reference.comuni.by_tax_code(&self.head.tax_code).map(|comune| comune.istat),
            true => app.settings.offices.get(office).copied(),
        }
    }

    /// As it is kept.
    #[must_use]
    pub fn file(
        self,
        programme: &str,
        comune: IstatCode,
        origin: &'static str,
        bytes: Option<Vec<u8>>,
    ) -> NewPaymentFile {
        NewPaymentFile {
            sha256: self.sha256,
            programme: programme.to_owned(),
            comune,
            kind: self.kind,
            origin,
            file_name: None,
            file: bytes,
            parts: self.parts,
            said: self.said,
        }
    }
}

/// Keeps a document on behalf of whoever runs the machine; answers whether it is new.
///
/// # Errors
/// [`Error::Conflict`] when its Comune is not in the programme; the store's.
pub(super) async fn keep_for_operator(app: &Arc<App>, file: NewPaymentFile) -> Result<bool, Error> {
    if app.store.participation(&app.programme.id, &file.comune).await?.is_none() {
        return Err(Error::Conflict(NOT_OURS));
    }
    let at = app.clock.now();
    let written =
        app.store.write(move |tx| Box::pin(async move { keep(tx, &file, &Actor::operator(), at).await }));
    Ok(written.await?)
}

pub(super) fn said(outcome: &PaymentOutcome, teller: Teller, document: &str) -> BankSaid {
    BankSaid {
        exercise: outcome.exercise,
        number: outcome.number,
        progressive: outcome.progressive,
        kind: outcome.kind,
        amount: outcome.amount,
        at: outcome.at,
        teller,
        document: document.to_owned(),
    }
}

/// Every part of an invoice that a flow pays; what is paid without an invoice is one part a class.
pub(super) fn parts(flow: &PaymentFlow) -> Vec<OrderedPart> {
    let mut parts = Vec::new();
    for (id, mandato, position) in flow.positions() {
        let first = parts.len();
        for class in &position.classes {
            let named =
                class.debts.iter().flat_map(|debt| debt.invoices.iter().map(move |part| (debt, part)));
            let before = parts.len();
            parts.extend(
                named.map(|(debt, part)| ordered(flow, (id, mandato, position), class, Some((debt, part)))),
            );
            if parts.len() == before {
                parts.push(ordered(flow, (id, mandato, position), class, None));
            }
        }
        for (number, part) in (1u32..).zip(parts.iter_mut().skip(first)) {
            part.part = number;
        }
    }
    parts
}

fn ordered(
    flow: &PaymentFlow,
    (id, mandato, position): (PositionId, &Mandato, &Position),
    class: &Class,
    named: Option<(&Debt, &InvoicePart)>,
) -> OrderedPart {
    let debt = named.map(|(debt, _)| debt).or_else(|| class.debts.first());
    let invoice = named.map(|(_, invoice)| invoice);
    let (issuer, year) = match invoice.map(|invoice| &invoice.document) {
        Some(InvoiceRef::Analogue { issuer, year }) => (Some(issuer.clone()), Some(*year)),
        Some(InvoiceRef::Electronic(_)) | None => (None, None),
    };
    let creditor = position.creditor.as_ref().unwrap_or(&position.payee);
    let code = issuer.or_else(|| creditor.vat.clone()).or_else(|| creditor.tax_code.clone());
    OrderedPart {
        position: id,
        part: 0,
        written_at: flow.head.created_at,
        operation: mandato.operation,
        replaces: position.replaces,
        date: mandato.date,
        supplier: code.map(|code| bare(&code)).unwrap_or_default(),
        payee: position.payee.name.clone(),
        amount: invoice.map_or(class.amount, |invoice| invoice.amount),
        debt: debt.map_or(DebtKind::NonCommercial, |debt| debt.kind),
        cup: class.cup.as_ref().map(code_of),
        cig: debt.and_then(|debt| debt.cig.as_ref()).map(code_of),
        sdi_id: invoice.and_then(|invoice| invoice.document.sdi()),
        invoice_number: invoice.map(|invoice| invoice.number.clone()),
        invoice_year: year,
        iban: position.iban.clone(),
        whole: Some(Whole { amount: position.amount, withheld: position.withheld }),
    }
}

/// An Italian VAT number without its country, which orders of payment may or may not write.
fn bare(code: &str) -> String {
    let code = code.trim();
    code.strip_prefix("IT").filter(|rest| rest.len() == 11).unwrap_or(code).to_owned()
}

/// A code in its canonical form, or as written when it is malformed.
fn code_of<T: ToString>(found: &Found<T>) -> String {
    found.ok().map_or_else(|| found.raw.clone(), ToString::to_string)
}

/// Keeps a document; answers whether it is new, or a list that holds again.
///
/// # Errors
/// When the store cannot be written.
pub async fn keep(
    tx: &mut Tx,
    file: &NewPaymentFile,
    actor: &Actor,
    at: DateTime<Utc>,
) -> Result<bool, crate::store::StoreError> {
    let kept = tx.keep_payment_file(file, at).await?;
    if kept.is_taken() {
        let (kind, origin, read) = (file.kind, file.origin, file.seal());
        let (parts, said) = (file.parts.len(), file.said.len());
        let programme = &file.programme;
        let detail = format!(
            "programme={programme} kind={kind} origin={origin} parts={parts} said={said} read={read}"
        );
        let record = Record {
            chain: chain_of(Some(&file.comune)),
            at,
            actor: actor.clone(),
            action: if kept == Kept::New { "payments.received" } else { "payments.listed_again" },
            subject: file.sha256.clone(),
            detail,
        };
        tx.audit(&[record]).await?;
    }
    Ok(kept.is_taken())
}

/// What a client says that it posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Posted {
    /// A document of OPI.
    Opi,
    /// A list of mandati: taken in whole or not at all.
    Mandati {
        /// A name by which its reader tells what it is.
        name: &'static str,
    },
}

/// Takes in a document that a client of a Comune posts. The same request again gets the same answer.
///
/// # Errors
/// When the caller may not, the document cannot be read or is another body's, the key belongs to another request, or the store
/// fails.
pub async fn post_payments(
    app: &Arc<App>,
    principal: &Principal,
    posted: Posted,
    body: &[u8],
    change: Change,
) -> Result<Reply, Error> {
    principal.must(Act::SubmitPayment)?;
    let comune = *principal.own_comune()?;
    let file = match posted {
        Posted::Opi => {
            let document = read(app, body)?;
            if document.comune(app) != Some(comune) {
                return Err(Error::Conflict(OF_ANOTHER));
            }
            document.file(&app.programme.id, comune, "api", Some(body.to_vec()))
        }
        Posted::Mandati { name } => {
            ReadMandati::read(app, comune, "api", name.into(), body.to_vec())?.valid()?
        }
    };
    let (actor, at) = (principal.actor(), change.at);
    once(app, &change, move |tx| {
        Box::pin(async move {
            let is_new = keep(tx, &file, &actor, at).await?;
            let status = if is_new { 201 } else { 200 };
            Ok(Reply { status, location: None, body: answer::payment_file(&file, is_new) })
        })
    })
    .await
}

/// Takes in a document on behalf of whoever runs the machine: whose it is, the document says. Answers what was kept of it and
/// whether it is new.
///
/// # Errors
/// [`Error::Unreadable`] when it is no document of OPI; [`Error::Conflict`] when it is not a Comune's of the programme; the
/// store's.
pub async fn import_document(
    app: &Arc<App>,
    name: String,
    bytes: Vec<u8>,
) -> Result<(NewPaymentFile, bool), Error> {
    let document = read(app, &bytes)?;
    let comune = document.comune(app).ok_or(Error::Conflict(NOT_OURS))?;
    let file = document.file(&app.programme.id, comune, "import", Some(bytes));
    let file = NewPaymentFile { file_name: Some(name), ..file };
    let is_new = keep_for_operator(app, file.clone()).await?;
    Ok((file, is_new))
}
