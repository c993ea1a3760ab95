// SPDX-License-Identifier: EUPL-1.2
//! The national platforms the gateway calls, one client each. A client writes requests, reads answers strictly and says
//! what an answer means; it never repeats a call. `call` alone does, and only where that can do no harm.
//!
//! An answer is hostile input: limited in size and time, parsed strictly, and believed only when it is the answer to our
//! own question.

pub mod acquistinretepa;
pub mod anac;
mod answer;
pub mod breaker;
mod call;
pub mod error;
pub mod lavoro_pubblico;
mod problem;
pub mod quota;
mod rest;
mod retry_after;
pub mod sdi;
pub mod secret;
pub mod sending;
pub mod settings;
pub mod siope;
pub mod sistema_cup;
mod soap;
mod transport;
mod xml;

use crate::clock::Clock;
use crate::domain::codice_ufficio::CodiceUfficio;
use crate::domain::opi::OpiKind;

use acquistinretepa::Acquistinretepa;
use anac::Anac;
use call::Around;
use lavoro_pubblico::{LavoroPubblico, ListKind};
use quota::TakeCalls;
use sdi::Sdi;
use settings::SettingsError;
use siope::Siope;
use sistema_cup::SistemaCup;

pub use breaker::{BreakerState, PlatformHealth};
pub use error::{Kind, Platform, PlatformError, Repeat};
pub use settings::PlatformSettings;

/// All platforms.
#[derive(Debug)]
pub struct Platforms {
    /// Where CUP are generated and read.
    pub sistema_cup: SistemaCup,
    /// Where CUP are communicated and the lists of Comuni are read.
    pub lavoro_pubblico: LavoroPubblico,
    /// Where orders are handed over.
    pub acquistinretepa: Acquistinretepa,
    /// Where CIG are looked up, when it is connected.
    pub anac: Option<Anac>,
    /// Where outcomes of invoices go, when it is connected.
    pub sdi: Option<Sdi>,
    /// Where orders of payment and their outcomes are read, when it is connected.
    pub siope: Option<Siope>,
}

impl Platforms {
    /// Builds the clients; `take_calls` keeps the count of the calls of a day. Nothing is called.
    ///
    /// # Errors
    /// Names the setting that cannot be used.
    pub fn new(
        settings: &PlatformSettings,
        clock: Clock,
        take_calls: TakeCalls,
    ) -> Result<Self, SettingsError> {
        let around = Around { clock, take_calls };
        Ok(Self {
            sistema_cup: SistemaCup::new(&settings.sistema_cup, &around)?,
            lavoro_pubblico: LavoroPubblico::new(&settings.lavoro_pubblico, &around)?,
            acquistinretepa: Acquistinretepa::new(&settings.acquistinretepa, &around)?,
            anac: settings.anac.as_ref().map(|anac| Anac::new(anac, &around)).transpose()?,
            sdi: settings.sdi.as_ref().map(|sdi| Sdi::new(sdi, &around)).transpose()?,
            siope: settings.siope.as_ref().map(|siope| Siope::new(siope, &around)).transpose()?,
        })
    }

    /// How each connected platform does, for people.
    #[must_use]
    pub fn health(&self) -> Vec<PlatformHealth> {
        let always =
            [self.sistema_cup.health(), self.lavoro_pubblico.health(), self.acquistinretepa.health()];
        let connected = [
            self.anac.as_ref().map(Anac::health),
            self.sdi.as_ref().map(Sdi::health),
            self.siope.as_ref().map(Siope::health),
        ];
        always.into_iter().chain(connected.into_iter().flatten()).collect()
    }

    /// Asks each platform something that changes nothing: whether it is there and takes our credentials.
    /// Where it takes an office to ask, `office` is that of the question.
    pub async fn reach(
        &self,
        office: Option<&CodiceUfficio>,
    ) -> Vec<(&'static str, Result<(), PlatformError>)> {
        let clock = self.sistema_cup.clock();
        let cup = self.sistema_cup.find_by_event_key(&clock.new_id().to_string()).await.map(drop);
        let list = match self.lavoro_pubblico.list(ListKind::Admission, None).await {
            Err(PlatformError { kind: Kind::NotFound { .. }, .. }) => Ok(()),
            other => other.map(drop),
        };
        let oda = self.acquistinretepa.find_by_reference(clock.new_id()).await.map(drop);
        let mut reached = vec![
            (Platform::SistemaCup.as_str(), cup),
            (Platform::LavoroPubblico.as_str(), list),
            (Platform::Acquistinretepa.as_str(), oda),
        ];
        if let Some(anac) = &self.anac {
            reached.push((Platform::Anac.as_str(), anac.reach().await));
        }
        if let (Some(siope), Some(office)) = (&self.siope, office) {
            let list = siope.list(office, OpiKind::Flow, clock.now(), 1).await.map(drop);
            reached.push((Platform::Siope.as_str(), list));
        }
        reached
    }
}
