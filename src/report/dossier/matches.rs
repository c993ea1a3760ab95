// SPDX-License-Identifier: EUPL-1.2
//! Invoices, payments, how they belong to orders, and what does not agree: one row each.

use std::collections::HashMap;

use crate::domain::finding::Verdict;
use crate::domain::invoice::DocumentClass;
use crate::domain::matching::{By, Difference, Doc, Key, State};
use crate::domain::money::Money;
use crate::domain::payment::DebtKind;
use crate::domain::payment::story::{PaidPart, Standing};
use crate::domain::share::share;
use crate::report::table::{Cell, Column, Row, Shape, Table, text};
use crate::store::invoices::InvoiceRow;

use super::Papers;
use super::findings::kind_name;

/// Invoices and notes.
pub static INVOICES: Shape = Shape {
    name: "fatture",
    title: "Fatture e note",
    about: "Le fatture e le note arrivate, con quello che ne è stato pagato. Gli importi di una nota di credito hanno segno negativo.",
    columns: &[
        Column::text("number", "Numero", "Numero dato dal fornitore.").wide(14),
        Column::date("date", "Data", "Data del documento."),
        Column::text("kind", "Tipo", "TipoDocumento della fattura elettronica.").wide(6),
        Column::text("supplier", "Fornitore", "Partita IVA o codice fiscale.").wide(14),
        Column::text("supplier_name", "Nome del fornitore", "Come scritto nel documento.").wide(24),
        Column::text("cig", "CIG", "CIG scritto nel documento.").wide(12),
        Column::text("orders", "Ordine", "Ordini a cui è collegata.").wide(12),
        Column::text("state", "Riconciliazione", "Dove sta rispetto a ordine e pagamenti.").wide(16),
        Column::text("verdict", "Giudizio", "Che cosa dicono le regole.").wide(12),
        Column::money("net", "Netto", "Imponibile.").not_summed(),
        Column::money("vat", "IVA", "Imposta.").not_summed(),
        Column::money("gross", "Lordo", "Totale del documento.").not_summed(),
        Column::money(
            "counted",
            "Conta",
            "Quanto del lordo vale per ordini vivi: lo zero dice che non appartiene a nessuno.",
        ),
        Column::money("credited", "Stornato", "Note di credito su di essa.").not_summed(),
        Column::money("paid_to_supplier", "Pagato al fornitore", "Denaro uscito verso il fornitore.")
            .not_summed(),
        Column::money("vat_paid", "IVA versata", "Denaro uscito verso lo Stato.").not_summed(),
        Column::money("left", "Residuo", "Quanto resta dovuto.").not_summed(),
        Column::text("cup", "CUP", "CUP scritto nel documento.").wide(16).not_printed(),
        Column::text("split_payment", "Scissione", "Se l'IVA la versa il Comune.").wide(9).not_printed(),
        Column::number("sdi_id", "Identificativo SdI", "Numero del file al Sistema di Interscambio.")
            .not_printed(),
        Column::moment("received_at", "Arrivata il", "Quando è arrivata al gateway.").not_printed(),
        Column::text("id", "Identificativo", "Identificativo nel gateway.").wide(38).not_printed(),
        Column::text("sha256", "SHA-256 del contenuto", "Impronta di ciò che sta dentro le firme.")
            .wide(66)
            .not_printed(),
    ],
};

/// Payments.
pub static PAYMENTS: Shape = Shape {
    name: "pagamenti",
    title: "Pagamenti",
    about: "Le quote dei mandati collegate o che portano il CUP o un CIG degli ordini, ognuna con la fattura che paga. È denaro uscito solo con l'esito della tesoreria.",
    columns: &[
        Column::number("exercise", "Esercizio", "Anno del bilancio."),
        Column::number("mandato", "Mandato", "Numero del mandato."),
        Column::number("progressive", "Progr.", "Progressivo del beneficiario."),
        Column::date("date", "Data", "Data del mandato."),
        Column::text("payee", "Beneficiario", "Nome del beneficiario.").wide(26),
        Column::text("supplier", "Codice", "Partita IVA o codice fiscale.").wide(16),
        Column::text("debt", "Debito", "Verso il fornitore o, per l'IVA, verso lo Stato.").wide(16),
        Column::text("invoice", "Fattura", "Numero della fattura scritto nel mandato.").wide(14),
        Column::text("linked_to", "Collegato a", "La fattura a cui è collegato.").wide(30),
        Column::text("cig", "CIG", "CIG scritto nel mandato.").wide(12),
        Column::money("amount", "Importo", "Importo della quota.").not_summed(),
        Column::money("executed", "Denaro uscito", "Importo, se la tesoreria ha pagato; se no zero.")
            .not_summed(),
        Column::money("counted", "Conta", "Il denaro uscito per fatture di ordini vivi."),
        Column::text("standing", "Esito", "Ordinato, eseguito o non andato a buon fine.").wide(12),
        Column::text("state", "Riconciliazione", "Dove sta rispetto alle fatture.").wide(16),
        Column::text("cup", "CUP", "CUP scritto nel mandato.").wide(16).not_printed(),
        Column::moment("executed_at", "Eseguito il", "Quando la tesoreria lo ha detto.").not_printed(),
    ],
};

/// Links.
pub static LINKS: Shape = Shape {
    name: "collegamenti",
    title: "Collegamenti",
    about: "Quale documento appartiene a quale altro, per quanto e come lo si sa. Ciò che è solo probabile aspetta una persona.",
    columns: &[
        Column::text("from", "Documento", "Il documento che viene dopo.").wide(34),
        Column::text("to", "Appartiene a", "Il documento che viene prima.").wide(34),
        Column::money("amount", "Importo", "Quanto del primo vale per il secondo.").not_summed(),
        Column::text("by", "Perché", "La chiave che li collega, o chi lo ha deciso.").wide(44),
        Column::text("standing", "Vale", "«sì», oppure «da confermare» con il punteggio.").wide(22),
    ],
};

/// Differences.
pub static DIFFERENCES: Shape = Shape {
    name: "differenze",
    title: "Differenze",
    about: "Ciò che fra ordini, fatture e pagamenti non torna, con quanto e che cosa fare.",
    columns: &[
        Column::text("kind", "Differenza", "Che cosa non torna.").wide(34),
        Column::money("amount", "Importo", "Quanto; zero se non è in gioco un importo.").not_summed(),
        Column::text(
            "documents",
            "Documenti",
            "I documenti su cui si fonda; il primo è quello di cui si parla.",
        )
        .wide(60),
        Column::text("remedy", "Che cosa fare", "Il rimedio.").wide(60),
    ],
};

/// The state of a reconciled document, in Italian.
const fn state_name(state: State) -> &'static str {
    match state {
        State::Matched => "torna",
        State::Partly => "in parte",
        State::Over => "in eccesso",
        State::Under => "in difetto",
        State::Missing => "manca il corrispettivo",
        State::Duplicate => "doppia",
        State::Conflict => "in conflitto",
        State::Waiting => "in attesa",
        State::Void => "senza effetto",
    }
}

const fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "regolare",
        Verdict::Incomplete => "incompleta",
        Verdict::Refused => "irregolare",
    }
}

fn cents(cents: i64) -> Cell<'static> {
    Money::from_cents(cents).into()
}

impl Papers<'_> {
    /// Invoices and notes that belong to a live order, with what of each counts for it: net, VAT and gross, in cents.
    pub(super) fn linked_invoices(&self) -> impl Iterator<Item = (&InvoiceRow, [i64; 3])> {
        (0u32..).zip(&self.found.invoices).filter_map(|(n, row)| {
            let counts = self.ties.counts(n)?;
            let sides = [row.net, row.vat].map(|amount| i128::from(amount.cents()).abs());
            let parts = share(Money::from_cents(counts), &sides);
            let [net, vat] = [0, 1].map(|place| parts.get(place).map_or(0, |part| part.cents()));
            Some((row, [net, vat, counts]))
        })
    }

    /// Payments of such invoices: the place of the payment, the payment, the place of the invoice, and what of it counts for the
    /// invoice, in cents.
    pub(in crate::report) fn linked_payments(&self) -> impl Iterator<Item = (u32, &PaidPart, u32, i64)> {
        self.found.outcome.links.iter().filter_map(|link| match (link.from, link.to) {
            (Doc::Payment(from), Doc::Invoice(to)) if self.ties.counts(to).is_some() => {
                self.found.payments.get(from as usize).map(|paid| (from, paid, to, link.amount))
            }
            _ => None,
        })
    }

    /// Whether a payment is about this CUP: linked, proposed, or bearing its codes. Other payments of the Comune are no business
    /// of whoever reads the dossier.
    pub(in crate::report) fn concerns(&self, payment: u32) -> bool {
        let Some(paid) = self.found.payments.get(payment as usize) else { return false };
        let doc = Doc::Payment(payment);
        let bears = |code: &Option<String>, own: &str| code.as_deref() == Some(own);
        let cup = self.found.cup.as_deref().is_some_and(|cup| bears(&paid.part.cup, cup));
        let cig = || {
            self.found
                .orders
                .iter()
                .filter_map(|row| row.cig.as_deref())
                .any(|cig| bears(&paid.part.cig, cig))
        };
        let proposed = || self.found.outcome.candidates.iter().any(|pair| pair.from == doc);
        !self.ties.to(doc).is_empty() || cup || (paid.part.cig.is_some() && cig()) || proposed()
    }

    /// The differences that are about this CUP.
    pub(super) fn differences(&self) -> impl Iterator<Item = &Difference> {
        let concerns = |doc: &Doc| match doc {
            Doc::Payment(n) => self.concerns(*n),
            Doc::Order(_) | Doc::Invoice(_) => true,
        };
        self.found.outcome.differences.iter().filter(move |one| one.documents.iter().any(concerns))
    }

    /// What a document is linked to, for people.
    fn linked_to(&self, doc: Doc) -> String {
        self.ties.to(doc).iter().map(|to| self.label(*to)).collect::<Vec<_>>().join(", ")
    }
}

/// Invoices and notes.
pub fn invoices(papers: &Papers<'_>) -> Table {
    let rows = papers.found.outcome.invoices.iter().filter_map(|judged| {
        let row = papers.found.invoices.get(judged.id as usize)?;
        let is_note = row.class == DocumentClass::CreditNote;
        let signed = |amount: Money| {
            cents(if is_note { amount.cents().saturating_abs().saturating_neg() } else { amount.cents() })
        };
        let totals = judged.totals;
        Some(vec![
            text(&row.number),
            row.date.into(),
            text(&row.kind),
            text(&row.supplier),
            text(&row.supplier_name),
            row.cig.clone().into(),
            text(papers.linked_to(Doc::Invoice(judged.id))),
            text(state_name(judged.state)),
            text(verdict_name(row.verdict)),
            signed(row.net),
            signed(row.vat),
            signed(row.gross),
            signed(Money::from_cents(papers.ties.counts(judged.id).unwrap_or_default())),
            cents(totals.credited),
            cents(totals.to_supplier),
            cents(totals.vat_paid),
            if is_note { Cell::Empty } else { cents(totals.left) },
            row.cup.clone().into(),
            text(if row.split_payment { "sì" } else { "no" }),
            row.sdi_id.map_or(Cell::Empty, |sdi| Cell::Number(sdi.get())),
            row.received_at.into(),
            text(&row.id),
            text(&row.content_sha256),
        ])
    });
    Table::new(&INVOICES, rows.collect())
}

/// Payments.
pub fn payments(papers: &Papers<'_>) -> Table {
    let mut counted: HashMap<u32, i64> = HashMap::new();
    for (n, paid, _, cents) in papers.linked_payments() {
        if matches!(paid.standing, Standing::Executed(_)) {
            let sum = counted.entry(n).or_default();
            *sum = sum.saturating_add(cents);
        }
    }
    let own = papers.found.outcome.payments.iter().filter(|judged| papers.concerns(judged.id));
    let rows = own.filter_map(|judged| {
        let paid = papers.found.payments.get(judged.id as usize)?;
        let (part, id) = (&paid.part, paid.part.position);
        let number = |number: u64| Cell::Number(i64::try_from(number).unwrap_or(i64::MAX));
        let (executed, at, standing) = match paid.standing {
            Standing::Ordered => (Money::ZERO, None, "ordinato"),
            Standing::Executed(at) => (part.amount, Some(at), "eseguito"),
            Standing::Undone => (Money::ZERO, None, "non eseguito"),
        };
        Some(vec![
            Cell::Number(i64::from(id.exercise)),
            number(id.number),
            number(id.progressive),
            part.date.into(),
            text(&part.payee),
            text(&part.supplier),
            text(debt_name(part.debt)),
            part.invoice_number.clone().into(),
            text(papers.linked_to(Doc::Payment(judged.id))),
            part.cig.clone().into(),
            part.amount.into(),
            executed.into(),
            cents(counted.get(&judged.id).copied().unwrap_or_default()),
            text(standing),
            text(state_name(judged.state)),
            part.cup.clone().into(),
            at.into(),
        ])
    });
    Table::new(&PAYMENTS, rows.collect())
}

const fn debt_name(debt: DebtKind) -> &'static str {
    match debt {
        DebtKind::Commercial => "fornitore",
        DebtKind::Vat => "IVA allo Stato",
        DebtKind::NonCommercial => "non commerciale",
    }
}

/// Links, and pairs that wait for a person.
pub fn links(papers: &Papers<'_>) -> Table {
    let link = |link: &crate::domain::matching::Link| -> Row {
        let by = match link.by {
            By::Person => "deciso da una persona",
            By::Strong(Key::NumberDate) => "numero e data dell'ordine",
            By::Strong(Key::Codes) => "CIG, CUP e fornitore",
            By::Strong(Key::CigSupplier) => "CIG e fornitore",
            By::Strong(Key::SdiNumber) => "identificativo SdI e numero",
            By::Strong(Key::Identity) => "fornitore, numero e anno",
        };
        vec![
            text(papers.label(link.from)),
            text(papers.label(link.to)),
            cents(link.amount),
            text(by),
            text("sì"),
        ]
    };
    let candidate = |pair: &crate::domain::matching::Candidate| -> Row {
        let why: Vec<String> = pair.agrees.iter().map(|clue| clue.text().it.to_string()).collect();
        let standing = format!("da confermare ({}/100)", pair.score);
        vec![
            text(papers.label(pair.from)),
            text(papers.label(pair.to)),
            Cell::Empty,
            text(why.join(", ")),
            text(standing),
        ]
    };
    let outcome = &papers.found.outcome;
    let rows = outcome.links.iter().map(link).chain(outcome.candidates.iter().map(candidate));
    Table::new(&LINKS, rows.collect())
}

/// Differences.
pub fn differences(papers: &Papers<'_>) -> Table {
    let row = |one: &crate::domain::matching::Difference| {
        let documents: Vec<String> = one.documents.iter().map(|doc| papers.label(*doc)).collect();
        vec![
            text(kind_name(one.kind)),
            cents(one.amount),
            text(documents.join(", ")),
            text(one.kind.remedy().it.to_string()),
        ]
    };
    Table::new(&DIFFERENCES, papers.differences().map(row).collect())
}
