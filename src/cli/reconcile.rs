// SPDX-License-Identifier: EUPL-1.2
//! `reconcile`: orders, invoices and payments held against each other, as a table, JSON or CSV; and what a person has to say
//! about what belongs together.

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;

use crate::answer::{Lang, reconciliation_value};
use crate::app::App;
use crate::cli::out::{put, say};
use crate::config::Settings;
use crate::domain::istat::IstatCode;
use crate::domain::saying::Saying;
use crate::flows::book_spending::book_due;
use crate::flows::reconcile::{NewDecision, decide, end_of, reconcile};
use crate::store::audit::Actor;

use super::{DataArgs, LangArg, open, with_data_dir};

/// `reconcile`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct ReconcileArgs {
    #[command(subcommand)]
    decision: Option<DecisionCommand>,
    #[command(flatten)]
    show: ShowArgs,
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// Only this Comune: codice IPA, ISTAT code or codice fiscale; without it, all that have orders, invoices or payments
    #[arg(long, value_name = "CODE")]
    comune: Option<String>,
    /// What stood at the end of that day
    #[arg(long, value_name = "YYYY-MM-DD")]
    as_of: Option<NaiveDate>,
    /// What has changed since the end of that day; in CSV, a column with the state of each document then
    #[arg(long, value_name = "YYYY-MM-DD")]
    since: Option<NaiveDate>,
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: Shape,
    /// Language of texts
    #[arg(long, value_enum, default_value = "it")]
    lang: LangArg,
    #[command(flatten)]
    data: DataArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// For people
    Table,
    /// One JSON object per Comune
    Json,
    /// One row per document, for spreadsheets (`;`, UTF-8 with a mark)
    Csv,
}

#[derive(Debug, Subcommand)]
enum DecisionCommand {
    /// Say that two documents belong together
    Link(PairArgs),
    /// Say that two documents do not belong together, whatever their codes say
    Unlink(PairArgs),
    /// Take back what was said about two documents
    Undo(PairArgs),
}

#[derive(Debug, Args)]
struct PairArgs {
    /// The later document: an invoice of an order, a credit note, a payment, as `reconcile` names it
    from: String,
    /// The earlier document
    to: String,
    /// Whose they are: codice IPA, ISTAT code or codice fiscale
    #[arg(long, value_name = "CODE")]
    comune: String,
    /// Why; kept for auditors
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    data: DataArgs,
}

pub(crate) async fn run(settings: Settings, args: ReconcileArgs) -> anyhow::Result<ExitCode> {
    match args.decision {
        None => show(settings, args.show).await,
        Some(DecisionCommand::Link(pair)) => said(settings, pair, Saying::Link).await,
        Some(DecisionCommand::Unlink(pair)) => said(settings, pair, Saying::Unlink).await,
        Some(DecisionCommand::Undo(pair)) => said(settings, pair, Saying::Undecided).await,
    }
}

async fn said(settings: Settings, args: PairArgs, saying: Saying) -> anyhow::Result<ExitCode> {
    let app = open(with_data_dir(settings, &args.data)).await?;
    let comune = comune_of(&app, &args.comune)?;
    let reason = args.reason.parse().context("the reason")?;
    let decision = NewDecision { from: args.from, to: args.to, saying, amount: None, reason };
    decide(&app, &comune, decision, Actor::operator(), app.clock.now()).await?;
    book_due(&app).await?;
    eprintln!("written down.");
    Ok(ExitCode::SUCCESS)
}

pub(super) fn comune_of(app: &App, code: &str) -> anyhow::Result<IstatCode> {
    let comune = app.reference.comuni.by_code(code);
    comune
        .map(|comune| comune.istat)
        .with_context(|| format!("{code} is no Comune: give its IPA, ISTAT or tax code"))
}

async fn show(settings: Settings, args: ShowArgs) -> anyhow::Result<ExitCode> {
    let app = open(with_data_dir(settings, &args.data)).await?;
    let lang: Lang = args.lang.into();
    let comuni = match &args.comune {
        Some(code) => vec![comune_of(&app, code)?],
        None => app.store.comuni_with_documents(&app.programme.id).await?,
    };
    let before = args.as_of.map(end_of);
    if args.format == Shape::Csv {
        put(format_args!("\u{feff}{}\n", HEAD.join(";")));
    }
    for comune in comuni {
        let found = value(&app, &comune, before, lang).await?;
        let then = match args.since {
            Some(day) => Some(states(&value(&app, &comune, Some(end_of(day)), lang).await?)),
            None => None,
        };
        match args.format {
            Shape::Json => say!("{found}"),
            Shape::Csv => rows(&found, then.as_ref()).iter().for_each(|row| say!("{row}")),
            Shape::Table => table(&app, &comune, &found),
        }
        if let Some(then) = &then {
            changes(then, &found, args.format);
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn value(
    app: &Arc<App>,
    comune: &IstatCode,
    before: Option<DateTime<Utc>>,
    lang: Lang,
) -> anyhow::Result<Value> {
    let found = reconcile(app, comune, before).await;
    Ok(reconciliation_value(&found.with_context(|| format!("Comune {comune}"))?, lang))
}

const KINDS: [&str; 3] = ["orders", "invoices", "payments"];
const HEAD: [&str; 13] = [
    "comune",
    "documento",
    "numero",
    "data",
    "fornitore",
    "stato",
    "importo",
    "fatturato",
    "stornato",
    "pagato_fornitore",
    "iva_versata",
    "residuo",
    "stato_precedente",
];

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What a document comes to: what was ordered, invoiced or paid by it.
fn amount(document: &Value) -> String {
    let own = ["gross", "amount", "ordered"].iter().find_map(|key| document.get(*key));
    own.map(text).unwrap_or_default()
}

fn documents(found: &Value) -> impl Iterator<Item = &Value> {
    KINDS.iter().flat_map(|kind| found[*kind].as_array().into_iter().flatten())
}

/// How each document stands, and what is left of it, by its name.
type States = HashMap<String, (String, String)>;

fn states(found: &Value) -> States {
    let state = |document: &Value| (text(&document["state"]), text(&document["left"]));
    documents(found).map(|document| (text(&document["document"]), state(document))).collect()
}

/// A line for each document; with what stood at an earlier day, its state then.
fn rows(found: &Value, then: Option<&States>) -> Vec<String> {
    documents(found)
        .map(|document| {
            let name = text(&document["document"]);
            let was = then.and_then(|then| then.get(&name)).map(|(state, _)| state.clone());
            let number = document.get("number").or_else(|| document.get("mandato")).unwrap_or(&Value::Null);
            let cells = [
                text(&found["comune"]),
                name,
                text(number),
                text(&document["date"]),
                text(&document["supplier"]),
                text(&document["state"]),
                italian(&amount(document)),
                italian(&text(&document["invoiced"])),
                italian(&text(&document["credited"])),
                italian(&text(&document["paid_to_supplier"])),
                italian(&text(&document["vat_paid"])),
                italian(&text(&document["left"])),
                was.unwrap_or_default(),
            ];
            cells.map(|cell| safe(&cell)).join(";")
        })
        .collect()
}

/// A decimal number with the comma of Italian spreadsheets.
fn italian(number: &str) -> String {
    number.replace('.', ",")
}

/// A cell that no spreadsheet takes for a formula, and that holds its separators together.
fn safe(cell: &str) -> String {
    let is_number = cell.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let neutral = if cell.starts_with(['=', '+', '@', '\t', '\r']) || (cell.starts_with('-') && !is_number) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    };
    if neutral.contains([';', '"', '\n', '\r']) {
        format!("\"{}\"", neutral.replace('"', "\"\""))
    } else {
        neutral
    }
}

fn table(app: &App, comune: &IstatCode, found: &Value) {
    let name = app.reference.comuni.by_istat(comune).map_or("", |comune| comune.name.as_ref());
    let cup = &found["cup"];
    say!("{comune} {name}, CUP {}", text(&cup["cup"]));
    say!(
        "  assegnato {} impegnato {} fatturato {} stornato {} pagato {}{}",
        text(&cup["assigned"]),
        text(&cup["committed"]),
        text(&cup["invoiced"]),
        text(&cup["credited"]),
        text(&cup["paid"]),
        if cup["holds"] == Value::Bool(false) { "  ATTENZIONE: le somme non tornano" } else { "" }
    );
    for (kind, title) in KINDS.iter().zip(["ordini", "fatture", "pagamenti"]) {
        let documents = found[*kind].as_array().map(Vec::as_slice).unwrap_or_default();
        if documents.is_empty() {
            continue;
        }
        say!("  {title}");
        for document in documents {
            let number = document.get("number").or_else(|| document.get("mandato")).unwrap_or(&Value::Null);
            say!(
                "    {:<19} {:<14} {} {:>12} residuo {:>12}  {}",
                text(&document["state"]),
                text(number),
                text(&document["date"]),
                amount(document),
                text(&document["left"]),
                text(&document["document"])
            );
        }
    }
    for one in found["candidates"].as_array().into_iter().flatten() {
        let reasons: Vec<String> = one["reasons"].as_array().into_iter().flatten().map(text).collect();
        say!(
            "  da confermare ({}): {} -> {}: {}",
            one["score"],
            text(&one["from"]),
            text(&one["to"]),
            reasons.join(", ")
        );
    }
    for one in found["differences"].as_array().into_iter().flatten() {
        let documents: Vec<String> = one["documents"].as_array().into_iter().flatten().map(text).collect();
        say!("  differenza {} {}: {}", text(&one["kind"]), text(&one["amount"]), documents.join(", "));
        say!("    -> {}", text(&one["remedy"]));
    }
}

/// Documents that are new, or stand otherwise than before.
fn changes(then: &States, now: &Value, shape: Shape) {
    for document in documents(now) {
        let name = text(&document["document"]);
        let (was, is) = (then.get(&name), (text(&document["state"]), text(&document["left"])));
        if was == Some(&is) {
            continue;
        }
        let was = was.map_or("-", |(state, _)| state);
        match shape {
            Shape::Json => say!("{}", serde_json::json!({ "changed": name, "was": was, "is": is.0 })),
            Shape::Table => say!("  cambiato {name}: {was} -> {}", is.0),
            // A column tells it.
            Shape::Csv => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_no_formulas_and_keep_their_separators() {
        assert_eq!(safe("=1+1"), "'=1+1");
        assert_eq!(safe("-12,50"), "-12,50");
        assert_eq!(safe("-cmd"), "'-cmd");
        assert_eq!(safe("a;b"), "\"a;b\"");
        assert_eq!(safe("a\"b"), "\"a\"\"b\"");
    }
}
