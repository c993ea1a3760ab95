// SPDX-License-Identifier: EUPL-1.2
//! A large document in pieces: each ends with a body, and has the root of the whole put around it, so that the reader sees a
//! document every time. A small one is one piece. What is told of a piece is told with its place in the whole.

use std::io::Read;

use super::read::{self, Progress};
use super::{StreamError, VOCABULARY, told};
use crate::documents::fault::{DocumentFault, ReadError, ReadErrorKind};
use crate::documents::guard::charset::{self, Charset};
use crate::documents::guard::place::placed;
use crate::documents::guard::tokens::Tokens;
use crate::documents::guard::{Limits, too_long};
use crate::domain::invoice::Invoice;

/// Bytes of the document read at first before it is cut: what stays in a processor's cache while it is read.
pub(super) const PIECE: usize = 64 * 1024;
/// Bytes of the document in one piece: a body with its attachments must fit.
const PIECE_MAX: usize = 16 * 1024 * 1024;
/// The element that ends a piece.
const BODY: &[u8] = b"FatturaElettronicaBody";

/// What was read of one piece.
pub(super) struct Done {
    pub(super) invoices: Vec<Invoice>,
    pub(super) faults: Vec<DocumentFault>,
}

/// The cutting of one document.
pub(super) struct Pieces<R> {
    source: R,
    limits: Limits,
    /// What leads a piece, and what was read of the document but not yet done with.
    buffer: Vec<u8>,
    /// The start tag of the root that leads the buffer; nothing leads the first piece.
    lead: Lead,
    /// Bytes read so far.
    taken: usize,
    is_at_end: bool,
    is_over: bool,
    root: Option<Root>,
    progress: Progress,
    /// Where in the whole that begins which follows the lead.
    begin: Place,
}

/// The root of the document, as it is put around each piece.
struct Root {
    charset: Charset,
    /// Its start tag on one line, as the document writes it.
    open: Vec<u8>,
    open_characters: u32,
    close: Vec<u8>,
}

/// How much stands before a piece that is not in the document.
#[derive(Debug, Clone, Copy, Default)]
struct Lead {
    bytes: usize,
    characters: u32,
}

/// A place in the whole: lines before it, characters before it on its line, bodies before it.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    lines: u32,
    columns: u32,
    bodies: u32,
}

impl<R: Read> Pieces<R> {
    pub(super) fn new(source: R, limits: &Limits) -> Self {
        Self {
            source,
            limits: *limits,
            buffer: Vec::new(),
            lead: Lead::default(),
            taken: 0,
            is_at_end: false,
            is_over: false,
            root: None,
            progress: Progress::default(),
            begin: Place::default(),
        }
    }

    pub(super) fn into_progress(self) -> Progress {
        self.progress
    }

    /// Reads the next piece; nothing after the last one.
    pub(super) fn next_piece(&mut self) -> Result<Option<Done>, StreamError> {
        if self.is_over {
            return Ok(None);
        }
        // What leads a piece is read anew with each: never more of it than of the document.
        let mut target = PIECE.max(self.lead.bytes);
        loop {
            self.fill(target)?;
            if self.is_at_end {
                self.is_over = true;
                let end = self.buffer.len();
                return Ok(Some(self.read(end, true)?));
            }
            if let Some(end) = last_body_end(self.buffer.get(self.lead.bytes..).unwrap_or_default()) {
                let end = self.lead.bytes + end;
                let before = self.progress.clone();
                match self.read(end, false) {
                    // What looked like the end of a body may stand in a comment: more of the document shows it.
                    Err(error) if error.kind == ReadErrorKind::Malformed && target < PIECE_MAX => {
                        self.progress = before;
                    }
                    done => return Ok(done.map(Some)?),
                }
            } else if target >= PIECE_MAX {
                return Err(self.too_big(PIECE_MAX).into());
            }
            target *= 2;
        }
    }

    fn fill(&mut self, target: usize) -> Result<(), StreamError> {
        let wanted = (self.lead.bytes + target).saturating_sub(self.buffer.len());
        let room = self.limits.xml_bytes.saturating_add(1).saturating_sub(self.taken);
        self.buffer.reserve(wanted.min(room));
        let got = (&mut self.source).take(wanted.min(room) as u64).read_to_end(&mut self.buffer)?;
        self.taken += got;
        if self.taken > self.limits.xml_bytes {
            return Err(self.too_big(self.limits.xml_bytes).into());
        }
        self.is_at_end = got < wanted;
        Ok(())
    }

    #[cold]
    fn too_big(&self, most: usize) -> ReadError {
        told("", &self.limits, *too_long(self.taken, most))
    }

    /// Reads the first bytes of the buffer as a piece, and drops them once they are read.
    fn read(&mut self, end: usize, is_last: bool) -> Result<Done, ReadError> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let rest = buffer.split_off(end);
        let done = self.read_with_root(&mut buffer, is_last);
        buffer.truncate(end);
        if done.is_ok() {
            self.drop_piece(&mut buffer);
        }
        buffer.extend_from_slice(&rest);
        self.buffer = buffer;
        done
    }

    fn read_with_root(&mut self, piece: &mut Vec<u8>, is_last: bool) -> Result<Done, ReadError> {
        if !is_last {
            let root = match self.root.take() {
                Some(root) => root,
                None => root_of(piece, &self.limits)?,
            };
            piece.extend_from_slice(&root.close);
            self.root = Some(root);
        }
        let charset = match &self.root {
            Some(root) => root.charset,
            None => charset::charset_of(piece)
                .map_err(|broken| told(&charset::lossy_text(piece), &self.limits, *broken))?,
        };
        let piece = charset::without_mark(piece);
        let text = charset::text_in(charset, piece).map_err(|broken| {
            let error = told(&charset.lossy(piece), &self.limits, *broken);
            ReadError { faults: self.moved(error.faults), ..error }
        })?;
        self.read_text(&text, is_last)
    }

    /// Leaves of a piece that was read what leads the next.
    fn drop_piece(&mut self, piece: &mut Vec<u8>) {
        let Some(root) = &self.root else { return piece.clear() };
        let read = charset::without_mark(piece).get(self.lead.bytes..).unwrap_or_default();
        self.begin = self.begin.after(read, root.charset, self.progress.bodies);
        self.lead = Lead { bytes: root.open.len(), characters: root.open_characters };
        piece.clear();
        piece.extend_from_slice(&root.open);
    }

    fn read_text(&mut self, document: &str, is_last: bool) -> Result<Done, ReadError> {
        match read::piece(document, &self.limits, &mut self.progress, is_last) {
            Ok(piece) => {
                let faults = self.moved(placed(document, &VOCABULARY, &self.limits, piece.faults));
                Ok(Done { invoices: piece.invoices, faults })
            }
            Err(broken) => {
                let error = told(document, &self.limits, *broken);
                Err(ReadError { faults: self.moved(error.faults), ..error })
            }
        }
    }

    /// Faults of this piece, with their place in the whole.
    fn moved(&self, faults: Vec<DocumentFault>) -> Vec<DocumentFault> {
        faults.into_iter().map(|fault| self.begin.moved(fault, self.lead.characters)).collect()
    }
}

impl Place {
    /// The place behind a part of the document.
    fn after(self, part: &[u8], charset: Charset, bodies: u32) -> Self {
        let newlines = counted(memchr::memchr_iter(b'\n', part).count());
        let last_line = memchr::memrchr(b'\n', part).map_or(0, |newline| newline + 1);
        let last = charset.characters(part.get(last_line..).unwrap_or_default());
        let columns = if newlines == 0 { self.columns.saturating_add(last) } else { last };
        Self { lines: self.lines.saturating_add(newlines), columns, bodies }
    }

    /// A fault of a piece that begins here, with its place in the whole. On the first line so many characters stand before
    /// the piece that are not in the document.
    fn moved(self, fault: DocumentFault, opened: u32) -> DocumentFault {
        let column = match fault.line {
            1 => fault.column.saturating_sub(opened).saturating_add(self.columns),
            _ => fault.column,
        };
        let line = fault.line.saturating_add(self.lines);
        DocumentFault { line, column, pointer: self.moved_pointer(fault.pointer), ..fault }
    }

    fn moved_pointer(self, pointer: String) -> String {
        let numbered = || {
            let (before, rest) = pointer.split_once("FatturaElettronicaBody[")?;
            let (number, after) = rest.split_once(']')?;
            let number = number.parse::<u32>().ok()?.checked_add(self.bodies)?;
            Some(format!("{before}FatturaElettronicaBody[{number}]{after}"))
        };
        if self.bodies == 0 { pointer } else { numbered().unwrap_or(pointer) }
    }
}

/// The root of a document of which the beginning is at hand.
fn root_of(bytes: &[u8], limits: &Limits) -> Result<Root, ReadError> {
    let charset =
        charset::charset_of(bytes).map_err(|broken| told(&charset::lossy_text(bytes), limits, *broken))?;
    let bytes = charset::without_mark(bytes);
    let text =
        charset::text_in(charset, bytes).map_err(|broken| told(&charset.lossy(bytes), limits, *broken))?;
    let tag =
        Tokens::new(&text, &VOCABULARY, limits).root().map_err(|broken| told(&text, limits, *broken))?;
    let place = |offset: usize| charset.bytes_of(text.get(..offset).unwrap_or_default());
    let mut open = bytes.get(place(tag.at)..place(tag.end)).unwrap_or_default().to_vec();
    // Blanks of any kind between attributes are the same, and so they are in their values.
    open.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r' | b'\t')).for_each(|byte| *byte = b' ');
    let name = open.get(1..).unwrap_or_default();
    let name = name.split(|byte| matches!(byte, b' ' | b'>' | b'/')).next().unwrap_or_default();
    let close = [b"</", name, b">"].concat();
    Ok(Root { charset, open_characters: charset.characters(&open), open, close })
}

/// Offset behind the last end tag of a body.
fn last_body_end(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    loop {
        let start = memchr::memmem::rfind(rest, BODY)?;
        let is_end_tag = rest.get(..start)?.ends_with(b"</");
        let behind = bytes.get(start + BODY.len()..)?;
        let blanks = behind.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if is_end_tag && behind.get(blanks) == Some(&b'>') {
            return Some(start + BODY.len() + blanks + 1);
        }
        rest = rest.get(..start)?;
    }
}

fn counted(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_root_does_not_make_many_pieces() {
        let body = "<FatturaElettronicaBody></FatturaElettronicaBody>";
        let before = format!(
            "<p:FatturaElettronica versione=\"FPA12\" xmlns:p=\"{}\" xmlns:q=\"",
            VOCABULARY.spaces[0].0
        );
        for length in [1_000, PIECE - 60, 2 * PIECE - 60, 8 * PIECE] {
            let root = format!("{before}{}\">", "u".repeat(length - before.len() - 2));
            let text = format!("{root}{}</p:FatturaElettronica>", body.repeat(10_000));
            let limits = Limits { nodes: u32::MAX, ..Limits::default() };
            let mut pieces = Pieces::new(text.as_bytes(), &limits);
            let mut count = 0;
            while pieces.next_piece().unwrap().is_some() {
                count += 1;
            }
            assert!(count <= text.len() / PIECE.max(length) + 2, "{length}: {count} pieces");
            assert_eq!(pieces.into_progress().bodies, 10_000);
        }
    }
}
