// SPDX-License-Identifier: EUPL-1.2
//! Facts as they are looked at: the plain part and the rest side by side, wherever the two are kept.

use std::ops::Deref;

use super::code::Code;
use super::extra::Extra;
use super::fact::{InvoiceFact, InvoiceRest, Line, OrderFact, OrderRest, PaymentFact, PaymentRest};
use super::few::Few;

/// A fact whose rest can be taken out and kept apart.
pub(super) trait Parted {
    /// What plain facts do not need.
    type Rest: std::fmt::Debug + Clone + Default + Sync + Send + 'static;

    /// Takes the rest out.
    fn part(&mut self) -> Option<Self::Rest>;

    /// The rest, when it was not taken out.
    fn own_rest(&self) -> Option<&Self::Rest>;

    /// The rest of facts that have none.
    fn no_rest() -> &'static Self::Rest;

    /// Something from all over the rest, so that it is near when it is needed.
    fn glance(rest: &Self::Rest) -> u64;

    /// Who sells and who buys.
    fn parties(&self, rest: &Self::Rest) -> Parties;
}

/// Who sells and who buys: documents of others have nothing to do with each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Parties {
    pub(super) supplier: Code,
    pub(super) buyer: Code,
}

impl Parties {
    /// Both, for hashing.
    #[inline]
    pub(super) const fn bits(self) -> u64 {
        self.supplier.bits() ^ self.buyer.bits().rotate_left(17)
    }
}

/// A fact and its rest.
pub(super) struct Seen<'a, T: Parted> {
    fact: &'a T,
    rest: &'a T::Rest,
}

/// An order and its rest.
pub(super) type Order<'a> = Seen<'a, OrderFact>;
/// An invoice or a note and its rest.
pub(super) type Invoice<'a> = Seen<'a, InvoiceFact>;
/// A payment and its rest.
pub(super) type Payment<'a> = Seen<'a, PaymentFact>;

impl<T: Parted> Clone for Seen<'_, T> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Parted> Copy for Seen<'_, T> {}

impl<T: Parted> Deref for Seen<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.fact
    }
}

impl<'a, T: Parted> Seen<'a, T> {
    /// A fact whose rest is kept elsewhere.
    #[inline]
    pub(super) fn new(fact: &'a T, rest: Option<&'a T::Rest>) -> Self {
        Self { fact, rest: rest.unwrap_or_else(|| T::no_rest()) }
    }

    /// A fact that still has its rest.
    #[inline]
    pub(super) fn whole(fact: &'a T) -> Self {
        Self::new(fact, fact.own_rest())
    }

    #[inline]
    pub(super) fn rest(self) -> &'a T::Rest {
        self.rest
    }

    /// See [`Parted::glance`].
    #[inline]
    pub(super) fn glance(self) -> u64 {
        T::glance(self.rest)
    }

    #[inline]
    pub(super) fn parties(self) -> Parties {
        self.fact.parties(self.rest)
    }
}

macro_rules! parted {
    ($fact:ty, $rest:ty, $glance:expr, $none:expr) => {
        impl Parted for $fact {
            type Rest = $rest;

            #[inline]
            fn part(&mut self) -> Option<$rest> {
                self.rest.take().map(|rest| *rest)
            }

            #[inline]
            fn own_rest(&self) -> Option<&$rest> {
                self.rest.as_deref()
            }

            #[inline]
            fn no_rest() -> &'static $rest {
                static NONE: $rest = $none;
                &NONE
            }

            #[inline]
            fn glance(rest: &$rest) -> u64 {
                let glance: fn(&$rest) -> u64 = $glance;
                glance(rest)
            }

            #[inline]
            fn parties(&self, rest: &$rest) -> Parties {
                Parties { supplier: self.supplier, buyer: rest.buyer }
            }
        }
    };
}

parted!(OrderFact, OrderRest, |rest| rest.buyer.bits(), OrderRest { buyer: Code::NONE, lines: Vec::new() });
parted!(
    PaymentFact,
    PaymentRest,
    |rest| rest.sdi,
    PaymentRest { buyer: Code::NONE, cup: Code::NONE, sdi: 0, iban: Code::NONE }
);
parted!(
    InvoiceFact,
    InvoiceRest,
    |rest| rest.sdi ^ rest.iban.bits() ^ rest.orders.len() as u64,
    InvoiceRest {
        buyer: Code::NONE,
        cups: Few::Nothing,
        orders: Few::Nothing,
        vat: 0,
        split: false,
        sdi: 0,
        position: 0,
        iban: Code::NONE,
        extra: Extra::NONE,
    }
);

impl<'a> Order<'a> {
    #[inline]
    pub(super) fn lines(self) -> &'a [Line] {
        &self.rest.lines
    }
}

impl<'a> Invoice<'a> {
    #[inline]
    pub(super) fn cigs(self) -> impl Iterator<Item = Code> + 'a {
        std::iter::once(self.cig).chain(self.rest.extra.cigs.iter().copied()).filter(|cig| cig.is_some())
    }

    /// Whether it names this CIG.
    #[inline]
    pub(super) fn names_cig(self, cig: Code) -> bool {
        cig.is_some() && self.cigs().any(|own| own == cig)
    }

    /// Whether it names this CUP.
    #[inline]
    pub(super) fn names_cup(self, cup: Code) -> bool {
        cup.is_some() && self.rest.cups.contains(&cup)
    }
}
