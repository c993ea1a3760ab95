// SPDX-License-Identifier: EUPL-1.2
//! The dossier of a CUP: everything that a Comune has to show for its grant, with what is still missing. It is read on one
//! snapshot ([`Papers`]) and shaped from there without looking anywhere else.

use std::collections::HashMap;
use std::sync::OnceLock;

use chrono::{DateTime, Utc};

use crate::answer::Reconciliation;
use crate::app::App;
use crate::documents::ReadOrder;
use crate::domain::budget::EntryKind;
use crate::domain::declaration::Declaration;
use crate::domain::grant_act::GrantAct;
use crate::domain::invoice::DocumentClass;
use crate::domain::istat::IstatCode;
use crate::domain::matching::Doc;
use crate::domain::rome::rome_string;
use crate::error::Error;
use crate::flows::book_spending::changes;
use crate::flows::judge::{Judged, judge_stored};
use crate::flows::reconcile::reconcile_in;
use crate::programme::{DeclarationRequirement, Programme};
use crate::reference::Comune;
use crate::rules::facts::{Fact, Facts};
use crate::rules::{Case, requirements};
use crate::store::Store;
use crate::store::cig_checks::CigCheck;
use crate::store::orders::{OrderFilter, OrderRow};
use crate::store::papers::JournalEntry;
use crate::store::participation::ParticipationRow;

use super::table::Shape;
use super::{Report, puc};
use findings::Open;
use ties::Ties;

pub mod basis;
pub mod breakdown;
pub mod checklist;
pub mod completeness;
pub mod findings;
pub mod lists;
pub mod matches;
pub mod request;
pub mod statement;
pub mod ties;
pub mod tranches;

/// Orders read at a time.
const PAGE: u32 = 10_000;

/// Everything that a dossier rests on.
pub struct Papers<'a> {
    /// The programme.
    pub programme: &'a Programme,
    /// The Comune.
    pub comune: &'a Comune,
    /// Where it stands.
    pub participation: ParticipationRow,
    /// Its orders that stood, invoices and payments, reconciled.
    pub found: Reconciliation,
    /// What more is known of each of these orders, by its place.
    pub orders: Vec<OrderPaper>,
    /// Which of all these belong to which.
    pub ties: Ties,
    /// Orders that never stood: refused, or still incomplete.
    pub turned_away: Vec<OrderRow>,
    /// The journal.
    pub journal: Vec<JournalEntry>,
    /// What its own accounts say.
    pub acts: Vec<GrantAct>,
    /// Names and fingerprints of the reference tables in use.
    pub tables: Vec<(&'static str, String)>,
    /// What the evidence shows to have been changed.
    pub broken: Vec<String>,
    /// Live orders whose documents are not booked yet.
    pub unbooked: usize,
    /// What is open, worked out when it is first asked for.
    open: OnceLock<Vec<Open>>,
    /// The moment of the snapshot.
    pub as_of: DateTime<Utc>,
}

/// What is known of an order beside its row.
pub struct OrderPaper {
    /// The order as read, with the declarations given later; none when it can no longer be read.
    pub read: Option<ReadOrder>,
    /// When each declaration that came later was given, after those of the document.
    pub given_later: Vec<DateTime<Utc>>,
    /// The judgement on what is known now, of an order that lives.
    pub judged: Option<Judged>,
    /// The declarations that it needs, of an order that lives.
    pub needs: Vec<Need>,
    /// What ANAC said of its CIG.
    pub cig_check: Option<CigCheck>,
}

/// A declaration that an order needs.
pub struct Need {
    /// The row of the programme's matrix.
    pub row: DeclarationRequirement,
    /// Whether it is met.
    pub is_met: bool,
    /// A declaration that meets it, or a part of it.
    pub by: Option<Declaration>,
}

/// What the schema of a dossier is called.
pub const TITLE: &str = "Dossier di rendicontazione di un CUP";

/// Every table of a dossier, in its order.
pub static SHAPES: &[&Shape] = &[
    &statement::STATEMENT,
    &statement::BALANCES,
    &findings::FINDINGS,
    &completeness::COMPLETENESS,
    &tranches::TRANCHES,
    &breakdown::DIRETTRICI,
    &breakdown::CATEGORIES,
    &breakdown::TITLES,
    &breakdown::SUPPLIERS,
    &lists::ORDERS,
    &lists::LINES,
    &lists::DECLARATIONS,
    &matches::INVOICES,
    &matches::PAYMENTS,
    &matches::LINKS,
    &matches::DIFFERENCES,
    &checklist::CHECKLIST,
    &puc::CONTROLS,
    &lists::TURNED_AWAY,
    &lists::JOURNAL,
    &lists::ACTS,
    &basis::BASIS,
];

/// Reads everything on a store that does not change meanwhile.
///
/// # Errors
/// [`Error::NotFound`] when the Comune is not in the programme; the store's.
pub async fn gather<'a>(
    app: &'a App,
    store: &Store,
    comune: &IstatCode,
    as_of: DateTime<Utc>,
) -> Result<Papers<'a>, Error> {
    let programme = &app.programme;
    let participation = store.participation(&programme.id, comune).await?.ok_or(Error::NotFound)?;
    let (found, documents) = reconcile_in(app, store, comune, None).await?;
    let mut late: HashMap<String, Vec<_>> = HashMap::new();
    for given in store.late_declarations(&programme.id, comune).await? {
        late.entry(given.order_id.clone()).or_default().push(given);
    }
    let mut checks = store.cig_checks(&programme.id, comune).await?;
    let journal = store.journal(&programme.id, comune).await?;
    let sent = sent_by(&journal);
    let mut orders = Vec::with_capacity(found.orders.len());
    for (row, read) in found.orders.iter().zip(documents.orders) {
        let late = late.remove(&row.id).unwrap_or_default();
        let given_later = late.iter().map(|given| given.received_at).collect();
        let read = read.map(|mut read| {
            read.order.declarations.extend(late.into_iter().map(|given| given.declaration));
            read
        });
        let (judged, needs) = match &read {
            Some(read) if row.state.is_live() => {
                judge(app, store, row, read, sent.get(&*row.id).copied().unwrap_or(as_of)).await?
            }
            _ => (None, Vec::new()),
        };
        orders.push(OrderPaper { read, given_later, judged, needs, cig_check: checks.remove(&row.id) });
    }
    Ok(Papers {
        programme,
        comune: app.reference.comuni.by_istat(comune).ok_or(Error::NotFound)?,
        participation,
        orders,
        ties: Ties::new(&found),
        turned_away: turned_away(store, &programme.id, comune).await?,
        journal,
        acts: store.grant_acts(&programme.id, comune).await?,
        tables: app.reference.fingerprints(),
        broken: Vec::new(),
        unbooked: changes(&found).len(),
        open: OnceLock::new(),
        found,
        as_of,
    })
}

/// The moment by which each sent order was known to be sent: what is late after it was not late for the order.
fn sent_by(journal: &[JournalEntry]) -> HashMap<&str, DateTime<Utc>> {
    let sendings = journal.iter().filter(|entry| entry.kind == EntryKind::Commitment);
    sendings.filter_map(|entry| Some((entry.order_id.as_deref()?, entry.booked_at))).collect()
}

/// Judges a live order on what is known now, as a recheck would, and as of a moment.
async fn judge(
    app: &App,
    store: &Store,
    row: &OrderRow,
    read: &ReadOrder,
    at: DateTime<Utc>,
) -> Result<(Option<Judged>, Vec<Need>), Error> {
    let facts = store.order_facts(&row.keys()).await?.without(row);
    let case_facts = Facts {
        now: at,
        tenant: Some(row.comune),
        participation: Fact::Known(facts.participation.clone()),
        cig_uses: Fact::Known(facts.cig_uses.clone()),
        purchases: Fact::Known(facts.purchases.clone()),
        same_number: Fact::Known(facts.same_number.clone()),
        declarations_on_file: facts.declarations_on_file.clone(),
    };
    let case = Case::new(&read.order, &case_facts, &app.programme, &app.reference);
    let need = |need: crate::rules::Requirement<'_>| Need {
        row: need.row.clone(),
        is_met: need.is_met,
        by: need.by.cloned(),
    };
    let needs = requirements(&case).into_iter().map(need).collect();
    Ok((Some(judge_stored(app, &row.comune, read, facts, at)), needs))
}

async fn turned_away(store: &Store, programme: &str, comune: &IstatCode) -> Result<Vec<OrderRow>, Error> {
    let mut filter = OrderFilter { comune: Some(*comune), limit: PAGE, ..OrderFilter::default() };
    let mut rows = Vec::new();
    loop {
        let page = store.orders(programme, &filter).await?;
        filter.after = page.last().map(|row| (row.received_at.timestamp_micros(), row.id.clone()));
        let is_last = page.len() < PAGE as usize;
        let never_stood = |row: &OrderRow| !row.state.is_live() && row.ended_at.is_none();
        rows.extend(page.into_iter().filter(never_stood));
        if is_last {
            return Ok(rows);
        }
    }
}

/// The whole dossier.
#[must_use]
pub fn dossier(papers: &Papers<'_>) -> Report {
    let tables = vec![
        statement::statement(papers),
        statement::balances(papers),
        findings::findings(papers),
        completeness::completeness(papers),
        tranches::tranches(papers),
        breakdown::direttrici(papers),
        breakdown::categories(papers),
        breakdown::titles(papers),
        breakdown::suppliers(papers),
        lists::orders(papers),
        lists::lines(papers),
        lists::declarations(papers),
        matches::invoices(papers),
        matches::payments(papers),
        matches::links(papers),
        matches::differences(papers),
        checklist::checklist(papers),
        puc::controls(papers, &puc::Records::new(papers)),
        lists::turned_away(papers),
        lists::journal(papers),
        lists::acts(papers),
        basis::basis(papers),
    ];
    Report {
        kind: "dossier",
        title: papers.title(),
        facts: papers.facts(),
        warnings: papers.warnings(),
        as_of: papers.as_of,
        tables,
    }
}

impl Papers<'_> {
    /// Every open finding, the gravest first.
    pub fn open(&self) -> &[Open] {
        self.open.get_or_init(|| findings::open(self))
    }

    /// The live orders: place, row and paper.
    pub fn live(&self) -> impl Iterator<Item = (u32, &OrderRow, &OrderPaper)> {
        let numbered = (0u32..).zip(self.found.orders.iter().zip(&self.orders));
        numbered.filter(|(_, (row, _))| row.state.is_live()).map(|(n, (row, paper))| (n, row, paper))
    }

    /// What the dossier is called.
    pub(super) fn title(&self) -> String {
        format!("Dossier di rendicontazione del Comune di {}", self.comune.name)
    }

    /// Of what and whom the dossier tells.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let cup = self
            .participation
            .cup
            .as_ref()
            .map_or_else(|| "non ancora generato".to_owned(), ToString::to_string);
        let codes = format!(
            "ISTAT {}, IPA {}, codice fiscale {}",
            self.comune.istat, self.comune.ipa, self.comune.tax_code
        );
        vec![
            ("Programma", format!("{} - {}", self.programme.name.it, self.programme.measure)),
            ("Comune", format!("{} ({}), {codes}", self.comune.name, self.comune.province)),
            ("CUP", cup),
            ("Ricevuta della comunicazione del CUP", self.receipt()),
            ("Completezza delle dichiarazioni", completeness::meter(self)),
            ("Rilievi aperti", findings::meter(self)),
        ]
    }

    fn receipt(&self) -> String {
        match (&self.participation.receipt, self.participation.receipt_at) {
            (Some(receipt), Some(at)) => format!("{receipt} del {}", rome_string(at)),
            (Some(receipt), None) => receipt.clone(),
            (None, _) => "non ancora ricevuta".to_owned(),
        }
    }

    /// What has to be known before any figure is trusted.
    fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> =
            self.broken.iter().map(|what| format!("una prova è stata modificata: {what}")).collect();
        if self.unbooked > 0 {
            warnings.push(format!(
                "documenti arrivati e non ancora registrati nei saldi: {} ordini; rifare il dossier fra un momento",
                self.unbooked
            ));
        }
        if !statement::agrees(self) || !statement::folds(self) {
            warnings.push(
                "le somme di ordini e movimenti non coincidono con i saldi del registro: eseguire audit verify".into(),
            );
        }
        if self.participation.synthetic {
            warnings.push("l'importo assegnato viene da un elenco sintetico: non è un dato reale".into());
        }
        if !self.programme.official {
            warnings.push(
                "alcune regole del programma non sono tratte da un atto ufficiale: si veda la tabella «base»"
                    .into(),
            );
        }
        warnings
    }

    /// The name of a document for people.
    #[must_use]
    pub fn label(&self, doc: Doc) -> String {
        match doc {
            Doc::Order(n) => {
                let row = self.found.orders.get(n as usize);
                row.map_or_else(String::new, |row| format!("ordine {}", row.number))
            }
            Doc::Invoice(n) => {
                let row = self.found.invoices.get(n as usize);
                row.map_or_else(String::new, |row| {
                    let what =
                        if row.class == DocumentClass::CreditNote { "nota di credito" } else { "fattura" };
                    format!("{what} {} del {}", row.number, row.date.format("%d/%m/%Y"))
                })
            }
            Doc::Payment(n) => self.found.payments.get(n as usize).map_or_else(String::new, |paid| {
                let id = paid.part.position;
                format!("mandato {}/{} progressivo {}", id.number, id.exercise, id.progressive)
            }),
        }
    }
}
