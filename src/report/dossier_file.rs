// SPDX-License-Identifier: EUPL-1.2
//! The dossier as one ZIP: the same tables in every format, the evidence, the index.

use std::io::{Cursor, Seek, Write};

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;

use super::bundle::{Bundle, Index, MADE, name_part, stamp};
use super::csv::write_csv;
use super::dossier::request::request;
use super::dossier::tranches::claims;
use super::dossier::{Papers, dossier, gather, statement};
use super::evidence::add_evidence;
use super::json::write_json;
use super::pdf::{write_in_full, write_pdf, write_tables};
use super::puc::Records;
use super::xlsx::write_xlsx;
use super::{Progress, Report, ReportError};

/// A dossier that was written.
#[derive(Debug)]
pub struct Made<W> {
    /// Where to.
    pub out: W,
    /// Name of its file.
    pub name: String,
    /// What is in it.
    pub index: Index,
    /// The tables in it.
    pub report: Report,
}

/// Writes the dossier of a Comune as the store stands now, while others write on.
///
/// # Errors
/// [`crate::error::Error::NotFound`] when the Comune is not in the programme; when the store cannot be read, nothing can be
/// written, or the work is cancelled.
pub async fn write_dossier<W: Write + Seek>(
    app: &App,
    comune: &IstatCode,
    out: W,
    progress: &Progress<'_>,
) -> Result<Made<W>, ReportError> {
    progress.tell(0, 1)?;
    let store = app.store.snapshot().await?;
    let as_of = app.clock.now();
    let mut papers = gather(app, &store, comune, as_of).await?;
    let mut bundle = Bundle::new(out, &papers.title(), as_of);
    papers.broken = add_evidence(&mut bundle, &papers, &store, progress).await?;
    let report = dossier(&papers);
    add_report(&mut bundle, &report, &name(&papers, as_of), progress)?;
    add_requests(&mut bundle, &papers)?;
    add_puc(&mut bundle, &papers)?;
    let (out, index) = bundle.finish()?;
    Ok(Made { out, name: format!("{}.zip", name(&papers, as_of)), index, report })
}

/// A request to be signed for every instalment that may be asked for now.
fn add_requests<W: Write + Seek>(bundle: &mut Bundle<W>, papers: &Papers<'_>) -> Result<(), ReportError> {
    for claim in claims(papers).iter().filter(|claim| claim.can_ask > Money::ZERO) {
        let path = format!("richieste/{}.pdf", name_part(&claim.tranche.code));
        bundle.add(&path, &write_in_full(&request(papers, claim))?, MADE)?;
    }
    Ok(())
}

/// The figures in the shape of the Protocollo Unico, where the programme says how they are laid out.
fn add_puc<W: Write + Seek>(bundle: &mut Bundle<W>, papers: &Papers<'_>) -> Result<(), ReportError> {
    let Some(map) = &papers.programme.puc else { return Ok(()) };
    let records = Records::new(papers);
    bundle.add("puc/puc.txt", records.file(map).as_bytes(), MADE)?;
    for structure in &map.structures {
        bundle.add(&format!("puc/{}.csv", structure.code.as_str()), &records.csv(structure)?, MADE)?;
    }
    Ok(())
}

/// The name of the dossier: programme, Comune, CUP, moment.
fn name(papers: &Papers<'_>, as_of: DateTime<Utc>) -> String {
    let cup = papers.participation.cup.as_ref().map_or_else(|| "senza-cup".to_owned(), ToString::to_string);
    let at = stamp(as_of);
    format!("rendicontazione_{}_{}_{cup}_{at}", name_part(&papers.programme.id), papers.comune.istat)
}

/// Puts a report into the bundle in every format. The statement has a file of its own, for the revisore.
fn add_report<W: Write + Seek>(
    bundle: &mut Bundle<W>,
    report: &Report,
    name: &str,
    progress: &Progress<'_>,
) -> Result<(), ReportError> {
    bundle.add("00-leggimi.txt", readme(report, name).as_bytes(), MADE)?;
    let is_statement = |name: &str| [statement::STATEMENT.name, statement::BALANCES.name].contains(&name);
    let one_page = report.tables.iter().filter(|table| is_statement(table.shape.name));
    bundle.add("01-prospetto.pdf", &write_tables(report, one_page)?, MADE)?;
    progress.tell(1, STEPS)?;
    bundle.add("02-dossier.pdf", &write_pdf(report)?, MADE)?;
    progress.tell(2, STEPS)?;
    let mut xlsx = Cursor::new(Vec::new());
    write_xlsx(report, &mut xlsx)?;
    bundle.add("03-dossier.xlsx", &xlsx.into_inner(), MADE)?;
    progress.tell(3, STEPS)?;
    bundle.make("04-dossier.json", |out| write_json(report, out))?;
    for (number, table) in (1..).zip(&report.tables) {
        bundle.make(&format!("csv/{number:02}-{}.csv", table.shape.name), |out| write_csv(table, out))?;
    }
    progress.tell(STEPS, STEPS)?;
    Ok(())
}

/// Steps of writing the formats: statement, PDF, workbook, the others.
const STEPS: usize = 4;

/// What is in the ZIP, for whoever opens it first.
fn readme(report: &Report, name: &str) -> String {
    let mut text = format!(
        "{}\r\n\r\nSituazione al {}\r\n\r\n",
        report.title,
        crate::domain::rome::rome_string(report.as_of)
    );
    for (name, value) in &report.facts {
        text += &format!("{name}: {value}\r\n");
    }
    for warning in &report.warnings {
        text += &format!("Attenzione: {warning}\r\n");
    }
    text += "\r\n01-prospetto.pdf   il prospetto del CUP, per il revisore\r\n\
             02-dossier.pdf     tutte le tabelle (PDF/A-2a, PDF/UA-1)\r\n\
             03-dossier.xlsx    le stesse tabelle, con la legenda delle colonne\r\n\
             04-dossier.json    le stesse tabelle, per i programmi\r\n\
             csv/               le stesse tabelle, una per file\r\n\
             richieste/         le richieste di erogazione pronte da firmare, se ce ne sono da fare\r\n\
             puc/               i tracciati del Protocollo Unico di Colloquio\r\n\
             prove/             i documenti come sono arrivati\r\n\
             index.csv          ogni file con la sua impronta SHA-256\r\n\r\n";
    text += &format!("Per verificarlo: mepa-gateway report verify {name}.zip\r\n\r\n");
    text += "Finanziato dall'Unione europea - NextGenerationEU\r\n";
    text
}
