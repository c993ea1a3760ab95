// SPDX-License-Identifier: EUPL-1.2
//! The evidence of a dossier: documents of orders, invoices and payments as they came, and what platforms answered. Each is held
//! against the digest that was recorded when it came.

use std::collections::HashSet;
use std::io::{Seek, Write};

use crate::store::Store;
use crate::store::orders::OrderRow;
use crate::store::papers::KeptFile;

use super::bundle::{Bundle, Provenance, name_part};
use super::dossier::Papers;
use super::{Progress, ReportError};

/// Puts every piece of evidence into the bundle; returns those whose bytes are not what was recorded.
///
/// # Errors
/// When the store cannot be read, nothing can be written, or the work is cancelled.
pub async fn add_evidence<W: Write + Seek>(
    bundle: &mut Bundle<W>,
    papers: &Papers<'_>,
    store: &Store,
    progress: &Progress<'_>,
) -> Result<Vec<String>, ReportError> {
    let (programme, comune) = (&papers.programme.id, &papers.comune.istat);
    let invoices = store.invoice_files(programme, comune).await?;
    let payments = about(papers, store).await?;
    let answers = store.platform_answers(programme, comune).await?;
    let orders = papers.found.orders.iter().chain(&papers.turned_away);
    let total = orders.clone().count() + invoices.len() + payments.len() + answers.len();
    let mut work = Work { bundle, progress, total, done: 0, broken: Vec::new() };
    for row in orders {
        let bytes = store.document(&row.id).await?;
        let from =
            Provenance { origin: "ordine", dated: Some(row.received_at), recorded: Some(&row.document) };
        work.add(&order_path(row), bytes, from)?;
    }
    for file in &invoices {
        let bytes = store.invoice_file(&file.key).await?;
        work.add(&kept_path("fatture", file, bytes.as_deref()), bytes, provenance(file))?;
    }
    for file in &payments {
        let bytes = store.payment_file(programme, comune, &file.key).await?;
        work.add(&kept_path("pagamenti", file, bytes.as_deref()), bytes, provenance(file))?;
    }
    for answer in answers {
        let from = Provenance { origin: &answer.operation, dated: Some(answer.answered_at), recorded: None };
        let ending = ending(None, Some(&answer.answer));
        let name = name_part(&answer.event_key);
        let path = format!("prove/piattaforme/{}_{name}.{ending}", name_part(&answer.kind));
        work.add(&path, Some(answer.answer), from)?;
    }
    Ok(work.broken)
}

/// The documents of payments that say something of a mandato of this CUP.
async fn about(papers: &Papers<'_>, store: &Store) -> Result<Vec<KeptFile>, ReportError> {
    let (programme, comune) = (&papers.programme.id, &papers.comune.istat);
    let own: HashSet<(u16, u64)> = (0u32..)
        .zip(&papers.found.payments)
        .filter(|(n, _)| papers.concerns(*n))
        .map(|(_, paid)| (paid.part.position.exercise, paid.part.position.number))
        .collect();
    let said = store.mandati_of_files(programme, comune).await?;
    let files: HashSet<String> =
        said.into_iter().filter(|(_, mandato)| own.contains(mandato)).map(|(file, _)| file).collect();
    let all = store.payment_files(programme, comune).await?;
    Ok(all.into_iter().filter(|file| files.contains(&file.sha256)).collect())
}

struct Work<'w, 'p, W: Write + Seek> {
    bundle: &'w mut Bundle<W>,
    progress: &'w Progress<'p>,
    total: usize,
    done: usize,
    broken: Vec<String>,
}

impl<W: Write + Seek> Work<'_, '_, W> {
    fn add(&mut self, path: &str, bytes: Option<Vec<u8>>, from: Provenance<'_>) -> Result<(), ReportError> {
        match bytes {
            Some(bytes) if self.bundle.add(path, &bytes, from)? => {}
            Some(_) => self.broken.push(format!("{path} non è il file che fu registrato")),
            None => self.broken.push(format!("{path} manca")),
        }
        self.done += 1;
        self.progress.tell(self.done, self.total)
    }
}

fn provenance(file: &KeptFile) -> Provenance<'_> {
    Provenance { origin: &file.origin, dated: Some(file.received_at), recorded: Some(&file.sha256) }
}

fn order_path(row: &OrderRow) -> String {
    // The end of an id is chance; its beginning is the time.
    let id = row.id.get(row.id.len().saturating_sub(8)..).unwrap_or(&row.id);
    let ending = if row.media_type.contains("json") { "json" } else { "xml" };
    format!("prove/ordini/{}_{id}.{ending}", name_part(&row.number))
}

fn kept_path(folder: &str, file: &KeptFile, bytes: Option<&[u8]>) -> String {
    let print: String = file.sha256.chars().take(8).collect();
    let ending = ending(file.name.as_deref(), bytes);
    let known = file.name.as_deref().unwrap_or(&file.kind);
    let stem = known.split('.').next().unwrap_or(known);
    format!("prove/{folder}/{}_{print}.{ending}", name_part(stem))
}

/// Ends of names that say what a file is.
const ENDINGS: [&str; 8] = ["xml.p7m", "p7m", "xml", "json", "zip", "csv", "xlsx", "ods"];

/// How the name of a file ends: as it ended when it came, else by what it begins with.
fn ending(name: Option<&str>, bytes: Option<&[u8]>) -> &'static str {
    let name = name.unwrap_or_default().to_ascii_lowercase();
    let known = ENDINGS.into_iter().find(|ending| name.ends_with(&format!(".{ending}")));
    known.unwrap_or_else(|| match bytes.and_then(|bytes| bytes.trim_ascii_start().first()) {
        Some(b'<' | b'\xef') => "xml",
        Some(b'{' | b'[') => "json",
        Some(b'P') => "zip",
        Some(0x30) => "p7m",
        _ => "bin",
    })
}
