// SPDX-License-Identifier: EUPL-1.2
//! The figures of a CUP in the shape of the Protocollo Unico di Colloquio, and the controls that the receiving side would make,
//! made before and told in plain words. Which field stands where is data of the programme ([`crate::programme::PucMap`]).

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use chrono::NaiveDate;

use crate::domain::budget::EntryKind;
use crate::domain::matching::Doc;
use crate::domain::money::Money;
use crate::domain::payment::story::Standing;
use crate::domain::rome::rome_date;
use crate::domain::sha256::sha256;
use crate::programme::{PucCode, PucContent, PucMap, PucStructure};

use super::ReportError;
use super::csv::CsvWriter;
use super::dossier::Papers;
use super::table::text;

mod controls;

pub use controls::{CONTROLS, controls};

/// Letters that the protocol gives to a code of a commitment or a payment.
const CODE_MAX: usize = 20;
/// What stands for a CIG where there is none, by the protocol.
const NO_CIG: &str = "9999";

/// What a record has, by word.
pub type Record = HashMap<&'static str, String>;

/// Every record of a CUP, by structure.
#[derive(Debug, Default)]
pub struct Records {
    by_code: BTreeMap<&'static str, Vec<Record>>,
    commitments: Vec<Movement>,
    payments: Vec<Movement>,
    admitted: Vec<Movement>,
}

/// A commitment or a payment: its code, day and amount; below zero for one that takes back.
#[derive(Debug, Clone)]
struct Movement {
    code: String,
    day: NaiveDate,
    cents: i64,
    note: String,
}

impl Movement {
    /// The sign is in the kind: amounts are always positive.
    fn record(&self, project: &str, [forth, back]: [&'static str; 2]) -> Record {
        HashMap::from([
            ("project_code", project.to_owned()),
            ("code", self.code.clone()),
            ("kind", if self.cents < 0 { back } else { forth }.to_owned()),
            ("date", day(self.day)),
            ("amount", amount(self.cents.saturating_abs())),
            ("note", self.note.clone()),
        ])
    }
}

fn day(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

fn amount(cents: i64) -> String {
    Money::from_cents(cents).to_string().replace('.', ",")
}

impl Records {
    /// The records of a CUP.
    #[must_use]
    pub fn new(papers: &Papers<'_>) -> Self {
        let project = papers.participation.cup.as_ref().map(ToString::to_string).unwrap_or_default();
        let mut records = Self::default();
        records.add(PucCode::AP00, project_record(papers, &project));
        for record in subjects(papers, &project) {
            records.add(PucCode::SC00, record);
        }
        for (_, row, paper) in papers.live() {
            let first = paper.read.as_ref().and_then(|read| read.order.lines.first());
            let money = |value: Option<Money>| amount(value.unwrap_or_default().cents());
            records.add(
                PucCode::PG00,
                HashMap::from([
                    ("project_code", project.clone()),
                    ("order_number", row.number.clone()),
                    ("cig", row.cig.clone().unwrap_or_else(|| NO_CIG.to_owned())),
                    ("description", first.map(|line| line.name.clone()).unwrap_or_default()),
                    ("net", money(row.net)),
                    ("gross", money(row.gross)),
                    ("date", day(row.order_date)),
                ]),
            );
        }
        records.commitments = commitments(papers);
        (records.payments, records.admitted) = payments(papers);
        for (code, movements, kinds) in [
            (PucCode::FN04, records.commitments.clone(), ["I", "D"]),
            (PucCode::FN06, records.payments.clone(), ["P", "R"]),
            (PucCode::FN07, records.admitted.clone(), ["P", "R"]),
        ] {
            movements.iter().for_each(|movement| records.add(code, movement.record(&project, kinds)));
        }
        records
    }

    fn add(&mut self, code: PucCode, record: Record) {
        self.by_code.entry(code.as_str()).or_default().push(record);
    }

    fn of(&self, code: PucCode) -> &[Record] {
        self.by_code.get(code.as_str()).map(Vec::as_slice).unwrap_or_default()
    }

    /// The file that is sent: a line for each record between head and foot, lines ending in CR LF.
    #[must_use]
    pub fn file(&self, map: &PucMap) -> String {
        let mut file = format!("HH#0#{}#PUC#\r\n", plain(&map.sender));
        let mut number = 0;
        for structure in &map.structures {
            for record in self.of(structure.code) {
                number += 1;
                let fields: Vec<String> = cells(structure, record).collect();
                let _ = write!(file, "{}#{number}#{}#\r\n", structure.code.as_str(), fields.join("|"));
            }
        }
        let _ = write!(file, "FF#{}#{number}#\r\n", number + 1);
        file
    }

    /// The records of a structure as CSV, to be copied by hand.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn csv(&self, structure: &PucStructure) -> Result<Vec<u8>, ReportError> {
        let mut bytes = Vec::new();
        let heads = structure.fields.iter().map(|field| field.name.as_str());
        let mut csv = CsvWriter::new(&mut bytes, heads)?;
        for record in self.of(structure.code) {
            let row: Vec<_> = cells(structure, record).map(text).collect();
            csv.row(&row)?;
        }
        csv.finish()?;
        Ok(bytes)
    }
}

/// What stands in the fields of a record.
fn cells<'r>(structure: &'r PucStructure, record: &'r Record) -> impl Iterator<Item = String> + 'r {
    structure.fields.iter().map(|field| {
        let value = match &field.content {
            PucContent::Constant(text) => text.as_str(),
            PucContent::Value(word) => record.get(word.as_str()).map_or("", String::as_str),
        };
        plain(value).chars().take(field.max.unwrap_or(usize::MAX)).collect()
    })
}

/// A text without the marks that part fields and records.
fn plain(text: &str) -> String {
    let clean: String =
        text.chars().map(|c| if c.is_control() || matches!(c, '|' | '#') { ' ' } else { c }).collect();
    clean.trim().to_owned()
}

fn project_record(papers: &Papers<'_>, project: &str) -> Record {
    let window = papers.programme.windows.current();
    let what = format!("{} - Comune di {}", papers.programme.name.it, papers.comune.name);
    let summary = format!(
        "{}: acquisti sul Catalogo MePA in {} ordini",
        papers.programme.measure,
        papers.live().count()
    );
    HashMap::from([
        ("project_code", project.to_owned()),
        ("cup", project.to_owned()),
        ("title", what),
        ("summary", summary),
        ("first_day", day(window.first)),
        ("last_day", day(window.last)),
    ])
}

/// The Comune and its suppliers.
fn subjects(papers: &Papers<'_>, project: &str) -> Vec<Record> {
    let record = |role: &str, code: &str, is_public: &str, ipa: &str, name: &str| {
        HashMap::from([
            ("project_code", project.to_owned()),
            ("role", role.to_owned()),
            ("tax_code", code.to_owned()),
            ("is_public", is_public.to_owned()),
            ("ipa_code", ipa.to_owned()),
            ("name", name.to_owned()),
        ])
    };
    let comune = papers.comune;
    let own = record(
        "attuatore",
        comune.tax_code.as_str(),
        "S",
        comune.ipa.as_str(),
        &format!("Comune di {}", comune.name),
    );
    let mut suppliers: BTreeMap<&str, &str> = BTreeMap::new();
    for (_, row, _) in papers.live() {
        suppliers.insert(&row.supplier, row.supplier_name.as_deref().unwrap_or_default());
    }
    let others = suppliers.into_iter().map(|(code, name)| record("fornitore", code, "N", "", name));
    std::iter::once(own).chain(others).collect()
}

/// Commitments of the grant and what released them, as the journal has them; those of orders that died too.
fn commitments(papers: &Papers<'_>) -> Vec<Movement> {
    let movement = |entry: &crate::store::papers::JournalEntry| {
        let sign = match entry.kind {
            EntryKind::Commitment => 1,
            EntryKind::CommitmentRelease => -1,
            _ => return None,
        };
        let order = entry.order_id.as_deref().and_then(|id| papers.ties.order(id));
        let order = order.and_then(|place| papers.found.orders.get(place as usize));
        Some(Movement {
            code: format!("I{}", entry.id),
            day: rome_date(entry.booked_at),
            cents: entry.amount.cents() * sign,
            note: order.map(|row| format!("ODA {}", row.number)).unwrap_or_default(),
        })
    };
    papers.journal.iter().filter_map(movement).collect()
}

/// Money that is out for invoices of live orders, and what of it the grant pays: of each order no more than its journal says is
/// paid, the first payments first.
fn payments(papers: &Papers<'_>) -> (Vec<Movement>, Vec<Movement>) {
    let mut left: HashMap<u32, i64> =
        papers.live().map(|(n, row, _)| (n, row.spending.paid.cents())).collect();
    let (mut paid, mut admitted) = (Vec::new(), Vec::new());
    let mut out: Vec<_> = papers.linked_payments().collect();
    out.sort_by_key(|(_, part, ..)| (executed(part), part.part.position, part.part.part));
    for (_, part, invoice, cents) in out {
        let Some(day) = executed(part).map(rome_date) else { continue };
        let id = part.part.position;
        let code = code_of(format!("{}/{}/{}/{}", id.exercise, id.number, id.progressive, part.part.part));
        let movement = Movement { code, day, cents, note: papers.label(Doc::Invoice(invoice)) };
        let mut rest = cents;
        for order in papers.ties.live_orders_of(invoice) {
            let Some(open) = left.get_mut(order) else { continue };
            let own = rest.min(*open);
            (*open, rest) = (*open - own, rest - own);
            merge(&mut admitted, Movement { cents: own, ..movement.clone() });
        }
        merge(&mut paid, movement);
    }
    (paid, admitted)
}

/// A code that fits its field: one that is longer gives way to its digest, and stands whole nowhere else than in the list of
/// payments.
fn code_of(whole: String) -> String {
    if whole.len() <= CODE_MAX { whole } else { sha256(whole.as_bytes()).chars().take(CODE_MAX).collect() }
}

/// Adds a movement to the one before it if that has its code, since a payment of several invoices is one payment; nothing is no
/// movement. Payments come one after the other.
fn merge(movements: &mut Vec<Movement>, more: Movement) {
    match movements.last_mut().filter(|one| one.code == more.code) {
        _ if more.cents == 0 => {}
        Some(one) => {
            one.cents = one.cents.saturating_add(more.cents);
            if !one.note.contains(&more.note) {
                one.note = format!("{}, {}", one.note, more.note);
            }
        }
        None => movements.push(more),
    }
}

fn executed(paid: &crate::domain::payment::story::PaidPart) -> Option<chrono::DateTime<chrono::Utc>> {
    match paid.standing {
        Standing::Executed(at) => Some(at),
        Standing::Ordered | Standing::Undone => None,
    }
}
