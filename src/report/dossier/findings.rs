// SPDX-License-Identifier: EUPL-1.2
//! What is still open, the gravest first: what blocks a payment, what blocks the reporting, what is advice.

use std::collections::BTreeSet;

use crate::domain::cig_check::CigResult;
use crate::domain::finding::{Finding, Severity};
use crate::domain::grant_act::{GrantActKind, sum};
use crate::domain::invoice::DocumentClass;
use crate::domain::matching::{Difference, Doc, Kind, State};
use crate::domain::money::Money;
use crate::domain::payment::story::Standing;
use crate::domain::sdi::term_end;
use crate::programme::Moment;
use crate::report::table::{Cell, Column, Row, Shape, Table, text};

use super::Papers;
use super::statement::paid_in_all;

/// Open findings.
pub static FINDINGS: Shape = Shape {
    name: "rilievi",
    title: "Rilievi aperti",
    about: "Che cosa manca o non torna oggi, dal più grave: blocca il pagamento, blocca la rendicontazione, consiglio. \
            Anche di pagamenti e di ciò che l'ente ha registrato nei suoi conti. Gli ordini vivi sono giudicati di nuovo su tutto ciò che è arrivato finora.",
    columns: &[
        Column::text("weight", "Peso", "Che cosa blocca.").wide(26),
        Column::text("document", "Documento", "Il documento di cui si parla.").wide(32),
        Column::text("rule", "Regola", "Regola del catalogo, o tipo di ciò che non torna.").wide(14),
        Column::money("amount", "Importo", "Quanto è in gioco, se è un importo.").not_summed(),
        Column::text("what", "Che cosa", "Che cosa manca o non torna.").wide(60),
        Column::text("remedy", "Che cosa fare", "Il rimedio.").wide(60),
        Column::text("source", "Fonte", "La norma o l'atto.").wide(26),
    ],
};

/// How heavy an open finding is for the reporting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Nothing may be paid before it is cured.
    Payment,
    /// The expense cannot be reported before it is cured.
    Reporting,
    /// Nothing is blocked.
    Advice,
}

impl Weight {
    const fn name(self) -> &'static str {
        match self {
            Self::Payment => "blocca il pagamento",
            Self::Reporting => "blocca la rendicontazione",
            Self::Advice => "consiglio",
        }
    }
}

/// An open finding.
pub struct Open {
    /// What it blocks.
    pub weight: Weight,
    /// The document it is about.
    pub document: Option<Doc>,
    row: Row,
}

/// Every open finding, the gravest first.
pub(super) fn open(papers: &Papers<'_>) -> Vec<Open> {
    let mut all = of_orders(papers);
    all.extend(of_invoices(papers));
    all.extend(of_payments(papers));
    all.extend(of_acts(papers));
    all.extend(papers.differences().map(|one| of_difference(papers, one)));
    all.extend(papers.found.outcome.candidates.iter().map(|pair| {
        let what = format!("Potrebbe appartenere a: {}.", papers.label(pair.to));
        let remedy = "Confermare o escludere il collegamento, con il motivo.".to_owned();
        entry(
            papers,
            Weight::Reporting,
            Some(pair.from),
            ["da confermare".into(), what, remedy, String::new()],
            Cell::Empty,
        )
    }));
    all.extend(papers.broken.iter().map(|what| {
        let said = [
            "prova modificata".into(),
            what.clone(),
            "Rimettere al suo posto il file originale; far verificare il registro con audit verify.".into(),
            "D.L. 77/2021, art. 9 c. 4".into(),
        ];
        entry(papers, Weight::Reporting, None, said, Cell::Empty)
    }));
    all.sort_by_key(|open| open.weight);
    all
}

fn entry(
    papers: &Papers<'_>,
    weight: Weight,
    document: Option<Doc>,
    [rule, what, remedy, source]: [String; 4],
    amount: Cell<'static>,
) -> Open {
    let label = document.map(|doc| papers.label(doc)).unwrap_or_default();
    let row =
        vec![text(weight.name()), text(label), text(rule), amount, text(what), text(remedy), text(source)];
    Open { weight, document, row }
}

fn of_finding(papers: &Papers<'_>, weight: Weight, doc: Doc, finding: &Finding) -> Open {
    let action = finding.action.map(|action| action.text().it.into_owned());
    let remedy = action.unwrap_or_else(|| finding.remedy.it.to_string());
    let said = [finding.rule.to_string(), finding.message.it.to_string(), remedy, finding.source.to_string()];
    entry(papers, weight, Some(doc), said, Cell::Empty)
}

fn of_orders(papers: &Papers<'_>) -> Vec<Open> {
    let mut all = Vec::new();
    for (n, _, paper) in papers.live() {
        let doc = Doc::Order(n);
        let findings = paper.judged.iter().flat_map(|judged| &judged.judgement.findings);
        all.extend(findings.map(|finding| of_finding(papers, order_weight(papers, finding), doc, finding)));
        if paper.read.is_none() {
            let said = [
                "documento".into(),
                "Il documento dell'ordine non si può più leggere.".into(),
                "Far verificare il registro con audit verify.".into(),
                String::new(),
            ];
            all.push(entry(papers, Weight::Reporting, Some(doc), said, Cell::Empty));
        }
        let wrong = paper.cig_check.as_ref().filter(|check| check.result() == CigResult::Against);
        for point in wrong.iter().flat_map(|check| &check.points).filter(|point| point.well == Some(false)) {
            let said = [
                "CIG".into(),
                format!("ANAC: {} - {}", point.what.it, point.found.it),
                "Correggere la scheda del CIG sulla piattaforma, o il CIG dell'ordine.".into(),
                "ANAC, servizi PCP".into(),
            ];
            all.push(entry(papers, Weight::Reporting, Some(doc), said, Cell::Empty));
        }
    }
    all
}

/// What the matrix says is due before payment or reporting weighs so; what blocks or is curable blocks the reporting.
fn order_weight(papers: &Papers<'_>, finding: &Finding) -> Weight {
    let named =
        finding.values.iter().find(|value| value.name == "requirement").map(|value| value.value.as_str());
    let row = papers.programme.declarations.iter().find(|row| Some(row.id.as_str()) == named);
    match (row.map(|row| (row.moment, row.severity)), finding.severity) {
        (Some((_, Severity::Info)), _) => Weight::Advice,
        (Some((Moment::BeforePayment, _)), _) => Weight::Payment,
        (Some(_), _) | (None, Severity::Blocks | Severity::Curable) => Weight::Reporting,
        // The titolare effettivo may be acquired late, but not after the reporting (RGS, circ. 27/2023).
        (None, _) if finding.rule == "ORD-107" => Weight::Reporting,
        (None, Severity::Warning | Severity::Info) => Weight::Advice,
    }
}

fn of_invoices(papers: &Papers<'_>) -> Vec<Open> {
    let mut all = Vec::new();
    for judged in papers.found.outcome.invoices.iter().filter(|judged| judged.state != State::Void) {
        let Some(row) = papers.found.invoices.get(judged.id as usize) else { continue };
        // That the term of SdI runs is no news once it is over, or the invoice paid.
        let runs = judged.state != State::Matched && term_end(row.received_at) > papers.as_of;
        let open = row.findings.iter().filter(|finding| finding.rule != "INV-080" || runs);
        all.extend(open.map(|finding| {
            let weight = match finding.severity {
                Severity::Blocks | Severity::Curable => Weight::Payment,
                Severity::Warning | Severity::Info => Weight::Advice,
            };
            of_finding(papers, weight, Doc::Invoice(judged.id), finding)
        }));
    }
    all
}

/// Payments that came before their invoice, and those of an invoice that a rule bars from payment.
fn of_payments(papers: &Papers<'_>) -> Vec<Open> {
    let mut all = Vec::new();
    let mut irregular = BTreeSet::new();
    for (n, paid, to, cents) in
        papers.linked_payments().filter(|(_, paid, ..)| paid.standing != Standing::Undone)
    {
        let Some(invoice) = papers.found.invoices.get(to as usize) else { continue };
        let amount = Cell::from(Money::from_cents(cents));
        let (doc, bill) = (Doc::Payment(n), papers.label(Doc::Invoice(to)));
        if paid.part.date < invoice.date {
            let said = [
                "pagamento prima della fattura".into(),
                format!("Mandato del {}, prima della {bill}.", paid.part.date.format("%d/%m/%Y")),
                "Verificare che il mandato sia di questa fattura; se non lo è, escludere il collegamento con il motivo.".into(),
                "D.Lgs. 267/2000, artt. 184 e 185".into(),
            ];
            // An invoice that was issued anew may well be younger than its payment.
            all.push(entry(papers, Weight::Advice, Some(doc), said, amount));
        }
        let barred = invoice.findings.iter().find(|finding| finding.severity == Severity::Blocks);
        if let Some(finding) =
            barred.filter(|_| invoice.class != DocumentClass::CreditNote && irregular.insert(to))
        {
            let (what, remedy) = match paid.standing {
                Standing::Executed(_) => ("È stata pagata", "Sanare il rilievo, o recuperare il pagamento."),
                _ => ("È stato emesso un mandato per", "Fermare il mandato, o sanare il rilievo."),
            };
            let said = [
                "pagamento irregolare".into(),
                format!("{what} la {bill}, che non si può pagare: {}", finding.message.it),
                remedy.into(),
                finding.source.to_string(),
            ];
            all.push(entry(papers, Weight::Reporting, Some(Doc::Invoice(to)), said, Cell::Empty));
        }
    }
    all
}

/// What the Comune's own accounts say and nothing else bears out.
fn of_acts(papers: &Papers<'_>) -> Vec<Open> {
    let recorded = |kind, tranche| sum(&papers.acts, kind, tranche);
    let mut all = Vec::new();
    let mut over = |much: Money, little: Money, what: String, remedy: &str| {
        let excess = much.checked_sub(little).unwrap_or_default();
        if excess > Money::ZERO {
            let said = ["conti dell'ente".into(), what, remedy.to_owned(), String::new()];
            all.push(entry(papers, Weight::Reporting, None, said, excess.into()));
        }
    };
    for tranche in &papers.programme.funding.tranches {
        over(
            recorded(GrantActKind::Incasso, Some(&tranche.code)),
            recorded(GrantActKind::Richiesta, Some(&tranche.code)),
            format!("Incassato oltre quanto richiesto: {}.", tranche.name.it),
            "Registrare la richiesta che manca, o annullare l'incasso registrato per errore (grant).",
        );
    }
    over(
        recorded(GrantActKind::Rendicontazione, None),
        paid_in_all(papers),
        "Rendicontato oltre quanto risulta pagato.".into(),
        "Far arrivare i pagamenti che mancano, o annullare la rendicontazione registrata per errore (grant).",
    );
    over(
        recorded(GrantActKind::Accertamento, None),
        papers.participation.balances.assigned,
        "Accertato oltre il contributo assegnato.".into(),
        "Annullare l'accertamento registrato per errore (grant), o rettificarlo.",
    );
    all
}

fn of_difference(papers: &Papers<'_>, one: &Difference) -> Open {
    let others = one.documents.iter().skip(1).map(|doc| papers.label(*doc)).collect::<Vec<_>>();
    let with = if others.is_empty() { String::new() } else { format!(" ({})", others.join(", ")) };
    let said = [
        "differenza".to_owned(),
        format!("{}{with}", kind_name(one.kind)),
        one.kind.remedy().it.to_string(),
        String::new(),
    ];
    let amount = if one.amount == 0 { Cell::Empty } else { Money::from_cents(one.amount).into() };
    entry(papers, difference_weight(one.kind), one.documents.first().copied(), said, amount)
}

/// What a difference blocks.
const fn difference_weight(kind: Kind) -> Weight {
    match kind {
        Kind::OverInvoiced
        | Kind::AdvanceNotDeducted
        | Kind::NoOrder
        | Kind::Duplicate
        | Kind::DoubleFunding
        | Kind::OtherCup
        | Kind::OtherCig
        | Kind::TwoOrders
        | Kind::OtherSupplier
        | Kind::OtherBuyer
        | Kind::DeadOrder
        | Kind::OverQuantity
        | Kind::OverPrice
        | Kind::TotalNotLines => Weight::Payment,
        Kind::NoInvoiceToCredit
        | Kind::OverCredited
        | Kind::NoInvoice
        | Kind::OverPaid
        | Kind::VatToSupplier
        | Kind::VatOverPaid
        | Kind::RefusedPaid
        | Kind::SharesUnknown
        | Kind::SumTooLarge
        | Kind::BankAmount => Weight::Reporting,
        Kind::NotInvoiced | Kind::NotPaid | Kind::Withheld => Weight::Advice,
    }
}

/// The name of a difference, in Italian.
pub(super) const fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::NotInvoiced => "parte dell'ordine non fatturata",
        Kind::OverInvoiced => "fatturato oltre l'ordine",
        Kind::AdvanceNotDeducted => "anticipo non stornato dal saldo",
        Kind::NoOrder => "fattura senza ordine",
        Kind::NoInvoiceToCredit => "nota di credito senza fattura",
        Kind::OverCredited => "note di credito oltre la fattura",
        Kind::NoInvoice => "pagamento senza fattura",
        Kind::NotPaid => "parte della fattura non pagata",
        Kind::OverPaid => "pagato oltre la fattura",
        Kind::Withheld => "non pagato perché trattenuto",
        Kind::VatToSupplier => "IVA pagata al fornitore nonostante la scissione",
        Kind::VatOverPaid => "IVA versata oltre quella della fattura",
        Kind::Duplicate => "documento doppio",
        Kind::DoubleFunding => "stessa spesa sotto due CUP",
        Kind::OtherCup => "CUP diverso da quello dell'ordine",
        Kind::OtherCig => "CIG diverso da quello dell'ordine",
        Kind::TwoOrders => "CIG di un ordine, numero di un altro",
        Kind::OtherSupplier => "CIG dell'ordine di un altro fornitore",
        Kind::OtherBuyer => "CIG dell'ordine di un altro ente",
        Kind::DeadOrder => "fattura di un ordine che non sta più in piedi",
        Kind::RefusedPaid => "pagata una fattura rifiutata",
        Kind::SharesUnknown => "più ordini senza indicazione delle quote",
        Kind::OverQuantity => "quantità oltre l'ordine",
        Kind::OverPrice => "prezzo oltre l'ordine",
        Kind::TotalNotLines => "il totale non è quello delle righe",
        Kind::SumTooLarge => "somma oltre ogni importo ammesso",
        Kind::BankAmount => "importo uscito dalla banca diverso da quello del mandato",
    }
}

/// Open findings as a table.
pub fn findings(papers: &Papers<'_>) -> Table {
    Table::new(&FINDINGS, papers.open().iter().map(|open| open.row.clone()).collect())
}

impl Papers<'_> {
    /// How many findings of a weight are open.
    pub(super) fn count(&self, weight: Weight) -> usize {
        self.open().iter().filter(|open| open.weight == weight).count()
    }
}

/// How many of each weight are open.
pub(super) fn meter(papers: &Papers<'_>) -> String {
    format!(
        "{} bloccano il pagamento, {} bloccano la rendicontazione, {} consigli",
        papers.count(Weight::Payment),
        papers.count(Weight::Reporting),
        papers.count(Weight::Advice)
    )
}
