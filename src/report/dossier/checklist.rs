// SPDX-License-Identifier: EUPL-1.2
//! Check-lists of self-control, one for each live order: on the procedure (RGS guidelines, par. 5.1.3.3) and on the project
//! statement (par. 5.3.2), filled in from what the gateway holds. What it cannot hold is told as missing, never as done.
//! The questions are our reading of the guidelines.

use crate::domain::cig_check::CigResult;
use crate::domain::declaration::DeclarationKind;
use crate::domain::finding::{Finding, Severity};
use crate::domain::invoice::DocumentClass;
use crate::domain::matching::{Doc, State};
use crate::domain::spending::SpendingStage;
use crate::report::show::shown;
use crate::report::table::{Cell, Column, Row, Shape, Table, text};
use crate::store::invoices::InvoiceRow;
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

/// How a question is answered.
enum Way {
    /// The order keeps these rules.
    Order(&'static [&'static str]),
    /// Its invoices keep these rules.
    Invoices(&'static [&'static str]),
    /// As another way says, but other papers of the Comune would count too, and the gateway does not see them.
    Here(&'static Way),
    /// The gateway cannot hold the evidence: what has to be added.
    ByHand(&'static str),
    /// From what is known of the order.
    Own(fn(&Case<'_>) -> Answer),
}

use Way::{ByHand, Here, Invoices, Order, Own};

/// On the procedure (par. 5.1.3.3).
const PROCEDURE: &[(&str, Way)] = &[
    (
        "L'acquisto è un ODA sul Catalogo MePA, di sole schede del programma",
        Order(&["ORD-030", "ORD-031", "ORD-032", "ORD-033"]),
    ),
    ("La decisione di contrarre c'è, con CUP, CIG e riferimenti al PNRR", ByHand("allegare la determina")),
    ("Il CUP dell'ordine è quello del progetto", Order(&["ORD-010", "ORD-011", "ORD-012"])),
    (
        "L'ordine ha un solo CIG, con cifre di controllo giuste, non usato altrove nel programma",
        Order(&["ORD-020", "ORD-021", "ORD-023"]),
    ),
    ("Il CIG è registrato in ANAC con il CUP e la qualifica PNRR", Own(|case| case.at_anac())),
    ("L'ordine è datato e inviato nel periodo degli acquisti", Order(&["ORD-050", "ORD-051"])),
    ("L'importo è sotto la soglia dell'affidamento diretto", Order(&["ORD-070"])),
    ("L'acquisto non è frazionato", Here(&Order(&["ORD-073"]))),
    ("Il principio di rotazione è rispettato", Here(&Order(&["ORD-072"]))),
    ("Il fornitore dichiara il rispetto dei principi del PNRR", Order(&["ORD-100"])),
    ("Il fornitore ha reso l'autodichiarazione sui requisiti", Order(&["ORD-101"])),
    (
        "RUP, Punto Ordinante, Punto Istruttore e fornitore dichiarano l'assenza di conflitti di interesse",
        Order(&["ORD-102"]),
    ),
    ("Il titolare effettivo del fornitore è acquisito", Order(&["ORD-107"])),
    ("DNSH e CAM sono dichiarati e documentati", Own(|case| case.green())),
    (
        "Le dichiarazioni sono firmate in tempo, valide, con il file conservato",
        Order(&["ORD-104", "ORD-105"]),
    ),
    ("L'ordine è firmato e inviato; il fornitore lo ha accettato", Own(|case| case.accepted())),
    ("DURC e controlli a campione sui requisiti", ByHand("allegare il DURC e gli esiti dei controlli")),
];

/// On the project statement (par. 5.3.2).
const STATEMENT: &[(&str, Way)] = &[
    ("La spesa sta dentro il contributo; i fondi propri sono distinti", Order(&["ORD-080", "ORD-081"])),
    (
        "La fornitura è consegnata e conforme",
        ByHand("allegare il documento di trasporto e la verifica di conformità"),
    ),
    ("Le fatture riportano CUP e CIG dell'ordine", Invoices(&["INV-030", "INV-031", "INV-032", "INV-033"])),
    (
        "Le fatture tornano per righe, imponibili, IVA e totale",
        Invoices(&["INV-040", "INV-041", "INV-042", "INV-043", "INV-050"]),
    ),
    (
        "Le fatture stanno dentro l'ordine per importo, quantità e prezzo",
        Invoices(&["INV-070", "INV-071", "INV-072"]),
    ),
    ("Nessuna fattura è usata due volte o sotto un altro CUP", Here(&Invoices(&["INV-060"]))),
    ("Le note di credito sono collegate alla loro fattura", Own(|case| case.notes())),
    ("L'IVA è in scissione dei pagamenti, o l'esenzione è di legge", Invoices(&["INV-048"])),
    ("L'atto di liquidazione c'è", ByHand("allegare l'atto di liquidazione")),
    ("I mandati e le quietanze ci sono, con CUP e CIG", Own(|case| case.paid())),
    ("Ordine, fatture e pagamenti tornano fra loro", Own(|case| case.reconciled())),
    (
        "Gli atti riportano l'emblema dell'Unione e «Finanziato dall'Unione europea - NextGenerationEU»",
        ByHand("allegare gli atti, o le fotografie delle targhe"),
    ),
];

/// The check-lists of every live order.
pub fn checklist(papers: &Papers<'_>) -> Table {
    let lists = [("Procedura 5.1.3.3", "P", PROCEDURE), ("Rendiconto 5.3.2", "R", STATEMENT)];
    let mut rows: Vec<Row> = Vec::new();
    for (place, row, paper) in papers.live() {
        let case = Case { papers, place, row, paper };
        for (list, letter, questions) in lists {
            for (number, (question, way)) in (1..).zip(questions) {
                let (answer, evidence) = case.answer(way).words();
                let number = text(format!("{letter}{number}"));
                rows.push(vec![
                    text(&row.number),
                    list.into(),
                    number,
                    (*question).into(),
                    answer.into(),
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
    fn answer(&self, way: &Way) -> Answer {
        match way {
            Order(rules) => self.order(rules),
            Invoices(rules) => self.invoices(rules),
            Here(way) => match self.answer(way) {
                Answer::Yes(evidence) => Answer::Open(format!(
                    "nulla in contrario fra gli acquisti che passano dal gateway ({evidence}); verificare gli altri del Comune"
                )),
                answer => answer,
            },
            ByHand(what) => Answer::Missing(what),
            Own(answer) => answer(self),
        }
    }

    /// Whether the order keeps these rules today.
    fn order(&self, rules: &[&str]) -> Answer {
        let Some(judged) = &self.paper.judged else {
            return Answer::Open("il documento dell'ordine non si può più leggere".into());
        };
        let findings = judged.judgement.findings.iter().map(|finding| (self.row.number.as_str(), finding));
        by_rules(rules, findings, || format!("ordine {}; regole {}", self.row.number, rules.join(", ")))
    }

    /// Its invoices and credit notes.
    fn billed(&self) -> Vec<&InvoiceRow> {
        let own = self.papers.ties.invoices_of(self.place);
        own.iter().filter_map(|n| self.papers.found.invoices.get(*n as usize)).collect()
    }

    /// Whether every invoice of the order keeps these rules.
    fn invoices(&self, rules: &[&str]) -> Answer {
        let rows = self.billed();
        if rows.is_empty() {
            return Answer::NotApplicable("nessuna fattura finora");
        }
        let findings =
            rows.iter().flat_map(|row| row.findings.iter().map(|finding| (row.number.as_str(), finding)));
        let numbers: Vec<&str> = rows.iter().map(|row| row.number.as_str()).collect();
        by_rules(rules, findings, || format!("fatture {}; regole {}", numbers.join(", "), rules.join(", ")))
    }

    /// What the lines of the order ask for is declared and documented.
    fn green(&self) -> Answer {
        let is_asked = self.paper.needs.iter().any(|need| need.row.kind == DeclarationKind::DnshCam);
        if is_asked {
            self.order(&["ORD-103", "ORD-106"])
        } else {
            Answer::NotApplicable("nessuna riga li richiede")
        }
    }

    /// Whether every credit note is tied to its invoice.
    fn notes(&self) -> Answer {
        if self.billed().iter().any(|row| row.class == DocumentClass::CreditNote) {
            self.invoices(&["INV-061", "INV-062"])
        } else {
            Answer::NotApplicable("nessuna nota di credito finora")
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
        let judged = self.papers.ties.judged(self.place);
        let Some((_, totals)) = judged.filter(|(_, totals)| totals.documents > 0) else {
            return Answer::NotApplicable("nessuna fattura finora");
        };
        let own = self.papers.ties.invoices_of(self.place);
        let payments = own.iter().flat_map(|n| self.papers.ties.payments_of(*n));
        let bare = payments.filter(|n| {
            let paid = self.papers.found.payments.get(*n as usize);
            paid.is_some_and(|paid| paid.part.cup.is_none() || paid.part.cig.is_none())
        });
        let bare: Vec<String> = bare.map(|n| self.papers.label(Doc::Payment(n))).collect();
        if !bare.is_empty() {
            return Answer::No(format!("senza CUP o CIG: {}", bare.join(", ")));
        }
        let out = i128::from(totals.to_supplier) + i128::from(totals.vat_paid);
        let out = shown(&Cell::cents(out)).into_owned();
        match self.row.spending.stage(self.row.reserved, self.papers.programme.tolerance.value) {
            SpendingStage::Paid => Answer::Yes(format!("denaro uscito: {out}")),
            SpendingStage::Invoiced | SpendingStage::Open => {
                Answer::Open(format!("denaro uscito finora: {out}"))
            }
        }
    }

    fn reconciled(&self) -> Answer {
        let judged = self.papers.ties.judged(self.place);
        let invoices = self.papers.ties.invoices_of(self.place).into_iter().map(Doc::Invoice);
        let documents = std::iter::once(Doc::Order(self.place)).chain(invoices);
        let kinds = documents.flat_map(|doc| self.papers.ties.differences(doc));
        let mut own: Vec<&str> = kinds.map(|kind| super::findings::kind_name(*kind)).collect();
        own.dedup();
        match judged.map(|(state, _)| state) {
            Some(State::Matched) if own.is_empty() => Answer::Yes("tutto torna".into()),
            Some(State::Missing) => Answer::NotApplicable("nessuna fattura finora"),
            _ if own.is_empty() => Answer::Open("si attendono altri documenti".into()),
            _ => Answer::No(own.join("; ")),
        }
    }
}

/// What the findings of documents say of some rules: broken, not verifiable (told as information), or kept.
fn by_rules<'f>(
    rules: &[&str],
    findings: impl Iterator<Item = (&'f str, &'f Finding)>,
    evidence: impl FnOnce() -> String,
) -> Answer {
    let about = findings.filter(|(_, finding)| rules.contains(&&*finding.rule));
    let (open, broken): (Vec<_>, Vec<_>) = about.partition(|(_, finding)| finding.severity == Severity::Info);
    let told = |found: &[(&str, &Finding)]| {
        let texts: Vec<String> =
            found.iter().map(|(number, finding)| format!("{number}: {}", finding.message.it)).collect();
        texts.join(" ")
    };
    match (broken.is_empty(), open.is_empty()) {
        (false, _) => Answer::No(told(&broken)),
        (true, false) => Answer::Open(told(&open)),
        (true, true) => Answer::Yes(evidence()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::RULES;

    #[test]
    fn every_rule_that_a_question_rests_on_is_in_the_catalogue() {
        for (question, way) in PROCEDURE.iter().chain(STATEMENT) {
            let way = if let Here(way) = way { way } else { way };
            let (Order(ids) | Invoices(ids)) = way else { continue };
            for id in *ids {
                let rule = RULES.iter().find(|rule| rule.id == *id);
                assert!(rule.is_some_and(|rule| rule.severity != Severity::Info), "{id}: {question}");
            }
        }
    }
}
