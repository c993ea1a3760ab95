// SPDX-License-Identifier: EUPL-1.2
//! What the money of a position is for: codes, debts, parts of invoices.

use std::borrow::Cow;

use chrono::NaiveDate;

use super::{Told, filled, money, once, word, year};
use crate::documents::dates;
use crate::documents::opi::shape::Slot;
use crate::domain::cig::CigOrExclusion;
use crate::domain::cpv::Cpv;
use crate::domain::cup::Cup;
use crate::domain::found::Found;
use crate::domain::money::Money;
use crate::domain::payment::{
    Class, CreditNoteUse, Debt, DebtKind, ExpenseNature, InvoicePart, InvoiceRef, exclusion_of_word,
};
use crate::domain::sdi::SdiId;
use crate::domain::text::{Bilingual, Text};

/// A class in the making.
#[derive(Debug, Default)]
pub(super) struct ClassDraft {
    /// Where it stands.
    path: String,
    siope_code: String,
    cup: Option<Found<Cup>>,
    cpv: Option<Found<Cpv>>,
    amount: Option<Money>,
    debts: Vec<Debt>,
    /// How many CIG, reasons and invoices stood so far, in all debts.
    cigs: usize,
    exclusions: usize,
    invoices: usize,
    part: PartDraft,
    is_broken: bool,
}

/// A part of an invoice in the making.
#[derive(Debug, Default)]
struct PartDraft {
    office: String,
    sdi: Option<Found<SdiId>>,
    issuer: String,
    year: Option<u16>,
    number: String,
    amount: Option<Money>,
    due: Option<NaiveDate>,
    nature: Option<ExpenseNature>,
    credit_note_use: Option<CreditNoteUse>,
}

impl ClassDraft {
    pub(super) fn new(path: String) -> Self {
        Self { path, ..Self::default() }
    }

    pub(super) fn finish(self) -> Option<Class> {
        Some(Class {
            siope_code: self.siope_code,
            cup: self.cup,
            cpv: self.cpv,
            amount: self.amount?,
            debts: self.debts,
        })
        .filter(|class| !self.is_broken && !class.debts.is_empty())
    }

    pub(super) fn enter(&mut self, slot: Slot) {
        if slot == Slot::Part {
            self.invoices = self.invoices.saturating_add(1);
            self.part = PartDraft::default();
        }
    }

    pub(super) fn leave(&mut self, slot: Slot) -> Told {
        match slot {
            Slot::Part => self.leave_part(),
            Slot::Debts => self.leave_debts(),
            _ => Ok(()),
        }
    }

    fn leave_part(&mut self) -> Told {
        let part = std::mem::take(&mut self.part).finish();
        let (Some(part), Some(debt)) = (part, self.debts.last_mut()) else {
            self.is_broken = true;
            return Ok(());
        };
        debt.invoices.push(part);
        // A commercial debt without CIG is told by the table.
        if debt.cig.is_none() && debt.kind != DebtKind::Commercial && debt.invoices.len() == 1 {
            return Err(Text::new(
                "manca codice_cig_siope, oppure motivo_esclusione_cig_siope prima di fattura_siope",
                "codice_cig_siope, or motivo_esclusione_cig_siope is missing before fattura_siope",
            ));
        }
        Ok(())
    }

    fn leave_debts(&mut self) -> Told {
        let has_cig_alone =
            |debt: &Debt| debt.kind != DebtKind::Commercial && debt.cig.is_some() && debt.invoices.is_empty();
        if !self.is_broken && self.debts.iter().any(has_cig_alone) {
            return Err(Text::new(
                "manca fattura_siope dopo il CIG o il motivo della sua assenza",
                "fattura_siope is missing behind the CIG or the reason for its absence",
            ));
        }
        Ok(())
    }

    pub(super) fn value(&mut self, slot: Slot, text: &str) -> Told {
        match slot {
            Slot::SiopeCode => text.clone_into(&mut self.siope_code),
            Slot::Cup => {
                let value = Cup::parse_lenient(text).map_err(|error| error.text());
                once(&mut self.cup, found(text, format!("{}/codice_cup", self.path), value))?;
            }
            Slot::Cpv => {
                let value = Cpv::parse_lenient(text).map_err(|error| error.text());
                once(&mut self.cpv, found(text, format!("{}/codice_cpv", self.path), value))?;
            }
            Slot::ClassAmount => once(&mut self.amount, money(text)?)?,
            Slot::DebtKind => {
                let kind = word(DebtKind::from_word(text))?;
                self.debts.push(Debt { kind, cig: None, invoices: Vec::new() });
            }
            Slot::Cig | Slot::CigExclusion => self.cig(slot, text)?,
            _ => {
                let path = &self.path;
                let count = self.invoices;
                return self.part.value(slot, text, || {
                    format!(
                        "{path}/classificazione_dati_siope_uscite/fattura_siope[{count}]/identificativo_lotto_sdi_siope"
                    )
                });
            }
        }
        Ok(())
    }

    fn cig(&mut self, slot: Slot, text: &str) -> Told {
        let (name, count, value) = if slot == Slot::Cig {
            self.cigs = self.cigs.saturating_add(1);
            let value = CigOrExclusion::parse_lenient(text).map_err(|error| error.text());
            ("codice_cig_siope", self.cigs, value)
        } else {
            self.exclusions = self.exclusions.saturating_add(1);
            let value = word(exclusion_of_word(text)).map(CigOrExclusion::Exclusion);
            ("motivo_esclusione_cig_siope", self.exclusions, value)
        };
        let Some(debt) = self.debts.last_mut() else { return Ok(()) };
        if debt.cig.as_ref().is_some_and(|before| before.raw != text) {
            return Err(Text::new("il debito ha già un CIG", "the debt has a CIG already"));
        }
        let at = format!("{}/classificazione_dati_siope_uscite/{name}[{count}]", self.path);
        debt.cig = Some(found(text, at, value));
        Ok(())
    }
}

impl PartDraft {
    fn finish(self) -> Option<InvoicePart> {
        let document = match self.sdi {
            Some(sdi) => InvoiceRef::Electronic(sdi),
            None => InvoiceRef::Analogue { issuer: filled(self.issuer)?, year: self.year? },
        };
        Some(InvoicePart {
            office: self.office,
            document,
            number: filled(self.number)?,
            amount: self.amount?,
            due: self.due,
            nature: self.nature,
            credit_note_use: self.credit_note_use,
        })
    }

    fn value(&mut self, slot: Slot, text: &str, at: impl FnOnce() -> String) -> Told {
        match slot {
            Slot::PartOffice => text.clone_into(&mut self.office),
            Slot::SdiId => once(&mut self.sdi, found(text, at(), sdi_id(text)))?,
            Slot::Issuer => text.clone_into(&mut self.issuer),
            Slot::IssueYear => once(&mut self.year, year(text)?)?,
            Slot::PartNumber => text.clone_into(&mut self.number),
            Slot::PartAmount => once(&mut self.amount, money(text)?)?,
            Slot::PartDue => self.due = dates::date(text),
            Slot::PartNature => self.nature = ExpenseNature::from_word(text),
            Slot::CreditNoteUse => self.credit_note_use = CreditNoteUse::from_word(text),
            _ => {}
        }
        Ok(())
    }
}

/// The number of a file at SdI; zeros in front of it say nothing.
fn sdi_id(text: &str) -> Result<SdiId, Text> {
    let digits = text.strip_prefix('+').unwrap_or(text).trim_start_matches('0');
    digits.parse().map_err(|_| {
        Text::new(
            "non è un IdentificativoSdI: servono da 1 a 12 cifre",
            "not an IdentificativoSdI: 1 to 12 digits are needed",
        )
    })
}

fn found<T>(text: &str, at: String, value: Result<T, Text>) -> Found<T> {
    Found { raw: text.to_owned(), at: Cow::Owned(at), value }
}
