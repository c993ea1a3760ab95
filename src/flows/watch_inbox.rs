// SPDX-License-Identifier: EUPL-1.2
//! A folder into which other programs put invoices and payments. A file is taken once it has stood unchanged from one look to
//! the next, so that one that is still being written is left alone; then it moves to `taken` or, with the reason beside it, to
//! `rejected`. Nothing is ever deleted.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use crate::app::App;
use crate::documents::{DocumentKind, Limits, opened, read_sdi_metadata, sniff};
use crate::domain::sdi::SdiId;
use crate::domain::sha256::sha256;
use crate::domain::text::Text;
use crate::error::Error;
use crate::flows::import_invoices::import_file;
use crate::flows::take_payments::import_document;
use crate::store::StoreError;

/// Files looked at in one go; the rest wait for the next.
const FILES_MAX: usize = 1_000;

/// What a file looked like: length, and when it was last written.
type Look = (u64, Option<SystemTime>);

/// What was seen at the last look.
#[derive(Debug, Default)]
pub struct Inbox {
    seen: HashMap<PathBuf, Look>,
}

impl Inbox {
    /// Looks into the folder of the settings, if there is one, and takes in what has stood still; answers how many files moved.
    ///
    /// # Errors
    /// When the store cannot be written. What is wrong with one file stops no other.
    pub async fn look(&mut self, app: &Arc<App>) -> Result<usize, StoreError> {
        let Some(folder) = app.settings.worker.inbox.clone() else { return Ok(0) };
        let looked = folder.clone();
        let files = tokio::task::spawn_blocking(move || files(&looked)).await.unwrap_or_default();
        let still: Vec<PathBuf> = files
            .iter()
            .filter(|(path, look)| self.seen.get(path) == Some(look))
            .map(|(path, _)| path.clone())
            .collect();
        self.seen = files.into_iter().collect();
        let (place, limits) = (folder.clone(), app.limits);
        let numbers = tokio::task::spawn_blocking(move || numbers(&place, &limits)).await.unwrap_or_default();
        let mut moved = 0;
        for path in still {
            moved += usize::from(one(app, &folder, &path, &numbers).await?);
        }
        Ok(moved)
    }
}

/// The files of the folder itself, in the order of their names.
fn files(folder: &Path) -> Vec<(PathBuf, Look)> {
    let Ok(entries) = fs::read_dir(folder) else {
        tracing::error!(inbox = %folder.display(), "the inbox cannot be read");
        return Vec::new();
    };
    let mut files: Vec<(PathBuf, Look)> = entries
        .flatten()
        .filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'))
        .filter_map(|entry| {
            let about = entry.metadata().ok().filter(fs::Metadata::is_file)?;
            Some((entry.path(), (about.len(), about.modified().ok())))
        })
        .collect();
    alphanumeric_sort::sort_slice_by_path_key(&mut files, |(path, _)| path);
    files.truncate(FILES_MAX);
    files
}

/// The numbers at SdI that metadata in the folder, or among what was taken, tell by the name of the file.
fn numbers(folder: &Path, limits: &Limits) -> HashMap<String, SdiId> {
    let places = [folder.to_owned(), folder.join(TAKEN)];
    let named = places.iter().flat_map(|place| fs::read_dir(place).into_iter().flatten().flatten());
    let metadata =
        named.filter(|entry| entry.file_name().to_string_lossy().to_ascii_uppercase().contains("_MT_"));
    let about = metadata.filter_map(|entry| read_sdi_metadata(&fs::read(entry.path()).ok()?, limits));
    about.map(|about| (about.file_name, about.sdi_id)).collect()
}

const TAKEN: &str = "taken";
const REJECTED: &str = "rejected";

async fn one(
    app: &Arc<App>,
    folder: &Path,
    path: &Path,
    numbers: &HashMap<String, SdiId>,
) -> Result<bool, StoreError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let most = app.limits.xml_bytes.saturating_mul(2) as u64;
    let is_too_long = fs::metadata(path).is_ok_and(|about| about.len() > most);
    let done = if is_too_long {
        Err(Error::TooLarge)
    } else {
        // Somebody may have taken it away meanwhile.
        let Ok(bytes) = fs::read(path) else { return Ok(false) };
        take(app, &name, bytes, numbers).await
    };
    match done {
        Ok(()) => Ok(put_away(folder, path, TAKEN, None)),
        Err(Error::Store(error)) => Err(error),
        Err(error) => {
            tracing::warn!(inbox.file = %name, %error, "a file of the inbox was not taken in");
            Ok(put_away(folder, path, REJECTED, Some(&reason(&error))))
        }
    }
}

async fn take(
    app: &Arc<App>,
    name: &str,
    bytes: Vec<u8>,
    numbers: &HashMap<String, SdiId>,
) -> Result<(), Error> {
    let kind = sniff(&opened(&bytes, &app.limits)?.content);
    match kind {
        DocumentKind::SdiMetadata => Ok(()),
        DocumentKind::Opi => import_document(app, name.to_owned(), bytes).await.map(drop),
        _ => import_file(app, name.to_owned(), &bytes, numbers.get(name).copied()).await.map(drop),
    }
}

/// Moves a file, never over another one; what is in the way differs by its content.
fn put_away(folder: &Path, path: &Path, place: &str, why: Option<&Text>) -> bool {
    let moved = || -> std::io::Result<()> {
        let place = folder.join(place);
        fs::create_dir_all(&place)?;
        let name = path.file_name().unwrap_or_default();
        let mut target = place.join(name);
        if target.exists() {
            let digest = sha256(&fs::read(path)?);
            target =
                place.join(format!("{}-{}", digest.get(..16).unwrap_or_default(), name.to_string_lossy()));
        }
        if let Some(why) = why {
            let beside = format!("{}.txt", target.display());
            fs::write(beside, format!("{}\n\n{}\n", why.it, why.en))?;
        }
        fs::rename(path, target)
    };
    match moved() {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(inbox.file = %path.display(), %error, "a file of the inbox cannot be put away");
            false
        }
    }
}

/// Why a file was not taken in, in one line.
#[must_use]
pub fn reason(error: &Error) -> Text {
    match error {
        Error::Unreadable(read) => {
            let told = |of: fn(&Text) -> &str| {
                let faults = read.faults.iter().map(|fault| match fault.pointer.as_str() {
                    "" => of(&fault.reason).to_owned(),
                    pointer => format!("{pointer}: {} ({}:{})", of(&fault.reason), fault.line, fault.column),
                });
                faults.collect::<Vec<_>>().join("; ")
            };
            Text { it: told(|text| &text.it).into(), en: told(|text| &text.en).into() }
        }
        Error::Invalid { reason, .. } | Error::Conflict(reason) => reason.clone(),
        other => Text { it: other.to_string().into(), en: other.to_string().into() },
    }
}
