// SPDX-License-Identifier: EUPL-1.2
//! Printing to the standard output. A reader that has gone away (`… | head`) ends the command quietly instead of with a
//! panic.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write};

/// Prints and goes on; when nobody reads any more, ends the process as a success.
pub(crate) fn put(text: Arguments<'_>) {
    let written = std::io::stdout().lock().write_fmt(text);
    if let Err(error) = written {
        let nobody_reads = error.kind() == ErrorKind::BrokenPipe;
        std::process::exit(i32::from(!nobody_reads));
    }
}

/// As `println!`, through [`put`].
macro_rules! say {
    () => { $crate::cli::out::put(format_args!("\n")) };
    ($($text:tt)*) => { $crate::cli::out::put(format_args!("{}\n", format_args!($($text)*))) };
}

pub(crate) use say;
