// SPDX-License-Identifier: EUPL-1.2
//! What holds for every judgement: the verdict is that of the heaviest finding, and no number makes a rule
//! panic.

use std::borrow::Cow;
use std::sync::LazyLock;

use mepa_gateway::domain::finding::{Finding, Severity, Verdict};
use mepa_gateway::domain::money::Money;
use mepa_gateway::domain::order::{Dialect, Order};
use mepa_gateway::domain::text::Text;
use mepa_gateway::rules::facts::{Fact, Facts, PurchaseTotal};
use mepa_gateway::rules::{Check, RULES, judge};
use proptest::prelude::*;

use super::fixture::Fixture;
use super::{case, read};

/// Every fixture of every rule, read once.
static CASES: LazyLock<Vec<(Order, Facts)>> = LazyLock::new(|| {
    let of_rule =
        |id| Fixture::of_rule(id).into_iter().map(move |(_, fixture)| (read(id, &fixture), fixture.facts()));
    RULES
        .iter()
        .filter(|rule| matches!(rule.check, Check::Order(_)))
        .flat_map(|rule| of_rule(rule.id))
        .collect()
});

fn severity() -> impl Strategy<Value = Severity> {
    prop::sample::select(vec![Severity::Blocks, Severity::Curable, Severity::Warning, Severity::Info])
}

fn noticed_by_the_reader(severity: Severity) -> Finding {
    Finding {
        rule: Cow::Borrowed("DOC-001"),
        severity,
        field: String::new(),
        message: Text::new("", ""),
        remedy: Text::new("", ""),
        action: None,
        source: Cow::Borrowed(""),
        values: Vec::new(),
    }
}

fn any_money() -> impl Strategy<Value = Money> {
    prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX), -5_i64..5].prop_map(Money::from_cents)
}

proptest! {
    #[test]
    fn the_verdict_is_that_of_the_heaviest_finding(
        chosen in any::<prop::sample::Index>(),
        noticed in prop::collection::vec(severity(), 0..4),
    ) {
        let (order, facts) = chosen.get(&CASES);
        let judgement = judge(&case(order, facts), noticed.iter().copied().map(noticed_by_the_reader).collect());
        let found: Vec<_> = judgement.findings.iter().map(|finding| finding.severity).collect();
        let expected = if found.contains(&Severity::Blocks) {
            Verdict::Refused
        } else if found.contains(&Severity::Curable) {
            Verdict::Incomplete
        } else {
            Verdict::Accepted
        };
        prop_assert_eq!(judgement.verdict, expected);
        prop_assert!(found.is_sorted(), "blocking findings come first: {:?}", found);
        prop_assert!(noticed.iter().all(|severity| found.contains(severity)), "what the reader noticed is kept");
    }

    #[test]
    fn no_amount_makes_a_rule_panic(
        amounts in prop::collection::vec(prop::option::of(any_money()), 12),
        scale in prop_oneof![Just("0"), Just("-1"), Just("99999999999.99999999"), Just("0.00000001")],
        earlier in (any_money(), any::<u32>()),
        ubl in any::<bool>(),
    ) {
        let (order, facts) = &CASES[0];
        let (mut order, mut facts) = (order.clone(), facts.clone());
        let mut amounts = amounts.into_iter();
        let mut next = || amounts.next().flatten();
        for line in &mut order.lines {
            line.net_amount = next();
            line.allowances = next().unwrap_or(Money::ZERO);
            line.unit_price = scale.parse().ok();
            line.quantity = scale.parse().unwrap();
            line.base_quantity = scale.parse().unwrap();
            line.vat_rate = scale.parse().ok();
        }
        order.dialect = if ubl { Dialect::Ubl } else { Dialect::Json };
        order.document_allowances = next().unwrap_or(Money::ZERO);
        order.own_funds = next().unwrap_or(Money::ZERO);
        (order.totals.lines, order.totals.net) = (next(), next());
        (order.totals.vat, order.totals.gross) = (next(), next());
        facts.purchases = Fact::Known(vec![PurchaseTotal {
            supplier: order.supplier.key().unwrap(),
            category: "C1".to_owned(),
            orders: earlier.1,
            net: earlier.0,
            last_order: order.order_date,
        }]);
        judge(&case(&order, &facts), Vec::new());
    }
}
