// SPDX-License-Identifier: EUPL-1.2
//! The end is the same whatever the order of arrival, however often a document is told, however many threads
//! settle, all at once or one by one.

use std::collections::BTreeMap;
use std::sync::Arc;

use mepa_gateway::domain::matching::*;
use proptest::prelude::*;

use super::oracle::{self, Said, is_of_lines};
use super::scenario::{Scenario, code, scenario};

fn books(depth: Depth) -> Books {
    let mut books = Books::new(Arc::default(), Policy { depth, ..Policy::default() });
    books.grant(code("CUP", 1), 30_000);
    books
}

fn at_once(scenario: &Scenario, depth: Depth, threads: usize) -> (Outcome, Vec<CupSums>) {
    let mut books = books(depth);
    scenario.facts.iter().cloned().for_each(|fact| books.insert(fact));
    scenario.decisions.iter().for_each(|decision| books.remember(*decision));
    let end = books.settle(threads);
    (end, books.cups())
}

/// What is said of each document.
type Known = BTreeMap<Doc, Vec<String>>;

fn learn(known: &mut Known, outcome: &Outcome) {
    let orders = outcome.orders.iter().map(|one| (Doc::Order(one.id), format!("{one:?}")));
    let invoices = outcome.invoices.iter().map(|one| (Doc::Invoice(one.id), format!("{one:?}")));
    let payments = outcome.payments.iter().map(|one| (Doc::Payment(one.id), format!("{one:?}")));
    for (doc, judged) in orders.chain(invoices).chain(payments) {
        known.insert(doc, vec![judged]);
    }
    let mut tell = |doc: Doc, what: String| known.get_mut(&doc).expect("all documents are listed").push(what);
    outcome.links.iter().for_each(|one| tell(one.from, format!("{one:?}")));
    outcome.lines.iter().for_each(|one| tell(Doc::Invoice(one.invoice), format!("{one:?}")));
    outcome.candidates.iter().for_each(|one| tell(one.from, format!("{one:?}")));
    outcome.differences.iter().for_each(|one| tell(one.documents[0], format!("{one:?}")));
}

/// The same document at an earlier time: what does not make its identity was otherwise.
fn earlier(fact: &Fact) -> Fact {
    match fact.clone() {
        Fact::Order(order) if order.is_live() => {
            Fact::Order(OrderFact { standing: OrderStanding::Dead, gross: 1, cig: code("CIG", 1), ..order })
        }
        Fact::Order(order) => Fact::Order(OrderFact { standing: OrderStanding::Live, ..order }),
        Fact::Invoice(invoice) => Fact::Invoice(InvoiceFact {
            standing: InvoiceStanding::Refused,
            gross: 2,
            cig: Code::NONE,
            ..invoice
        }),
        Fact::Payment(payment) => {
            Fact::Payment(PaymentFact { standing: PaymentStanding::Ordered, amount: 3, ..payment })
        }
    }
}

fn one_by_one(scenario: &Scenario, order: &[usize], split: usize) -> (Known, Vec<CupSums>) {
    let (mut books, mut known) = (books(Depth::Full), Known::new());
    let (before, after) = scenario.decisions.split_at(split.min(scenario.decisions.len()));
    before.iter().for_each(|decision| books.remember(*decision));
    for place in order.iter().step_by(3) {
        learn(&mut known, &books.arrive(earlier(&scenario.facts[*place])));
    }
    for place in order {
        learn(&mut known, &books.arrive(scenario.facts[*place].clone()));
    }
    after.iter().for_each(|decision| learn(&mut known, &books.decide(*decision)));
    (known, books.cups())
}

fn shuffled() -> impl Strategy<Value = (Scenario, Vec<usize>)> {
    scenario().prop_flat_map(|scenario| {
        let order: Vec<usize> = (0..scenario.facts.len()).collect();
        (Just(scenario), Just(order).prop_shuffle())
    })
}

fn sums(one: &CupSums) -> (Code, [i128; 4]) {
    (one.cup, [one.committed, one.invoiced, one.credited, one.paid])
}

/// What the engine says, as the oracle says it.
fn said(outcome: &Outcome, cups: &[CupSums]) -> Said {
    let orders = outcome.orders.iter().map(|one| (Doc::Order(one.id), one.state));
    let invoices = outcome.invoices.iter().map(|one| (Doc::Invoice(one.id), one.state));
    let payments = outcome.payments.iter().map(|one| (Doc::Payment(one.id), one.state));
    let differences = outcome.differences.iter().filter(|one| !is_of_lines(one.kind));
    let mut differences: Vec<(Doc, Kind, i64)> =
        differences.map(|one| (one.documents[0], one.kind, one.amount)).collect();
    differences.sort();
    Said {
        states: orders.chain(invoices).chain(payments).collect(),
        links: outcome.links.iter().map(|one| (one.from, one.to, one.amount, one.by)).collect(),
        candidates: outcome.candidates.iter().map(|one| (one.from, one.to, one.score, one.agrees)).collect(),
        differences,
        orders: outcome.orders.iter().map(|one| (one.id, one.totals)).collect(),
        invoices: outcome.invoices.iter().map(|one| (one.id, one.totals)).collect(),
        cups: cups.iter().map(sums).filter(|(_, sums)| *sums != [0; 4]).collect(),
    }
}

/// The same scenario with amounts that no sum can hold.
fn extreme(scenario: &Scenario, shift: usize) -> Scenario {
    const AMOUNTS: [i64; 5] = [i64::MIN, i64::MAX, 0, -1, i64::MIN + 1];
    let amount = |place: usize| AMOUNTS[(place + shift) % AMOUNTS.len()];
    let mut scenario = scenario.clone();
    for (place, fact) in scenario.facts.iter_mut().enumerate() {
        match fact {
            Fact::Order(order) => {
                order.gross = amount(place);
                order.rest.as_mut().unwrap().lines.iter_mut().for_each(|line| line.price = Scaled(i128::MIN));
            }
            Fact::Invoice(invoice) => {
                invoice.gross = amount(place + 1);
                let rest = invoice.rest.as_mut().unwrap();
                (rest.vat, rest.extra.withheld) = (amount(place + 2), amount(place + 3));
                for line in &mut rest.extra.lines {
                    (line.net, line.rate) = (amount(place + 4), u16::MAX);
                    (line.price, line.quantity) = (Scaled(i128::MAX), Scaled(i128::MAX));
                }
            }
            Fact::Payment(payment) => payment.amount = amount(place),
        }
    }
    for (place, decision) in scenario.decisions.iter_mut().enumerate() {
        decision.verdict = Verdict::Link((place % 2 == 0).then(|| amount(place)));
    }
    scenario
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_any_threads_and_twice((scenario, order) in shuffled(), exact in prop::bool::ANY) {
        let depth = if exact { Depth::Exact } else { Depth::Full };
        let mut other = scenario.clone();
        other.facts = order.iter().map(|place| scenario.facts[*place].clone()).collect();
        other.facts.extend(scenario.facts.iter().take(7).cloned());
        other.decisions.reverse();
        prop_assert_eq!(at_once(&scenario, depth, 1), at_once(&other, depth, 3));
    }

    #[test]
    fn group_by_group_is_all_at_once(scenario in scenario(), exact in prop::bool::ANY, threads in 1..4usize) {
        let depth = if exact { Depth::Exact } else { Depth::Full };
        let mut books = books(depth);
        scenario.facts.iter().cloned().for_each(|fact| books.insert(fact));
        scenario.decisions.iter().for_each(|decision| books.remember(*decision));
        let parts = books.fold(threads, Outcome::default, |all, outcome| all.extend(outcome));
        let mut all = Outcome::default();
        parts.iter().for_each(|part| all.extend(part));
        all.sort();
        prop_assert_eq!(all, at_once(&scenario, depth, 1).0);
    }

    #[test]
    fn heaps_for_many_documents_say_what_small_ones_say(
        scenario in scenario(),
        heaps in prop::collection::vec(prop::sample::select(vec![0, 6_000_000, 100_000_000]), 1..4),
        exact in prop::bool::ANY,
    ) {
        let depth = if exact { Depth::Exact } else { Depth::Full };
        let mut books = books(depth);
        let share = scenario.facts.len() / heaps.len() + 1;
        for (facts, documents) in scenario.facts.chunks(share).zip(heaps) {
            let mut batch = Batch::for_about(documents);
            batch.extend(facts.iter().cloned());
            books.absorb(batch);
        }
        let mut all = Outcome::default();
        let parts = books.fold(2, Outcome::default, |all, outcome| all.extend(outcome));
        parts.iter().for_each(|part| all.extend(part));
        all.sort();
        let scenario = Scenario { decisions: Vec::new(), ..scenario };
        prop_assert_eq!(&all, &at_once(&scenario, depth, 1).0);
        prop_assert_eq!(&all, &books.settle(2));
    }

    #[test]
    fn one_by_one_is_all_at_once((scenario, order) in shuffled(), split in 0..6usize, twice in 0..5usize) {
        let mut order = order;
        order.extend_from_within(..twice.min(order.len()));
        let (end, cups) = at_once(&scenario, Depth::Full, 1);
        let mut known = Known::new();
        learn(&mut known, &end);
        let (mut other, other_cups) = one_by_one(&scenario, &order, split);
        known.values_mut().for_each(|said| said.sort());
        other.values_mut().for_each(|said| said.sort());
        prop_assert_eq!(known, other);
        let used = |cups: Vec<CupSums>| -> Vec<_> {
            cups.iter().map(sums).filter(|(_, sums)| *sums != [0; 4]).collect()
        };
        prop_assert_eq!(used(cups), used(other_cups));
    }

    #[test]
    fn the_engine_says_what_the_oracle_says(scenario in scenario()) {
        let (end, cups) = at_once(&scenario, Depth::Full, 1);
        prop_assert_eq!(said(&end, &cups), oracle::say(&scenario, &[code("CUP", 1)]));
    }

    #[test]
    fn no_amount_makes_it_panic((scenario, order) in shuffled(), shift in 0..5usize) {
        let scenario = extreme(&scenario, shift);
        let (end, cups) = at_once(&scenario, Depth::Full, 1);
        prop_assert!(end.differences.iter().all(|one| one.amount >= 0));
        cups.iter().for_each(|sums| drop(sums.gaps().collect::<Vec<_>>()));
        one_by_one(&scenario, &order, 0);
    }
}
