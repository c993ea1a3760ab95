// SPDX-License-Identifier: EUPL-1.2
//! What the matching promises, one small story each.

use std::sync::Arc;

use mepa_gateway::domain::matching::*;

const SUPPLIER: &str = "01234567890";

fn code(text: &str) -> Code {
    Code::pack(text.as_bytes()).unwrap()
}

fn order(id: u32, gross: i64) -> OrderFact {
    OrderFact {
        id,
        supplier: code(SUPPLIER),
        number: code(&format!("810000{id}")),
        cig: code(&format!("B1A554432{id}")),
        cup: code("F81C23000780006"),
        gross,
        day: Day(20_000),
        rest: Some(Box::new(OrderRest { buyer: code("00429440068"), lines: vec![] })),
        ..OrderFact::default()
    }
}

/// An invoice that names number and date of an order.
fn invoice(id: u32, order: &OrderFact, gross: i64) -> InvoiceFact {
    let reference = OrderRef { number: order.number, day: order.day, lines: Box::default() };
    InvoiceFact {
        id,
        supplier: order.supplier,
        number: code(&format!("FT{id}")),
        cig: order.cig,
        gross,
        day: Day(20_100),
        year: 2025,
        rest: Some(Box::new(InvoiceRest {
            buyer: code("00429440068"),
            cups: Few::One(order.cup),
            orders: Few::One(reference),
            sdi: 1_000 + u64::from(id),
            ..InvoiceRest::default()
        })),
        ..InvoiceFact::default()
    }
}

fn note(id: u32, of: &InvoiceFact, gross: i64) -> InvoiceFact {
    let corrects = Few::One(InvoiceRef { number: of.number, day: of.day, year: of.year });
    let rest = InvoiceRest {
        extra: InvoiceExtra { corrects, ..InvoiceExtra::default() }.into(),
        buyer: code("00429440068"),
        ..InvoiceRest::default()
    };
    InvoiceFact {
        id,
        class: Class::CreditNote,
        number: code(&format!("NC{id}")),
        cig: Code::NONE,
        gross,
        rest: Some(Box::new(rest)),
        ..of.clone()
    }
}

fn payment(id: u32, of: &InvoiceFact, amount: i64) -> PaymentFact {
    let sdi = of.rest.as_ref().map_or(0, |rest| rest.sdi);
    PaymentFact {
        id,
        supplier: of.supplier,
        number: of.number,
        cig: of.cig,
        amount,
        rest: Some(Box::new(PaymentRest {
            buyer: code("00429440068"),
            cup: code("F81C23000780006"),
            sdi,
            iban: Code::NONE,
        })),
        ..PaymentFact::default()
    }
}

fn edit(invoice: &mut InvoiceFact) -> &mut InvoiceRest {
    invoice.rest.get_or_insert_default()
}

struct Story(Books);

impl Story {
    fn of(
        orders: impl IntoIterator<Item = OrderFact>,
        invoices: impl IntoIterator<Item = InvoiceFact>,
        payments: impl IntoIterator<Item = PaymentFact>,
    ) -> Self {
        let mut books = Books::new(Arc::new(Codes::default()), Policy::default());
        books.grant(code("F81C23000780006"), 1_000_000);
        books.grant(code("G11C23000780006"), 1_000_000);
        orders.into_iter().map(Fact::Order).for_each(|fact| books.insert(fact));
        invoices.into_iter().map(Fact::Invoice).for_each(|fact| books.insert(fact));
        payments.into_iter().map(Fact::Payment).for_each(|fact| books.insert(fact));
        Self(books)
    }

    fn end(mut self) -> Outcome {
        self.0.settle(2)
    }
}

fn kinds(outcome: &Outcome) -> Vec<(Kind, i64)> {
    outcome.differences.iter().map(|difference| (difference.kind, difference.amount)).collect()
}

fn states(outcome: &Outcome) -> (Vec<State>, Vec<State>, Vec<State>) {
    (
        outcome.orders.iter().map(|one| one.state).collect(),
        outcome.invoices.iter().map(|one| one.state).collect(),
        outcome.payments.iter().map(|one| one.state).collect(),
    )
}

fn decide(from: Doc, to: Doc, verdict: Verdict, sequence: u64) -> Decision {
    Decision { sequence, from, to, verdict, reason: 1 }
}

#[test]
fn an_order_invoiced_and_paid_is_matched_to_the_cent() {
    let o = order(1, 122_000);
    let i = invoice(1, &o, 122_000);
    let p = payment(1, &i, 122_000);
    let mut books = Story::of([o], [i], [p]).0;
    let end = books.settle(1);
    assert_eq!(states(&end), (vec![State::Matched], vec![State::Matched], vec![State::Matched]));
    assert_eq!(end.differences, []);
    let by: Vec<By> = end.links.iter().map(|link| link.by).collect();
    assert_eq!(by, [By::Strong(Key::NumberDate), By::Strong(Key::SdiNumber)]);
    let cups = books.cups();
    let sums = cups.iter().find(|sums| sums.cup == code("F81C23000780006")).unwrap();
    assert_eq!((sums.committed, sums.invoiced, sums.paid), (122_000, 122_000, 122_000));
    assert!(cups.iter().all(|sums| sums.gaps().next().is_none()));
}

#[test]
fn partial_invoices_add_up_and_what_is_left_is_told() {
    let o = order(1, 10_000);
    let (a, b) = (invoice(1, &o, 3_000), invoice(2, &o, 2_000));
    let pays = [payment(1, &a, 3_000), payment(2, &b, 500)];
    let end = Story::of([o], [a, b], pays).end();
    assert_eq!(states(&end).0, [State::Under]);
    assert_eq!(states(&end).1, [State::Matched, State::Partly]);
    assert_eq!(end.orders[0].totals.left, 5_000);
    assert_eq!(kinds(&end), [(Kind::NotInvoiced, 5_000), (Kind::NotPaid, 1_500)]);
}

#[test]
fn a_split_payment_pays_the_supplier_and_the_state() {
    let o = order(1, 12_200);
    let mut i = invoice(1, &o, 12_200);
    (edit(&mut i).vat, edit(&mut i).split) = (2_200, true);
    let net = payment(1, &i, 10_000);
    let vat = PaymentFact { debt: Debt::Vat, supplier: code("97210890584"), ..payment(2, &i, 2_200) };
    let end = Story::of([o.clone()], [i.clone()], [net, vat]).end();
    assert_eq!(states(&end), (vec![State::Matched], vec![State::Matched], vec![State::Matched; 2]));
    let totals = end.invoices[0].totals;
    assert_eq!((totals.to_supplier, totals.vat_paid, totals.left), (10_000, 2_200, 0));
    let wrong = payment(1, &i, 12_200);
    assert_eq!(kinds(&Story::of([o], [i], [wrong]).end()), [(Kind::VatToSupplier, 2_200)]);
}

#[test]
fn one_mandato_pays_several_invoices() {
    let o = order(1, 9_000);
    let (a, b) = (invoice(1, &o, 6_000), invoice(2, &o, 3_000));
    let pays = [payment(1, &a, 6_000), payment(2, &b, 3_000)];
    let end = Story::of([o], [a, b], pays).end();
    assert_eq!(states(&end), (vec![State::Matched], vec![State::Matched; 2], vec![State::Matched; 2]));
}

#[test]
fn one_invoice_for_two_orders_is_shared_by_totals_by_lines_or_by_a_person() {
    let (a, b) = (order(1, 6_000), order(2, 3_000));
    let mut i = invoice(1, &a, 9_000);
    edit(&mut i).orders.push(OrderRef { number: b.number, day: b.day, lines: Box::default() });
    i.rest.as_mut().unwrap().extra.cigs.push(b.cig);
    let amounts = |end: &Outcome| end.links.iter().map(|link| link.amount).collect::<Vec<_>>();
    assert_eq!(amounts(&Story::of([a.clone(), b.clone()], [i.clone()], []).end()), [6_000, 3_000]);
    i.gross = 8_000;
    let mut unsure = Story::of([a.clone(), b.clone()], [i.clone()], []);
    let end = unsure.0.settle(1);
    assert_eq!(end.links, []);
    assert!(kinds(&end).contains(&(Kind::SharesUnknown, 8_000)));
    assert_eq!(end.candidates.len(), 2);
    unsure.0.decide(decide(Doc::Invoice(1), Doc::Order(1), Verdict::Link(Some(5_500)), 1));
    unsure.0.decide(decide(Doc::Invoice(1), Doc::Order(2), Verdict::Link(None), 2));
    assert_eq!(amounts(&unsure.end()), [5_500, 2_500]);
    let line = |number, net| Line { number, net, rate: 0, ..Line::default() };
    edit(&mut i).extra.lines = vec![line(1, 5_000), line(2, 3_000)];
    (edit(&mut i).orders[0].lines, edit(&mut i).orders[1].lines) = ([1].into(), [2].into());
    assert_eq!(amounts(&Story::of([a, b], [i], []).end()), [5_000, 3_000]);
}

#[test]
fn an_advance_is_deducted_or_the_credit_note_is_asked_for() {
    let o = order(1, 10_000);
    let advance = InvoiceFact { class: Class::Advance, ..invoice(1, &o, 2_000) };
    let balance = invoice(2, &o, 8_000);
    let end = Story::of([o.clone()], [advance.clone(), balance], []).end();
    assert_eq!(end.orders[0].totals.left, 0);
    assert_eq!(states(&end).0, [State::Partly]);
    let whole = invoice(2, &o, 10_000);
    let end = Story::of([o.clone()], [advance.clone(), whole.clone()], []).end();
    assert!(kinds(&end).contains(&(Kind::AdvanceNotDeducted, 2_000)));
    let taken_off = note(3, &advance, 2_000);
    let end = Story::of([o], [advance, whole, taken_off], []).end();
    assert_eq!((end.orders[0].totals.left, end.orders[0].totals.credited), (0, 2_000));
}

#[test]
fn a_credit_note_takes_away_from_its_invoice_and_its_payment_is_negative() {
    let o = order(1, 10_000);
    let i = invoice(1, &o, 11_000);
    let n = note(2, &i, 1_000);
    let offset = payment(1, &i, 10_000);
    let end = Story::of([o.clone()], [i.clone(), n.clone()], [offset]).end();
    assert_eq!(states(&end), (vec![State::Matched], vec![State::Matched; 2], vec![State::Matched]));
    let both = [payment(1, &i, 11_000), payment(2, &n, -1_000)];
    let end = Story::of([o.clone()], [i, n.clone()], both).end();
    assert_eq!(states(&end), (vec![State::Matched], vec![State::Matched; 2], vec![State::Matched; 2]));
    let end = Story::of([o], [n], []).end();
    assert_eq!(states(&end).1, [State::Missing]);
    assert!(kinds(&end).contains(&(Kind::NoInvoiceToCredit, 1_000)));
}

#[test]
fn what_was_withheld_is_not_missing() {
    let o = order(1, 12_200);
    let mut i = invoice(1, &o, 12_200);
    edit(&mut i).extra.withheld = 2_000;
    let p = payment(1, &i, 10_200);
    let end = Story::of([o], [i], [p]).end();
    assert_eq!(states(&end).1, [State::Matched]);
    assert_eq!(kinds(&end), [(Kind::Withheld, 2_000)]);
}

#[test]
fn tolerance_is_data() {
    let o = order(1, 10_000);
    let i = invoice(1, &o, 10_003);
    let mut strict = Story::of([o.clone()], [i.clone()], []);
    assert_eq!(states(&strict.0.settle(1)).0, [State::Over]);
    let tolerance = Tolerance { order: 3, ..Tolerance::default() };
    let mut books = Books::new(Arc::default(), Policy { tolerance, ..Policy::default() });
    books.insert(Fact::Order(o));
    books.insert(Fact::Invoice(i));
    assert_eq!(states(&books.settle(1)).0, [State::Partly]);
}

fn lined(id: u32, quantity: i128, price: i128) -> Line {
    Line {
        number: 1,
        item: code(&format!("ART{id}")),
        quantity: Scaled(quantity * 100_000_000),
        price: Scaled(price * 100_000_000),
        net: i64::try_from(quantity * price * 100).unwrap(),
        rate: 2_200,
        ..Line::default()
    }
}

#[test]
fn a_line_over_in_quantity_or_price_is_told() {
    let mut o = order(1, 122_000);
    o.rest.as_mut().unwrap().lines = vec![lined(1, 10, 100)];
    let mut i = invoice(1, &o, 134_200);
    edit(&mut i).extra.lines = vec![lined(1, 11, 100)];
    let end = Story::of([o.clone()], [i.clone()], []).end();
    assert_eq!(end.lines.len(), 1);
    assert!(kinds(&end).contains(&(Kind::OverQuantity, 10_000)));
    edit(&mut i).extra.lines = vec![lined(1, 10, 110)];
    let end = Story::of([o], [i], []).end();
    assert!(kinds(&end).contains(&(Kind::OverPrice, 10_000)));
    assert!(!kinds(&end).iter().any(|(kind, _)| *kind == Kind::TotalNotLines));
}

#[test]
fn vat_is_rounded_once_for_each_rate() {
    let o = order(1, 10_000);
    let mut i = invoice(1, &o, 367);
    let cents = |number, net| Line { number, net, rate: 2_200, ..Line::default() };
    edit(&mut i).extra.lines = vec![cents(1, 101), cents(2, 101), cents(3, 99)];
    assert!(
        !kinds(&Story::of([o.clone()], [i.clone()], []).end()).iter().any(|one| one.0 == Kind::TotalNotLines)
    );
    i.gross = 370;
    assert!(kinds(&Story::of([o], [i], []).end()).contains(&(Kind::TotalNotLines, 3)));
}

/// An invoice with the CIG only.
fn faint(o: &OrderFact) -> InvoiceFact {
    let mut i = invoice(1, o, o.gross);
    edit(&mut i).orders = Few::Nothing;
    edit(&mut i).cups = Few::Nothing;
    i
}

#[test]
fn a_weak_key_is_proposed_with_reasons_and_never_linked() {
    let o = order(1, 10_000);
    let end = Story::of([o.clone()], [faint(&o)], []).end();
    assert_eq!(end.links, []);
    assert_eq!(states(&end), (vec![State::Waiting], vec![State::Waiting], vec![]));
    let reasons: Vec<Clue> = end.candidates[0].agrees.iter().collect();
    assert_eq!((end.candidates[0].score, reasons), (70, vec![Clue::Cig, Clue::Amount, Clue::Supplier]));
    let mut by_number = faint(&o);
    (by_number.cig, by_number.order_number) = (Code::NONE, code("oda8100001"));
    let end = Story::of([o], [by_number], []).end();
    assert!(end.candidates[0].agrees.has(Clue::Number));
}

#[test]
fn cig_and_cup_and_buyer_together_link() {
    let o = order(1, 10_000);
    let mut i = invoice(1, &o, 10_000);
    edit(&mut i).orders = Few::Nothing;
    let end = Story::of([o], [i], []).end();
    assert_eq!(end.links[0].by, By::Strong(Key::Codes));
}

#[test]
fn a_person_confirms_refuses_and_undoes() {
    let o = order(1, 10_000);
    let mut story = Story::of([o.clone()], [faint(&o)], []);
    let (i, o) = (Doc::Invoice(1), Doc::Order(1));
    story.0.settle(1);
    let end = story.0.decide(decide(i, o, Verdict::Link(None), 1));
    assert_eq!(end.links, [Link { from: i, to: o, amount: 10_000, by: By::Person }]);
    let end = story.0.decide(decide(i, o, Verdict::Unlink, 2));
    assert_eq!((end.links.len(), end.candidates.len()), (0, 0));
    assert_eq!(states(&end).1, [State::Missing]);
    let end = story.0.decide(decide(i, o, Verdict::Undecided, 3));
    assert_eq!((end.links.len(), end.candidates.len()), (0, 1));
    let end = story.0.decide(decide(i, o, Verdict::Link(None), 1));
    assert_eq!(end.links.len(), 0, "an old decision told late changes nothing");
}

#[test]
fn an_unlink_forbids_even_a_strong_key() {
    let o = order(1, 10_000);
    let i = invoice(1, &o, 10_000);
    let p = payment(1, &i, 10_000);
    let mut story = Story::of([o], [i], [p]);
    story.0.remember(decide(Doc::Invoice(1), Doc::Order(1), Verdict::Unlink, 1));
    story.0.remember(decide(Doc::Payment(1), Doc::Invoice(1), Verdict::Unlink, 2));
    let end = story.end();
    assert_eq!(end.links, []);
    assert_eq!(states(&end).2, [State::Missing]);
}

#[test]
fn the_same_invoice_twice_is_a_duplicate_unless_it_is_the_same_file() {
    let o = order(1, 10_000);
    let i = invoice(1, &o, 10_000);
    let mut twin = InvoiceFact { id: 2, ..i.clone() };
    edit(&mut twin).sdi = 2_000;
    let end = Story::of([o.clone()], [i.clone(), twin.clone()], []).end();
    assert_eq!(states(&end).1, [State::Waiting, State::Duplicate]);
    assert!(kinds(&end).contains(&(Kind::Duplicate, 10_000)));
    assert_eq!(end.orders[0].totals.invoiced, 10_000);
    let mut first = i;
    (edit(&mut first).extra.hash, edit(&mut twin).extra.hash) = (7, 7);
    let end = Story::of([o], [first, twin], []).end();
    assert!(!kinds(&end).iter().any(|one| one.0 == Kind::Duplicate));
}

#[test]
fn the_same_expense_under_two_cup_is_double_funding() {
    let o = order(1, 10_000);
    let mut i = invoice(1, &o, 10_000);
    edit(&mut i).cups = Few::from_iter([code("G11C23000780006")]);
    let end = Story::of([o.clone()], [i.clone()], []).end();
    assert!(kinds(&end).contains(&(Kind::DoubleFunding, 10_000)));
    assert_eq!(states(&end).1, [State::Conflict]);
    edit(&mut i).cups = Few::from_iter([code("H11C23000780006")]);
    assert!(kinds(&Story::of([o.clone()], [i.clone()], []).end()).contains(&(Kind::OtherCup, 10_000)));
    let right = invoice(1, &o, 10_000);
    let mut p = payment(1, &right, 10_000);
    p.rest.as_mut().unwrap().cup = code("G11C23000780006");
    let end = Story::of([o], [right], [p]).end();
    assert_eq!(kinds(&end), [(Kind::DoubleFunding, 10_000)]);
}

#[test]
fn an_invoice_of_a_dead_order_is_a_conflict() {
    let o = OrderFact { standing: OrderStanding::Dead, ..order(1, 10_000) };
    let i = invoice(1, &o, 10_000);
    let end = Story::of([o.clone()], [i], []).end();
    assert_eq!(states(&end), (vec![State::Conflict], vec![State::Conflict], vec![]));
    assert!(kinds(&end).contains(&(Kind::DeadOrder, 10_000)));
    assert_eq!(states(&Story::of([o], [], []).end()).0, [State::Void]);
}

#[test]
fn cig_of_one_order_and_number_of_another_is_a_conflict() {
    let (a, b) = (order(1, 10_000), order(2, 10_000));
    let i = InvoiceFact { cig: b.cig, ..invoice(1, &a, 10_000) };
    let end = Story::of([a, b], [i], []).end();
    assert_eq!(end.links, []);
    assert!(kinds(&end).contains(&(Kind::TwoOrders, 10_000)));
    assert_eq!(end.candidates.len(), 2);
}

#[test]
fn the_cig_of_an_order_to_another_supplier_is_told_and_a_person_may_link() {
    let o = order(1, 10_000);
    let i = InvoiceFact { supplier: code("09876543210"), ..faint(&o) };
    let mut story = Story::of([o], [i], []);
    let end = story.0.settle(1);
    assert!(kinds(&end).contains(&(Kind::OtherSupplier, 10_000)));
    assert_eq!(states(&end).1, [State::Conflict]);
    let end = story.0.decide(decide(Doc::Invoice(1), Doc::Order(1), Verdict::Link(None), 1));
    assert_eq!(end.links.len(), 1);
    assert_eq!(states(&end), (vec![State::Partly], vec![State::Waiting], vec![]));
}

#[test]
fn the_cig_of_an_order_of_another_body_is_told() {
    let o = order(1, 10_000);
    let mut i = faint(&o);
    edit(&mut i).buyer = code("00512070016");
    let end = Story::of([o], [i], []).end();
    assert_eq!((end.links.len(), end.candidates.len()), (0, 1));
    assert!(kinds(&end).contains(&(Kind::OtherBuyer, 10_000)));
}

#[test]
fn a_payment_before_its_invoice_waits_for_it() {
    let o = order(1, 10_000);
    let i = invoice(1, &o, 10_000);
    let p = payment(1, &i, 10_000);
    let mut books = Story::of([], [], []).0;
    let end = books.arrive(Fact::Payment(p));
    assert_eq!((states(&end).2, kinds(&end)), (vec![State::Missing], vec![(Kind::NoInvoice, 10_000)]));
    let end = books.arrive(Fact::Invoice(i));
    assert_eq!(states(&end).2, [State::Matched]);
    let end = books.arrive(Fact::Order(o));
    assert_eq!(states(&end), (vec![State::Matched], vec![State::Matched], vec![State::Matched]));
    assert_eq!(end.differences, []);
}

#[test]
fn a_payment_taken_back_counts_no_more() {
    let o = order(1, 10_000);
    let i = invoice(1, &o, 10_000);
    let p = payment(1, &i, 10_000);
    let mut books = Story::of([o], [i], [p.clone()]).0;
    assert_eq!(states(&books.settle(1)).0, [State::Matched]);
    let end = books.arrive(Fact::Payment(PaymentFact { standing: PaymentStanding::Undone, ..p.clone() }));
    assert_eq!(states(&end), (vec![State::Partly], vec![State::Waiting], vec![State::Void]));
    let end = books.arrive(Fact::Payment(PaymentFact { standing: PaymentStanding::Ordered, ..p }));
    assert_eq!((states(&end).2, end.invoices[0].totals.ordered), (vec![State::Waiting], 10_000));
}

#[test]
fn a_refused_invoice_counts_for_nothing_and_must_not_be_paid() {
    let o = order(1, 10_000);
    let i = InvoiceFact { standing: InvoiceStanding::Refused, ..invoice(1, &o, 10_000) };
    let p = payment(1, &i, 10_000);
    assert_eq!(states(&Story::of([o.clone()], [i.clone()], []).end()).1, [State::Void]);
    let end = Story::of([o], [i], [p]).end();
    assert_eq!(states(&end), (vec![State::Missing], vec![State::Conflict], vec![State::Conflict]));
}

#[test]
fn paying_twice_is_over() {
    let o = order(1, 10_000);
    let i = invoice(1, &o, 10_000);
    let pays = [payment(1, &i, 10_000), payment(2, &i, 10_000)];
    let end = Story::of([o], [i], pays).end();
    assert_eq!(states(&end).1, [State::Over]);
    assert_eq!(states(&end).2, [State::Over; 2]);
    assert_eq!(kinds(&end), [(Kind::OverPaid, 10_000)]);
}

#[test]
fn a_payment_without_keys_is_proposed_by_account_and_amount() {
    let o = order(1, 10_000);
    let mut i = invoice(1, &o, 10_000);
    edit(&mut i).iban = code("IT60X054281");
    let rest = PaymentRest { iban: code("IT60X054281"), ..PaymentRest::default() };
    let p = PaymentFact { id: 1, amount: 10_000, rest: Some(Box::new(rest)), ..PaymentFact::default() };
    let end = Story::of([o], [i], [p]).end();
    assert_eq!(states(&end).2, [State::Waiting]);
    assert_eq!(end.candidates[0].agrees.iter().collect::<Vec<_>>(), [Clue::Amount, Clue::Iban]);
}

#[test]
fn sums_that_do_not_fit_are_told() {
    let o = order(1, i64::MAX);
    let invoices = [invoice(1, &o, i64::MAX), invoice(2, &o, i64::MAX), invoice(3, &o, i64::MIN)];
    let pays = [payment(1, &invoices[2], i64::MIN), payment(2, &invoices[0], i64::MIN)];
    let end = Story::of([o], invoices, pays).end();
    assert!(end.differences.iter().any(|one| one.kind == Kind::SumTooLarge));
}

#[test]
fn every_kind_of_difference_has_a_remedy_in_both_languages() {
    for kind in Kind::all() {
        assert!(!kind.as_str().is_empty() && kind.remedy().it != kind.remedy().en, "{kind:?}");
    }
}
