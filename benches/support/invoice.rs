// SPDX-License-Identifier: EUPL-1.2
//! An invoice to measure with: one line of the order that bears the same number.

use mepa_gateway::reference::Comune;

use super::documents::{DAY, NUMBER, cig};

const EXAMPLE: &str = include_str!("../../docs/examples/fattura.xml");

/// The invoice of the examples, addressed to a Comune, of at least so many bytes: it names the order of its own number.
pub(crate) fn invoice(comune: &Comune, cup: &str, bytes: usize) -> Vec<u8> {
    let text = EXAMPLE.replace("01817670019", comune.tax_code.as_ref()).replace("2026/15", NUMBER);
    let text = text.replace("8127453", NUMBER).replace("<Data>2026-03-12<", &format!("<Data>{DAY}<"));
    let text = text.replace("J51B26000010006", cup).replace("BFA0B1C51C", &cig(0));
    let (head, rest) = text.split_once("<DatiBeniServizi>").unwrap_or((&text, ""));
    let (_, tail) = rest.split_once("</DatiRiepilogo>").unwrap_or(("", rest));
    let line = "<DettaglioLinee><NumeroLinea>1</NumeroLinea><CodiceArticolo><CodiceTipo>MEPA</CodiceTipo><CodiceValore>B01-0000</CodiceValore></CodiceArticolo>\
        <Descrizione>Seduta</Descrizione><Quantita>1.00</Quantita><PrezzoUnitario>12.50</PrezzoUnitario><PrezzoTotale>12.50</PrezzoTotale>\
        <AliquotaIVA>22.00</AliquotaIVA></DettaglioLinee><DatiRiepilogo><AliquotaIVA>22.00</AliquotaIVA><ImponibileImporto>12.50</ImponibileImporto>\
        <Imposta>2.75</Imposta><EsigibilitaIVA>S</EsigibilitaIVA></DatiRiepilogo>";
    let body = format!("{head}<DatiBeniServizi>{line}{tail}")
        .replace("12169.74", "15.25")
        .replace("9975.20", "12.50");
    // What is still missing is said as the reason of the document, over and over.
    let causes = "<Causale>Fornitura di arredi per gli uffici comunali secondo l'ordine diretto di acquisto e la determina</Causale>";
    let missing = bytes.saturating_sub(body.len()).div_ceil(causes.len());
    body.replacen("<Causale>", &format!("{}<Causale>", causes.repeat(missing)), 1).into_bytes()
}
