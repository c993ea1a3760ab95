// SPDX-License-Identifier: EUPL-1.2
//! Printing to the standard output. A reader that has gone away (`… | head`) ends the command quietly instead of with a
//! panic.

use std::fmt::{Arguments, Display};
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

/// How much of a list is shown at once.
pub(crate) const PAGE: u32 = 1000;

/// Prints a page of a list, an entry a line, and after what the next page begins when this one is full.
pub(crate) fn put_page<T, K: Display>(entries: &[T], line: impl Fn(&T) -> String, key: impl Fn(&T) -> &K) {
    for line in page(entries, line, key) {
        say!("{line}");
    }
}

fn page<T, K: Display>(entries: &[T], line: impl Fn(&T) -> String, key: impl Fn(&T) -> &K) -> Vec<String> {
    let mut lines: Vec<_> = entries.iter().map(line).collect();
    match entries.last() {
        None => lines.push("none".to_owned()),
        Some(last) if entries.len() >= PAGE as usize => lines.push(format!("more: --after {}", key(last))),
        Some(_) => {}
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last_line(entries: u32) -> String {
        let entries: Vec<_> = (1..=entries).collect();
        page(&entries, |n| format!("entry {n}"), |n| n).pop().unwrap()
    }

    #[test]
    fn a_full_page_tells_how_to_go_on() {
        assert_eq!(last_line(0), "none");
        assert_eq!(last_line(PAGE - 1), format!("entry {}", PAGE - 1));
        assert_eq!(last_line(PAGE), format!("more: --after {PAGE}"));
    }
}
