// SPDX-License-Identifier: EUPL-1.2
//! A small index from hashes to places: built, asked and cleared again and again without giving its memory
//! back. Several places may share a hash, and different keys too: who asks compares the keys.

const END: u32 = u32::MAX;

/// Places by hash.
#[derive(Debug, Default)]
pub(super) struct Chains {
    heads: Vec<u32>,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    /// The half of the hash that does not choose the slot.
    print: u32,
    place: u32,
    next: u32,
}

impl Chains {
    /// Forgets everything and makes room for about so many places: with many more it becomes slow.
    #[inline]
    pub(super) fn reset(&mut self, expected: usize) {
        self.heads.clear();
        self.heads.resize((expected + expected / 2).next_power_of_two(), END);
        self.entries.clear();
    }

    /// Adds a place.
    #[inline]
    pub(super) fn add(&mut self, hash: u64, place: usize) {
        let slot = self.slot(hash);
        let entry = narrow(self.entries.len());
        self.entries.push(Entry { print: print(hash), place: narrow(place), next: self.heads[slot] });
        self.heads[slot] = entry;
    }

    /// The places added with this hash, and hardly any other; the last added comes first.
    #[inline]
    pub(super) fn of(&self, hash: u64) -> Walk<'_> {
        let next = if self.entries.is_empty() { END } else { self.heads[self.slot(hash)] };
        Walk { entries: &self.entries, print: print(hash), next }
    }

    #[inline]
    fn slot(&self, hash: u64) -> usize {
        // The mask keeps the number inside the table, so nothing is lost in the conversion.
        (hash >> 32) as usize & (self.heads.len() - 1)
    }
}

/// See [`Chains::of`].
pub(super) struct Walk<'a> {
    entries: &'a [Entry],
    print: u32,
    next: u32,
}

impl Iterator for Walk<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        loop {
            let entry = *self.entries.get(self.next as usize)?;
            self.next = entry.next;
            if entry.print == self.print {
                return Some(entry.place as usize);
            }
        }
    }
}

const fn print(hash: u64) -> u32 {
    (hash & 0xFFFF_FFFF) as u32
}

/// A place as 32 bits. More documents than that are not kept (see [`super::rows`]).
pub(super) fn narrow(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(END)
}

/// Mixes two integers into a hash whose upper half is well spread.
pub(super) const fn mix(one: u64, other: u64) -> u64 {
    const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
    let first = (one ^ other.rotate_left(29)).wrapping_mul(SPREAD);
    (first ^ (first >> 32)).wrapping_add(other).wrapping_mul(SPREAD)
}
