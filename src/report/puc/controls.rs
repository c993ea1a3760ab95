// SPDX-License-Identifier: EUPL-1.2
//! The controls of the Protocollo Unico that can be made here, in plain words. Numbers are those of the protocol.

use chrono::NaiveDate;

use crate::domain::grant_act::{GrantActKind, standing};
use crate::domain::participation::ParticipationState;
use crate::domain::rome::rome_date;
use crate::report::dossier::Papers;
use crate::report::show::shown;
use crate::report::table::{Cell, Column, Row, Shape, Table, text};

use super::{Movement, Records};

/// Controls.
pub static CONTROLS: Shape = Shape {
    name: "controlli_puc",
    title: "Controlli del Protocollo Unico",
    about: "I controlli che il sistema ricevente farebbe sui tracciati PUC, fatti prima. I numeri sono quelli del protocollo.",
    columns: &[
        Column::text("control", "Controllo", "Numero del controllo.").wide(10),
        Column::text("structures", "Strutture", "I tracciati confrontati.").wide(14),
        Column::text("outcome", "Esito", "«torna», «non torna» o «da completare».").wide(14),
        Column::text("what", "Che cosa si controlla", "Il controllo in parole semplici.").wide(60),
        Column::text("values", "Valori", "I valori confrontati, o che cosa fare.").wide(70),
    ],
};

enum Outcome {
    Holds(String),
    Fails(String),
    Open(&'static str),
}

fn sum(movements: &[Movement]) -> i128 {
    movements.iter().map(|movement| i128::from(movement.cents)).sum()
}

fn euro(cents: i128) -> String {
    shown(&Cell::cents(cents)).into_owned()
}

/// One amount within another.
fn within(small: (&str, i128), large: (&str, i128)) -> Outcome {
    let values = format!("{} {}, {} {}", small.0, euro(small.1), large.0, euro(large.1));
    if small.1 <= large.1 { Outcome::Holds(values) } else { Outcome::Fails(values) }
}

/// No day after today.
fn no_future(today: NaiveDate, days: impl Iterator<Item = (String, NaiveDate)>) -> Outcome {
    let late: Vec<String> = days
        .filter(|(_, day)| *day > today)
        .map(|(code, day)| format!("{code}: {}", day.format("%d/%m/%Y")))
        .collect();
    if late.is_empty() {
        Outcome::Holds("nessuna data futura".into())
    } else {
        Outcome::Fails(late.join("; "))
    }
}

fn days(movements: &[Movement]) -> impl Iterator<Item = (String, NaiveDate)> + '_ {
    movements.iter().map(|movement| (movement.code.clone(), movement.day))
}

/// Every control.
pub fn controls(papers: &Papers<'_>, records: &Records) -> Table {
    let (committed, paid, admitted) =
        (sum(&records.commitments), sum(&records.payments), sum(&records.admitted));
    let assigned = i128::from(papers.participation.balances.assigned.cents());
    let today = rome_date(papers.as_of);
    let own: i128 = papers.live().map(|(_, row, _)| i128::from(row.own_funds.cents())).sum();
    let received = standing(&papers.acts).filter(|act| act.kind == GrantActKind::Incasso);
    let received = received.map(|act| (act.reference.clone(), act.acted_on));
    let rows = [
        ("012", "AP00", "Il CUP esiste e non è cancellato né revocato", cup(papers)),
        (
            "018",
            "FN02, AP00",
            "Il quadro economico del progetto c'è",
            Outcome::Open("il gateway non tiene il quadro economico: inserirlo nel sistema ricevente"),
        ),
        ("019", "FN04, FN06", "Non ci sono pagamenti senza impegni", commitments_exist(records)),
        ("026", "FN06, FN07", "Il pagamento ammesso non supera il pagamento", admitted_within(records)),
        (
            "027",
            "FN00, FN04",
            "Gli impegni non superano il finanziamento",
            within(("impegni", committed), ("finanziamento", assigned)),
        ),
        (
            "028",
            "FN04, FN06",
            "I pagamenti non superano gli impegni e i fondi propri",
            within(("pagamenti", paid), ("impegni e fondi propri", committed + own)),
        ),
        ("031", "TR00", "Nessun trasferimento ha una data futura", no_future(today, received)),
        ("032", "FN04", "Nessun impegno ha una data futura", no_future(today, days(&records.commitments))),
        ("033", "FN06", "Nessun pagamento ha una data futura", no_future(today, days(&records.payments))),
        (
            "034",
            "FN05",
            "Nessun impegno ammesso ha una data futura",
            Outcome::Open("gli impegni ammessi non sono esportati"),
        ),
        (
            "035",
            "FN07",
            "Nessun pagamento ammesso ha una data futura",
            no_future(today, days(&records.admitted)),
        ),
        (
            "037",
            "FN07, FN06",
            "I pagamenti ammessi non superano i pagamenti",
            within(("ammessi", admitted), ("pagamenti", paid)),
        ),
        (
            "050",
            "FN04",
            "Impegni e disimpegni non hanno saldo negativo",
            within(("zero", 0), ("saldo", committed)),
        ),
        (
            "052",
            "FN06",
            "Pagamenti e rettifiche non hanno saldo negativo",
            within(("zero", 0), ("saldo", paid)),
        ),
    ];
    Table::new(&CONTROLS, rows.into_iter().map(row).collect())
}

fn row((number, structures, what, outcome): (&str, &str, &str, Outcome)) -> Row {
    let (word, values) = match outcome {
        Outcome::Holds(values) => ("torna", values),
        Outcome::Fails(values) => ("non torna", values),
        Outcome::Open(what) => ("da completare", what.to_owned()),
    };
    vec![text(number), text(structures), text(word), text(what), text(values)]
}

fn cup(papers: &Papers<'_>) -> Outcome {
    match (&papers.participation.cup, papers.participation.state) {
        (None, _) => Outcome::Fails("il CUP non è ancora generato".into()),
        (Some(cup), ParticipationState::Revoked | ParticipationState::Excluded) => {
            Outcome::Fails(format!("{cup}: il Comune è escluso o revocato"))
        }
        (Some(cup), _) => Outcome::Holds(cup.to_string()),
    }
}

fn commitments_exist(records: &Records) -> Outcome {
    let values = format!("{} impegni, {} pagamenti", records.commitments.len(), records.payments.len());
    let holds = records.payments.is_empty() || !records.commitments.is_empty();
    if holds { Outcome::Holds(values) } else { Outcome::Fails(values) }
}

fn admitted_within(records: &Records) -> Outcome {
    let over: Vec<String> = records
        .admitted
        .iter()
        .filter(|one| records.payments.iter().any(|paid| paid.code == one.code && one.cents > paid.cents))
        .map(|one| one.code.clone())
        .collect();
    if over.is_empty() {
        Outcome::Holds(format!("{} pagamenti ammessi", records.admitted.len()))
    } else {
        Outcome::Fails(over.join(", "))
    }
}
