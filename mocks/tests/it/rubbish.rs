// SPDX-License-Identifier: EUPL-1.2
//! Damaged requests: always an answer, and always one that keeps its schema.

use mepa_gateway_mocks::Operation;

use crate::client::{call, send, start};
use crate::pdnd::{APPALTO, Client, HEADER, ZERO};
use crate::sistema_cup::{envelope, post};

const GENERATION: &str = include_str!("../../fixtures/sistema_cup/generation.request.xml");
const ORDER: &str = include_str!("../../fixtures/acquistinretepa/order.xml");
const COMMUNICATION: &str = include_str!("../../fixtures/lavoro_pubblico/comunicazione-cup.request.json");
const PIECES: [&str; 16] = [
    "<",
    ">",
    "&",
    "\"",
    "'",
    "/",
    "\u{1}",
    "\u{FFFE}",
    "è",
    "<![CDATA[",
    "<!--",
    "&#0;",
    "{",
    "}",
    "0",
    "xmlns=\"a\" ",
];

/// Damage that is the same in every run.
struct Damage(u64);

impl Damage {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }

    /// The text with one to three places cut out, doubled or replaced.
    fn of(&mut self, text: &str) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        for _ in 0..=self.below(3) {
            let from = self.below(letters.len());
            let to = (from + self.below(12)).min(letters.len());
            let part: Vec<char> = letters.drain(from..to).collect();
            let put: Vec<char> = match self.below(3) {
                0 => Vec::new(),
                1 => [part.clone(), part].concat(),
                _ => PIECES[self.below(PIECES.len())].chars().collect(),
            };
            letters.splice(from..from, put);
        }
        letters.into_iter().collect()
    }
}

#[tokio::test]
async fn damaged_requests_are_always_answered_by_the_contract() {
    let stand_ins = start().await;
    let urls = stand_ins.urls();
    let mut damage = Damage(20_260_123);
    let anac = Client::new(&urls.anac);
    let voucher = anac.voucher();
    for turn in 0..600 {
        let payload = damage.of(GENERATION);
        assert!(
            post(&urls.sistema_cup, &envelope("RichiestaGenerazioneCUP", &payload)).is_some(),
            "{payload}"
        );
        let document = damage.of(&envelope("RichiestaGenerazioneCUP", GENERATION));
        assert!(post(&urls.sistema_cup, &document).is_some(), "{document}");
        let body = damage.of(COMMUNICATION);
        let answer = call(&urls.lavoro_pubblico, "POST", "/risorse-in-comune/v1/comunicazioni-cup", &body);
        assert!(answer.status < 500, "{body}");
        let order = damage.of(ORDER);
        let reference = format!("3f2c1a9e-5b7d-4e21-9c44-{turn:012}");
        let headers = [
            ("Authorization", "Bearer prova"),
            ("Content-Type", "application/xml"),
            ("X-Riferimento-Esterno", reference.as_str()),
        ];
        let answer = send(&urls.acquistinretepa, "POST", "/oda/v1/bozze", &headers, &order).unwrap();
        assert!(answer.status < 500, "{order}");
        let assertion = anac.sign(HEADER, &anac.assertion());
        for token in [damage.of(&assertion), anac.sign(&damage.of(HEADER), &anac.assertion())] {
            assert!(anac.ask(&token).status < 500, "{token}");
        }
        let evidence = damage.of(&anac.evidence(APPALTO, ZERO).to_string());
        let path = format!("{APPALTO}/ricerca-appalto?cig=B0A1C2D3E4");
        let answer = anac.call(&path, &voucher, &anac.sign_text(HEADER, &evidence)).unwrap();
        assert!(answer.status < 500, "{evidence}");
    }
    let ledger = stand_ins.ledger();
    assert_eq!(ledger.broken_answers(), [""; 0]);
    let done = ledger.effects().len() - ledger.effects_of(Operation::IssueVoucher);
    assert!((1..600).contains(&done), "{done}");
}
