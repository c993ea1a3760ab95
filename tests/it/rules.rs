// SPDX-License-Identifier: EUPL-1.2
//! Every rule on its own fixtures: the smallest change of a good order that breaks it, the nearest that does
//! not.
//!
//! `tests/fixtures/rules/<ID>/fails*.json` must break the rule (what it then says is a snapshot),
//! `passes*.json` must keep it and, but for the rules named in `also`, every other one.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use mepa_gateway::documents::{Limits, ReadOrder, read_order};
use mepa_gateway::domain::finding::{Finding, Severity, Verdict};
use mepa_gateway::domain::order::Order;
use mepa_gateway::programme::Programme;
use mepa_gateway::reference::Reference;
use mepa_gateway::rules::facts::Facts;
use mepa_gateway::rules::{Case, Check, Judgement, Outcome, RULES, Rule, judge};

mod fixture;
mod properties;

use fixture::{Fixture, folder, unavailable};

static PROGRAMME: LazyLock<Programme> = LazyLock::new(|| Programme::embedded("risorse-in-comune").unwrap());
static REFERENCE: LazyLock<Reference> = LazyLock::new(|| Reference::embedded().unwrap());

fn case<'a>(order: &'a Order, facts: &'a Facts) -> Case<'a> {
    Case::new(order, facts, &PROGRAMME, &REFERENCE)
}

/// The order of a fixture, and what its reader noticed.
fn read_document(id: &str, fixture: &Fixture) -> ReadOrder {
    let read = read_order(&fixture.document(id), None, &Limits::default());
    let mut read = read.unwrap_or_else(|error| panic!("{id}: {}: {error:?}", fixture.says));
    fixture.hand_in_declarations(&mut read.order);
    read
}

fn read(id: &str, fixture: &Fixture) -> Order {
    read_document(id, fixture).order
}

fn outcome_of(id: &str, case: &Case<'_>) -> Outcome {
    let rule = RULES.iter().find(|rule| rule.id == id).unwrap();
    run(rule, case).unwrap_or_else(|| panic!("{id} is no rule of orders"))
}

/// What a rule of orders says.
fn run(rule: &Rule, case: &Case<'_>) -> Option<Outcome> {
    match rule.check {
        Check::Order(check) => Some(check(case)),
        Check::Invoice(_) => None,
    }
}

fn examine(id: &str) {
    let fixtures = Fixture::of_rule(id);
    let names: Vec<_> = fixtures.iter().map(|(name, _)| name.as_str()).collect();
    assert!(
        names.contains(&"fails") && names.contains(&"passes"),
        "{id} needs fails.json and passes.json: {names:?}"
    );
    for (name, fixture) in &fixtures {
        if name.starts_with("fails") { fails(id, name, fixture) } else { passes(id, name, fixture) }
    }
}

fn fails(id: &str, name: &str, fixture: &Fixture) {
    let (order, facts) = (read(id, fixture), fixture.facts());
    let case = case(&order, &facts);
    let outcome = outcome_of(id, &case);
    assert!(matches!(&outcome, Outcome::Faults(faults) if !faults.is_empty()), "{id}/{name}: {outcome:?}");
    let findings: Vec<_> =
        judge(&case, Vec::new()).findings.into_iter().filter(|found| found.rule == id).collect();
    insta::with_settings!({ snapshot_path => "../snapshots/rules", prepend_module_to_snapshot => false, description => &fixture.says }, {
        insta::assert_json_snapshot!(format!("{id}_{name}"), findings);
    });
}

fn passes(id: &str, name: &str, fixture: &Fixture) {
    let (ReadOrder { order, format_findings, .. }, facts) = (read_document(id, fixture), fixture.facts());
    let case = case(&order, &facts);
    let outcome = outcome_of(id, &case);
    if name == "passes" {
        assert_eq!(outcome, Outcome::Pass, "{id}/{name}");
    } else {
        assert!(matches!(outcome, Outcome::Pass | Outcome::NotApplicable), "{id}/{name}: {outcome:?}");
    }
    let Judgement { verdict, findings } = judge(&case, format_findings);
    let spoke: BTreeSet<_> = findings.iter().map(|found| found.rule.to_string()).collect();
    assert_eq!(spoke, fixture.also.iter().cloned().collect(), "{id}/{name}: {findings:#?}");
    assert_eq!(verdict, Verdict::Accepted, "{id}/{name}");
}

/// One test for each rule, so that each fails under its own name.
macro_rules! rules {
    ($($test:ident $id:literal;)+) => {
        $(#[test] fn $test() { examine($id); })+
        const TESTED: &[&str] = &[$($id),+];
    };
}

rules! {
    comune_known "ORD-001";
    comune_confirmed "ORD-002";
    comune_not_revoked "ORD-003";
    cup_well_formed "ORD-010";
    cup_of_comune "ORD-011";
    cup_on_template "ORD-012";
    cup_year "ORD-013";
    cig_present "ORD-020";
    cig_check_digits "ORD-021";
    cig_kind "ORD-022";
    cig_unused "ORD-023";
    order_kind "ORD-030";
    instrument_oda "ORD-031";
    line_on_sheet "ORD-032";
    line_cpv "ORD-033";
    line_unit "ORD-034";
    line_arithmetic "ORD-040";
    vat_arithmetic "ORD-041";
    totals_arithmetic "ORD-042";
    amounts_positive "ORD-043";
    currency_eur "ORD-044";
    vat_rate_known "ORD-045";
    fits_platform "ORD-046";
    order_date_in_window "ORD-050";
    sent_in_window "ORD-051";
    sent_not_before_order_date "ORD-052";
    order_not_in_future "ORD-053";
    buyer_codes_agree "ORD-060";
    buyer_is_tenant "ORD-061";
    direct_award_threshold "ORD-070";
    requirements_threshold "ORD-071";
    rotation "ORD-072";
    splitting "ORD-073";
    budget_available "ORD-080";
    own_funds "ORD-081";
    supplier_code_valid "ORD-090";
    supplier_not_buyer "ORD-091";
    declaration_principi_pnrr "ORD-100";
    declaration_autodichiarazione "ORD-101";
    declaration_conflitto_interesse "ORD-102";
    declaration_dnsh_cam "ORD-103";
    declaration_dates "ORD-104";
    declaration_document "ORD-105";
    dnsh_cam_evidence "ORD-106";
    titolare_effettivo "ORD-107";
    duplicate_order "ORD-110";
    direttrici_covered "ORD-120";
}

#[test]
fn every_rule_has_its_test_and_its_folder() {
    let of_orders = RULES.iter().filter(|rule| matches!(rule.check, Check::Order(_)));
    let listed: Vec<_> = of_orders.map(|rule| rule.id).collect();
    assert_eq!(TESTED, listed, "one line in rules! for each entry of RULES, in the same order");
    let unique: BTreeSet<_> = listed.iter().map(ToString::to_string).collect();
    assert_eq!(unique.len(), listed.len(), "an id stands twice");
    let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap());
    let folders =
        entries.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name().into_string().unwrap());
    assert_eq!(folders.collect::<BTreeSet<_>>(), unique);
}

#[test]
fn the_base_order_keeps_every_rule() {
    let base = Fixture::default();
    let (order, facts) = (read("", &base), base.facts());
    assert_eq!(
        judge(&case(&order, &facts), Vec::new()),
        Judgement { verdict: Verdict::Accepted, findings: Vec::new() }
    );
}

#[test]
fn a_fact_that_could_not_be_had_is_neither_pass_nor_fail() {
    let base = Fixture::default();
    let (order, facts) = (read("", &base), unavailable(base.facts()));
    let case = case(&order, &facts);
    let not_verifiable =
        RULES.iter().filter(|rule| matches!(run(rule, &case), Some(Outcome::NotVerifiable(_))));
    let ids: Vec<_> = not_verifiable.map(|rule| rule.id).collect();
    let expected = [
        "ORD-001", "ORD-002", "ORD-003", "ORD-011", "ORD-012", "ORD-023", "ORD-072", "ORD-073", "ORD-080",
        "ORD-110", "ORD-120",
    ];
    assert_eq!(ids, expected);
    let findings = judge(&case, Vec::new()).findings;
    assert_eq!(findings.iter().map(|found| &found.rule).collect::<Vec<_>>(), expected);
    assert!(findings.iter().all(|found: &Finding| found.severity == Severity::Info));
}

#[test]
fn every_rule_speaks_both_languages_and_names_its_source() {
    for rule in RULES {
        for text in [&rule.title, &rule.why, &rule.remedy] {
            assert!(!text.it.trim().is_empty() && !text.en.trim().is_empty(), "{}", rule.id);
        }
        assert!(!rule.source.act.is_empty(), "{}", rule.id);
        assert!(rule.in_force_to.is_none_or(|last| rule.in_force_from <= last), "{}", rule.id);
    }
}
