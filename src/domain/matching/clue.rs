// SPDX-License-Identifier: EUPL-1.2
//! What makes a pair of documents a candidate, and how much it counts.

use super::super::text::Text;

/// Something that agrees between two documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Clue {
    /// The CIG.
    Cig,
    /// The number, however it is spelt.
    Number,
    /// The CUP.
    Cup,
    /// The amount, within the tolerance.
    Amount,
    /// An article code of a line.
    Lines,
    /// The account.
    Iban,
    /// The supplier.
    Supplier,
}

impl Clue {
    /// Every clue.
    pub const ALL: [Self; 7] =
        [Self::Cig, Self::Number, Self::Cup, Self::Amount, Self::Lines, Self::Iban, Self::Supplier];

    /// How much it counts. The sum is what people see as the score; it decides nothing.
    #[must_use]
    #[inline]
    pub const fn weight(self) -> u8 {
        match self {
            Self::Cig => 40,
            Self::Number => 30,
            Self::Cup | Self::Amount | Self::Lines | Self::Iban => 20,
            Self::Supplier => 10,
        }
    }

    /// Why, for people.
    #[must_use]
    #[inline]
    pub const fn text(self) -> Text {
        match self {
            Self::Cig => Text::new("stesso CIG", "same CIG"),
            Self::Number => Text::new(
                "stesso numero, scritto in altro modo o senza data",
                "same number, spelt otherwise or undated",
            ),
            Self::Cup => Text::new("stesso CUP", "same CUP"),
            Self::Amount => Text::new("stesso importo", "same amount"),
            Self::Lines => Text::new("stessi articoli", "same articles"),
            Self::Iban => Text::new("stesso IBAN", "same IBAN"),
            Self::Supplier => Text::new("stesso fornitore", "same supplier"),
        }
    }

    #[inline]
    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Some clues.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clues(u8);

impl Clues {
    /// The clues that hold.
    #[must_use]
    #[inline]
    pub fn of(compared: impl IntoIterator<Item = (Clue, bool)>) -> Self {
        let bits = compared.into_iter().filter(|(_, agrees)| *agrees).map(|(clue, _)| clue.bit());
        Self(bits.fold(0, |all, bit| all | bit))
    }

    /// Whether this one is among them.
    #[must_use]
    #[inline]
    pub const fn has(self, clue: Clue) -> bool {
        self.0 & clue.bit() != 0
    }

    /// Each of them.
    #[inline]
    pub fn iter(self) -> impl Iterator<Item = Clue> {
        Clue::ALL.into_iter().filter(move |clue| self.has(*clue))
    }

    /// Sum of the weights, at most 100.
    #[must_use]
    #[inline]
    pub fn score(self) -> u8 {
        self.iter().fold(0u8, |sum, clue| sum.saturating_add(clue.weight())).min(100)
    }
}
