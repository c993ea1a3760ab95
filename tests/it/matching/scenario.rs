// SPDX-License-Identifier: EUPL-1.2
//! Small random worlds in which documents meet in every way: few suppliers, few codes, few amounts.

use mepa_gateway::domain::matching::*;
use proptest::prelude::*;

#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    pub(crate) facts: Vec<Fact>,
    pub(crate) decisions: Vec<Decision>,
}

pub(crate) fn code(kind: &str, number: u8) -> Code {
    if number == 0 { Code::NONE } else { Code::pack(format!("{kind}{number}").as_bytes()).unwrap() }
}

const AMOUNTS: [i64; 6] = [10_000, 12_200, 2_200, 5_000, 20_000, 6_100];

fn amount(choice: u8) -> i64 {
    AMOUNTS[usize::from(choice) % AMOUNTS.len()]
}

fn line() -> impl Strategy<Value = Line> {
    (1..4u16, 0..3u16, 0..3u8, 1..4i128, 1..3i128).prop_map(|(number, order_line, item, quantity, price)| {
        Line {
            number,
            order_line,
            item: code("ART", item),
            quantity: Scaled(quantity * 100_000_000),
            price: Scaled(price * 1_000_000_000),
            net: i64::try_from(quantity * price * 1_000).unwrap(),
            rate: 2_200,
            ..Line::default()
        }
    })
}

fn order(id: u32) -> impl Strategy<Value = OrderFact> {
    let codes = (1..4u8, 1..4u8, 0..5u8, 0..3u8);
    (codes, 0..6u8, 0..2u16, prop::bool::weighted(0.85), prop::collection::vec(line(), 0..3)).prop_map(
        move |((supplier, number, cig, cup), gross, day, live, lines)| OrderFact {
            id,
            supplier: code("S", supplier),
            number: code("N0", number),
            cig: code("CIG", cig),
            cup: code("CUP", cup),
            gross: amount(gross),
            day: Day(100 + day),
            standing: if live { OrderStanding::Live } else { OrderStanding::Dead },
            rest: Some(Box::new(OrderRest { buyer: code("B", 1 + u8::from(gross == 5)), lines })),
        },
    )
}

fn reference() -> impl Strategy<Value = OrderRef> {
    (1..4u8, 0..3u16, prop::collection::vec(1..4u16, 0..2)).prop_map(|(number, day, lines)| OrderRef {
        number: code("N0", number),
        day: Day(99 + day),
        lines: lines.into(),
    })
}

fn corrected() -> impl Strategy<Value = InvoiceRef> {
    (1..6u8, 0..3u16, prop::bool::ANY).prop_map(|(number, day, dated)| InvoiceRef {
        number: code("F", number),
        day: Day(if dated { 200 + day } else { 0 }),
        year: if dated { 0 } else { 2024 + day },
    })
}

fn invoice(id: u32) -> impl Strategy<Value = InvoiceFact> {
    let codes = (1..4u8, 1..6u8, 0..5u8, 0..5u8, 0..3u8, 0..3u8);
    let dates = (0..3u16, 0..2u16, 0..8u8, prop::bool::weighted(0.9));
    let refs = (prop::collection::vec(reference(), 0..3), prop::collection::vec(corrected(), 0..3));
    let rest = (0..4u64, 0..2u64, 0..3u8, prop::bool::ANY, 0..2i64, prop::collection::vec(line(), 0..3));
    (codes, 0..6u8, dates, refs, rest).prop_map(move |(codes, gross, dates, refs, rest)| {
        let (supplier, number, cig, other, cup, undated) = codes;
        let (day, year, class, received) = dates;
        let (sdi, hash, iban, split, withheld, lines) = rest;
        let extra = InvoiceExtra {
            cigs: (other > 2).then(|| code("CIG", other)).into_iter().collect(),
            corrects: refs.1.into_iter().collect(),
            withheld: withheld * 1_000,
            hash,
            lines,
        };
        let rest = InvoiceRest {
            buyer: code("B", 1 + u8::from(gross == 5)),
            cups: [code("CUP", cup)].into_iter().filter(|cup| cup.is_some()).collect(),
            orders: refs.0.into_iter().collect(),
            vat: 2_200,
            split,
            sdi,
            position: 1,
            iban: code("IBAN", iban),
            extra: extra.into(),
        };
        InvoiceFact {
            id,
            supplier: code("S", supplier),
            number: code("F", number),
            cig: code("CIG", cig),
            order_number: code("N", undated),
            gross: amount(gross),
            day: Day(200 + day),
            year: 2024 + year,
            class: [Class::Invoice, Class::CreditNote, Class::Advance, Class::DebitNote]
                [usize::from(class / 3 % 4)],
            standing: match (received, class % 3) {
                (true, 0 | 1) => InvoiceStanding::Received,
                (true, _) => InvoiceStanding::Doubted,
                (false, _) => InvoiceStanding::Refused,
            },
            rest: Some(Box::new(rest)),
        }
    })
}

fn payment(id: u32) -> impl Strategy<Value = PaymentFact> {
    let codes = (0..4u8, 0..6u8, 0..5u8, 0..3u8, 0..3u8);
    (codes, 0..6u8, prop::bool::weighted(0.2), 0..3u16, 0..4u64, 0..8u8).prop_map(
        move |((supplier, number, cig, cup, iban), value, negative, year, sdi, state)| PaymentFact {
            id,
            supplier: code("S", supplier),
            number: code("F", number),
            cig: code("CIG", cig),
            amount: if negative { -amount(value) } else { amount(value) },
            year: if year == 0 { 0 } else { 2023 + year },
            debt: if state % 3 == 0 { Debt::Vat } else { Debt::Commercial },
            standing: [PaymentStanding::Executed, PaymentStanding::Undone, PaymentStanding::Ordered]
                [usize::from(state.saturating_sub(5))],
            rest: Some(Box::new(PaymentRest {
                buyer: code("B", 1 + u8::from(value == 5)),
                cup: code("CUP", cup),
                sdi,
                iban: code("IBAN", iban),
            })),
        },
    )
}

fn all<T: std::fmt::Debug, S: Strategy<Value = T>>(
    most: u32,
    one: impl Fn(u32) -> S + Clone + 'static,
) -> impl Strategy<Value = Vec<T>> {
    (0..=most).prop_flat_map(move |count| (0..count).map(one.clone()).collect::<Vec<S>>())
}

fn decision(sequence: u64) -> impl Strategy<Value = Decision> {
    (0..8u32, 0..8u32, 0..3u8, 0..4u8).prop_map(move |(from, to, kind, verdict)| {
        let (from, to) = match kind {
            0 => (Doc::Invoice(from), Doc::Order(to)),
            1 => (Doc::Invoice(from), Doc::Invoice(to)),
            _ => (Doc::Payment(from), Doc::Invoice(to)),
        };
        let verdict = match verdict {
            0 => Verdict::Unlink,
            1 => Verdict::Link(None),
            2 => Verdict::Link(Some(5_000)),
            _ => Verdict::Undecided,
        };
        Decision { sequence: sequence / 2, from, to, verdict, reason: 0 }
    })
}

pub(crate) fn scenario() -> impl Strategy<Value = Scenario> {
    let decisions =
        prop_oneof![Just(0u64), 0..6u64].prop_flat_map(|count| (0..count).map(decision).collect::<Vec<_>>());
    (all(6, order), all(10, invoice), all(10, payment), decisions).prop_map(
        |(orders, invoices, payments, decisions)| {
            let orders = orders.into_iter().map(Fact::Order);
            let invoices = invoices.into_iter().map(Fact::Invoice);
            let facts = orders.chain(invoices).chain(payments.into_iter().map(Fact::Payment)).collect();
            Scenario { facts, decisions }
        },
    )
}
