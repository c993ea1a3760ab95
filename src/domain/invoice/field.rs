// SPDX-License-Identifier: EUPL-1.2
//! Where a field stands in the document. Paths are written without prefixes, as people read them: the prefix of the root
//! differs from document to document and no other element has one.

use super::{FormatVersion, Invoice, ReferenceBlock};

/// A field of an invoice that a finding can be about. `usize` is a position, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is the field of the same name")]
pub enum InvoiceField {
    Document,
    Version,
    StatedFormat,
    RecipientCode,
    Supplier,
    SupplierVat,
    Buyer,
    BuyerTaxCode,
    Kind,
    Currency,
    Date,
    Number,
    Total(TotalField),
    References,
    Reference(ReferenceBlock, usize),
    ReferenceId(ReferenceBlock, usize),
    Cup(ReferenceBlock, usize),
    Cig(ReferenceBlock, usize),
    Line(usize),
    LineQuantity(usize),
    LineUnitPrice(usize),
    LineNet(usize),
    LineVatRate(usize),
    LineExemption(usize),
    Summary(usize),
    SummaryNet(usize),
    SummaryVat(usize),
    SummaryExigibility(usize),
    Payment,
}

/// A total of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TotalField {
    /// `ImportoTotaleDocumento`.
    Stated,
    /// `DatiRitenuta`.
    Withheld,
}

impl Invoice {
    /// The path of a field.
    pub fn locate(&self, field: InvoiceField) -> String {
        path_in(self.header.version, self.position, field)
    }
}

/// The path of a field of the body at a position, counted from 1.
pub(crate) fn path_in(version: FormatVersion, position: u32, field: InvoiceField) -> String {
    let root = match version {
        FormatVersion::Fsm10 => "/FatturaElettronicaSemplificata",
        FormatVersion::Fpa12 | FormatVersion::Fpr12 | FormatVersion::V11 => "/FatturaElettronica",
    };
    match inside(field) {
        Place::Root => root.to_owned(),
        Place::Attribute(name) => format!("{root}/@{name}"),
        Place::Header(path) => format!("{root}/FatturaElettronicaHeader{path}"),
        Place::Body(path) => format!("{root}/FatturaElettronicaBody[{position}]{path}"),
    }
}

enum Place {
    Root,
    Attribute(&'static str),
    Header(&'static str),
    Body(String),
}

fn inside(field: InvoiceField) -> Place {
    use InvoiceField as F;
    let body = |path: &str| Place::Body(path.to_owned());
    match field {
        F::Document => Place::Root,
        F::Version => Place::Attribute("versione"),
        F::StatedFormat => Place::Header("/DatiTrasmissione/FormatoTrasmissione"),
        F::RecipientCode => Place::Header("/DatiTrasmissione/CodiceDestinatario"),
        F::Supplier => Place::Header("/CedentePrestatore"),
        F::SupplierVat => Place::Header("/CedentePrestatore/DatiAnagrafici/IdFiscaleIVA"),
        F::Buyer => Place::Header("/CessionarioCommittente"),
        F::BuyerTaxCode => Place::Header("/CessionarioCommittente/DatiAnagrafici/CodiceFiscale"),
        F::Kind => body("/DatiGenerali/DatiGeneraliDocumento/TipoDocumento"),
        F::Currency => body("/DatiGenerali/DatiGeneraliDocumento/Divisa"),
        F::Date => body("/DatiGenerali/DatiGeneraliDocumento/Data"),
        F::Number => body("/DatiGenerali/DatiGeneraliDocumento/Numero"),
        F::Total(TotalField::Stated) => body("/DatiGenerali/DatiGeneraliDocumento/ImportoTotaleDocumento"),
        F::Total(TotalField::Withheld) => body("/DatiGenerali/DatiGeneraliDocumento/DatiRitenuta"),
        F::References => body("/DatiGenerali"),
        F::Reference(block, n) => reference(block, n, ""),
        F::ReferenceId(block, n) => reference(block, n, "/IdDocumento"),
        F::Cup(block, n) => reference(block, n, "/CodiceCUP"),
        F::Cig(block, n) => reference(block, n, "/CodiceCIG"),
        F::Line(n) => row("DettaglioLinee", n, ""),
        F::LineQuantity(n) => row("DettaglioLinee", n, "/Quantita"),
        F::LineUnitPrice(n) => row("DettaglioLinee", n, "/PrezzoUnitario"),
        F::LineNet(n) => row("DettaglioLinee", n, "/PrezzoTotale"),
        F::LineVatRate(n) => row("DettaglioLinee", n, "/AliquotaIVA"),
        F::LineExemption(n) => row("DettaglioLinee", n, "/Natura"),
        F::Summary(n) => row("DatiRiepilogo", n, ""),
        F::SummaryNet(n) => row("DatiRiepilogo", n, "/ImponibileImporto"),
        F::SummaryVat(n) => row("DatiRiepilogo", n, "/Imposta"),
        F::SummaryExigibility(n) => row("DatiRiepilogo", n, "/EsigibilitaIVA"),
        F::Payment => body("/DatiPagamento"),
    }
}

fn reference(block: ReferenceBlock, n: usize, rest: &str) -> Place {
    Place::Body(format!("/DatiGenerali/{}[{}]{rest}", block.as_str(), n.saturating_add(1)))
}

fn row(element: &str, n: usize, rest: &str) -> Place {
    Place::Body(format!("/DatiBeniServizi/{element}[{}]{rest}", n.saturating_add(1)))
}
