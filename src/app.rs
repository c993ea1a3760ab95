// SPDX-License-Identifier: EUPL-1.2
//! The one place that wires things together.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::clock::Clock;
use crate::config::Settings;
use crate::documents::Limits;
use crate::platforms::Platforms;
use crate::platforms::quota::TakeCalls;
use crate::programme::Programme;
use crate::reference::Reference;
use crate::store::Store;

/// Everything a flow may use. Shared by all requests and the worker.
#[derive(Debug)]
pub struct App {
    /// The memory.
    pub store: Store,
    /// The clients of the platforms.
    pub platforms: Platforms,
    /// The one clock.
    pub clock: Clock,
    /// The settings.
    pub settings: Settings,
    /// The programme served.
    pub programme: Programme,
    /// Comuni, CPV, units, holidays.
    pub reference: Reference,
    /// Limits on documents.
    pub limits: Limits,
    /// Wakes the worker when a call was queued.
    pub call_queued: Notify,
    /// Wakes the worker when a report was asked for.
    pub report_asked: Notify,
}

impl App {
    /// Opens the store, reads the data, builds the clients.
    ///
    /// # Errors
    /// When any of these is not fit for service; the message says which and why.
    pub async fn open(settings: Settings, clock: Clock) -> anyhow::Result<Arc<Self>> {
        let reference = load_reference(&settings)?;
        check_offices(&settings, &reference)?;
        let programme = load_programme(&settings, &reference)?;
        if let Some(folder) = settings.store.path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let store = Store::open(&settings.store.path).await?;
        let platforms = Platforms::new(&settings.platforms, clock.clone(), counted_in(&store))?;
        let limits = Limits {
            json_bytes: settings.server.json_max_bytes,
            xml_bytes: settings.server.xml_max_bytes,
            ..Limits::default()
        };
        Ok(Arc::new(Self {
            store,
            platforms,
            clock,
            settings,
            programme,
            reference,
            limits,
            call_queued: Notify::new(),
            report_asked: Notify::new(),
        }))
    }
}

/// An office of a Comune that does not exist would take its invoices and payments nowhere.
fn check_offices(settings: &Settings, reference: &Reference) -> anyhow::Result<()> {
    for (office, code) in &settings.offices {
        anyhow::ensure!(
            reference.comuni.by_istat(code).is_some(),
            "settings: offices.{office} = {code}: no Comune has this ISTAT code"
        );
    }
    Ok(())
}

/// The calls of a day are counted in the store, so that all processes that share it share the count.
fn counted_in(store: &Store) -> TakeCalls {
    let store = store.clone();
    Arc::new(move |platform, day, want, ceiling| {
        let store = store.clone();
        Box::pin(async move {
            let taken = store.take_calls(platform.as_str(), day, want, ceiling).await;
            taken.map_err(|error| error.to_string())
        })
    })
}

/// The reference tables that the settings name.
///
/// # Errors
/// Names file, line and field of every fault.
pub fn load_reference(settings: &Settings) -> anyhow::Result<Reference> {
    Ok(match &settings.programme.reference_directory {
        Some(folder) => Reference::load(folder)?,
        None => Reference::embedded()?,
    })
}

/// The programme that the settings name.
///
/// # Errors
/// Names file, line and field of every fault; says so when the folder holds another programme than the one asked for.
pub fn load_programme(settings: &Settings, reference: &Reference) -> anyhow::Result<Programme> {
    let wanted = &settings.programme.id;
    let Some(folder) = &settings.programme.directory else { return Ok(Programme::embedded(wanted)?) };
    let programme = Programme::load(folder, &reference.cpv)?;
    // Money is kept by programme id: serving another than the one meant would open its books unasked.
    anyhow::ensure!(
        programme.id == *wanted,
        "programme.directory ({}) holds the programme {:?}, but programme.id is {wanted:?}: make them agree",
        folder.display(),
        programme.id,
    );
    Ok(programme)
}
