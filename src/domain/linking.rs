// SPDX-License-Identifier: EUPL-1.2
//! Whose is an ODA that was made on the portal? What its document says is compared with each Comune, and each stored
//! order, that it could belong to. It is joined only when everything strong agrees; else it waits, with scored candidates
//! and the reason, for a person.

use serde::{Deserialize, Serialize};

use super::istat::IstatCode;
use super::money::Money;

mod waiting;

pub use waiting::Waiting;

/// Something the document says that points at a Comune or at a stored order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clue {
    /// The CUP is that of the Comune's grant.
    Cup,
    /// The buyer's tax code.
    TaxCode,
    /// The buyer's IPA code.
    IpaCode,
    /// The CIG of a stored order.
    Cig,
    /// The number of a stored order, however it is spelt.
    Number,
    /// The supplier of a stored order.
    Supplier,
    /// The gross total of a stored order, to the cent.
    Gross,
}

impl Clue {
    /// How much it counts for a candidate when it agrees. The sum is what people see as the score; it decides nothing.
    #[must_use]
    pub const fn weight(self) -> u32 {
        match self {
            Self::Cup | Self::Cig => 40,
            Self::TaxCode | Self::Number => 30,
            Self::IpaCode => 20,
            Self::Supplier | Self::Gross => 10,
        }
    }
}

/// A Comune, or one of its orders, that the ODA could belong to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// The Comune.
    pub comune: IstatCode,
    /// The stored order; none when the ODA would become a new one.
    pub order: Option<String>,
    /// Sum of the weights of what agrees.
    pub score: u32,
    /// What agrees.
    pub agrees: Vec<Clue>,
    /// What the document says and says otherwise.
    pub differs: Vec<Clue>,
}

impl Candidate {
    /// A candidate by what was compared; what the document does not say is left out.
    #[must_use]
    pub fn new(
        comune: IstatCode,
        order: Option<String>,
        compared: impl IntoIterator<Item = (Clue, Option<bool>)>,
    ) -> Self {
        let mut candidate = Self { comune, order, score: 0, agrees: Vec::new(), differs: Vec::new() };
        for (clue, agrees) in compared {
            match agrees {
                Some(true) => {
                    candidate.score = candidate.score.saturating_add(clue.weight());
                    candidate.agrees.push(clue);
                }
                Some(false) => candidate.differs.push(clue),
                None => {}
            }
        }
        candidate
    }

    fn has(&self, clue: Clue) -> bool {
        self.agrees.contains(&clue)
    }
}

/// What is compared with a stored order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderFace {
    /// Number as written.
    pub number: String,
    /// CIG.
    pub cig: Option<String>,
    /// Key of the supplier.
    pub supplier: String,
    /// Gross total.
    pub gross: Option<Money>,
}

impl OrderFace {
    /// What agrees and differs between the ODA, also known by its number on the portal, and a stored order.
    #[must_use]
    pub fn compare(&self, portal_number: &str, stored: &Self) -> [(Clue, Option<bool>); 4] {
        let own = [spelling(&self.number), spelling(portal_number)];
        let theirs = spelling(&stored.number);
        [
            (Clue::Cig, both(self.cig.as_ref(), stored.cig.as_ref())),
            // Two ways of numbering may meet by chance or not at all: a different number says nothing.
            (Clue::Number, own.contains(&theirs).then_some(true)),
            (Clue::Supplier, Some(self.supplier == stored.supplier)),
            (Clue::Gross, both(self.gross.as_ref(), stored.gross.as_ref())),
        ]
    }
}

fn both<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> Option<bool> {
    Some(one? == other?)
}

/// A number of an order without the ways of writing it: case, blanks, dashes, slashes, words before the digits ("ODA n."),
/// leading zeros.
#[must_use]
pub fn spelling(number: &str) -> String {
    let bare: String =
        number.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_uppercase()).collect();
    let digits_from = bare.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let words = &bare[..digits_from];
    let is_label =
        matches!(words, "ODA" | "ODAN" | "ODANR" | "N" | "NR" | "NUM" | "NUMERO" | "ORDINE" | "ORDINEN");
    let rest = if is_label { &bare[digits_from..] } else { &*bare };
    let short = rest.trim_start_matches('0');
    if short.is_empty() { rest.into() } else { short.into() }
}

/// What becomes of an ODA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Join {
    /// It is this stored order.
    Order(String),
    /// It is a new order of this Comune.
    Comune(IstatCode),
    /// A person must say.
    Waits(Waiting),
}

/// What is known beside the candidates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// The best Comune is in the programme.
    pub in_programme: bool,
    /// At least one line is on a sheet of the programme's catalogue.
    pub has_programme_line: bool,
    /// Another ODA stands for the order that this one equals.
    pub is_taken: bool,
}

/// Joins, or says why not. `comuni` are candidates without order; `orders` live orders of the best of them that no ODA
/// stands for yet.
#[must_use]
pub fn join(comuni: &[Candidate], orders: &[Candidate], standing: Standing) -> Join {
    let Some(best) = comuni.iter().max_by_key(|candidate| candidate.score) else {
        return Join::Waits(Waiting::NoComune);
    };
    if comuni.len() > 1 {
        return Join::Waits(Waiting::Contradiction);
    }
    // A Comune buys other things on the portal too, under other CUP: nothing is wrong with those.
    let is_of_programme = best.has(Clue::Cup) || standing.has_programme_line;
    if !is_of_programme && !orders.iter().any(Candidate::is_the_same) {
        return Join::Waits(Waiting::NotOfProgramme);
    }
    if !best.differs.is_empty() {
        return Join::Waits(Waiting::Contradiction);
    }
    if !best.has(Clue::TaxCode) && !best.has(Clue::IpaCode) {
        return Join::Waits(Waiting::CupAlone);
    }
    if !standing.in_programme {
        return Join::Waits(Waiting::NotInProgramme);
    }
    if let Some(twin) = orders.iter().find(|order| order.is_the_same()) {
        return Join::Order(twin.order.clone().unwrap_or_default());
    }
    if orders.iter().any(Candidate::is_like) {
        return Join::Waits(Waiting::LikeAnOrder);
    }
    if standing.is_taken { Join::Waits(Waiting::SecondOda) } else { Join::Comune(best.comune) }
}

impl Candidate {
    /// The ODA is this order: its CIG or its number, and nothing otherwise.
    #[must_use]
    pub fn is_the_same(&self) -> bool {
        (self.has(Clue::Cig) || self.has(Clue::Number)) && self.differs.is_empty()
    }

    /// The ODA may be this order: one strong sign, or the same supplier and amount and no other CIG.
    #[must_use]
    pub fn is_like(&self) -> bool {
        let weak = self.has(Clue::Supplier) && self.has(Clue::Gross) && !self.differs.contains(&Clue::Cig);
        self.has(Clue::Cig) || self.has(Clue::Number) || weak
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comune(code: &str, compared: &[(Clue, Option<bool>)]) -> Candidate {
        Candidate::new(code.parse().unwrap(), None, compared.iter().copied())
    }

    fn almese(compared: &[(Clue, Option<bool>)]) -> Candidate {
        comune("001006", compared)
    }

    const KNOWN: Standing = Standing { in_programme: true, has_programme_line: true, is_taken: false };
    const ALL: [(Clue, Option<bool>); 3] =
        [(Clue::Cup, Some(true)), (Clue::TaxCode, Some(true)), (Clue::IpaCode, Some(true))];

    #[test]
    fn everything_strong_agrees_and_it_is_joined() {
        let best = almese(&ALL);
        assert_eq!(best.score, 90);
        assert_eq!(join(&[best], &[], KNOWN), Join::Comune("001006".parse().unwrap()));
    }

    #[test]
    fn a_code_of_another_comune_is_for_a_person() {
        let best = almese(&[(Clue::Cup, Some(true)), (Clue::TaxCode, Some(false))]);
        assert_eq!(join(&[best], &[], KNOWN), Join::Waits(Waiting::Contradiction));
        let two = [almese(&[(Clue::Cup, Some(true))]), comune("001272", &[(Clue::TaxCode, Some(true))])];
        assert_eq!(join(&two, &[], KNOWN), Join::Waits(Waiting::Contradiction));
    }

    #[test]
    fn too_little_is_for_a_person() {
        assert_eq!(join(&[], &[], KNOWN), Join::Waits(Waiting::NoComune));
        let cup = almese(&[(Clue::Cup, Some(true))]);
        assert_eq!(join(&[cup], &[], KNOWN), Join::Waits(Waiting::CupAlone));
        let buyer = [almese(&[(Clue::TaxCode, Some(true))])];
        let stranger = Standing { has_programme_line: false, ..KNOWN };
        assert_eq!(join(&buyer, &[], stranger), Join::Waits(Waiting::NotOfProgramme));
        assert!(matches!(join(&buyer, &[], KNOWN), Join::Comune(_)), "the MePA download names no CUP");
        let other_project = [almese(&[(Clue::Cup, Some(false)), (Clue::TaxCode, Some(true))])];
        assert_eq!(join(&other_project, &[], stranger), Join::Waits(Waiting::NotOfProgramme));
        let outside = Standing { in_programme: false, ..KNOWN };
        assert_eq!(join(&buyer, &[], outside), Join::Waits(Waiting::NotInProgramme));
    }

    fn face(number: &str, cig: Option<&str>, supplier: &str, cents: i64) -> OrderFace {
        OrderFace {
            number: number.into(),
            cig: cig.map(Into::into),
            supplier: supplier.into(),
            gross: Some(Money::from_cents(cents)),
        }
    }

    fn against(oda: &OrderFace, stored: &OrderFace) -> Join {
        let order =
            Candidate::new("001006".parse().unwrap(), Some("o".into()), oda.compare("8100001", stored));
        join(&[almese(&ALL)], &[order], KNOWN)
    }

    #[test]
    fn an_order_that_another_oda_stands_for_is_not_made_twice() {
        let second = Standing { is_taken: true, ..KNOWN };
        assert_eq!(join(&[almese(&ALL)], &[], second), Join::Waits(Waiting::SecondOda));
    }

    #[test]
    fn the_same_order_is_found_by_its_cig_or_by_its_number_in_any_spelling() {
        let oda = face("8100001", Some("BFA0B1C51C"), "s", 100);
        for stored in [
            face("7", Some("BFA0B1C51C"), "s", 100),
            face("ODA n. 8100001", None, "s", 100),
            face("0008100001", Some("BFA0B1C51C"), "s", 100),
        ] {
            assert_eq!(against(&oda, &stored), Join::Order("o".into()), "{stored:?}");
        }
    }

    #[test]
    fn what_is_only_like_an_order_is_not_joined() {
        let oda = face("8100001", Some("BFA0B1C51C"), "s", 100);
        for stored in [
            face("7", Some("BFA0B1C51C"), "s", 101),
            face("8100001", Some("B10A9942A7"), "s", 100),
            face("8100001", None, "another", 100),
            face("7", None, "s", 100),
        ] {
            assert_eq!(against(&oda, &stored), Join::Waits(Waiting::LikeAnOrder), "{stored:?}");
        }
        let other = face("7", Some("B10A9942A7"), "s", 100);
        assert!(matches!(against(&oda, &other), Join::Comune(_)), "another CIG is another order");
    }

    #[test]
    fn spellings_of_a_number() {
        for same in [
            "8100001",
            " 8100001",
            "0008100001",
            "ODA 8100001",
            "n. 8100001",
            "oda-8100001",
            "Ordine n. 8100001",
        ] {
            assert_eq!(spelling(same), "8100001", "{same}");
        }
        assert_eq!(spelling("2026/AB-12"), "2026AB12");
        assert_eq!(spelling("A8100001"), "A8100001");
        assert_eq!(spelling("000"), "000");
        assert_eq!(spelling(""), "");
    }
}
