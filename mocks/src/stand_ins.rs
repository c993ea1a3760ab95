// SPDX-License-Identifier: EUPL-1.2
//! All stand-ins together, as a program or a test holds them.

use std::io;
use std::sync::Arc;

use crate::acquistinretepa::{Acquistinretepa, Azione, NotPossible, Stato};
use crate::anac::{self, Anac, RegisteredCig};
use crate::chaos::Chaos;
use crate::clock::Clock;
use crate::fault::Fault;
use crate::lavoro_pubblico::{self, Comune, Elenco, LavoroPubblico};
use crate::ledger::Ledger;
use crate::operation::{Operation, Platform};
use crate::options::Options;
use crate::sdi::{InvoiceFile, Receiver, Sdi, Undelivered};
use crate::server::{self, Shared};
use crate::siope::{self, PublishedOpi, Siope};
use crate::sistema_cup::{self, SistemaCup};
use crate::wire::{Wire, Wires};
use crate::{locked, mapping};

/// The stand-ins while they run; they stop when this is dropped.
pub struct StandIns {
    shared: Shared,
    lavoro_pubblico: Arc<LavoroPubblico>,
    acquistinretepa: Arc<Acquistinretepa>,
    anac: Arc<Anac>,
    sdi: Arc<Sdi>,
    siope: Arc<Siope>,
    /// Sistema CUP, Lavoro Pubblico, Acquistinretepa, ANAC, SdI, SIOPE+.
    servers: [Wire; 6],
    _wires: Wires,
}

/// Base addresses, without a slash at the end: what the clients are given as `{base}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    /// Sistema CUP.
    pub sistema_cup: String,
    /// Lavoro Pubblico.
    pub lavoro_pubblico: String,
    /// Acquistinretepa.
    pub acquistinretepa: String,
    /// ANAC: authorization server and PCP.
    pub anac: String,
    /// SdI.
    pub sdi: String,
    /// SIOPE+.
    pub siope: String,
}

impl StandIns {
    /// Starts all stand-ins.
    ///
    /// # Errors
    /// An address cannot be listened on, or a list of Comuni or a mapping is wrong (`InvalidInput`).
    pub async fn start(options: Options) -> io::Result<Self> {
        let mappings = options.mappings.as_deref().map(mapping::load).transpose().map_err(invalid)?;
        let mut shared = Shared::default();
        shared.mappings = mappings.unwrap_or_default().into();
        if let Some(now) = options.now {
            if options.clock_runs { shared.clock.run_from(now) } else { shared.clock.stop_at(now) }
        }
        for fault in options.faults {
            locked(&shared.script).add(fault);
        }
        for (platform, chaos) in options.chaos {
            locked(&shared.script).set_chaos(platform, Some(chaos));
        }
        for (operation, chaos) in options.chaos_on {
            locked(&shared.script).set_chaos_on(operation, Some(chaos));
        }
        for (platform, per_day) in options.quotas {
            locked(&shared.quotas).entry(platform).or_default().set(Some(per_day));
        }
        let cup =
            sistema_cup::Setup { credentials: options.cup_credentials, templates: options.templates.clone() };
        let cup = Arc::new(SistemaCup::new(cup, shared.clone()));
        let lavoro = lavoro_pubblico::Setup {
            bearer: options.bearer.clone(),
            templates: options.templates,
            closes: options.cup_closes,
        };
        let lavoro = Arc::new(LavoroPubblico::new(lavoro, shared.clone()));
        let acquisti = Arc::new(Acquistinretepa::new(options.bearer.clone(), shared.clone()));
        let pcp = anac::Setup {
            public_key: options.anac_public_key,
            voucher_lifetime: options.voucher_lifetime,
            calls_per_minute: options.anac_calls_per_minute,
        };
        let pcp = Arc::new(Anac::new(pcp, shared.clone()));
        let sdi = Arc::new(Sdi::new(shared.clone()));
        let opi = siope::Setup {
            bearer: options.bearer,
            office: options.siope_office,
            per_page: options.siope_per_page,
        };
        let opi = Arc::new(Siope::new(opi, shared.clone()));
        for (elenco, comuni) in
            [(Elenco::Ammissione, options.ammissione), (Elenco::Definitivo, options.definitivo)]
        {
            if !comuni.is_empty() {
                lavoro.publish(elenco, comuni).map_err(invalid)?;
            }
        }
        let wires = Wires::start()?;
        let servers = [
            server::open(&wires, options.sistema_cup, cup, shared.clone()).await?,
            server::open(&wires, options.lavoro_pubblico, lavoro.clone(), shared.clone()).await?,
            server::open(&wires, options.acquistinretepa, acquisti.clone(), shared.clone()).await?,
            server::open(&wires, options.anac, pcp.clone(), shared.clone()).await?,
            server::open(&wires, options.sdi, sdi.clone(), shared.clone()).await?,
            server::open(&wires, options.siope, opi.clone(), shared.clone()).await?,
        ];
        Ok(Self {
            shared,
            lavoro_pubblico: lavoro,
            acquistinretepa: acquisti,
            anac: pcp,
            sdi,
            siope: opi,
            servers,
            _wires: wires,
        })
    }

    /// Where they listen.
    #[must_use]
    pub fn urls(&self) -> Urls {
        let [cup, lavoro, acquisti, anac, sdi, siope] = &self.servers;
        Urls {
            sistema_cup: cup.uri(),
            lavoro_pubblico: lavoro.uri(),
            acquistinretepa: acquisti.uri(),
            anac: anac.uri(),
            sdi: sdi.uri(),
            siope: siope.uri(),
        }
    }

    /// The clock all of them go by.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.shared.clock.clone()
    }

    /// What was called and done so far.
    #[must_use]
    pub fn ledger(&self) -> Ledger {
        locked(&self.shared.ledger).clone()
    }

    /// Adds a fault after those still to be played.
    pub fn add_fault(&self, fault: Fault) {
        locked(&self.shared.script).add(fault);
    }

    /// Forgets the faults of a platform.
    pub fn clear_faults(&self, platform: Platform) {
        locked(&self.shared.script).replace(platform, []);
    }

    /// From now on so much goes wrong on a platform; `None` ends it.
    pub fn set_chaos(&self, platform: Platform, chaos: Option<Chaos>) {
        locked(&self.shared.script).set_chaos(platform, chaos);
    }

    /// From now on so much goes wrong on an operation, whatever holds for its platform; `None` ends that.
    pub fn set_chaos_on(&self, operation: Operation, chaos: Option<Chaos>) {
        locked(&self.shared.script).set_chaos_on(operation, chaos);
    }

    /// From now on a platform takes so many calls a day; `None`: any number. What was used of the day remains used.
    pub fn set_quota(&self, platform: Platform, per_day: Option<u64>) {
        locked(&self.shared.quotas).entry(platform).or_default().set(per_day);
    }

    /// Publishes a list of Comuni in place of the one before.
    ///
    /// # Errors
    /// Names the first Comune that is there twice or breaks the schema; nothing is published then.
    pub fn publish(&self, elenco: Elenco, comuni: Vec<Comune>) -> Result<(), String> {
        self.lavoro_pubblico.publish(elenco, comuni)
    }

    /// Somebody takes a step with an ODA on the portal. Gives the new state.
    ///
    /// # Errors
    /// No such ODA, or the step cannot be taken from its state.
    pub fn act(&self, numero_oda: &str, azione: Azione, motivo: Option<&str>) -> Result<Stato, NotPossible> {
        self.acquistinretepa.act(numero_oda, azione, motivo)
    }

    /// Somebody makes a draft ODA on the portal, without us. Gives its number.
    ///
    /// # Errors
    /// The document is not an order the platform takes.
    pub fn draft_on_portal(&self, order: &str) -> Result<String, NotPossible> {
        self.acquistinretepa.draft_on_portal(order)
    }

    /// Lets ANAC know a CIG, in place of what it knew of it. Gives the `idAppalto`.
    ///
    /// # Errors
    /// An answer about this CIG would break its schema; nothing is changed then.
    pub fn register_cig(&self, cig: RegisteredCig) -> Result<String, String> {
        self.anac.register(vec![cig]).map(|mut ids| ids.pop().unwrap_or_default())
    }

    /// SdI takes a file of invoices in and delivers it. Gives its `IdentificativoSdI`, also when the delivery failed: it
    /// can be tried again.
    ///
    /// # Errors
    /// The file cannot be taken in: bad name, bad office, nothing in it.
    pub async fn deliver_invoices(
        &self,
        file: InvoiceFile,
        to: &Receiver,
    ) -> Result<(u64, Result<(), Undelivered>), String> {
        let id = self.sdi.take_in(file)?;
        Ok((id, self.sdi.deliver(id, to).await))
    }

    /// SdI delivers a file once more, whether it was taken or not.
    ///
    /// # Errors
    /// The receiver did not take it, or there is no such file.
    pub async fn deliver_again(&self, id: u64, to: &Receiver) -> Result<(), Undelivered> {
        self.sdi.deliver(id, to).await
    }

    /// SdI tells the receiver that the term for an outcome is over; it takes none from then on.
    ///
    /// # Errors
    /// The receiver did not take the message, or there is no such file.
    pub async fn notify_lapse(&self, id: u64, to: &Receiver) -> Result<(), Undelivered> {
        self.sdi.lapse(id, to).await
    }

    /// Delivers a document to SIOPE+: a flow of orders, an ack, an outcome, a page of a journal. It is filed under the
    /// office and the A2A identifier that it names.
    ///
    /// # Errors
    /// It breaks its schema, or is something else; nothing is filed then.
    pub fn siope_publish(&self, document: &str) -> Result<PublishedOpi, String> {
        self.siope.publish(document)
    }
}

fn invalid(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}
