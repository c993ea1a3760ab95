// SPDX-License-Identifier: EUPL-1.2
//! The one binary: reads its arguments and runs one command.

use std::process::ExitCode;

use clap::Parser;
use mepa_gateway::cli::{Cli, run};

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("mepa-gateway: {error:#}");
            ExitCode::FAILURE
        }
    }
}
