// SPDX-License-Identifier: EUPL-1.2
//! The code lists of orders of payment that decisions rest on. Codes that decide nothing stay text.

/// What the bank is asked to do with an order (`tipo_operazione`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MandatoOperation {
    /// `INSERIMENTO`: a new order.
    Insert,
    /// `VARIAZIONE`: the order of that number anew, as a whole.
    Change,
    /// `ANNULLO`: the order of that number is taken back before it was carried out.
    Cancel,
    /// `SOSTITUZIONE`: a new order that takes the place of another; each position names the one it replaces.
    Replace,
}

impl MandatoOperation {
    /// Every operation.
    pub const ALL: [Self; 4] = [Self::Insert, Self::Change, Self::Cancel, Self::Replace];

    /// The word of the document.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Insert => "INSERIMENTO",
            Self::Change => "VARIAZIONE",
            Self::Cancel => "ANNULLO",
            Self::Replace => "SOSTITUZIONE",
        }
    }

    /// The operation of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == word)
    }
}

/// The kind of a debt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DebtKind {
    /// `COMMERCIALE`: to a supplier, net of the VAT of split payment.
    Commercial,
    /// `IVA`: the VAT of split payment, to the State.
    Vat,
    /// `NON_COMMERCIALE`: anything else.
    NonCommercial,
}

impl DebtKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Commercial, Self::Vat, Self::NonCommercial];

    /// The word of the document.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Commercial => "COMMERCIALE",
            Self::Vat => "IVA",
            Self::NonCommercial => "NON_COMMERCIALE",
        }
    }

    /// The kind of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// The nature of an expense (`natura_spesa_siope`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExpenseNature {
    /// `CORRENTE`.
    Current,
    /// `CAPITALE`.
    Capital,
}

impl ExpenseNature {
    /// Both natures.
    pub const ALL: [Self; 2] = [Self::Current, Self::Capital];

    /// The word of the document.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "CORRENTE",
            Self::Capital => "CAPITALE",
        }
    }

    /// The nature of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|nature| nature.as_str() == word)
    }
}

/// How a credit note is used (`utilizzo_nota_di_credito`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CreditNoteUse {
    /// `INCASSO/COMPENSAZIONE`: taken off what is paid, or paid back.
    OffsetOrRefund,
    /// `SPLIT PAYMENT`: its VAT, taken off what goes to the State.
    SplitPayment,
}

impl CreditNoteUse {
    /// Both uses.
    pub const ALL: [Self; 2] = [Self::OffsetOrRefund, Self::SplitPayment];

    /// The words of the document.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OffsetOrRefund => "INCASSO/COMPENSAZIONE",
            Self::SplitPayment => "SPLIT PAYMENT",
        }
    }

    /// The use of these words.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|usage| usage.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for operation in MandatoOperation::ALL {
            assert_eq!(MandatoOperation::from_word(operation.as_str()), Some(operation));
        }
        for kind in DebtKind::ALL {
            assert_eq!(DebtKind::from_word(kind.as_str()), Some(kind));
        }
        for nature in ExpenseNature::ALL {
            assert_eq!(ExpenseNature::from_word(nature.as_str()), Some(nature));
        }
        for usage in CreditNoteUse::ALL {
            assert_eq!(CreditNoteUse::from_word(usage.as_str()), Some(usage));
        }
        assert_eq!(DebtKind::from_word("iva"), None);
    }
}
