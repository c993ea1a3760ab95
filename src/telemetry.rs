// SPDX-License-Identifier: EUPL-1.2
//! Log set-up. Lines go to stderr, times are UTC. Field names are dotted and stable (`order.id`, `platform.name`); bodies,
//! tokens and personal data are never logged.

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, LogSettings};

/// Starts logging; a second call changes nothing.
///
/// # Errors
/// When the filter is not one.
pub fn start(settings: &LogSettings) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.filter)?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Only the first subscriber of a process can win; tests start many applications.
    let _ = match settings.format {
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
        LogFormat::Text => lines.with_target(false).compact().try_init(),
    };
    Ok(())
}
