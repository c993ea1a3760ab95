// SPDX-License-Identifier: EUPL-1.2
//! Which hashes were asked for: may say yes for one that was not, never no for one that was.

/// Some hashes.
#[derive(Debug)]
pub(super) struct Sieve {
    words: Vec<u64>,
}

impl Sieve {
    /// Room for so many hashes.
    #[inline]
    pub(super) fn new(expected: usize) -> Self {
        let words = (expected / 2 + 1).next_power_of_two();
        Self { words: vec![0; words] }
    }

    #[inline]
    pub(super) fn add(&mut self, hash: u64) {
        let (word, bits) = self.place(hash);
        self.words[word] |= bits;
    }

    #[inline]
    pub(super) fn may_have(&self, hash: u64) -> bool {
        let (word, bits) = self.place(hash);
        self.words[word] & bits == bits
    }

    /// A word, and two bits of it.
    #[inline]
    fn place(&self, hash: u64) -> (usize, u64) {
        // The mask keeps the number inside the table, so nothing is lost in the conversion.
        ((hash >> 32) as usize & (self.words.len() - 1), 1 << (hash & 63) | 1 << (hash >> 6 & 63))
    }
}
