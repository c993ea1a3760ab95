// SPDX-License-Identifier: EUPL-1.2
//! `rules`: the catalogue as a table, JSON or the Markdown of `docs/RULES.md`.

use crate::cli::out::{put, say};
use clap::{Args, ValueEnum};

use crate::answer::Lang;
use crate::http::service::rule_view;
use crate::rules::RULES;

use super::LangArg;

/// `rules`
#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// How to print
    #[arg(long, value_enum, default_value = "table")]
    format: RulesFormat,
    /// Language of texts
    #[arg(long, value_enum, default_value = "it")]
    lang: LangArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RulesFormat {
    /// A line per rule
    Table,
    /// One JSON array
    Json,
    /// The text of docs/RULES.md
    Markdown,
}

pub(crate) fn run(args: &RulesArgs) -> anyhow::Result<()> {
    let lang = Lang::from(args.lang);
    match args.format {
        RulesFormat::Markdown => put(format_args!("{}", crate::docs::rules_markdown())),
        RulesFormat::Json => {
            let rules: Vec<_> = RULES.iter().map(|rule| rule_view(rule, lang)).collect();
            say!("{}", serde_json::to_string_pretty(&rules)?);
        }
        RulesFormat::Table => {
            for rule in RULES {
                let title = lang.pick(&rule.title);
                say!("{}  {:<8}  {title}  [{}]", rule.id, rule.severity.as_str(), rule.source_line());
            }
        }
    }
    Ok(())
}
