// SPDX-License-Identifier: EUPL-1.2
//! What is wrong with a file of `config/`: always file, line and field, and all of it at once, so that whoever edits a
//! file mends it in one go.

use std::fmt;
use std::path::Path;

/// One fault of a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFault {
    /// The file, as named when it was read.
    pub file: String,
    /// Line, counted from 1; 0 when the fault is of the whole file.
    pub line: usize,
    /// Column of a table or key of a document such as `window[1].last`; empty when the fault is of the whole line.
    pub field: String,
    /// What is wrong and, where it helps, what would be right.
    pub reason: String,
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if !self.field.is_empty() {
            write!(f, ": {}", self.field)?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// Every fault found, in the order of the files and lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFaults(Vec<ConfigFault>);

impl ConfigFaults {
    /// The faults; never empty.
    #[must_use]
    pub fn list(&self) -> &[ConfigFault] {
        &self.0
    }
}

impl fmt::Display for ConfigFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} fault(s) in the configuration", self.0.len())?;
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl std::error::Error for ConfigFaults {}

/// Collects the faults of one file while it is read.
#[derive(Debug)]
pub(crate) struct FaultLog {
    file: String,
    faults: Vec<ConfigFault>,
}

impl FaultLog {
    /// An empty log for a file.
    pub(crate) fn new(file: impl Into<String>) -> Self {
        Self { file: file.into(), faults: Vec::new() }
    }

    /// Notes one fault.
    pub(crate) fn note(&mut self, line: usize, field: impl Into<String>, reason: impl Into<String>) {
        let (file, field, reason) = (self.file.clone(), field.into(), reason.into());
        self.faults.push(ConfigFault { file, line, field, reason });
    }

    /// What was noted, as people read it, by line.
    #[cfg(test)]
    pub(crate) fn told(mut self) -> Vec<String> {
        self.faults.sort_by_key(|fault| fault.line);
        self.faults.iter().map(ToString::to_string).collect()
    }
}

/// Reads a file, or logs why it cannot be read.
pub(crate) fn read_file(path: &Path, log: &mut FaultLog) -> Option<String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) => {
            log.note(0, "", format!("cannot be read: {error}"));
            None
        }
    }
}

/// The value when nothing was noted in any log, else all that was noted. A reader that gives no value must have noted why.
pub(crate) fn settle<T>(
    value: Option<T>,
    logs: impl IntoIterator<Item = FaultLog>,
) -> Result<T, ConfigFaults> {
    let mut faults = Vec::new();
    for mut log in logs {
        log.faults.sort_by_key(|fault| fault.line);
        faults.extend(log.faults);
    }
    match value {
        Some(value) if faults.is_empty() => Ok(value),
        _ => Err(ConfigFaults(faults)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_file_line_field_and_reason() {
        let mut log = FaultLog::new("cpv.csv");
        log.note(7, "check", "one digit expected");
        log.note(0, "", "no rows");
        let faults = settle(Some(()), [log]).unwrap_err();
        assert_eq!(
            faults.to_string(),
            "2 fault(s) in the configuration\n  cpv.csv: no rows\n  cpv.csv:7: check: one digit expected"
        );
    }
}
