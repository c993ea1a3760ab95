// SPDX-License-Identifier: EUPL-1.2
//! Who may do what. A client has one role; what a role may do is written here and nowhere else.

/// The capacity in which a client acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Punto Istruttore: prepares.
    Istruttore,
    /// Punto Ordinante: sends and withdraws orders.
    Ordinante,
    /// Responsabile unico del progetto.
    Rup,
    /// Servizio finanziario.
    Ragioneria,
    /// Segretario, revisore: reads.
    Lettore,
    /// The Comune's own software.
    Macchina,
    /// Programme office: reads all Comuni.
    Programma,
    /// Operator of the platform: sees health, no dossier.
    Operatore,
}

/// Something a client may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Act {
    /// Read Comuni and orders, in the client's own reach.
    Read,
    /// Have orders judged, without storing anything.
    Judge,
    /// Submit orders.
    SubmitOrder,
    /// Hand in invoices.
    SubmitInvoice,
    /// Hand in payments.
    SubmitPayment,
    /// Say what belongs together in the reconciliation.
    Reconcile,
    /// Record what the Comune's own accounts say of the grant.
    RecordAct,
    /// Give declarations and have an order judged again.
    Declare,
    /// Withdraw an order before it is sent.
    CancelOrder,
    /// Accept the grant: have the CUP generated and communicated.
    AcceptGrant,
    /// Say to what an ODA of the portal belongs.
    LinkOda,
    /// See the health of platforms and queues.
    SeeHealth,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 8] = [
        Self::Istruttore,
        Self::Ordinante,
        Self::Rup,
        Self::Ragioneria,
        Self::Lettore,
        Self::Macchina,
        Self::Programma,
        Self::Operatore,
    ];

    /// The name stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Istruttore => "istruttore",
            Self::Ordinante => "ordinante",
            Self::Rup => "rup",
            Self::Ragioneria => "ragioneria",
            Self::Lettore => "lettore",
            Self::Macchina => "macchina",
            Self::Programma => "programma",
            Self::Operatore => "operatore",
        }
    }

    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// True when the role belongs to one Comune; the others see all Comuni or none.
    pub const fn is_of_a_comune(self) -> bool {
        !matches!(self, Self::Programma | Self::Operatore)
    }

    /// True when the role may do that.
    pub const fn may(self, act: Act) -> bool {
        match act {
            Act::Read => !matches!(self, Self::Operatore),
            Act::Judge => self.is_of_a_comune(),
            Act::SubmitOrder => matches!(self, Self::Ordinante | Self::Rup | Self::Macchina),
            Act::SubmitPayment => matches!(self, Self::Ragioneria | Self::Macchina),
            Act::RecordAct | Act::Reconcile => matches!(self, Self::Ragioneria | Self::Rup),
            Act::SubmitInvoice => matches!(self, Self::Ragioneria | Self::Rup | Self::Macchina),
            Act::Declare => matches!(self, Self::Istruttore | Self::Ordinante | Self::Rup | Self::Macchina),
            Act::CancelOrder => matches!(self, Self::Ordinante | Self::Rup),
            Act::LinkOda => matches!(self, Self::Rup),
            Act::AcceptGrant => matches!(self, Self::Rup | Self::Ordinante | Self::Macchina),
            Act::SeeHealth => matches!(self, Self::Operatore | Self::Programma | Self::Macchina),
        }
    }
}
