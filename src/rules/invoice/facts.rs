// SPDX-License-Identifier: EUPL-1.2
//! What the gateway knows beside an invoice, gathered before any rule runs.

use chrono::{DateTime, NaiveDate, Utc};

use crate::documents::signed::{Signature, Standing};
use crate::domain::cig::Cig;
use crate::domain::cup::Cup;
use crate::domain::decimal::{Percent, Price, Quantity};
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;
use crate::domain::order_state::OrderState;
use crate::domain::participation::Participation;
use crate::rules::facts::Fact;

/// All facts of one judgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceFacts {
    /// The instant of the judgement.
    pub now: DateTime<Utc>,
    /// The Comune in whose name the invoice is taken in; `None` when nobody is (a check of a file).
    pub tenant: Option<IstatCode>,
    /// What became of the signature of the file.
    pub signature: SignatureFacts,
    /// The buyer's participation in the programme; `Known(None)` when the buyer is not a Comune in the list.
    pub participation: Fact<Option<Participation>>,
    /// The order the invoice belongs to, or the one it names; `Known(None)` when there is none.
    pub order: Fact<Option<OrderFacts>>,
    /// Invoices kept under the same supplier, year, number and class, here or under another CUP, that are not this document.
    pub same_invoice: Fact<Vec<InvoiceUse>>,
    /// The invoice a credit note corrects; `Known(None)` when it names none that is here.
    pub corrected: Fact<Option<Corrected>>,
    /// What SdI says of the file; none for a document that did not come through it.
    pub sdi: Option<SdiFacts>,
}

/// What became of the signature of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureFacts {
    /// The file carries none.
    Absent,
    /// Every signature fits the content.
    Intact,
    /// Some signature does not fit the content.
    Tampered,
    /// The means to tell are missing.
    NotVerified,
}

impl SignatureFacts {
    /// What the signatures of a file come to together: one that was tampered with is enough.
    pub fn of(signatures: &[Signature]) -> Self {
        let any =
            |wanted: fn(&Standing) -> bool| signatures.iter().any(|signature| wanted(&signature.standing));
        if signatures.is_empty() {
            Self::Absent
        } else if any(|standing| matches!(standing, Standing::Tampered)) {
            Self::Tampered
        } else if any(|standing| matches!(standing, Standing::NotVerifiable(_))) {
            Self::NotVerified
        } else {
            Self::Intact
        }
    }

    /// The word stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Intact => "intact",
            Self::Tampered => "tampered",
            Self::NotVerified => "not_verified",
        }
    }
}

/// What SdI says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SdiFacts {
    /// Until when an outcome is in time.
    pub term_end: DateTime<Utc>,
    /// SdI told that the term is over.
    pub has_lapsed: bool,
    /// An outcome was given that binds.
    pub is_answered: bool,
}

/// The order an invoice belongs to, with what other invoices have taken of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderFacts {
    /// The gateway's id.
    pub id: String,
    /// The invoice belongs to it beyond doubt; else it only names it, and something speaks against it.
    pub is_linked: bool,
    /// Number of the ODA.
    pub number: String,
    /// Its date.
    pub date: NaiveDate,
    /// Where it stands.
    pub state: OrderState,
    /// Key of the supplier ([`crate::domain::order::Supplier::key`]).
    pub supplier: String,
    /// Name of the supplier.
    pub supplier_name: Option<String>,
    /// The CUP.
    pub cup: Option<Cup>,
    /// The CIG.
    pub cig: Option<Cig>,
    /// Total with VAT.
    pub gross: Money,
    /// The lines.
    pub lines: Vec<OrderLineFacts>,
    /// Gross of the other invoices of the order, less their credit notes.
    pub invoiced: Money,
}

/// A line of the order, with what other invoices have taken of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLineFacts {
    /// Its identifier in the order.
    pub id: String,
    /// The supplier's article code.
    pub item_code: Option<String>,
    /// Name of the article.
    pub name: String,
    /// Ordered quantity.
    pub quantity: Quantity,
    /// Net price of a unit, discounts in it.
    pub unit_price: Option<Price>,
    /// VAT rate.
    pub vat_rate: Option<Percent>,
    /// Quantity on other invoices.
    pub invoiced: Quantity,
}

/// An invoice kept under the same identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceUse {
    /// The gateway's id of it; none when another body has it.
    pub id: Option<String>,
    /// The CUP it was taken in under.
    pub cup: Option<String>,
}

/// The invoice a credit note corrects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corrected {
    /// The gateway's id of it.
    pub id: String,
    /// Its total with VAT.
    pub gross: Money,
    /// What other credit notes have taken back.
    pub credited: Money,
}

impl InvoiceFacts {
    /// Whether SdI would still take a refusal. Of a document that did not come through SdI here it is not known that the term
    /// is over, and so it may be tried.
    pub fn can_be_refused(&self) -> bool {
        self.sdi.is_none_or(|sdi| !sdi.has_lapsed && !sdi.is_answered && self.now < sdi.term_end)
    }
}
