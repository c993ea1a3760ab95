// SPDX-License-Identifier: EUPL-1.2
//! A report made whole in a file: for the worker, and for whoever runs commands on the machine.

use std::fs::File;
use std::io::{BufWriter, IntoInnerError, Seek, copy, sink};
use std::path::Path;

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::store::audit::{Actor, Record, chain_of};
use crate::store::reports::{ReportAsked, ReportFile};

use super::dossier_file::write_dossier;
use super::hashed::Hashed;
use super::programme_file::write_programme;
use super::{Progress, Report, ReportError};

/// What was made.
pub struct MadeFile {
    /// The file, with the name it is to have.
    pub file: ReportFile,
    /// What stands in it.
    pub report: Report,
    /// How many files its index has.
    pub files: usize,
}

/// Writes a report into a file, and has it on the disk.
///
/// # Errors
/// When it cannot be made or written, or nobody wants it any more; the file is then to be removed.
pub async fn write_into(
    app: &App,
    asked: ReportAsked,
    path: &Path,
    progress: &Progress<'_>,
) -> Result<MadeFile, ReportError> {
    let out = BufWriter::new(File::options().read(true).write(true).create(true).truncate(true).open(path)?);
    let made = match asked {
        ReportAsked::Dossier(comune) => write_dossier(app, &comune, out, progress).await?,
        ReportAsked::Programme(day) => write_programme(app, day, out, progress).await?,
    };
    let mut file = made.out.into_inner().map_err(IntoInnerError::into_error)?;
    file.sync_all()?;
    let size = file.metadata()?.len();
    let file = ReportFile { name: made.name, sha256: digest(&mut file)?, size };
    Ok(MadeFile { file, report: made.report, files: made.index.files.len() })
}

fn digest(file: &mut File) -> std::io::Result<String> {
    let mut digest = Hashed::new(sink());
    file.rewind()?;
    copy(file, &mut digest)?;
    Ok(digest.finish().0)
}

/// Writes down in the audit chain that whoever runs commands on the machine had this file made.
///
/// # Errors
/// When the store cannot be written.
pub async fn note_made(app: &App, asked: ReportAsked, file: &ReportFile) -> Result<(), ReportError> {
    let (detail, at) = (made_detail(file), app.clock.now());
    let made = record("report.made", &file.name, &asked, detail, &Actor::operator(), at);
    app.store.write(move |tx| Box::pin(async move { tx.audit(&[made]).await })).await?;
    Ok(())
}

/// What the audit chain says of a report that was made.
pub(super) fn made_detail(file: &ReportFile) -> String {
    format!("sha256={}", file.sha256)
}

/// A record on a report in the chain of whom it is about.
pub(super) fn record(
    action: &'static str,
    subject: &str,
    asked: &ReportAsked,
    detail: String,
    actor: &Actor,
    at: DateTime<Utc>,
) -> Record {
    let chain = chain_of(asked.comune().as_ref());
    Record { chain, at, actor: actor.clone(), action, subject: subject.to_owned(), detail }
}
