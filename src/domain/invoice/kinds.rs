// SPDX-License-Identifier: EUPL-1.2
//! The code lists of FatturaPA that decisions rest on. Codes that decide nothing stay text.

/// By which schema an invoice was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FormatVersion {
    /// `FPA12`: to a public administration, any 1.2.x.
    Fpa12,
    /// `FPR12`: to anybody else.
    Fpr12,
    /// `1.1`: the first national schema, in archives only.
    V11,
    /// `FSM10`: simplified invoice; it may not be sent to a public administration.
    Fsm10,
}

impl FormatVersion {
    /// The attribute `versione` of the document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fpa12 => "FPA12",
            Self::Fpr12 => "FPR12",
            Self::V11 => "1.1",
            Self::Fsm10 => "FSM10",
        }
    }

    /// The version of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Fpa12, Self::Fpr12, Self::V11, Self::Fsm10]
            .into_iter()
            .find(|version| version.as_str() == name)
    }
}

/// `TipoDocumento`, as written: `TD01` ... `TD29`, or `TD07` ... `TD09` of the simplified invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DocumentType([u8; 4]);

/// What a document does to the money owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentClass {
    /// Something was delivered and is owed: TD01, TD06, TD24, TD25 and what is like them.
    Invoice,
    /// Owed before the delivery: TD02 and TD03.
    Advance,
    /// Taken back: TD04, TD08.
    CreditNote,
    /// Owed on top of an earlier invoice: TD05, TD09.
    DebitNote,
    /// Written by the buyer for itself (TD16 to TD23, TD27 to TD29): a Comune is not asked to pay it.
    SelfBilled,
}

impl DocumentType {
    /// The type of that code; none for a text that is not `TD` and two digits.
    pub fn from_code(code: &str) -> Option<Self> {
        let bytes: [u8; 4] = code.as_bytes().try_into().ok()?;
        matches!(bytes, [b'T', b'D', b'0'..=b'9', b'0'..=b'9']).then_some(Self(bytes))
    }

    /// The four characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// What it does to the money owed.
    pub fn class(self) -> DocumentClass {
        match self.as_str() {
            "TD02" | "TD03" => DocumentClass::Advance,
            "TD04" | "TD08" => DocumentClass::CreditNote,
            "TD05" | "TD09" => DocumentClass::DebitNote,
            "TD16" | "TD17" | "TD18" | "TD19" | "TD20" | "TD21" | "TD22" | "TD23" | "TD27" | "TD28"
            | "TD29" => DocumentClass::SelfBilled,
            _ => DocumentClass::Invoice,
        }
    }
}

impl DocumentClass {
    /// Every class.
    pub const ALL: [Self; 5] =
        [Self::Invoice, Self::Advance, Self::CreditNote, Self::DebitNote, Self::SelfBilled];

    /// The name stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::Advance => "advance",
            Self::CreditNote => "credit_note",
            Self::DebitNote => "debit_note",
            Self::SelfBilled => "self_billed",
        }
    }

    /// The class of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == name)
    }
}

/// `EsigibilitaIVA`: when the VAT of a row falls due, and who pays it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exigibility {
    /// `I`: at once.
    Immediate,
    /// `D`: when the invoice is paid.
    Deferred,
    /// `S`: the buyer pays it to the State.
    SplitPayment,
}

impl Exigibility {
    /// The letter of the document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Immediate => "I",
            Self::Deferred => "D",
            Self::SplitPayment => "S",
        }
    }

    /// What a letter means.
    pub fn from_letter(letter: &str) -> Option<Self> {
        [Self::Immediate, Self::Deferred, Self::SplitPayment].into_iter().find(|kind| kind.as_str() == letter)
    }
}

/// The block in which a document is referred to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReferenceBlock {
    /// `DatiOrdineAcquisto`.
    Order,
    /// `DatiContratto`.
    Contract,
    /// `DatiConvenzione`.
    Framework,
    /// `DatiRicezione`.
    Receipt,
    /// `DatiFattureCollegate`.
    Invoice,
}

impl ReferenceBlock {
    /// The five blocks, in the order of the document.
    pub const ALL: [Self; 5] = [Self::Order, Self::Contract, Self::Framework, Self::Receipt, Self::Invoice];

    /// The element of the document.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Order => "DatiOrdineAcquisto",
            Self::Contract => "DatiContratto",
            Self::Framework => "DatiConvenzione",
            Self::Receipt => "DatiRicezione",
            Self::Invoice => "DatiFattureCollegate",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_credit_note_takes_back() {
        let class = |code| DocumentType::from_code(code).unwrap().class();
        assert_eq!(class("TD01"), DocumentClass::Invoice);
        assert_eq!(class("TD24"), DocumentClass::Invoice);
        assert_eq!(class("TD04"), DocumentClass::CreditNote);
        assert_eq!(class("TD02"), DocumentClass::Advance);
        assert_eq!(class("TD05"), DocumentClass::DebitNote);
        assert_eq!(class("TD17"), DocumentClass::SelfBilled);
        assert_eq!(DocumentType::from_code("TD1"), None);
        assert_eq!(DocumentType::from_code("XX01"), None);
    }

    #[test]
    fn names_read_back() {
        for class in DocumentClass::ALL {
            assert_eq!(DocumentClass::from_name(class.as_str()), Some(class));
        }
        for kind in [Exigibility::Immediate, Exigibility::Deferred, Exigibility::SplitPayment] {
            assert_eq!(Exigibility::from_letter(kind.as_str()), Some(kind));
        }
    }
}
