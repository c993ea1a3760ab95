// SPDX-License-Identifier: EUPL-1.2
//! What one durable write costs on this disk, at this moment.

use std::fs::OpenOptions;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use super::stats::median;

/// The file is written once over beforehand, so that no sync has to record a new length.
const FILE: usize = 16 << 20;
const RECORD: [u8; 256] = [0x5a; 256];

/// Median milliseconds of appending a record and syncing it.
///
/// # Errors
/// When the folder cannot be written.
pub(crate) fn sync_ms(folder: &Path, lasting: Duration) -> anyhow::Result<f64> {
    let path = folder.join("sync.log");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).open(&path)?;
    file.write_all(&vec![0; FILE])?;
    file.sync_all()?;
    file.seek(SeekFrom::Start(0))?;
    let begin = Instant::now();
    let mut samples = Vec::new();
    while begin.elapsed() < lasting {
        let sent = Instant::now();
        file.write_all(&RECORD)?;
        file.sync_data()?;
        samples.push(sent.elapsed().as_secs_f64() * 1e3);
    }
    std::fs::remove_file(path)?;
    Ok(median(&samples))
}
