// SPDX-License-Identifier: EUPL-1.2
//! Check-lists of self-control, one for each live order: on the procedure (RGS guidelines, par. 5.1.3.3) and on the project
//! statement (par. 5.3.2), filled in from what the gateway holds. What it cannot hold is told as missing, never as done.
//! The questions are our reading of the guidelines.

use crate::domain::cig_check::CigResult;
use crate::domain::finding::Severity;
use crate::domain::matching::{Doc, State};
use crate::domain::spending::SpendingStage;
use crate::report::table::{Column, Row, Shape, Table, text};
use crate::store::orders::OrderRow;

use super::{OrderPaper, Papers};

/// Check-lists.
pub static CHECKLIST: Shape = Shape {
    name: "autocontrollo",
    title: "Liste di autocontrollo",
    about: "Per ogni ordine vivo, i controlli che il soggetto attuatore attesta: sulla procedura (linee guida RGS, par. 5.1.3.3) e sul rendiconto di progetto (par. 5.3.2). \
            Le domande sono una nostra lettura delle linee guida; ciò che il gateway non può vedere risulta mancante.",
    columns: &[
        Column::text("order", "Ordine", "Numero dell'ODA.").wide(12),
        Column::text("list", "Lista", "Procedura o rendiconto.").wide(20),
        Column::text("number", "N.", "Numero della domanda.").wide(5),
        Column::text("question", "Controllo", "Che cosa si controlla.").wide(60),
        Column::text("answer", "Esito", "«sì», «no», «manca», «da verificare» o «non applicabile».").wide(15),
        Column::text("evidence", "Prova", "La prova, o che cosa manca.").wide(70),
    ],
};

/// The answer to a question, with its evidence.
enum Answer {
    Yes(String),
    No(String),
    Missing(&'static str),
    Open(String),
    NotApplicable(&'static str),
}

/// An order and what belongs to it.
struct Case<'p> {
    papers: &'p Papers<'p>,
    place: u32,
    row: &'p OrderRow,
    paper: &'p OrderPaper,
}

type Question<'p> = (&'static str, fn(&Case<'p>) -> Answer);

fn procedure<'p>() -> Vec<Question<'p>> {
    vec![
        ("L'acquisto è un ODA sul Catalogo MePA, di sole schede del programma", |case| {
            case.rules(&["ORD-030", "ORD-031", "ORD-032", "ORD-033"])
        }),
        ("La decisione di contrarre c'è, con CUP, CIG e riferimenti al PNRR", |_| {
            Answer::Missing("allegare la determina")
        }),
        ("Il CUP dell'ordine è quello del progetto", |case| case.rules(&["ORD-010", "ORD-011", "ORD-012"])),
        ("L'ordine ha un solo CIG, con cifre di controllo giuste, non usato altrove", |case| {
            case.rules(&["ORD-020", "ORD-021", "ORD-023"])
        }),
        ("Il CIG è registrato in ANAC con il CUP e la qualifica PNRR", Case::at_anac),
        ("L'ordine è datato e inviato nel periodo degli acquisti", |case| {
            case.rules(&["ORD-050", "ORD-051"])
        }),
        ("L'importo è sotto la soglia dell'affidamento diretto e l'acquisto non è frazionato", |case| {
            case.rules(&["ORD-070", "ORD-073"])
        }),
        ("Il principio di rotazione è rispettato", |case| case.rules(&["ORD-072"])),
        ("Il fornitore dichiara il rispetto dei principi del PNRR", |case| case.rules(&["ORD-100"])),
        ("Il fornitore ha reso l'autodichiarazione sui requisiti", |case| case.rules(&["ORD-101"])),
        ("RUP, Punto Ordinante e fornitore dichiarano l'assenza di conflitti di interesse", |case| {
            case.rules(&["ORD-102"])
        }),
        ("Il titolare effettivo del fornitore è acquisito", |case| case.rules(&["ORD-107"])),
        ("DNSH e CAM sono dichiarati e documentati", |case| case.rules(&["ORD-103", "ORD-106"])),
        ("Le dichiarazioni sono firmate in tempo, valide, con il file conservato", |case| {
            case.rules(&["ORD-104", "ORD-105"])
        }),
        ("L'ordine è firmato e inviato; il fornitore lo ha accettato", Case::accepted),
        ("DURC e controlli a campione sui requisiti", |_| {
            Answer::Missing("allegare il DURC e gli esiti dei controlli")
        }),
    ]
}

fn statement<'p>() -> Vec<Question<'p>> {
    vec![
        ("La spesa sta dentro il contributo; i fondi propri sono distinti", |case| {
            case.rules(&["ORD-080", "ORD-081"])
        }),
        ("La fornitura è consegnata e conforme", |_| {
            Answer::Missing("allegare il documento di trasporto e la verifica di conformità")
        }),
        ("Le fatture riportano CUP e CIG dell'ordine", |case| {
            case.invoices(&["INV-030", "INV-031", "INV-032", "INV-033"])
        }),
        ("Le fatture tornano per righe, imponibili, IVA e totale", |case| {
            case.invoices(&["INV-040", "INV-041", "INV-042", "INV-043", "INV-050"])
        }),
        ("Le fatture stanno dentro l'ordine per importo, quantità e prezzo", |case| {
            case.invoices(&["INV-070", "INV-071", "INV-072"])
        }),
        ("Nessuna fattura è usata due volte o sotto un altro CUP", |case| case.invoices(&["INV-060"])),
        ("Le note di credito sono collegate alla loro fattura", |case| {
            case.invoices(&["INV-061", "INV-062"])
        }),
        ("L'IVA è in scissione dei pagamenti, o l'esenzione è di legge", |case| {
            case.invoices(&["INV-048"])
        }),
        ("L'atto di liquidazione c'è", |_| Answer::Missing("allegare l'atto di liquidazione")),
        ("I mandati e le quietanze ci sono, con CUP e CIG", Case::paid),
        ("Ordine, fatture e pagamenti tornano fra loro", Case::reconciled),
        (
            "Gli atti riportano l'emblema dell'Unione e «Finanziato dall'Unione europea - NextGenerationEU»",
            |_| Answer::Missing("allegare gli atti, o le fotografie delle targhe"),
        ),
    ]
}

/// The check-lists of every live order.
pub fn checklist(papers: &Papers<'_>) -> Table {
    let lists = [("Procedura 5.1.3.3", "P", procedure()), ("Rendiconto 5.3.2", "R", statement())];
    let mut rows: Vec<Row> = Vec::new();
    for (place, row, paper) in papers.live() {
        let case = Case { papers, place, row, paper };
        for (list, letter, questions) in &lists {
            for (number, (question, answer)) in (1..).zip(questions) {
                let (answer, evidence) = answer(&case).words();
                let number = format!("{letter}{number}");
                rows.push(vec![
                    text(&row.number),
                    text(*list),
                    text(number),
                    text(*question),
                    text(answer),
                    text(evidence),
                ]);
            }
        }
    }
    Table::new(&CHECKLIST, rows)
}

impl Answer {
    fn words(self) -> (&'static str, String) {
        match self {
            Self::Yes(evidence) => ("sì", evidence),
            Self::No(why) => ("no", why),
            Self::Missing(what) => ("manca", what.to_owned()),
            Self::Open(what) => ("da verificare", what),
            Self::NotApplicable(why) => ("non applicabile", why.to_owned()),
        }
    }
}

impl Case<'_> {
    /// Whether the order keeps these rules today.
    fn rules(&self, rules: &[&str]) -> Answer {
        let Some(judged) = &self.paper.judged else {
            return Answer::Open("il documento dell'ordine non si può più leggere".into());
        };
        let broken = |finding: &&crate::domain::finding::Finding| {
            rules.contains(&&*finding.rule) && finding.severity != Severity::Info
        };
        let found: Vec<String> = judged
            .judgement
            .findings
            .iter()
            .filter(broken)
            .map(|finding| finding.message.it.to_string())
            .collect();
        if found.is_empty() {
            Answer::Yes(format!("ordine {}; regole {}", self.row.number, rules.join(", ")))
        } else {
            Answer::No(found.join(" "))
        }
    }

    /// Places of the invoices and notes of the order that count for something.
    fn own_invoices(&self) -> Vec<u32> {
        let links = &self.papers.found.outcome.links;
        let of_order = links.iter().filter(|link| link.to == Doc::Order(self.place));
        let mut own: Vec<u32> = of_order.filter_map(|link| invoice(link.from)).collect();
        let notes = links.iter().filter(|link| invoice(link.to).is_some_and(|to| own.contains(&to)));
        let notes: Vec<u32> = notes.filter_map(|link| invoice(link.from)).collect();
        own.extend(notes);
        own
    }

    /// Whether every invoice of the order keeps these rules.
    fn invoices(&self, rules: &[&str]) -> Answer {
        let own = self.own_invoices();
        let rows = own.iter().filter_map(|n| self.papers.found.invoices.get(*n as usize));
        let rows: Vec<_> = rows.collect();
        if rows.is_empty() {
            return Answer::NotApplicable("nessuna fattura finora");
        }
        let findings = rows.iter().flat_map(|row| row.findings.iter().map(|finding| (&row.number, finding)));
        let broken = findings
            .filter(|(_, finding)| rules.contains(&&*finding.rule) && finding.severity != Severity::Info);
        let found: Vec<String> =
            broken.map(|(number, finding)| format!("{number}: {}", finding.message.it)).collect();
        let numbers: Vec<&str> = rows.iter().map(|row| row.number.as_str()).collect();
        if found.is_empty() {
            Answer::Yes(format!("fatture {}; regole {}", numbers.join(", "), rules.join(", ")))
        } else {
            Answer::No(found.join(" "))
        }
    }

    fn at_anac(&self) -> Answer {
        match &self.paper.cig_check {
            None => Answer::Open("ANAC non è ancora stata interrogata".into()),
            Some(check) => {
                let when = crate::domain::rome::rome_string(check.checked_at);
                match check.result() {
                    CigResult::Well => Answer::Yes(format!("CIG {}, ANAC il {when}", check.cig)),
                    CigResult::Open => {
                        Answer::Open(format!("CIG {}, ANAC il {when}: non tutto si può dire", check.cig))
                    }
                    CigResult::Against => {
                        Answer::No(format!("CIG {}, ANAC il {when}: si veda «rilievi»", check.cig))
                    }
                }
            }
        }
    }

    fn accepted(&self) -> Answer {
        use crate::domain::order_state::OrderState;
        let oda = self.row.oda_number.as_deref().unwrap_or(&self.row.number);
        match self.row.state {
            OrderState::SupplierAccepted => Answer::Yes(format!("ODA {oda}, accettato dal fornitore")),
            OrderState::Sent => Answer::Open(format!("ODA {oda}, inviato: si attende il fornitore")),
            OrderState::RevocationProposed => Answer::No(format!("ODA {oda}, revoca proposta")),
            _ => Answer::Open("l'ordine non è ancora inviato".into()),
        }
    }

    fn paid(&self) -> Answer {
        let totals = self.papers.found.outcome.orders.iter().find(|judged| judged.id == self.place);
        let Some(totals) = totals.map(|judged| judged.totals).filter(|totals| totals.documents > 0) else {
            return Answer::NotApplicable("nessuna fattura finora");
        };
        let stage = self.row.spending.stage(self.row.reserved, self.papers.programme.tolerance.value);
        let out = i128::from(totals.to_supplier) + i128::from(totals.vat_paid);
        let out = crate::domain::money::Money::from_cents(i64::try_from(out).unwrap_or(i64::MAX)).italian();
        match stage {
            SpendingStage::Paid => Answer::Yes(format!("denaro uscito: {out}")),
            SpendingStage::Invoiced | SpendingStage::Open => {
                Answer::Open(format!("denaro uscito finora: {out}"))
            }
        }
    }

    fn reconciled(&self) -> Answer {
        let judged = self.papers.found.outcome.orders.iter().find(|judged| judged.id == self.place);
        let about = self.papers.found.outcome.differences.iter();
        let own: Vec<&str> = about
            .filter(|one| one.documents.contains(&Doc::Order(self.place)))
            .map(|one| super::findings::kind_name(one.kind))
            .collect();
        match judged.map(|judged| judged.state) {
            Some(State::Matched) if own.is_empty() => Answer::Yes("tutto torna".into()),
            Some(State::Missing) => Answer::NotApplicable("nessuna fattura finora"),
            _ if own.is_empty() => Answer::Open("si attendono altri documenti".into()),
            _ => Answer::No(own.join("; ")),
        }
    }
}

const fn invoice(doc: Doc) -> Option<u32> {
    match doc {
        Doc::Invoice(n) => Some(n),
        Doc::Order(_) | Doc::Payment(_) => None,
    }
}
