// SPDX-License-Identifier: EUPL-1.2
//! The statement of the CUP on one page, for the revisore, and the balances of the journal.

use crate::domain::budget::{Balances, Bucket};
use crate::domain::grant_act::{GrantActKind, sum};
use crate::domain::invoice::DocumentClass;
use crate::domain::money::Money;
use crate::domain::order_state::OrderState;
use crate::domain::payment::DebtKind;
use crate::domain::payment::story::Standing;
use crate::domain::rome::rome_date;
use crate::report::table::{Cell, Column, Row, Shape, Table, text};
use crate::store::orders::OrderRow;

use super::Papers;

/// The statement.
pub static STATEMENT: Shape = Shape {
    name: "prospetto",
    title: "Prospetto del CUP",
    about: "Una riga per ogni fase della spesa. Netto, IVA e lordo sono quelli dei documenti; la quota del contributo è quella del registro. \
            Ogni fase comprende quelle che la seguono: ciò che è pagato è anche fatturato e impegnato.",
    columns: &[
        Column::text("item", "Voce", "Fase della spesa o dell'entrata.").wide(44),
        Column::money("net", "Netto", "Imponibile dei documenti.").not_summed(),
        Column::money("vat", "IVA", "Imposta dei documenti.").not_summed(),
        Column::money("gross", "Lordo", "Totale dei documenti, IVA compresa.").not_summed(),
        Column::money("of_grant", "Di cui contributo", "Quota a carico del contributo, IVA compresa.")
            .not_summed(),
        Column::money("own_funds", "Di cui fondi propri", "Quota che il Comune paga con fondi propri.")
            .not_summed(),
        Column::text("source", "Da dove viene", "I documenti o le registrazioni che fanno la cifra.")
            .wide(60),
    ],
};

/// The balances of the journal.
pub static BALANCES: Shape = Shape {
    name: "saldi",
    title: "Saldi del registro",
    about: "Dove sta ogni centesimo del contributo: le righe sommate danno l'importo assegnato.",
    columns: &[
        Column::text("bucket", "Saldo", "Dove sta il denaro.").wide(30),
        Column::money("amount", "Importo", "Quanto, IVA compresa."),
        Column::text("about", "Significato", "Che cosa vuol dire.").wide(80),
    ],
};

/// Net, VAT and gross of documents.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    net: i128,
    vat: i128,
    gross: i128,
    held: i128,
    own: i128,
}

impl Sums {
    /// Net, VAT, gross, what of it the grant pays, and the Comune's own part where there is one.
    fn cells(self, of_grant: Cell<'static>, with_own: bool) -> [Cell<'static>; 5] {
        let [net, vat, gross, own] = [self.net, self.vat, self.gross, self.own].map(Cell::cents);
        [net, vat, gross, of_grant, if with_own { own } else { nothing() }]
    }

    fn add_order(&mut self, row: &OrderRow) {
        let cents = |amount: Option<Money>| i128::from(amount.unwrap_or_default().cents());
        self.net += cents(row.net);
        self.vat += cents(row.vat);
        self.gross += cents(row.gross);
        self.held += i128::from(row.reserved.cents());
        self.own += i128::from(row.own_funds.cents());
    }
}

fn line(item: &str, amounts: [Cell<'static>; 5], source: &str) -> Row {
    let [net, vat, gross, of_grant, own] = amounts;
    vec![text(item), net, vat, gross, of_grant, own, text(source)]
}

const fn nothing() -> Cell<'static> {
    Cell::Empty
}

/// What orders of either stage come to: not sent yet, and sent.
fn ordered(papers: &Papers<'_>) -> (Sums, Sums) {
    let (mut waiting, mut sent) = (Sums::default(), Sums::default());
    for (_, row, _) in papers.live() {
        if row.state.is_sent() { sent.add_order(row) } else { waiting.add_order(row) }
    }
    (waiting, sent)
}

/// What invoices (or credit notes) come to for live orders: net, VAT, gross.
fn invoiced(papers: &Papers<'_>, is_note: bool) -> Sums {
    let mut sums = Sums::default();
    let wanted =
        papers.linked_invoices().filter(|(row, _)| (row.class == DocumentClass::CreditNote) == is_note);
    for (_, [net, vat, gross]) in wanted {
        let size = |cents: i64| i128::from(if is_note { cents.saturating_abs() } else { cents });
        sums.net += size(net);
        sums.vat += size(vat);
        sums.gross += size(gross);
    }
    sums
}

/// What was ordered to be paid for linked invoices: to suppliers and to the State, and how much of either is out.
fn paid(papers: &Papers<'_>) -> [i128; 4] {
    let mut sums = [0; 4];
    for (_, paid, _, cents) in papers.linked_payments() {
        let cents = i128::from(cents);
        let to_state = usize::from(paid.part.debt == DebtKind::Vat);
        match paid.standing {
            Standing::Ordered => sums[to_state] += cents,
            Standing::Executed(_) => {
                sums[to_state] += cents;
                sums[2 + to_state] += cents;
            }
            Standing::Undone => {}
        }
    }
    sums
}

/// What was paid, VAT included, with the grant and with own funds.
pub(super) fn paid_in_all(papers: &Papers<'_>) -> Money {
    let [_, _, to_suppliers, to_state] = paid(papers);
    Money::from_cents(i64::try_from(to_suppliers + to_state).unwrap_or(i64::MAX))
}

/// The statement of the CUP.
pub fn statement(papers: &Papers<'_>) -> Table {
    let held = papers.participation.balances;
    let (waiting, sent) = ordered(papers);
    let (bills, notes) = (invoiced(papers, false), invoiced(papers, true));
    let [to_supplier, to_state, supplier_paid, state_paid] = paid(papers);
    let committed = sum_of([held.committed, held.invoiced, held.paid]);
    let act = |kind| Cell::from(sum(&papers.acts, kind, None));
    let gross = |gross, of_grant| [nothing(), nothing(), gross, of_grant, nothing()];
    let rows = vec![
        line(
            "Contributo assegnato",
            gross(held.assigned.into(), held.assigned.into()),
            "decreto di ammissione",
        ),
        line("Accertato", gross(act(GrantActKind::Accertamento), nothing()), "accertamenti registrati"),
        line("Incassato", gross(act(GrantActKind::Incasso), nothing()), "incassi registrati"),
        line(
            "Prenotato (ordini non ancora inviati)",
            waiting.cells(held.reserved.into(), true),
            "ordini accolti",
        ),
        line("Impegnato (ordini inviati)", sent.cells(committed, true), "ordini firmati e inviati"),
        line(
            "Fatturato",
            bills.cells(sum_of([held.invoiced, held.paid]), false),
            "fatture collegate agli ordini; nel contributo, meno le note di credito",
        ),
        line("Stornato con note di credito", notes.cells(nothing(), false), "note di credito collegate"),
        line(
            "Liquidato (mandati emessi)",
            gross(Cell::cents(to_supplier + to_state), nothing()),
            "mandati collegati alle fatture; l'atto di liquidazione non passa dal gateway",
        ),
        line(
            "Pagato ai fornitori",
            gross(Cell::cents(supplier_paid), nothing()),
            "esiti PAGATO e REGOLARIZZATO della tesoreria",
        ),
        line(
            "IVA versata",
            gross(Cell::cents(state_paid), nothing()),
            "esiti della tesoreria, scissione dei pagamenti",
        ),
        line(
            "Pagato in tutto",
            gross(Cell::cents(supplier_paid + state_paid), held.paid.into()),
            "esiti della tesoreria; nel contributo, quanto copre le fatture",
        ),
        line(
            "Rendicontato",
            gross(act(GrantActKind::Rendicontazione), nothing()),
            "rendicontazioni registrate",
        ),
        line(
            "Disponibile",
            gross(nothing(), held.available().into()),
            "assegnato meno prenotato e impegnato",
        ),
        line("Economie", gross(nothing(), economies(papers)), economies_source(papers)),
    ];
    Table::new(&STATEMENT, rows)
}

fn sum_of<const N: usize>(amounts: [Money; N]) -> Cell<'static> {
    Cell::cents(amounts.iter().map(|amount| i128::from(amount.cents())).sum())
}

/// What no order can use any more: known once purchases are closed.
fn economies(papers: &Papers<'_>) -> Cell<'static> {
    let is_closed = papers.programme.windows.current().last < rome_date(papers.as_of);
    let held = papers.participation.balances;
    // What is held for orders that were not sent can be sent no more.
    if is_closed { sum_of([held.available().unwrap_or_default(), held.reserved]) } else { nothing() }
}

fn economies_source(papers: &Papers<'_>) -> &'static str {
    match economies(papers) {
        Cell::Empty => "si conoscono alla chiusura della finestra degli acquisti",
        _ => "disponibile e prenotato alla chiusura della finestra degli acquisti",
    }
}

/// The balances of the journal.
pub fn balances(papers: &Papers<'_>) -> Table {
    let held = papers.participation.balances;
    let row = |bucket: Bucket, amount: Cell<'static>, about: &str| {
        vec![text(bucket_name(bucket)), amount, text(about)]
    };
    let rows = vec![
        row(Bucket::Available, held.available().into(), "assegnato e libero"),
        row(Bucket::Reserved, held.reserved.into(), "tenuto per ordini accolti e non ancora inviati"),
        row(Bucket::Committed, held.committed.into(), "tenuto per ordini inviati e non ancora fatturati"),
        row(Bucket::Invoiced, held.invoiced.into(), "coperto da fatture e non ancora pagato"),
        row(Bucket::Paid, held.paid.into(), "coperto da fatture e pagato"),
    ];
    Table::new(&BALANCES, rows)
}

/// The name of a balance, in Italian.
pub(super) const fn bucket_name(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::Outside => "Fuori dal contributo",
        Bucket::Available => "Disponibile",
        Bucket::Reserved => "Prenotato",
        Bucket::Committed => "Impegnato da fatturare",
        Bucket::Invoiced => "Fatturato da pagare",
        Bucket::Paid => "Pagato",
    }
}

/// Whether the entries of the journal come to the balances.
pub(super) fn folds(papers: &Papers<'_>) -> bool {
    let mut fold = Balances::default();
    papers.journal.iter().for_each(|entry| fold.add_sum(entry.kind, entry.amount));
    fold == papers.participation.balances
}

/// Whether what the orders hold is what the journal holds for them.
pub(super) fn agrees(papers: &Papers<'_>) -> bool {
    let held = papers.participation.balances;
    let mut sums = [0i128; 4];
    for (_, row, _) in papers.live() {
        let amounts = if row.state.is_sent() {
            [Money::ZERO, row.spending.committed(row.reserved), row.spending.invoiced, row.spending.paid]
        } else {
            [row.reserved, Money::ZERO, Money::ZERO, Money::ZERO]
        };
        sums.iter_mut().zip(amounts).for_each(|(sum, amount)| *sum += i128::from(amount.cents()));
    }
    let booked = [held.reserved, held.committed, held.invoiced, held.paid];
    booked.iter().zip(sums).all(|(booked, sum)| i128::from(booked.cents()) == sum)
}

/// The state of an order, in Italian.
pub(in crate::report) const fn state_name(state: OrderState) -> &'static str {
    match state {
        OrderState::Accepted => "accolto",
        OrderState::Incomplete => "incompleto",
        OrderState::Refused => "respinto",
        OrderState::Submitted => "in bozza sul portale",
        OrderState::Sent => "inviato",
        OrderState::SupplierAccepted => "accettato dal fornitore",
        OrderState::SupplierRefused => "rifiutato dal fornitore",
        OrderState::RevocationProposed => "revoca proposta",
        OrderState::Revoked => "revocato",
        OrderState::Cancelled => "annullato",
        OrderState::Unlinked => "scollegato",
    }
}
