// SPDX-License-Identifier: EUPL-1.2
//! The platforms we stand in for, and what can be asked of each: the words of the fault script and of the ledger.

use serde::{Deserialize, Serialize};

/// A platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// Sistema CUP (DIPE), SOAP.
    SistemaCup,
    /// Lavoro Pubblico, app "Risorse in Comune", REST.
    LavoroPubblico,
    /// Acquistinretepa (MePA), REST and UBL.
    Acquistinretepa,
    /// ANAC: the PCP and the PDND authorization server in front of it, REST.
    Anac,
    /// SdI (Agenzia delle Entrate), SOAP: takes outcomes, and delivers invoices to us.
    Sdi,
    /// SIOPE+: what bodies and their banks tell each other, REST and XML.
    Siope,
}

/// An operation of a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Sistema CUP: generate a CUP.
    GenerateCup,
    /// Sistema CUP: read a CUP back.
    CupDetail,
    /// Sistema CUP: look CUP up by criteria.
    CupList,
    /// Sistema CUP: close or revoke a CUP.
    EndCup,
    /// Lavoro Pubblico: a page of the admission or definitive list.
    ListComuni,
    /// Lavoro Pubblico: communicate a CUP.
    CommunicateCup,
    /// Lavoro Pubblico: read a receipt back.
    ReadReceipt,
    /// Acquistinretepa: hand over a draft ODA.
    CreateDraft,
    /// Acquistinretepa: look ODA up by our reference.
    FindOrders,
    /// Acquistinretepa: a page of the ODA that changed since a moment.
    ListChanges,
    /// Acquistinretepa: an ODA with its story.
    ReadOrder,
    /// Acquistinretepa: the document of an ODA.
    ReadDocument,
    /// Acquistinretepa: cancel a draft ODA.
    CancelDraft,
    /// ANAC: get a voucher from the authorization server of PDND.
    IssueVoucher,
    /// ANAC: look a procurement up by its CIG.
    FindProcurement,
    /// ANAC: the form of a procurement.
    ReadProcurement,
    /// ANAC: how the confirmation of a procurement ended.
    ReadOutcome,
    /// SdI: take the outcome that a buyer gives of an invoice.
    NotifyOutcome,
    /// SdI: deliver a file of invoices to its receiver.
    DeliverInvoices,
    /// SdI: tell a receiver that the term for an outcome is over.
    NotifyLapse,
    /// SIOPE+: a page of the list of flows, acks, outcomes or journals.
    ListOpi,
    /// SIOPE+: fetch a document, which marks it as fetched.
    ReadOpi,
}

impl Operation {
    /// The platform it belongs to.
    #[must_use]
    pub fn platform(self) -> Platform {
        match self {
            Self::GenerateCup | Self::CupDetail | Self::CupList | Self::EndCup => Platform::SistemaCup,
            Self::ListComuni | Self::CommunicateCup | Self::ReadReceipt => Platform::LavoroPubblico,
            Self::CreateDraft
            | Self::FindOrders
            | Self::ListChanges
            | Self::ReadOrder
            | Self::ReadDocument
            | Self::CancelDraft => Platform::Acquistinretepa,
            Self::IssueVoucher | Self::FindProcurement | Self::ReadProcurement | Self::ReadOutcome => {
                Platform::Anac
            }
            Self::NotifyOutcome | Self::DeliverInvoices | Self::NotifyLapse => Platform::Sdi,
            Self::ListOpi | Self::ReadOpi => Platform::Siope,
        }
    }
}
