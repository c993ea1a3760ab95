// SPDX-License-Identifier: EUPL-1.2
//! Payments of a body as its documents tell them: what it ordered (*mandati*), what the bank did with each order, and the
//! bank's journal of a day. What could not be understood is kept beside what could; an order that could not be read whole is
//! not here at all, and the document's faults say so. No rule is applied here.
//!
//! # Keys
//! | from | to | by |
//! | --- | --- | --- |
//! | [`InvoicePart`] | invoice | `IdentificativoSdI` and number of the invoice; on paper issuer, year and number |
//! | [`PaymentOutcome`], [`Movement`] | [`Position`] | [`PositionId`]: exercise, number of the mandato, progressive of the payee |
//!
//! # Amounts
//! Whole cents of euro. Only [`InvoicePart::amount`] and [`Movement::amount`] may be below zero. What was paid of an invoice
//! is the sum over all its parts whose position the bank paid: under split payment the net amount stands in a commercial debt
//! and the VAT in a debt of kind [`Vat`](DebtKind::Vat), in one mandato or in two; a credit note is a negative part.

use chrono::{DateTime, NaiveDate, Utc};

use super::cig::CigOrExclusion;
use super::codice_ufficio::CodiceUfficio;
use super::cpv::Cpv;
use super::cup::Cup;
use super::found::Found;
use super::money::Money;
use super::sdi::SdiId;

pub mod discrepancy;
mod exclusion;
mod journal;
mod kinds;
mod outcome;
pub mod story;

pub use exclusion::exclusion_of_word;
pub use journal::{JournalDirection, JournalDocument, JournalOperation, JournalPage, Movement};
pub use kinds::{CreditNoteUse, DebtKind, ExpenseNature, MandatoOperation};
pub use outcome::{
    AckMessage, AckState, Effect, OutcomeError, OutcomeKind, OutcomeMessage, PaymentOutcome, Remark,
};

/// What every document of the OPI begins with (`testata_flusso`, `testata_messaggio`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpiHead {
    /// When the document was made (`data_ora_creazione_flusso`); a time without a zone is one in Italy.
    pub created_at: DateTime<Utc>,
    /// The office of the body in the index of public administrations (`codice_ente`).
    pub office: CodiceUfficio,
    /// Tax code of the body (`codice_fiscale_ente`), as written.
    pub tax_code: String,
}

/// Orders that a body gave to its bank in one document (`flusso_ordinativi`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentFlow {
    /// Who and when.
    pub head: OpiHead,
    /// The body's own name of the flow (`identificativo_flusso`): the same again is the same flow.
    pub id: String,
    /// The budget year the orders belong to (`esercizio`); numbers of mandati begin anew in each.
    pub exercise: u16,
    /// Orders of payment, in document order.
    pub mandates: Vec<Mandato>,
    /// How many orders of collection (`reversale`) stand beside them. What they collect from a payee is in
    /// [`Position::withheld`]; nothing else of them matters here.
    pub reversali: u32,
    /// How many mandati could not be read whole and are not in `mandates`. Unless it is zero no sum over the flow is sure.
    pub left_out: u32,
}

/// One order of payment (`mandato`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mandato {
    /// What the bank is asked to do (`tipo_operazione`).
    pub operation: MandatoOperation,
    /// Its number in the exercise (`numero_mandato`).
    pub number: u64,
    /// Its date (`data_mandato`).
    pub date: NaiveDate,
    /// Its amount (`importo_mandato`), stated; the positions should come to it.
    pub amount: Money,
    /// The act that allows it, as written (`estremi_provvedimento_autorizzativo`).
    pub act: Option<String>,
    /// Who is to be paid what (`informazioni_beneficiario`), in document order.
    pub positions: Vec<Position>,
}

/// Which position of which mandato: the key by which the bank answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PositionId {
    /// Budget year.
    pub exercise: u16,
    /// Number of the mandato.
    pub number: u64,
    /// Progressive of the payee in it.
    pub progressive: u64,
}

/// One payee of a mandato (`informazioni_beneficiario`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// Its number in the mandato (`progressivo_beneficiario`).
    pub progressive: u64,
    /// What it costs the body (`importo_beneficiario`), before what is withheld.
    pub amount: Money,
    /// The way of payment, as written (`tipo_pagamento`): `SEPA CREDIT TRANSFER`, `F24EP`, `REGOLARIZZAZIONE` ...
    pub method: String,
    /// Why (`causale`).
    pub cause: String,
    /// Who is paid (`beneficiario`).
    pub payee: Payee,
    /// Who the money is for, when that is another (`creditore_effettivo`).
    pub creditor: Option<Payee>,
    /// The account paid to (`sepa_credit_transfer/iban`), as written.
    pub iban: Option<String>,
    /// What is kept back from the payee and collected by reversali (sum of `ritenute/importo_ritenute`), VAT of split
    /// payment among it.
    pub withheld: Money,
    /// The transfer's own reference (`identificativo_end_to_end`).
    pub end_to_end: Option<String>,
    /// The position that this one takes the place of (`sostituzione_mandato`).
    pub replaces: Option<PositionId>,
    /// What the money is for (`classificazione`), in document order.
    pub classes: Vec<Class>,
}

/// Who is paid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Payee {
    /// Name (`anagrafica_beneficiario`).
    pub name: String,
    /// VAT number (`partita_iva_beneficiario`), as written.
    pub vat: Option<String>,
    /// Tax code (`codice_fiscale_beneficiario`), as written.
    pub tax_code: Option<String>,
}

/// What a part of the money is for (`classificazione`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Class {
    /// SIOPE code (`codice_cgu`).
    pub siope_code: String,
    /// The CUP (`codice_cup`); the schema takes any fifteen characters.
    pub cup: Option<Found<Cup>>,
    /// The CPV (`codice_cpv`).
    pub cpv: Option<Found<Cpv>>,
    /// How much of the position (`importo`).
    pub amount: Money,
    /// What it settles, in document order: a run of elements from one `tipo_debito_siope_*` to the next.
    pub debts: Vec<Debt>,
}

/// A debt that is settled, with its invoices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Debt {
    /// Its kind (`tipo_debito_siope_c`, `tipo_debito_siope_nc`).
    pub kind: DebtKind,
    /// The CIG (`codice_cig_siope`), or the exclusion that the word of `motivo_esclusione_cig_siope` stands for. A commercial
    /// debt has one of them, others may have none.
    pub cig: Option<Found<CigOrExclusion>>,
    /// What is paid of which invoices (`fattura_siope`), in document order.
    pub invoices: Vec<InvoicePart>,
}

/// What is paid of one invoice, or taken off for a credit note (`fattura_siope`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoicePart {
    /// The office the invoice was addressed to (`codice_ipa_ente_siope`), as written.
    pub office: String,
    /// Which document.
    pub document: InvoiceRef,
    /// Number given by the supplier (`numero_fattura_siope`).
    pub number: String,
    /// How much of it (`importo_siope`); below zero for a credit note.
    pub amount: Money,
    /// When it falls due (`data_scadenza_pagam_siope`).
    pub due: Option<NaiveDate>,
    /// Current or capital expense (`natura_spesa_siope`).
    pub nature: Option<ExpenseNature>,
    /// What became of a credit note (`utilizzo_nota_di_credito`).
    pub credit_note_use: Option<CreditNoteUse>,
}

/// By what an invoice is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvoiceRef {
    /// Carried by SdI: the number of the file (`identificativo_lotto_sdi_siope`), which may hold several invoices.
    Electronic(Found<SdiId>),
    /// Any other: tax code of who issued it and year (`codice_fiscale_emittente_siope`, `anno_emissione_fattura_siope`).
    Analogue {
        /// Tax code of the issuer, as written.
        issuer: String,
        /// Year of issue.
        year: u16,
    },
}

impl InvoiceRef {
    /// The number of the file, when SdI carried it and the number is one.
    #[must_use]
    pub fn sdi(&self) -> Option<SdiId> {
        match self {
            Self::Electronic(id) => id.ok().copied(),
            Self::Analogue { .. } => None,
        }
    }
}

impl PaymentFlow {
    /// Every position, with its key and its mandato, in document order.
    pub fn positions(&self) -> impl Iterator<Item = (PositionId, &Mandato, &Position)> {
        let exercise = self.exercise;
        self.mandates.iter().flat_map(move |mandato| {
            mandato.positions.iter().map(move |position| {
                let (number, progressive) = (mandato.number, position.progressive);
                (PositionId { exercise, number, progressive }, mandato, position)
            })
        })
    }
}

impl Mandato {
    /// Whether its positions come to the amount it states.
    #[must_use]
    pub fn is_sum_of_positions(&self) -> bool {
        Money::checked_sum(self.positions.iter().map(|position| position.amount)) == Some(self.amount)
    }
}

impl Position {
    /// What the payee receives: the amount less what is withheld.
    #[must_use]
    pub fn net(&self) -> Option<Money> {
        self.amount.checked_sub(self.withheld)
    }

    /// Every part of an invoice with the class and the debt it stands in, in document order.
    pub fn invoice_parts(&self) -> impl Iterator<Item = (&Class, &Debt, &InvoicePart)> {
        self.classes.iter().flat_map(|class| {
            let debts = class.debts.iter();
            debts.flat_map(move |debt| debt.invoices.iter().map(move |part| (class, debt, part)))
        })
    }

    /// Every CUP, in document order.
    pub fn cups(&self) -> impl Iterator<Item = &Found<Cup>> {
        self.classes.iter().filter_map(|class| class.cup.as_ref())
    }

    /// Every CIG or exclusion, in document order.
    pub fn cigs(&self) -> impl Iterator<Item = &Found<CigOrExclusion>> {
        self.classes.iter().flat_map(|class| &class.debts).filter_map(|debt| debt.cig.as_ref())
    }
}
