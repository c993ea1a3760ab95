// SPDX-License-Identifier: EUPL-1.2
//! `cig`: asks ANAC about a CIG and says point by point whether an order of the Comune can lean on it.

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;

use crate::answer::Lang;
use crate::cli::out::say;
use crate::config::Settings;
use crate::domain::cig::Cig;
use crate::flows::verify_cig::verify_cig;

use super::{DataArgs, LangArg, comune_of, open_existing, with_data_dir};

/// `cig`
#[derive(Debug, Args)]
pub(crate) struct CigArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The CIG
    cig: String,
    /// The Comune whose order it is for: IPA code, ISTAT code, tax code or Belfiore code
    #[arg(long, value_name = "CODE")]
    comune: String,
    /// Language of texts
    #[arg(long, value_enum, default_value = "it")]
    lang: LangArg,
}

/// 0 when nothing speaks against it, 1 when something does.
pub(crate) async fn run(settings: Settings, args: CigArgs) -> anyhow::Result<ExitCode> {
    let cig: Cig = args.cig.parse().map_err(|error| anyhow::anyhow!("{}: {error}", args.cig))?;
    let app = open_existing(with_data_dir(settings, &args.data)).await?;
    let lang: Lang = args.lang.into();
    let Some(anac) = &app.platforms.anac else {
        bail!("ANAC is not connected: fill in [platforms.anac] in the settings (docs/platforms.md)");
    };
    let code = comune_of(&app, &args.comune)?;
    let comune = app.reference.comuni.by_istat(&code).context("no such Comune")?;
    let row = app.store.participation(&app.programme.id, &code).await?;
    let cup = row.and_then(|row| row.cup);
    let points = verify_cig(&app, anac, comune, cup.as_ref(), &cig).await;
    let points = points
        .map_err(|error| anyhow::anyhow!("{} {}", lang.pick(&error.message()), lang.pick(&error.remedy())))?;
    for point in &points {
        let sign = match point.well {
            Some(true) => "ok  ",
            Some(false) => "NO  ",
            None => "?   ",
        };
        say!("{sign}{}: {}", lang.pick(&point.what), lang.pick(&point.found));
    }
    let bad = points.iter().any(|point| point.well == Some(false));
    Ok(if bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
