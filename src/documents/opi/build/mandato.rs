// SPDX-License-Identifier: EUPL-1.2
//! One order of payment with its payees.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::class::ClassDraft;
use super::{Told, filled, money, number, once, word, year};
use crate::documents::dates;
use crate::documents::opi::shape::Slot;
use crate::domain::money::Money;
use crate::domain::payment::{Class, Mandato, MandatoOperation, Payee, Position, PositionId};
use crate::domain::text::Text;

/// A mandato in the making.
#[derive(Debug, Default)]
pub(super) struct MandatoDraft {
    /// Where it stands.
    path: String,
    operation: Option<MandatoOperation>,
    number: Option<u64>,
    date: Option<NaiveDate>,
    amount: Option<Money>,
    act: String,
    positions: Vec<Position>,
    /// How many positions began.
    begun: usize,
    /// Their progressives: each may stand once.
    progressives: BTreeSet<u64>,
    position: PositionDraft,
    class: ClassDraft,
    /// Something that matters could not be understood.
    is_broken: bool,
}

/// A position in the making.
#[derive(Debug, Default)]
struct PositionDraft {
    path: String,
    progressive: Option<u64>,
    amount: Option<Money>,
    method: String,
    cause: String,
    payee: Payee,
    creditor: Option<Payee>,
    is_creditor: bool,
    iban: String,
    withheld: Money,
    end_to_end: String,
    replaces: Option<ReplacedDraft>,
    classes: Vec<Class>,
    /// How many classes began.
    begun: usize,
}

/// The key of a position that is replaced, in the making.
#[derive(Debug, Default)]
struct ReplacedDraft {
    exercise: Option<u16>,
    number: Option<u64>,
    progressive: Option<u64>,
}

/// Elements that no order can lose without being another order.
const ESSENTIAL: [&str; 5] =
    ["informazioni_beneficiario", "classificazione", "fattura_siope", "ritenute", "sostituzione_mandato"];

impl MandatoDraft {
    pub(super) fn new(path: String) -> Self {
        Self { path, ..Self::default() }
    }

    /// The mandato, unless something that matters is missing or not understood (and was told).
    pub(super) fn finish(self) -> Option<Mandato> {
        Some(Mandato {
            operation: self.operation?,
            number: self.number?,
            date: self.date?,
            amount: self.amount?,
            act: filled(self.act),
            positions: self.positions,
        })
        .filter(|mandato| !self.is_broken && !mandato.positions.is_empty())
    }

    pub(super) fn enter(&mut self, slot: Slot) {
        match slot {
            Slot::Position => {
                self.begun = self.begun.saturating_add(1);
                let path = format!("{}/informazioni_beneficiario[{}]", self.path, self.begun);
                self.position = PositionDraft { path, ..PositionDraft::default() };
            }
            Slot::Creditor => {
                self.position.creditor = Some(Payee::default());
                self.position.is_creditor = true;
            }
            Slot::Replaced => self.position.replaces = Some(ReplacedDraft::default()),
            Slot::Class => {
                self.position.begun = self.position.begun.saturating_add(1);
                let path = format!("{}/classificazione[{}]", self.position.path, self.position.begun);
                self.class = ClassDraft::new(path);
            }
            _ => self.class.enter(slot),
        }
    }

    pub(super) fn leave(&mut self, slot: Slot) -> Told {
        match slot {
            Slot::Position => match std::mem::take(&mut self.position).finish() {
                Some(position) => self.positions.push(position),
                None => self.is_broken = true,
            },
            Slot::Creditor => self.position.is_creditor = false,
            Slot::Class => match std::mem::take(&mut self.class).finish() {
                Some(class) => self.position.classes.push(class),
                None => self.is_broken = true,
            },
            _ => return self.class.leave(slot),
        }
        Ok(())
    }

    pub(super) fn value(&mut self, slot: Slot, text: &str) -> Told {
        if slot == Slot::Progressive {
            return self.progressive(text);
        }
        let done = self.understand(slot, text);
        self.is_broken |= done.is_err();
        done
    }

    pub(super) fn passed_over(&mut self, name: &str) {
        self.is_broken |= ESSENTIAL.contains(&name);
    }

    fn understand(&mut self, slot: Slot, text: &str) -> Told {
        match slot {
            Slot::MandatoOperation => once(&mut self.operation, word(MandatoOperation::from_word(text))?),
            Slot::MandatoNumber => once(&mut self.number, number(text)?),
            Slot::MandatoAmount => once(&mut self.amount, money(text)?),
            Slot::MandatoDate => {
                self.date = dates::date(text);
                Ok(())
            }
            Slot::Act => {
                text.clone_into(&mut self.act);
                Ok(())
            }
            Slot::SiopeCode
            | Slot::Cup
            | Slot::Cpv
            | Slot::ClassAmount
            | Slot::DebtKind
            | Slot::Cig
            | Slot::CigExclusion
            | Slot::PartOffice
            | Slot::SdiId
            | Slot::Issuer
            | Slot::IssueYear
            | Slot::PartNumber
            | Slot::PartAmount
            | Slot::PartDue
            | Slot::PartNature
            | Slot::CreditNoteUse => self.class.value(slot, text),
            _ => self.position.value(slot, text),
        }
    }

    /// A progressive that stands twice is told, and both positions kept.
    fn progressive(&mut self, text: &str) -> Told {
        let done = number(text).and_then(|number| {
            once(&mut self.position.progressive, number)?;
            Ok(number)
        });
        self.is_broken |= done.is_err();
        if self.progressives.insert(done?) {
            return Ok(());
        }
        Err(Text::new("progressivo ripetuto nel mandato", "progressive repeated in the mandato"))
    }
}

impl PositionDraft {
    fn finish(self) -> Option<Position> {
        let replaces = match self.replaces {
            None => None,
            Some(replaced) => Some(PositionId {
                exercise: replaced.exercise?,
                number: replaced.number?,
                progressive: replaced.progressive?,
            }),
        };
        Some(Position {
            progressive: self.progressive?,
            amount: self.amount?,
            method: self.method,
            cause: self.cause,
            payee: self.payee,
            creditor: self.creditor,
            iban: filled(self.iban),
            withheld: self.withheld,
            end_to_end: filled(self.end_to_end),
            replaces,
            classes: self.classes,
        })
    }

    fn value(&mut self, slot: Slot, text: &str) -> Told {
        match slot {
            Slot::PositionAmount => once(&mut self.amount, money(text)?)?,
            Slot::Method => text.clone_into(&mut self.method),
            Slot::Cause => text.clone_into(&mut self.cause),
            Slot::Iban => text.clone_into(&mut self.iban),
            Slot::EndToEnd => text.clone_into(&mut self.end_to_end),
            Slot::Withheld => {
                let sum = self.withheld.checked_add(money(text)?);
                self.withheld = sum.ok_or_else(|| Text::new("somma troppo grande", "sum too large"))?;
            }
            Slot::PayeeName | Slot::PayeeVat | Slot::PayeeTaxCode => self.payee(slot, text),
            Slot::ReplacedNumber | Slot::ReplacedProgressive | Slot::ReplacedExercise => {
                let Some(replaced) = &mut self.replaces else { return Ok(()) };
                match slot {
                    Slot::ReplacedNumber => once(&mut replaced.number, number(text)?)?,
                    Slot::ReplacedProgressive => once(&mut replaced.progressive, number(text)?)?,
                    _ => once(&mut replaced.exercise, year(text)?)?,
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn payee(&mut self, slot: Slot, text: &str) {
        let payee = match &mut self.creditor {
            Some(creditor) if self.is_creditor => creditor,
            _ => &mut self.payee,
        };
        match slot {
            Slot::PayeeName => text.clone_into(&mut payee.name),
            Slot::PayeeVat => payee.vat = filled(text.to_owned()),
            _ => payee.tax_code = filled(text.to_owned()),
        }
    }
}
