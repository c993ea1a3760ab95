// SPDX-License-Identifier: EUPL-1.2
//! Elements with text: read, noted where rules look at them anywhere, kept once.

use super::{Reading, Step};
use crate::documents::fault::{Broken, RawFault, ReadErrorKind};
use crate::documents::guard::tokens::Tag;
use crate::documents::ubl::wire::Leaf;
use crate::domain::text::Text;

impl<'a> Reading<'a> {
    #[inline]
    pub(super) fn leaf(&mut self, tag: &Tag<'a>) -> Step<Leaf<'a>> {
        let attribute = self.tokens.attribute();
        Ok(match self.tokens.literal()? {
            Some(raw) => Leaf { raw, is_literal: true, attribute },
            None => Leaf { raw: self.tokens.written(tag)?, is_literal: false, attribute },
        })
    }

    pub(super) fn amount(&mut self, tag: &Tag<'a>) -> Step<Leaf<'a>> {
        self.amount_in(tag, false)
    }

    pub(super) fn amount_in(&mut self, tag: &Tag<'a>, in_price: bool) -> Step<Leaf<'a>> {
        let leaf = self.leaf(tag)?;
        self.seen.amounts.push((leaf, in_price));
        Ok(leaf)
    }

    pub(super) fn date(&mut self, tag: &Tag<'a>) -> Step<Leaf<'a>> {
        let leaf = self.leaf(tag)?;
        self.seen.dates.push(leaf);
        Ok(leaf)
    }

    pub(super) fn identifier(&mut self, tag: &Tag<'a>, endpoint: bool) -> Step<Leaf<'a>> {
        let leaf = self.leaf(tag)?;
        self.seen.identifiers.push((leaf, endpoint));
        Ok(leaf)
    }

    #[inline]
    pub(super) fn once(&mut self, slot: &mut Option<Leaf<'a>>, tag: &Tag<'a>) -> Step<()> {
        let leaf = self.leaf(tag)?;
        self.put(slot, leaf, tag);
        Ok(())
    }

    pub(super) fn once_date(&mut self, slot: &mut Option<Leaf<'a>>, tag: &Tag<'a>) -> Step<()> {
        let leaf = self.date(tag)?;
        self.put(slot, leaf, tag);
        Ok(())
    }

    /// Keeps the first; a second one is a fault.
    #[inline]
    pub(super) fn put<T>(&mut self, slot: &mut Option<T>, value: T, tag: &Tag<'a>) {
        if slot.is_none() {
            *slot = Some(value);
        } else {
            self.repeated(tag);
        }
    }

    #[cold]
    fn repeated(&mut self, tag: &Tag<'a>) {
        if self.faults.len() < self.limits.faults {
            let reason = Text {
                it: format!("{} può stare una volta sola", tag.local).into(),
                en: format!("{} may stand only once", tag.local).into(),
            };
            self.faults.push(RawFault::new(tag.at, "", reason));
        }
    }

    #[cold]
    pub(super) fn too_many_lines(&self, tag: &Tag<'a>) -> Box<Broken> {
        let limit = self.limits.lines;
        let reason = Text {
            it: format!("più di {limit} righe").into(),
            en: format!("more than {limit} lines").into(),
        };
        Broken::new(ReadErrorKind::TooBig, tag.at, "", reason)
    }
}
