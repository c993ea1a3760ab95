// SPDX-License-Identifier: EUPL-1.2
//! Stand-ins of the national platforms mepa-gateway talks to: Sistema CUP, Lavoro Pubblico, Acquistinretepa,
//! ANAC (PCP through PDND), SdI, SIOPE+.
//!
//! They are written from `schemas/` alone and share no code with the clients. They keep state (a CUP generated is found
//! later, an ODA moves through its states), can be told to misbehave ([`Fault`]), run on a clock of their own, and write
//! down what was really done ([`Ledger`]), which is how a test sees a side effect done twice.
//!
//! Each has a page at `/` and an admin address under `/__admin/`; [`StandIns`] does the same from Rust.
//! Requests are not recorded; the state and the ledger grow with what was done: start afresh for long loads.

mod acquistinretepa;
mod admin;
mod anac;
mod chaos;
mod clock;
mod config;
mod fault;
mod lavoro_pubblico;
mod ledger;
mod mapping;
mod operation;
mod options;
mod page;
mod quota;
mod reply;
mod rest;
pub mod schema;
mod script;
mod sdi;
mod server;
mod siope;
mod sistema_cup;
mod soap;
mod stand_ins;
mod wire;
mod xml;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use acquistinretepa::{Azione, NotPossible, Stato};
pub use anac::{EsitoConferma, RegisteredCig, Scheda};
pub use chaos::{Chaos, ChaosKind};
pub use clock::Clock;
pub use fault::{Fault, Kind};
pub use lavoro_pubblico::{Comune, Elenco};
pub use ledger::{Effect, Ledger};
pub use operation::{Operation, Platform};
pub use options::Options;
pub use sdi::{InvoiceFile, Receiver, Undelivered};
pub use siope::{Messaggio, PublishedOpi};
pub use stand_ins::{StandIns, Urls};

/// Locks, whatever happened to an earlier holder: the state is plain data and never half changed.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
