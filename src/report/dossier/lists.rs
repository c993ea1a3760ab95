// SPDX-License-Identifier: EUPL-1.2
//! Orders, their lines and declarations; entries of the journal; acts on the grant: one row each.

use crate::domain::found::Found;
use crate::domain::money::Money;
use crate::domain::rome::rome_date;
use crate::domain::spending::SpendingStage;
use crate::report::table::{Cell, Column, Row, Shape, Table, text};
use crate::store::orders::OrderRow;

use super::breakdown::title_of;
use super::statement::{bucket_name, state_name};
use super::{OrderPaper, Papers};

/// Orders that stood.
pub static ORDERS: Shape = Shape {
    name: "ordini",
    title: "Ordini",
    about: "Gli ordini che stanno o sono stati in piedi. Quelli finiti (annullati, rifiutati, revocati) non impegnano nulla.",
    columns: &[
        Column::text("number", "Numero", "Numero dell'ODA.").wide(12),
        Column::date("date", "Data", "Data dell'ordine."),
        Column::text("supplier", "Fornitore", "Partita IVA o codice fiscale.").wide(14),
        Column::text("supplier_name", "Nome del fornitore", "Come scritto nell'ordine.").wide(24),
        Column::text("cig", "CIG", "Codice identificativo di gara.").wide(12),
        Column::text("state", "Stato", "Dove sta l'ordine.").wide(18),
        Column::text("stage", "Spesa", "Quanto del denaro tenuto è fatturato o pagato.").wide(16),
        Column::money("net", "Netto", "Imponibile dell'ordine, anche se finito.").not_summed(),
        Column::money("vat", "IVA", "Imposta dell'ordine, anche se finito.").not_summed(),
        Column::money("gross", "Lordo", "Totale dell'ordine, anche se finito.").not_summed(),
        Column::money("held", "Contributo tenuto", "Quanto del contributo tiene; zero se l'ordine è finito."),
        Column::money("own_funds", "Fondi propri", "Quanto paga il Comune con fondi propri.").not_summed(),
        Column::money("invoiced", "Fatturato", "Quota del contributo coperta da fatture, pagata o no."),
        Column::money("paid", "Pagato", "Quota del contributo pagata."),
        Column::text("cup", "CUP", "CUP scritto nell'ordine.").wide(16).not_printed(),
        Column::moment("sent_at", "Inviato il", "Quando il Punto Ordinante lo ha inviato, se si sa.")
            .not_printed(),
        Column::moment("ended_at", "Finito il", "Quando l'ordine è finito.").not_printed(),
        Column::text("oda", "ODA sul portale", "Numero sulla piattaforma.").not_printed(),
        Column::text("id", "Identificativo", "Identificativo nel gateway.").wide(38).not_printed(),
        Column::text("sha256", "SHA-256", "Impronta del documento.").wide(66).not_printed(),
    ],
};

/// Lines of live orders.
pub static LINES: Shape = Shape {
    name: "righe",
    title: "Righe degli ordini",
    about: "Ogni riga degli ordini vivi, con la scheda del catalogo a cui appartiene.",
    columns: &[
        Column::text("order", "Ordine", "Numero dell'ODA.").wide(12),
        Column::text("line", "Riga", "Numero della riga.").wide(6),
        Column::text("name", "Articolo", "Nome dell'articolo.").wide(40),
        Column::text("sheet", "Scheda", "Scheda del catalogo.").wide(14),
        Column::text("category", "Categoria", "Categoria della scheda.").wide(22),
        Column::text("direttrice", "Direttrice", "Direttrice della categoria.").wide(12),
        Column::text("title", "Titolo di spesa", "Corrente o in conto capitale.").wide(20),
        Column::text("cpv", "CPV", "Codice CPV della riga.").wide(12),
        Column::decimal("quantity", "Quantità", "Quantità ordinata."),
        Column::text("unit", "Unità", "Unità di misura (UN/ECE Rec. 20).").wide(7),
        Column::decimal("unit_price", "Prezzo", "Prezzo netto dell'unità."),
        Column::decimal("vat_rate", "IVA %", "Aliquota.").wide(8),
        Column::money("net", "Netto", "Importo netto della riga."),
    ],
};

/// Declarations.
pub static DECLARATIONS: Shape = Shape {
    name: "dichiarazioni",
    title: "Dichiarazioni",
    about: "Le dichiarazioni PNRR arrivate con gli ordini o dopo, ognuna con l'impronta del file firmato.",
    columns: &[
        Column::text("order", "Ordine", "Numero dell'ODA con cui è arrivata.").wide(12),
        Column::text("kind", "Dichiarazione", "Quale delle quattro.").wide(40),
        Column::text("signer", "Firmata da", "Qualifica di chi firma.").wide(34),
        Column::text("scope", "Ambito", "A che cosa si riferisce.").wide(14),
        Column::text("line", "Riga", "Riga dell'ordine, se è di una riga.").wide(6),
        Column::date("signed_on", "Firmata il", "Data della firma."),
        Column::date("valid_until", "Valida fino al", "Ultimo giorno di validità."),
        Column::date("given_on", "Consegnata il", "Giorno in cui è arrivata, se dopo l'ordine."),
        Column::text("file", "File", "Nome del file firmato.").wide(30),
        Column::text("sha256", "SHA-256", "Impronta del file firmato.").wide(66).not_printed(),
    ],
};

/// Orders that never stood.
pub static TURNED_AWAY: Shape = Shape {
    name: "ordini_non_accolti",
    title: "Ordini non accolti",
    about: "Ordini respinti o ancora incompleti: non hanno mai impegnato nulla.",
    columns: &[
        Column::text("number", "Numero", "Numero dell'ODA.").wide(12),
        Column::date("date", "Data", "Data dell'ordine."),
        Column::text("supplier", "Fornitore", "Partita IVA o codice fiscale.").wide(14),
        Column::text("supplier_name", "Nome del fornitore", "Come scritto nell'ordine.").wide(24),
        Column::text("state", "Stato", "Respinto o incompleto.").wide(14),
        Column::money("gross", "Lordo", "Totale dell'ordine.").not_summed(),
        Column::text("why", "Perché", "Le regole che lo fermano.").wide(90),
        Column::text("id", "Identificativo", "Identificativo nel gateway.").wide(38).not_printed(),
    ],
};

/// The journal.
pub static JOURNAL: Shape = Shape {
    name: "registro",
    title: "Registro dei movimenti",
    about: "Ogni movimento del contributo, dal saldo che lascia a quello in cui arriva. I saldi sono la somma di queste righe.",
    columns: &[
        Column::number("entry", "Numero", "Numero del movimento nel registro."),
        Column::moment("booked_at", "Registrato il", "Quando."),
        Column::text("kind", "Movimento", "Perché il denaro si muove.").wide(26),
        Column::text("from", "Da", "Saldo che lascia.").wide(22),
        Column::text("to", "A", "Saldo in cui arriva.").wide(22),
        Column::money("amount", "Importo", "Quanto, IVA compresa.").not_summed(),
        Column::text("order", "Ordine", "Numero dell'ODA, se riguarda un ordine.").wide(14),
        Column::text("event", "Evento", "L'evento che lo ha fatto: non si registra due volte.")
            .wide(60)
            .not_printed(),
    ],
};

/// Acts on the grant.
pub static ACTS: Shape = Shape {
    name: "entrate",
    title: "Entrate e rendicontazioni registrate",
    about: "Quello che la contabilità del Comune dice del contributo: accertamenti, richieste, incassi, rendicontazioni.",
    columns: &[
        Column::date("acted_on", "Data", "Data dell'atto."),
        Column::text("kind", "Atto", "Che cosa è stato fatto.").wide(18),
        Column::text("tranche", "Quota", "Quota di finanziamento, per richieste e incassi.").wide(22),
        Column::money("amount", "Importo", "Quanto.").not_summed(),
        Column::text("reference", "Riferimento", "Numero dell'accertamento, della reversale, protocollo.")
            .wide(40),
        Column::text("standing", "Vale", "«sì», «annullata» oppure «annulla» un'altra registrazione.")
            .wide(12),
        Column::text("recorded_by", "Registrato da", "Chi lo ha registrato.").wide(30).not_printed(),
        Column::moment("recorded_at", "Registrato il", "Quando.").not_printed(),
        Column::text("id", "Identificativo", "Identificativo nel gateway.").wide(38).not_printed(),
    ],
};

/// Orders that stood.
pub fn orders(papers: &Papers<'_>) -> Table {
    let tolerance = papers.programme.tolerance.value;
    let row = |row: &OrderRow| -> Row {
        let is_live = row.state.is_live();
        let held = if is_live { row.reserved } else { Money::ZERO };
        let stage = if is_live { stage_name(row.spending.stage(row.reserved, tolerance)) } else { "-" };
        vec![
            text(&row.number),
            row.order_date.into(),
            text(&row.supplier),
            row.supplier_name.clone().into(),
            row.cig.clone().into(),
            text(state_name(row.state)),
            text(stage),
            row.net.into(),
            row.vat.into(),
            row.gross.into(),
            held.into(),
            row.own_funds.into(),
            row.spending.covered().into(),
            row.spending.paid.into(),
            row.cup.clone().into(),
            row.sent_at.into(),
            row.ended_at.into(),
            row.oda_number.clone().into(),
            text(&row.id),
            text(&row.document),
        ]
    };
    Table::new(&ORDERS, papers.found.orders.iter().map(row).collect())
}

const fn stage_name(stage: SpendingStage) -> &'static str {
    match stage {
        SpendingStage::Open => "da fatturare",
        SpendingStage::Invoiced => "fatturato",
        SpendingStage::Paid => "pagato",
    }
}

/// Lines of live orders.
pub fn lines(papers: &Papers<'_>) -> Table {
    let mut rows = Vec::new();
    for (_, order, paper) in papers.live() {
        rows.extend(paper.read.iter().flat_map(|read| &read.order.lines).map(|line| {
            let cpv = line.cpv.as_ref().and_then(Found::ok);
            let sheet = papers.programme.catalogue.sheet_for_line(&line.name, cpv).sheet();
            vec![
                text(&order.number),
                text(&line.id),
                text(&line.name),
                sheet.map(|found| found.sheet.code.clone()).into(),
                sheet.map(|found| found.category.name.it.to_string()).into(),
                sheet.map(|found| found.category.direttrice.clone()).into(),
                sheet.map(|found| title_of(papers.programme, found.sheet.kind).label_it()).into(),
                line.cpv.as_ref().map(|cpv| cpv.raw.clone()).into(),
                Cell::Decimal(line.quantity.scaled()),
                text(&line.unit),
                line.unit_price.map_or(Cell::Empty, |price| Cell::Decimal(price.scaled())),
                line.vat_rate.map_or(Cell::Empty, |rate| Cell::Decimal(rate.scaled())),
                line.net_amount.into(),
            ]
        }));
    }
    Table::new(&LINES, rows)
}

/// Declarations of every order that stood.
pub fn declarations(papers: &Papers<'_>) -> Table {
    let numbered = papers.found.orders.iter().zip(&papers.orders);
    let rows = numbered.flat_map(|(order, paper)| declarations_of(order, paper)).collect();
    Table::new(&DECLARATIONS, rows)
}

fn declarations_of(order: &OrderRow, paper: &OrderPaper) -> Vec<Row> {
    let Some(read) = &paper.read else { return Vec::new() };
    let with_order = read.order.declarations.len().saturating_sub(paper.given_later.len());
    let given = |place: usize| place.checked_sub(with_order).and_then(|late| paper.given_later.get(late));
    let row = |(place, declaration): (usize, &crate::domain::declaration::Declaration)| {
        vec![
            text(&order.number),
            text(declaration.kind.label_it()),
            text(declaration.signer_capacity.label_it()),
            text(declaration.scope.label_it()),
            declaration.line_id.clone().into(),
            declaration.signed_on.into(),
            declaration.valid_until.into(),
            given(place).map(|at| rome_date(*at)).into(),
            text(&declaration.document.file_name),
            text(declaration.document.sha256.to_string()),
        ]
    };
    read.order.declarations.iter().enumerate().map(row).collect()
}

/// Orders that never stood.
pub fn turned_away(papers: &Papers<'_>) -> Table {
    let row = |row: &OrderRow| {
        let stops = row
            .findings
            .iter()
            .filter(|finding| finding.severity <= crate::domain::finding::Severity::Curable);
        let why: Vec<String> =
            stops.map(|finding| format!("{}: {}", finding.rule, finding.message.it)).collect();
        vec![
            text(&row.number),
            row.order_date.into(),
            text(&row.supplier),
            row.supplier_name.clone().into(),
            text(state_name(row.state)),
            row.gross.into(),
            text(why.join(" ")),
            text(&row.id),
        ]
    };
    Table::new(&TURNED_AWAY, papers.turned_away.iter().map(row).collect())
}

/// The journal.
pub fn journal(papers: &Papers<'_>) -> Table {
    let number = |id: &Option<String>| {
        let place = papers.ties.order(id.as_deref()?)?;
        papers.found.orders.get(place as usize).map(|row| row.number.clone())
    };
    let row = |entry: &crate::store::papers::JournalEntry| {
        let (from, to) = entry.kind.buckets();
        vec![
            Cell::Number(entry.id),
            entry.booked_at.into(),
            text(entry_name(entry.kind)),
            text(bucket_name(from)),
            text(bucket_name(to)),
            entry.amount.into(),
            number(&entry.order_id).into(),
            text(&entry.event_key),
        ]
    };
    Table::new(&JOURNAL, papers.journal.iter().map(row).collect())
}

const fn entry_name(kind: crate::domain::budget::EntryKind) -> &'static str {
    use crate::domain::budget::EntryKind;
    match kind {
        EntryKind::Allocation => "assegnazione",
        EntryKind::AllocationCut => "riduzione dell'assegnazione",
        EntryKind::Reservation => "prenotazione",
        EntryKind::ReservationRelease => "storno della prenotazione",
        EntryKind::Commitment => "impegno",
        EntryKind::CommitmentRelease => "disimpegno",
        EntryKind::Invoicing => "fatturazione",
        EntryKind::InvoicingReversal => "storno della fatturazione",
        EntryKind::Payment => "pagamento",
        EntryKind::PaymentReversal => "storno del pagamento",
    }
}

/// Acts on the grant.
pub fn acts(papers: &Papers<'_>) -> Table {
    let standing = |act: &crate::domain::grant_act::GrantAct| {
        let is_cancelled = papers.acts.iter().any(|other| other.cancels.as_ref() == Some(&act.id));
        match (&act.cancels, is_cancelled) {
            (Some(_), _) => "annulla",
            (None, true) => "annullata",
            (None, false) => "sì",
        }
    };
    let tranche = |code: &Option<String>| {
        let tranches = &papers.programme.funding.tranches;
        tranches
            .iter()
            .find(|tranche| Some(&tranche.code) == code.as_ref())
            .map(|tranche| tranche.name.it.to_string())
    };
    let row = |act: &crate::domain::grant_act::GrantAct| {
        vec![
            act.acted_on.into(),
            text(act.kind.as_str()),
            tranche(&act.tranche).into(),
            act.amount.into(),
            text(&act.reference),
            text(standing(act)),
            text(&act.recorded_by),
            act.recorded_at.into(),
            text(&act.id),
        ]
    };
    Table::new(&ACTS, papers.acts.iter().map(row).collect())
}
