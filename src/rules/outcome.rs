// SPDX-License-Identifier: EUPL-1.2
//! What a check answers: pass, not applicable, the faults found, or that it could not be verified.

use std::borrow::Cow;

use crate::domain::finding::{Compared, Severity};
use crate::domain::invoice::InvoiceField;
use crate::domain::order::Field;
use crate::domain::remedy::Remedy;
use crate::domain::text::Text;

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The document keeps the rule.
    Pass,
    /// The rule has nothing to say about this document.
    NotApplicable,
    /// The document breaks the rule in these places.
    Faults(Vec<Fault>),
    /// The facts needed could not be had; the text says which.
    NotVerifiable(Text),
}

/// A field of the document that is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Of an order.
    Order(Field),
    /// Of an invoice.
    Invoice(InvoiceField),
}

impl From<Field> for Place {
    fn from(field: Field) -> Self {
        Self::Order(field)
    }
}

impl From<InvoiceField> for Place {
    fn from(field: InvoiceField) -> Self {
        Self::Invoice(field)
    }
}

/// One place where a document breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field.
    pub place: Place,
    /// The place as written in the document when it is not simply the field's own.
    pub at: Option<String>,
    /// What is wrong there.
    pub message: Text,
    /// The values compared.
    pub values: Vec<Compared>,
    /// How much it weighs where the programme's data says so, else what the rule says.
    pub severity: Option<Severity>,
    /// The lawful way out, where it depends on how things stand.
    pub remedy: Option<Remedy>,
}

impl Fault {
    /// A fault at a field, said in Italian and English.
    pub fn new(
        place: impl Into<Place>,
        it: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            place: place.into(),
            at: None,
            message: Text { it: it.into(), en: en.into() },
            values: Vec::new(),
            severity: None,
            remedy: None,
        }
    }

    /// The same fault at the very place where the value stands.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.at = Some(place.into());
        self
    }

    /// The same fault with a compared value.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.values.push(Compared { name: Cow::Borrowed(name), value: value.to_string() });
        self
    }

    /// The same fault with a weight of its own, since the programme's data gives it one.
    #[must_use]
    pub fn weighing(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// The same fault with its way out.
    #[must_use]
    pub fn cured_by(mut self, remedy: Remedy) -> Self {
        self.remedy = Some(remedy);
        self
    }
}

impl Outcome {
    /// Pass when the demand is met, else the one fault.
    pub(super) fn demand(met: bool, fault: impl FnOnce() -> Fault) -> Self {
        if met { Self::Pass } else { fault().into() }
    }

    /// The faults found, if any. Collecting none allocates nothing.
    pub(super) fn of(faults: impl Iterator<Item = Fault>) -> Self {
        faults.collect::<Vec<_>>().into()
    }
}

impl From<Fault> for Outcome {
    fn from(fault: Fault) -> Self {
        Self::Faults(vec![fault])
    }
}

impl From<Vec<Fault>> for Outcome {
    fn from(faults: Vec<Fault>) -> Self {
        if faults.is_empty() { Self::Pass } else { Self::Faults(faults) }
    }
}
