// SPDX-License-Identifier: EUPL-1.2
//! `ORD-046`: the order can be written in the form that the platform takes.
//!
//! # What it does
//! Refuses texts that are too long or hold characters that the form does not know, units and VAT rates of another
//! shape, discounts on the whole order, and more lines than one order may have.
//! # Why
//! An order that is accepted here and refused by the platform would hold money for nothing.
//! # Source
//! The contract for the hand-over, our documented assumption (`schemas/acquistinretepa/`); XML 1.0, production Char.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::decimal::Percent;
use crate::domain::finding::Severity;
use crate::domain::money::Money;
use crate::domain::order::{Field, Line};
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-046",
    severity: Severity::Blocks,
    source: LegalSource::inferred(
        "Contratto di consegna ad Acquistinretepa",
        "ordine UBL, lunghezze e caratteri",
    ),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new(
        "L'ordine si può scrivere nel formato della piattaforma",
        "The order can be written in the form of the platform",
    ),
    why: Text::new(
        "Un ordine che la piattaforma rifiuta terrebbe impegnata la somma per nulla.",
        "An order that the platform refuses would hold the money for nothing.",
    ),
    remedy: Text::new(
        "Accorciare o correggere il campo indicato e inviare di nuovo l'ordine.",
        "Shorten or correct the field named and submit the order again.",
    ),
    check: Check::Order(check),
};

/// Lines of one order.
const LINES_MAX: usize = 999;
/// Units of [`Percent::scaled`] in a hundredth of a percent, and in a hundred percent.
const HUNDREDTH: i128 = 1_000_000;
const WHOLE: i128 = 10_000 * HUNDREDTH;

/// What a text of the platform's form may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// 1 to 60 characters in one line.
    Identifier,
    /// 1 to 255 characters.
    Name,
    /// 1 to 2,000 characters.
    Long,
    /// 1 to 10 letters, digits and points.
    Code,
}

fn check(case: &Case<'_>) -> Outcome {
    let order = case.order;
    let head = [
        (Field::Number, Some(&*order.number), Form::Identifier),
        (Field::Note, order.note.as_deref(), Form::Long),
        (Field::Buyer, order.buyer.name.as_deref(), Form::Name),
        (Field::Supplier, order.supplier.name.as_deref(), Form::Name),
    ];
    let texts = head.into_iter().chain(order.lines.iter().enumerate().flat_map(|(n, line)| texts(n, line)));
    let unfit = texts.filter_map(|(field, text, form)| unfit(field, text?, form));
    let rates = order.lines.iter().enumerate().filter_map(|(n, line)| odd_rate(n, line.vat_rate?));
    let whole = too_many(order.lines.len()).into_iter().chain(discounted(order.document_allowances));
    Outcome::of(whole.chain(unfit).chain(rates))
}

fn texts(n: usize, line: &Line) -> [(Field, Option<&str>, Form); 5] {
    [
        (Field::LineId(n), Some(&line.id), Form::Identifier),
        (Field::LineItemCode(n), line.item_code.as_deref(), Form::Identifier),
        (Field::LineName(n), Some(&line.name), Form::Name),
        (Field::LineDescription(n), line.description.as_deref(), Form::Long),
        (Field::LineUnit(n), Some(&line.unit), Form::Code),
    ]
}

impl Form {
    fn longest(self) -> usize {
        match self {
            Self::Identifier => 60,
            Self::Name => 255,
            Self::Long => 2_000,
            Self::Code => 10,
        }
    }

    fn takes(self, c: char) -> bool {
        match self {
            Self::Code => c.is_ascii_alphanumeric() || c == '.',
            Self::Identifier => is_xml(c) && !matches!(c, '\n' | '\r'),
            Self::Name | Self::Long => is_xml(c),
        }
    }
}

/// The characters of XML 1.0; surrogates are none to begin with.
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

fn unfit(field: Field, text: &str, form: Form) -> Option<Fault> {
    let longest = form.longest();
    // Bytes are never fewer than characters, so most texts need no count.
    if text.len() > longest {
        let length = text.chars().count();
        if length > longest {
            let it =
                format!("Il testo ha {length} caratteri: la piattaforma ne ammette al massimo {longest}.");
            let en = format!("The text has {length} characters: the platform takes {longest} at most.");
            return Some(Fault::new(field, it, en).with("length", length).with("longest", longest));
        }
    }
    // Most texts hold nothing but what every form but that of codes takes; without an early exit many bytes are looked at
    // at once.
    if form != Form::Code && text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~')) {
        return None;
    }
    let foreign = text.chars().find(|c| !form.takes(*c))?;
    let code = format!("U+{:04X}", u32::from(foreign));
    let it = format!("Il testo contiene un carattere che la piattaforma non ammette qui ({code}).");
    let en = format!("The text holds a character that the platform does not take here ({code}).");
    Some(Fault::new(field, it, en).with("character", code))
}

fn odd_rate(n: usize, rate: Percent) -> Option<Fault> {
    let fits = (0..=WHOLE).contains(&rate.scaled()) && rate.scaled() % HUNDREDTH == 0;
    (!fits).then(|| {
        let it = format!("L'aliquota {rate} % non è tra 0 e 100 con al massimo due decimali.");
        let en = format!("The rate {rate} % is not between 0 and 100 with two decimals at most.");
        Fault::new(Field::LineVatRate(n), it, en).with("vat_rate", rate)
    })
}

fn too_many(lines: usize) -> Option<Fault> {
    (lines > LINES_MAX).then(|| {
        let it = format!("L'ordine ha {lines} righe: la piattaforma ne ammette al massimo {LINES_MAX}.");
        let en = format!("The order has {lines} lines: the platform takes {LINES_MAX} at most.");
        Fault::new(Field::Lines, it, en).with("lines", lines).with("most", LINES_MAX)
    })
}

fn discounted(allowances: Money) -> Option<Fault> {
    (!allowances.is_zero()).then(|| {
        let it = "Sconti e maggiorazioni sull'intero ordine non sono ammessi dalla piattaforma: riportarli sulle righe.";
        let en = "Discounts and charges on the whole order are not taken by the platform: put them on the lines.";
        Fault::new(Field::TotalsNet, it, en).with("allowances", allowances)
    })
}
