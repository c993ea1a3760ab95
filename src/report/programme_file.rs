// SPDX-License-Identifier: EUPL-1.2
//! The report on the programme as one ZIP: the same tables in every format, a page to look at and print, the pictures, the index.

use std::io::{Cursor, Seek, Write};

use chrono::{Datelike, NaiveDate};

use crate::app::App;
use crate::domain::rome::rome_date;
use crate::domain::text::Text;
use crate::error::Error;

use super::bundle::{Bundle, MADE, name_part, stamp};
use super::csv::write_csv;
use super::dossier_file::Made;
use super::html::page;
use super::json::write_json;
use super::pdf::write_pdf;
use super::programme::{CHARTS, gather, report};
use super::svg::draw;
use super::xlsx::write_xlsx;
use super::{Progress, ReportError};

const LATER: Text = Text::new(
    "il giorno del confronto deve essere prima di oggi e dopo il 1999",
    "the day to compare with must be before today and after 1999",
);

/// A day that today can be compared with.
///
/// # Errors
/// [`Error::Invalid`] when it is not before today.
pub fn check_earlier(day: NaiveDate, today: NaiveDate) -> Result<(), Error> {
    if day < today && day.year() >= 2000 {
        return Ok(());
    }
    Err(Error::Invalid { pointer: "/compare".into(), reason: LATER })
}

/// Writes the report on the programme as the store stands now, beside an earlier day if one is given.
///
/// # Errors
/// [`Error::Invalid`] when the earlier day is not before today; when the store cannot be read, nothing can be written, or the
/// work is cancelled.
pub async fn write_programme<W: Write + Seek>(
    app: &App,
    earlier: Option<NaiveDate>,
    out: W,
    progress: &Progress<'_>,
) -> Result<Made<W>, ReportError> {
    const STEPS: usize = 5;
    let as_of = app.clock.now();
    if let Some(day) = earlier {
        check_earlier(day, rome_date(as_of))?;
    }
    progress.tell(0, STEPS)?;
    let store = app.store.snapshot().await?;
    let report = report(&gather(app, &store, earlier, as_of).await?);
    drop(store);
    progress.tell(1, STEPS)?;
    let mut bundle = Bundle::new(out, &report.title, as_of);
    bundle.add("01-programma.html", page(&report, CHARTS).as_bytes(), MADE)?;
    progress.tell(2, STEPS)?;
    bundle.add("02-programma.pdf", &write_pdf(&report)?, MADE)?;
    progress.tell(3, STEPS)?;
    let mut xlsx = Cursor::new(Vec::new());
    write_xlsx(&report, &mut xlsx)?;
    bundle.add("03-programma.xlsx", &xlsx.into_inner(), MADE)?;
    progress.tell(4, STEPS)?;
    bundle.make("04-programma.json", |out| write_json(&report, out))?;
    for (number, table) in (1..).zip(&report.tables) {
        let name = table.shape.name;
        bundle.make(&format!("csv/{number:02}-{name}.csv"), |out| write_csv(table, out))?;
        let chart = CHARTS.iter().find(|chart| chart.table == name);
        if let Some(svg) = chart.and_then(|chart| draw(table, chart)) {
            bundle.add(&format!("grafici/{number:02}-{name}.svg"), svg.as_bytes(), MADE)?;
        }
    }
    progress.tell(STEPS, STEPS)?;
    let (out, index) = bundle.finish()?;
    let at = stamp(as_of);
    Ok(Made { out, name: format!("programma_{}_{at}.zip", name_part(&app.programme.id)), index, report })
}
