// SPDX-License-Identifier: EUPL-1.2
//! What a decree's list does to Comuni that already stand somewhere: what it may change, what it must leave alone.

use mepa_gateway::domain::money::Money;
use mepa_gateway::domain::participation::ParticipationState;
use mepa_gateway::flows::import_beneficiaries::{
    Changes, Grant, GrantList, Left, ListKind, WhyLeft, take_in,
};
use mepa_gateway::store::participation::ParticipationRow;

use crate::support::{ALMESE, ALPIGNANO, CUP_ALMESE, TestApp, at, good_order};

const OTHER_CUP: &str = "J51B26000020006";

/// (Comune, CUP or nothing, cents).
type Row<'a> = (&'a str, &'a str, i64);

fn list(kind: ListKind, rows: &[Row<'_>]) -> GrantList {
    let grant = |&(comune, cup, cents): &Row<'_>| Grant {
        comune: comune.parse().unwrap(),
        amount: Money::from_cents(cents),
        cup: (!cup.is_empty()).then(|| cup.parse().unwrap()),
    };
    // The clock stands still: as with real files, other rows have another digest.
    let digest = format!("{kind:?} {rows:?}");
    GrantList { kind, digest, synthetic: true, grants: rows.iter().map(grant).collect() }
}

async fn take(test: &TestApp, kind: ListKind, rows: &[Row<'_>]) -> Changes {
    take_in(&test.app, list(kind, rows), test.app.clock.now()).await.unwrap()
}

async fn row(test: &TestApp, comune: &str) -> Option<ParticipationRow> {
    test.app.store.participation(&test.app.programme.id, &comune.parse().unwrap()).await.unwrap()
}

async fn state(test: &TestApp, comune: &str) -> ParticipationState {
    row(test, comune).await.unwrap().state
}

async fn assigned_in_all(test: &TestApp) -> i64 {
    test.app.store.programme_totals(&test.app.programme.id).await.unwrap().balances.assigned.cents()
}

fn left(comune: &str, why: WhyLeft) -> Changes {
    Changes { left: vec![Left { comune: comune.parse().unwrap(), why }], ..Changes::default() }
}

const ADMITTED: [Row<'_>; 2] = [(ALMESE, "", 100_000), (ALPIGNANO, "", 200_000)];

/// Almese was admitted and came too late to accept.
async fn late() -> TestApp {
    let test = TestApp::empty(at("2026-01-20T09:00:00Z")).await;
    take(&test, ListKind::Admission, &ADMITTED).await;
    test.move_to("2026-01-24T09:00:00Z");
    let response =
        test.post("token-rup", "/comuni/c_a218/acceptance", "late", "application/json", vec![]).await;
    assert_eq!((response.status().as_u16(), state(&test, ALMESE).await), (409, ParticipationState::Excluded));
    test
}

#[tokio::test]
async fn nothing_is_booked_for_a_comune_that_is_out() {
    let test = late().await;
    assert_eq!(assigned_in_all(&test).await, 200_000);
    let out = left(ALMESE, WhyLeft::Out(ParticipationState::Excluded));
    assert_eq!(take(&test, ListKind::Admission, &ADMITTED).await, out);
    let named = [(ALMESE, CUP_ALMESE, 100_000), (ALPIGNANO, OTHER_CUP, 200_000)];
    let changes = take(&test, ListKind::Definitive, &named).await;
    assert_eq!(changes, Changes { confirmed: 1, ..out }, "no list undoes a missed deadline");
    assert_eq!(assigned_in_all(&test).await, 200_000);
    assert_eq!(row(&test, ALMESE).await.unwrap().cup, None);
    test.assert_whole().await;
}

#[tokio::test]
async fn a_corrected_definitive_list_brings_back_whom_only_an_earlier_one_had_put_out() {
    let test = TestApp::empty(at("2026-02-05T09:00:00Z")).await;
    take(&test, ListKind::Admission, &ADMITTED).await;
    let first = [(ALPIGNANO, OTHER_CUP, 200_000)];
    let changes = take(&test, ListKind::Definitive, &first).await;
    assert_eq!((changes.excluded, assigned_in_all(&test).await), (1, 200_000));

    let out = left(ALMESE, WhyLeft::Out(ParticipationState::Excluded));
    assert_eq!(
        take(&test, ListKind::Admission, &ADMITTED).await,
        out,
        "the decree of admission says nothing new"
    );
    let without_cup = [(ALMESE, "", 100_000), (ALPIGNANO, OTHER_CUP, 200_000)];
    assert_eq!(take(&test, ListKind::Definitive, &without_cup).await, out, "it could not be confirmed");

    let corrected = [(ALMESE, CUP_ALMESE, 90_000), (ALPIGNANO, OTHER_CUP, 200_000)];
    let changes = take(&test, ListKind::Definitive, &corrected).await;
    assert_eq!(changes, Changes { confirmed: 1, assigned: 1, ..Changes::default() });
    let almese = row(&test, ALMESE).await.unwrap();
    assert_eq!((almese.state, almese.reason), (ParticipationState::Confirmed, None));
    assert_eq!((almese.balances.assigned.cents(), assigned_in_all(&test).await), (90_000, 290_000));
    assert_eq!(take(&test, ListKind::Definitive, &corrected).await, Changes::default());
    test.assert_whole().await;
}

#[tokio::test]
async fn a_comune_that_accepted_comes_back_by_its_receipt() {
    let test = TestApp::empty(at("2026-01-12T09:00:00Z")).await;
    take(&test, ListKind::Admission, &ADMITTED).await;
    test.post("token-rup", "/comuni/c_a218/acceptance", "a", "application/json", vec![]).await;
    test.work().await;
    take(&test, ListKind::Definitive, &[(ALPIGNANO, OTHER_CUP, 200_000)]).await;
    assert_eq!(state(&test, ALMESE).await, ParticipationState::Excluded);
    take(&test, ListKind::Definitive, &ADMITTED).await;
    assert_eq!(state(&test, ALMESE).await, ParticipationState::Confirmed);
    assert_eq!(assigned_in_all(&test).await, 300_000);
    test.assert_whole().await;
}

#[tokio::test]
async fn a_row_whose_cup_contradicts_what_is_stored_is_left_as_a_whole() {
    let test = TestApp::empty(at("2026-02-05T09:00:00Z")).await;
    take(&test, ListKind::Admission, &[(ALMESE, CUP_ALMESE, 100_000)]).await;
    assert_eq!(state(&test, ALMESE).await, ParticipationState::CupGenerated);
    let (listed, stored) = (OTHER_CUP.parse().unwrap(), CUP_ALMESE.parse().unwrap());
    let changes = take(&test, ListKind::Definitive, &[(ALMESE, OTHER_CUP, 150_000)]).await;
    assert_eq!(changes, left(ALMESE, WhyLeft::OtherCup { listed, stored }));
    let almese = row(&test, ALMESE).await.unwrap();
    assert_eq!((almese.state, almese.balances.assigned.cents()), (ParticipationState::CupGenerated, 100_000));

    let taken = [(ALMESE, CUP_ALMESE, 100_000), (ALPIGNANO, CUP_ALMESE, 200_000)];
    let changes = take(&test, ListKind::Definitive, &taken).await;
    let why = WhyLeft::CupOfAnother { listed: stored, holder: ALMESE.parse().unwrap() };
    assert_eq!(changes, Changes { confirmed: 1, ..left(ALPIGNANO, why) });
    assert_eq!(row(&test, ALPIGNANO).await, None, "not even admitted");
    test.assert_whole().await;
}

#[tokio::test]
async fn the_template_of_a_cup_that_only_a_list_told_is_not_known_and_blocks_no_order() {
    let test = TestApp::purchasing().await;
    assert_eq!(row(&test, ALMESE).await.unwrap().cup_template, None);
    let (_, answer) = test.submit("a", &good_order()).await;
    assert_eq!(answer["verdict"], "accepted", "{answer}");
    let findings = answer["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["rule"] == "ORD-012").unwrap();
    assert_eq!(found["severity"], "info", "{found}");
}

#[tokio::test]
async fn an_amount_is_synthetic_as_the_list_that_set_it() {
    let test = TestApp::empty(at("2026-01-12T09:00:00Z")).await;
    let synthetic = async || row(&test, ALMESE).await.unwrap().synthetic;
    for (cents, list_is_synthetic, expected, why) in [
        (100, true, true, "set by a synthetic list"),
        (200, false, false, "set anew by an official one"),
        (200, true, false, "official: that an invented amount equals it makes no difference"),
        (300, true, true, "set anew by a synthetic one"),
        (300, false, false, "an official list gives the very amount"),
    ] {
        let mut list = list(ListKind::Admission, &[(ALMESE, "", cents)]);
        list.synthetic = list_is_synthetic;
        list.digest = format!("{cents} {list_is_synthetic}");
        take_in(&test.app, list, test.app.clock.now()).await.unwrap();
        assert_eq!(synthetic().await, expected, "{why}");
    }
    test.assert_whole().await;
}
