// SPDX-License-Identifier: EUPL-1.2
//! The name of each kind of difference, and what to do about it: one row a kind, in the order of the kinds.

use super::Kind;

/// What is fixed for a kind.
pub(super) struct Row {
    pub(super) kind: Kind,
    pub(super) name: &'static str,
    pub(super) it: &'static str,
    pub(super) en: &'static str,
}

const fn row(kind: Kind, name: &'static str, it: &'static str, en: &'static str) -> Row {
    Row { kind, name, it, en }
}

pub(super) const ROWS: [Row; 27] = [
    row(
        Kind::NotInvoiced,
        "not_invoiced",
        "attendere la fattura del resto, oppure registrare l'economia",
        "wait for the invoice of the rest, or record the economy",
    ),
    row(
        Kind::OverInvoiced,
        "over_invoiced",
        "chiedere al fornitore una nota di credito, o rifiutare la fattura nei termini",
        "ask the supplier for a credit note, or refuse the invoice in time",
    ),
    row(
        Kind::AdvanceNotDeducted,
        "advance_not_deducted",
        "chiedere la nota di credito che storna l'anticipo dalla fattura a saldo",
        "ask for the credit note that takes the advance off the final invoice",
    ),
    row(
        Kind::NoOrder,
        "no_order",
        "indicare l'ordine a cui la fattura si riferisce, o rifiutarla nei termini",
        "say which order the invoice is for, or refuse it in time",
    ),
    row(
        Kind::NoInvoiceToCredit,
        "no_invoice_to_credit",
        "indicare la fattura che la nota di credito corregge",
        "say which invoice the credit note corrects",
    ),
    row(
        Kind::OverCredited,
        "over_credited",
        "verificare le note di credito: superano la fattura",
        "check the credit notes: they exceed the invoice",
    ),
    row(
        Kind::NoInvoice,
        "no_invoice",
        "indicare la fattura pagata, o acquisirla se manca",
        "say which invoice was paid, or fetch it when it is missing",
    ),
    row(Kind::NotPaid, "not_paid", "pagare il residuo entro la scadenza", "pay what is left when due"),
    row(
        Kind::OverPaid,
        "over_paid",
        "recuperare dal fornitore quanto pagato in più",
        "get back from the supplier what was paid too much",
    ),
    row(
        Kind::Withheld,
        "withheld",
        "verificare la reversale delle ritenute",
        "check the order of collection for what was withheld",
    ),
    row(
        Kind::VatToSupplier,
        "vat_to_supplier",
        "recuperare dal fornitore l'IVA e versarla all'Erario",
        "get the VAT back from the supplier and pay it to the State",
    ),
    row(
        Kind::VatOverPaid,
        "vat_over_paid",
        "compensare l'IVA versata in più nella prossima liquidazione",
        "offset the VAT paid too much at the next settlement",
    ),
    row(
        Kind::Duplicate,
        "duplicate",
        "non pagare la seconda fattura e chiederne lo storno al fornitore",
        "do not pay the second invoice and ask the supplier to reverse it",
    ),
    row(
        Kind::DoubleFunding,
        "double_funding",
        "togliere la spesa da uno dei due CUP: non può essere finanziata due volte",
        "take the expense off one of the two CUP: it cannot be funded twice",
    ),
    row(
        Kind::OtherCup,
        "other_cup",
        "far correggere il CUP, o allegare l'attestazione che lega la spesa al progetto",
        "have the CUP corrected, or attach the statement that ties the expense to the project",
    ),
    row(
        Kind::OtherCig,
        "other_cig",
        "far correggere il CIG del documento",
        "have the CIG of the document corrected",
    ),
    row(
        Kind::TwoOrders,
        "two_orders",
        "indicare quale dei due ordini è quello della fattura",
        "say which of the two orders is that of the invoice",
    ),
    row(
        Kind::OtherSupplier,
        "other_supplier",
        "verificare chi ha fatturato: il CIG è di un ordine a un altro fornitore",
        "check who invoiced: the CIG is of an order to another supplier",
    ),
    row(
        Kind::OtherBuyer,
        "other_buyer",
        "verificare il destinatario: il CIG è di un ordine di un altro ente",
        "check whom it was sent to: the CIG is of an order of another body",
    ),
    row(
        Kind::DeadOrder,
        "dead_order",
        "rifiutare la fattura: l'ordine non è più valido; quanto è già stato pagato va recuperato dal fornitore",
        "refuse the invoice: the order does not stand any more; what was paid is to be got back from the supplier",
    ),
    row(
        Kind::RefusedPaid,
        "refused_paid",
        "recuperare il pagamento della fattura rifiutata",
        "get back the payment of the refused invoice",
    ),
    row(
        Kind::SharesUnknown,
        "shares_unknown",
        "indicare quanto della fattura spetta a ciascun ordine",
        "say how much of the invoice belongs to each order",
    ),
    row(
        Kind::OverQuantity,
        "over_quantity",
        "confrontare la riga con il verbale di consegna e chiedere la correzione",
        "compare the line with the delivery report and ask for a correction",
    ),
    row(
        Kind::OverPrice,
        "over_price",
        "chiedere al fornitore di fatturare al prezzo dell'ordine",
        "ask the supplier to invoice at the price of the order",
    ),
    row(
        Kind::TotalNotLines,
        "total_not_lines",
        "verificare imponibile, IVA e arrotondamenti della fattura",
        "check taxable amount, VAT and rounding of the invoice",
    ),
    row(
        Kind::SumTooLarge,
        "sum_too_large",
        "verificare gli importi: la somma è troppo grande",
        "check the amounts: the sum is too large",
    ),
    row(
        Kind::BankAmount,
        "bank_amount",
        "verificare con il tesoriere quanto è uscito: gli esiti della banca non danno l'importo del mandato",
        "check with the bank how much went out: its outcomes do not come to the amount of the order",
    ),
];
