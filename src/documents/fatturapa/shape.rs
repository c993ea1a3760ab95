// SPDX-License-Identifier: EUPL-1.2
//! What may stand inside what, how often and in which form: the schema as tables, walked by the reader in one pass. The
//! tables are in `ordinary` and `simplified`; tests hold them against the published examples.

use super::form::Form;

/// What an element means to the reader; one that is only checked is [`Slot::Unused`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Unused,
    // Header.
    Progressive,
    StatedFormat,
    RecipientCode,
    Supplier,
    Buyer,
    OtherParty,
    TaxId,
    TaxIdCountry,
    TaxIdCode,
    TaxCode,
    Company,
    FirstName,
    Surname,
    Regime,
    // Body.
    Body,
    Kind,
    Currency,
    Date,
    Number,
    Withheld,
    Stamp,
    Fund,
    FundAmount,
    FundVatRate,
    FundExemption,
    DocumentAllowance,
    Total,
    Rounding,
    Cause,
    Reference(crate::domain::invoice::ReferenceBlock),
    ReferenceLine,
    ReferenceId,
    ReferenceDate,
    ReferenceItem,
    ReferenceConvention,
    ReferenceCup,
    ReferenceCig,
    Line,
    LineNumber,
    ItemCode,
    ItemCodeKind,
    ItemCodeValue,
    Description,
    Quantity,
    Unit,
    UnitPrice,
    LineAllowance,
    AllowanceKind,
    AllowancePercent,
    AllowanceAmount,
    LineNet,
    LineVatRate,
    LineExemption,
    Extra,
    ExtraKind,
    ExtraText,
    Summary,
    SummaryVatRate,
    SummaryExemption,
    Expenses,
    SummaryRounding,
    SummaryNet,
    SummaryVat,
    Exigibility,
    Law,
    Payment,
    PaymentMethod,
    PaymentDue,
    PaymentAmount,
    PaymentIban,
    Attachment,
    // Simplified invoices only.
    SimplifiedLine,
    SimplifiedGross,
}

/// One element that may stand inside another.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) name: &'static str,
    pub(super) slot: Slot,
    pub(super) is_required: bool,
    pub(super) is_repeated: bool,
    pub(super) content: Content,
}

/// What stands inside an element.
#[derive(Debug)]
pub(super) enum Content {
    /// Elements, in this order.
    Group(&'static [Element]),
    /// Elements, in this order; of a name either the company or first name and surname.
    Named(&'static [Element]),
    /// A text of this form.
    Value(Form),
}

const fn element(name: &'static str, slot: Slot, is_required: bool, content: Content) -> Element {
    Element { name, slot, is_required, is_repeated: false, content }
}

/// A value that has to be there.
pub(super) const fn value(name: &'static str, slot: Slot, form: Form) -> Element {
    element(name, slot, true, Content::Value(form))
}

/// A value that may be there.
pub(super) const fn maybe(name: &'static str, slot: Slot, form: Form) -> Element {
    element(name, slot, false, Content::Value(form))
}

/// A group that has to be there.
pub(super) const fn group(name: &'static str, slot: Slot, inside: &'static [Element]) -> Element {
    element(name, slot, true, Content::Group(inside))
}

/// A group that may be there.
pub(super) const fn maybe_group(name: &'static str, slot: Slot, inside: &'static [Element]) -> Element {
    element(name, slot, false, Content::Group(inside))
}

/// A group with a name in it, that has to be there.
pub(super) const fn named(name: &'static str, slot: Slot, inside: &'static [Element]) -> Element {
    element(name, slot, true, Content::Named(inside))
}

impl Element {
    /// The same element, as often as wanted.
    pub(super) const fn many(self) -> Self {
        Self { is_repeated: true, ..self }
    }

    /// The same element, not required.
    pub(super) const fn optional(self) -> Self {
        Self { is_required: false, ..self }
    }
}
