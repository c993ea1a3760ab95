// SPDX-License-Identifier: EUPL-1.2
//! What comes to Almese on paper, as it were: invoices of its supplier, an order of payment, the bank's word, a list of mandati.
//! Each is an example document with other figures in it.

use anyhow::Context;

use crate::domain::money::Money;

const INVOICE: &str = include_str!("../../../docs/examples/fattura.xml");
const FLOW: &str = include_str!("../../../mocks/fixtures/siope/flusso-split-payment.xml");
const PAID: &str = include_str!("../../../mocks/fixtures/siope/esito-pagato.xml");
/// VAT of every line.
const VAT_PERCENT: i64 = 22;

/// An invoice or a credit note on the order.
#[derive(Debug, Clone)]
pub(super) struct Paper<'a> {
    /// TD01 or TD04.
    pub(super) kind: &'static str,
    pub(super) number: &'static str,
    pub(super) date: &'static str,
    /// Of the order: its number, date and CIG.
    pub(super) order: (&'a str, &'a str, &'a str),
    /// None: the supplier forgot it.
    pub(super) cup: Option<&'a str>,
    /// The line of the order, its description, pieces, price of one in cents.
    pub(super) line: (u32, &'static str, i64, i64),
    /// Number and date of the invoice that a note corrects.
    pub(super) corrects: Option<(&'static str, &'static str)>,
}

impl Paper<'_> {
    /// Without VAT.
    pub(super) fn net(&self) -> Money {
        Money::from_cents(self.line.2 * self.line.3)
    }

    /// Rounded to the cent, half away from zero.
    pub(super) fn vat(&self) -> Money {
        vat(self.net())
    }

    pub(super) fn gross(&self) -> Money {
        Money::from_cents(self.net().cents() + self.vat().cents())
    }

    /// The document.
    pub(super) fn xml(&self) -> anyhow::Result<String> {
        let (header, _) =
            INVOICE.split_once("<FatturaElettronicaBody>").context("the example has no body")?;
        let Self {
            kind,
            number,
            date,
            order: (order, ordered_on, cig),
            line: (line, what, pieces, price),
            ..
        } = self;
        let (net, vat, gross, price) = (self.net(), self.vat(), self.gross(), Money::from_cents(*price));
        let cup = self.cup.map(|cup| format!("<CodiceCUP>{cup}</CodiceCUP>")).unwrap_or_default();
        let corrects = self.corrects.map(|(number, date)| {
            format!("<DatiFattureCollegate><IdDocumento>{number}</IdDocumento><Data>{date}</Data></DatiFattureCollegate>")
        });
        let corrects = corrects.unwrap_or_default();
        Ok(format!(
            "{header}<FatturaElettronicaBody>
    <DatiGenerali>
      <DatiGeneraliDocumento><TipoDocumento>{kind}</TipoDocumento><Divisa>EUR</Divisa><Data>{date}</Data>
        <Numero>{number}</Numero><ImportoTotaleDocumento>{gross}</ImportoTotaleDocumento>
        <Causale>Determina di impegno n. 98 del 12/02/2026</Causale></DatiGeneraliDocumento>
      <DatiOrdineAcquisto><IdDocumento>{order}</IdDocumento><Data>{ordered_on}</Data><NumItem>{line}</NumItem>{cup}<CodiceCIG>{cig}</CodiceCIG></DatiOrdineAcquisto>
      {corrects}
    </DatiGenerali>
    <DatiBeniServizi>
      <DettaglioLinee><NumeroLinea>1</NumeroLinea><Descrizione>{what}</Descrizione><Quantita>{pieces}.00</Quantita>
        <UnitaMisura>pz</UnitaMisura><PrezzoUnitario>{price}</PrezzoUnitario><PrezzoTotale>{net}</PrezzoTotale>
        <AliquotaIVA>{VAT_PERCENT}.00</AliquotaIVA></DettaglioLinee>
      <DatiRiepilogo><AliquotaIVA>{VAT_PERCENT}.00</AliquotaIVA><ImponibileImporto>{net}</ImponibileImporto>
        <Imposta>{vat}</Imposta><EsigibilitaIVA>S</EsigibilitaIVA></DatiRiepilogo>
    </DatiBeniServizi>
  </FatturaElettronicaBody>
</p:FatturaElettronica>
"
        ))
    }
}

/// What is paid for an invoice: its number, its number at SdI, the CUP, the CIG, without VAT.
#[derive(Debug, Clone, Copy)]
pub(super) struct Payable<'a> {
    pub(super) number: &'static str,
    pub(super) sdi: &'a str,
    pub(super) cup: &'a str,
    pub(super) cig: &'a str,
    pub(super) net: Money,
}

/// The VAT on an amount, rounded to the cent, half away from zero.
fn vat(net: Money) -> Money {
    Money::from_cents((net.cents() * VAT_PERCENT + 50) / 100)
}

impl Payable<'_> {
    /// An order of payment with split payment: without VAT to the supplier, the VAT to the State.
    pub(super) fn flow(&self) -> String {
        let flow = self.figures(FLOW).replace("7000000012", self.sdi).replace("FPA 12/26", self.number);
        flow.replace("J51B26000010006", self.cup).replace("BFA0B1C51C", self.cig)
    }

    /// The bank's word that it is paid.
    pub(super) fn outcome(&self) -> String {
        self.figures(PAID)
    }

    fn figures(&self, document: &str) -> String {
        let vat = vat(self.net);
        let gross = Money::from_cents(self.net.cents() + vat.cents());
        let document = document.replace("12169.74", &gross.to_string());
        document.replace("9975.20", &self.net.to_string()).replace("2194.54", &vat.to_string())
    }

    /// The same as a row each of a list of mandati that forgets which invoice is paid.
    pub(super) fn list(&self, first: u32, paid_on: &str) -> String {
        let row = |number: u32, amount: Money, debt: &str| {
            let (amount, cup, cig) = (amount.italian(), self.cup, self.cig);
            let amount = amount.trim_end_matches([' ', '\u{a0}', '€']);
            format!(
                "2026;{number};{paid_on};Arredi di Prova S.r.l.;76543211007;{amount};{cup};{cig};{debt};pagato;{paid_on}\n"
            )
        };
        let header = "Esercizio;Numero mandato;Data mandato;Beneficiario;Partita IVA;Importo;CUP;CIG;Tipo debito;Stato;Data pagamento\n";
        let (net, vat) = (row(first, self.net, "COMMERCIALE"), row(first + 1, vat(self.net), "IVA"));
        format!("{header}{net}{vat}")
    }
}
