// SPDX-License-Identifier: EUPL-1.2
//! Invoices of the project's own: large lots in pieces, defects with their places, character sets.

use std::io::Read;

use mepa_gateway::documents::fatturapa::{StreamError, read_invoices, stream_invoices};
use mepa_gateway::documents::{Limits, ReadErrorKind};
use mepa_gateway::domain::invoice::{DocumentClass, Invoice};

const EXAMPLE: &str = include_str!("../../docs/examples/fattura.xml");

/// The example before its body, its body, and what follows.
fn parts() -> (&'static str, &'static str, &'static str) {
    const END: &str = "</FatturaElettronicaBody>";
    let start = EXAMPLE.find("<FatturaElettronicaBody>").unwrap();
    let end = EXAMPLE.find(END).unwrap() + END.len();
    (&EXAMPLE[..start], &EXAMPLE[start..end], &EXAMPLE[end..])
}

/// A lot of so many invoices, one after the other, each on lines of its own.
fn lot(count: usize, change: impl Fn(usize, &str) -> String) -> String {
    let (before, body, after) = parts();
    let bodies: Vec<String> = (1..=count).map(|n| change(n, body)).collect();
    format!("{before}{}{after}", bodies.join("\n"))
}

/// A source that gives little at a time, as a network does.
struct Slowly<'a>(&'a [u8]);

impl Read for Slowly<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.len().min(into.len()).min(4_099);
        into[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

fn streamed(text: &str, limits: &Limits) -> (Vec<Invoice>, mepa_gateway::documents::fatturapa::InvoiceFile) {
    let mut invoices = Vec::new();
    let file = stream_invoices(Slowly(text.as_bytes()), limits, |invoice| invoices.push(invoice)).unwrap();
    (invoices, file)
}

/// Line and column of an offset of a text, counted from 1.
fn place(text: &str, at: usize) -> (u32, u32) {
    let before = &text[..at];
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    (u32::try_from(before.matches('\n').count() + 1).unwrap(), u32::try_from(column).unwrap())
}

#[test]
fn the_example_is_read_whole() {
    let file = read_invoices(EXAMPLE.as_bytes(), &Limits::default()).unwrap();
    assert_eq!((file.faults, file.bodies, file.is_signed), (Vec::new(), 1, false));
    let invoice = &file.invoices[0];
    assert_eq!(invoice.kind.class(), DocumentClass::Invoice);
    assert_eq!(invoice.cup().unwrap().as_str(), "J51B26000010006");
    assert_eq!(invoice.cig().unwrap().as_str(), "BFA0B1C51C");
    assert!(invoice.is_split_payment());
    assert_eq!(invoice.payable(), invoice.net());
    let cup = invoice.cups().next().unwrap();
    assert_eq!(
        cup.at,
        "/FatturaElettronica/FatturaElettronicaBody[1]/DatiGenerali/DatiOrdineAcquisto[1]/CodiceCUP"
    );
}

#[test]
fn a_large_lot_is_read_in_pieces_as_if_it_were_one() {
    let count = 1_000;
    let text = lot(count, |n, body| body.replace("<Numero>", &format!("<Numero>{n}-")));
    assert!(text.len() > 1_500_000, "{}", text.len());
    let (invoices, file) = streamed(&text, &Limits::default());
    assert_eq!((invoices.len(), file.bodies, file.faults.len()), (count, 1_000, 0));
    for (n, invoice) in (1u32..).zip(&invoices) {
        assert_eq!(invoice.position, n);
        assert!(invoice.number.starts_with(&format!("{n}-")), "{}", invoice.number);
        assert!(std::sync::Arc::ptr_eq(&invoice.header, &invoices[0].header));
    }
    assert_eq!(file.header.supplier, invoices[0].header.supplier);
}

#[test]
fn a_defect_deep_in_a_lot_is_told_with_its_place_in_the_whole() {
    let text = lot(1_000, |n, body| match n {
        3 | 900 => body.replace("<Divisa>EUR</Divisa>", "<Divisa>Euro</Divisa>"),
        _ => body.to_owned(),
    });
    let (_, file) = streamed(&text, &Limits::default());
    let places: Vec<_> = text.match_indices("<Divisa>Euro").map(|(at, _)| at).collect();
    assert_eq!((file.faults.len(), places.len()), (2, 2));
    for (fault, at) in file.faults.iter().zip(places) {
        assert_eq!((fault.line, fault.column), place(&text, at));
    }
    let path = "/FatturaElettronica/FatturaElettronicaBody[900]/DatiGenerali/DatiGeneraliDocumento/Divisa";
    assert_eq!(file.faults[1].pointer, path);
}

#[test]
fn a_defect_on_the_line_where_a_piece_begins_has_its_column() {
    let one_line = |_: usize, body: &str| body.replace('\n', "");
    let text = lot(1_000, |n, body| {
        let body = one_line(n, body);
        if n == 900 { body.replace("<Divisa>EUR", "<Divisa>E") } else { body }
    });
    let text = text.replace('\n', "");
    let (_, file) = streamed(&text, &Limits::default());
    let at = text.find("<Divisa>E<").unwrap();
    assert_eq!((file.faults[0].line, file.faults[0].column), place(&text, at));
}

#[test]
fn what_looks_like_the_end_of_a_body_in_a_comment_ends_nothing() {
    let comment =
        format!("<!--{}</FatturaElettronicaBody> -->", "</FatturaElettronicaBody> x".repeat(20_000));
    let text = lot(300, |n, body| {
        if n == 2 {
            body.replace("<DatiGenerali>", &format!("{comment}<DatiGenerali>"))
        } else {
            body.to_owned()
        }
    });
    let (invoices, file) = streamed(&text, &Limits::default());
    assert_eq!((invoices.len(), file.faults.len()), (300, 0));
}

#[test]
fn a_lot_that_breaks_off_or_is_too_long_is_refused_with_its_place() {
    let text = lot(1_000, |_, body| body.to_owned());
    let cut = &text[..text.len() - 200];
    let mut count = 0;
    let error = stream_invoices(Slowly(cut.as_bytes()), &Limits::default(), |_| count += 1).unwrap_err();
    let StreamError::Document(error) = error else { panic!("{error}") };
    assert_eq!(error.kind, ReadErrorKind::Malformed);
    assert!(error.faults[0].line as usize > cut.matches('\n').count() - 60, "{error:?}");
    assert!(count > 500, "{count}");
    let limits = Limits { xml_bytes: 1_000_000, ..Limits::default() };
    let error = stream_invoices(text.as_bytes(), &limits, |_| ()).unwrap_err();
    let StreamError::Document(error) = error else { panic!("{error}") };
    assert_eq!(error.kind, ReadErrorKind::TooBig);
}

#[test]
fn western_character_sets_are_read_in_pieces_too() {
    let text = lot(1_000, |_, body| body.replace("<Descrizione>", "<Descrizione>è "));
    let text = text.replacen("UTF-8", "windows-1252", 1);
    let bytes: Vec<u8> = text.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect();
    let mut invoices = Vec::new();
    let file =
        stream_invoices(bytes.as_slice(), &Limits::default(), |invoice| invoices.push(invoice)).unwrap();
    assert_eq!((invoices.len(), file.faults.len()), (1_000, 0));
    assert!(invoices.iter().all(|invoice| invoice.lines[0].description.starts_with("è ")));
}

#[test]
fn a_byte_that_is_no_text_is_told_with_its_place_in_the_whole() {
    // The mark is one character, and what each set writes of it is no text.
    for (set, wrong) in [("UTF-8", 0xFF), ("windows-1252", 0x81), ("UTF-8", 0x01)] {
        for (bodies, lines) in [(3, "\n"), (1_000, "\n"), (1_000, "")] {
            let text = lot(bodies, |n, body| {
                let mark = if n + 1 == bodies { "<Divisa>§" } else { "<Divisa>" };
                body.replace("<Descrizione>", "<Descrizione>è ").replace("<Divisa>", mark)
            });
            let text = text.replacen("UTF-8", set, 1).replace('\n', lines);
            let at = text.find('§').unwrap();
            let byte = |character: char| match (character, set) {
                ('§', _) => vec![wrong],
                (_, "UTF-8") => character.to_string().into_bytes(),
                _ => vec![u8::try_from(u32::from(character)).unwrap()],
            };
            let bytes: Vec<u8> = text.chars().flat_map(byte).collect();
            let error = read_invoices(&bytes, &Limits::default()).unwrap_err();
            let fault = &error.faults[0];
            assert_eq!((fault.line, fault.column), place(&text, at), "{set} {wrong:x} {bodies}: {error:?}");
        }
    }
}

#[test]
fn a_mark_between_bodies_is_a_character_like_others() {
    let text = lot(1_000, |n, body| {
        let body = body.replace('\n', "");
        let body = if n == 900 { body.replace("<Divisa>EUR", "<Divisa>E") } else { body };
        format!("{body}\u{feff}")
    });
    let text = text.replace('\n', "");
    let limits = Limits { faults: 2_000, ..Limits::default() };
    let (_, file) = streamed(&text, &limits);
    let fault = file.faults.iter().find(|fault| fault.pointer.ends_with("/Divisa")).unwrap();
    assert_eq!((fault.line, fault.column), place(&text, text.find("<Divisa>E<").unwrap()));
}

#[test]
fn every_break_of_the_schema_is_told_and_nothing_else_is_lost() {
    let text = EXAMPLE
        .replace("<Divisa>EUR</Divisa>", "")
        .replace("<AliquotaIVA>22.00</AliquotaIVA>", "<AliquotaIVA>22</AliquotaIVA>")
        .replace("<DatiBeniServizi>", "<Altro/><DatiBeniServizi>");
    let file = read_invoices(text.as_bytes(), &Limits::default()).unwrap();
    let told: Vec<&str> = file.faults.iter().map(|fault| fault.reason.it.as_ref()).collect();
    assert!(told.contains(&"manca Divisa prima di Data"), "{told:?}");
    assert!(told.contains(&"Altro non è previsto qui"), "{told:?}");
    assert!(told.iter().any(|reason| reason.starts_with("serve una percentuale")), "{told:?}");
    assert_eq!(file.invoices[0].lines[0].vat_rate.to_string(), "22");
}

#[test]
fn hostile_documents_are_refused() {
    for (text, kind) in [
        ("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", ReadErrorKind::Malformed),
        ("<Order xmlns='urn:oasis:names:specification:ubl:schema:xsd:Order-2'/>", ReadErrorKind::NotThisKind),
        ("", ReadErrorKind::Malformed),
        ("<p:FatturaElettronica/>", ReadErrorKind::Malformed),
    ] {
        assert_eq!(read_invoices(text.as_bytes(), &Limits::default()).unwrap_err().kind, kind, "{text}");
    }
    let deep = EXAMPLE.replace("<DatiBeniServizi>", &format!("{}<DatiBeniServizi>", "<a>".repeat(100)));
    assert_eq!(read_invoices(deep.as_bytes(), &Limits::default()).unwrap_err().kind, ReadErrorKind::TooBig);
}
