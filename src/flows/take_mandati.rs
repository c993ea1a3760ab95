// SPDX-License-Identifier: EUPL-1.2
//! Taking in a list of mandati, as towns keep them that have no files of OPI. A later list of the same mandati holds over an
//! earlier one.

use std::sync::Arc;

use crate::app::App;
use crate::documents::{DocumentFault, ReadError, ReadErrorKind};
use crate::domain::istat::IstatCode;
use crate::domain::payment::OpiHead;
use crate::domain::payment::story::Teller;
use crate::domain::sha256::sha256;
use crate::domain::text::Text;
use crate::error::Error;
use crate::flows::take_payments::{keep_for_operator, parts, said};
use crate::import::{RejectedRow, read_bytes, read_mandati};
use crate::store::payments::{LIST, NewPaymentFile};

const NO_OFFICE: &str = "000000";

/// A list that was read.
#[derive(Debug, Clone)]
pub struct ReadMandati {
    /// What is to be kept of it.
    pub file: NewPaymentFile,
    /// The rows that say nothing that can be kept.
    pub rejected: Vec<RejectedRow>,
}

/// A spreadsheet or a text in columns: not XML, whatever its name.
#[must_use]
pub fn is_list(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    first.is_some_and(|byte| *byte != b'<') && !bytes.starts_with(b"%PDF")
}

impl ReadMandati {
    /// Reads the list of a Comune; its name tells a text in columns from nothing.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when it is no list of mandati.
    pub fn read(
        app: &App,
        comune: IstatCode,
        origin: &'static str,
        name: String,
        bytes: Vec<u8>,
    ) -> Result<Self, Error> {
        let read = read_bytes(&bytes, &name).and_then(|file| read_mandati(&file.rows));
        let list = read.map_err(|error| unreadable(error.text()))?;
        let tax_code = app.reference.comuni.by_istat(&comune).map(|comune| comune.tax_code.to_string());
        let office = app.settings.offices.iter().find(|(_, istat)| **istat == comune);
        // A list names no office, and nothing of it rests on one.
        let office = office.map(|(office, _)| *office).or_else(|| NO_OFFICE.parse().ok());
        let office = office.ok_or(Error::NotFound)?;
        let head = OpiHead { created_at: app.clock.now(), office, tax_code: tax_code.unwrap_or_default() };
        let digest = sha256(&bytes);
        let payments = list.payments(&head, &digest);
        let told_in = Teller::List(head.created_at);
        let said = payments.iter().flat_map(|(_, outcomes)| outcomes);
        let said = said.map(|outcome| self::said(outcome, told_in, &digest)).collect();
        let file = NewPaymentFile {
            sha256: digest,
            programme: app.programme.id.clone(),
            comune,
            kind: LIST,
            origin,
            file_name: Some(name),
            file: Some(bytes),
            parts: payments.iter().flat_map(|(flow, _)| parts(flow)).collect(),
            said,
        };
        Ok(Self { file, rejected: list.rejected })
    }

    /// The list, if every row of it can be kept.
    ///
    /// # Errors
    /// [`Error::Unreadable`] with every fault of every row.
    pub fn valid(self) -> Result<NewPaymentFile, Error> {
        let faults: Vec<_> = self.rejected.iter().flat_map(faults).collect();
        match faults.is_empty() {
            true => Ok(self.file),
            false => Err(Error::Unreadable(ReadError { kind: ReadErrorKind::Invalid, faults })),
        }
    }
}

fn unreadable(reason: Text) -> Error {
    let fault = DocumentFault { line: 1, column: 1, pointer: String::new(), value: String::new(), reason };
    Error::Unreadable(ReadError { kind: ReadErrorKind::NotThisKind, faults: vec![fault] })
}

fn faults(row: &RejectedRow) -> impl Iterator<Item = DocumentFault> {
    row.faults.iter().map(|fault| DocumentFault {
        line: row.row,
        column: 1,
        pointer: format!("{}/{}", row.sheet, fault.column),
        value: fault.value.clone(),
        reason: fault.reason.clone(),
    })
}

/// Why a row is not taken, for people.
#[must_use]
pub fn why(row: &RejectedRow) -> Text {
    let all = |of: fn(&Text) -> &str, word: &str| {
        let faults = row
            .faults
            .iter()
            .map(|fault| format!("{} «{}»: {}", fault.column, fault.value, of(&fault.reason)));
        format!("{word} {}: {}", row.row, faults.collect::<Vec<_>>().join("; "))
    };
    Text { it: all(|text| &text.it, "riga").into(), en: all(|text| &text.en, "row").into() }
}

/// Takes a list in on behalf of whoever runs the machine: the mandati that can be kept are, whatever the others are. Answers
/// whether it is new.
///
/// # Errors
/// [`Error::Conflict`] when the Comune is not in the programme; the store's.
pub async fn import_mandati(app: &Arc<App>, read: &ReadMandati) -> Result<bool, Error> {
    keep_for_operator(app, read.file.clone()).await
}
