// SPDX-License-Identifier: EUPL-1.2
//! Facts in chunks: nothing is moved when they grow or when two heaps become one. Each chunk holds facts of
//! one part, by supplier and buyer, with their rests beside them: facts that are compared lie near each
//! other. A heap that is told to expect many has more parts: what is settled at once must stay in a
//! processor's reach, and so must the ends of all parts while documents are read.

use std::sync::{Mutex, PoisonError};

use super::chains::{mix, narrow};
use super::seen::{Parted, Parties, Seen};

const BITS: u32 = 7;
/// So many facts fit a chunk.
pub(super) const CHUNK: usize = 1 << BITS;
/// The most chunks: four thousand million facts.
const CHUNKS: usize = (1 << (u32::BITS - BITS)) - 1;
const NONE: u8 = u8::MAX;

/// The hash by which facts fall into parts, and parts into buckets.
pub(super) fn hash(parties: Parties) -> u32 {
    // The upper half is the better spread one.
    (mix(parties.bits(), 5) >> 32) as u32
}

/// How facts are shared out: by the first bits of their hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Parts {
    bits: u32,
}

impl Parts {
    pub(super) const FEWEST: Self = Self { bits: 9 };
    const MOST: Self = Self { bits: 11 };
    /// Of a part with more documents than that, too little stays near.
    const DOCUMENTS: usize = 8_192;

    /// Parts for about so many documents.
    fn for_about(documents: usize) -> Self {
        let bits = (documents / Self::DOCUMENTS + 1).next_power_of_two().ilog2();
        Self { bits }.clamp(Self::FEWEST, Self::MOST)
    }

    /// How many.
    pub(super) const fn count(self) -> usize {
        1 << self.bits
    }

    /// The part of a hash.
    pub(super) const fn of(self, hash: u32) -> usize {
        (hash >> (u32::BITS - self.bits)) as usize
    }
}

#[derive(Debug, Clone)]
struct Chunk<T: Parted> {
    /// The hash of one of its facts: all of them are in one part.
    hash: u32,
    facts: Vec<T>,
    rests: Vec<T::Rest>,
    /// Which of the rests each fact has; shorter when the last ones have none.
    rest_of: Vec<u8>,
}

/// Facts of one kind, each at an address.
#[derive(Debug, Clone)]
pub(super) struct Rows<T: Parted> {
    parts: Parts,
    chunks: Vec<Chunk<T>>,
    /// The chunk of each part that takes the next fact.
    open: Vec<u32>,
}

impl<T: Parted> Default for Rows<T> {
    fn default() -> Self {
        Self::for_about(0)
    }
}

impl<T: Parted> Chunk<T> {
    fn new(hash: u32, capacity: usize) -> Self {
        Self { hash, facts: Vec::with_capacity(capacity), rests: Vec::new(), rest_of: Vec::new() }
    }

    fn push(&mut self, fact: T, rest: Option<T::Rest>) {
        if let Some(rest) = rest {
            self.add_rest(self.facts.len(), rest);
        }
        self.facts.push(fact);
    }

    fn add_rest(&mut self, place: usize, rest: T::Rest) {
        if self.rests.is_empty() {
            self.rests.reserve(self.facts.capacity());
        }
        if self.rest_of.len() <= place {
            self.rest_of.resize(place + 1, NONE);
        }
        // A chunk has fewer facts than a byte has values.
        self.rest_of[place] = u8::try_from(self.rests.len()).unwrap_or(NONE);
        self.rests.push(rest);
    }

    fn at(&self, place: usize) -> Seen<'_, T> {
        let rest = self.rest_of.get(place).and_then(|rest| self.rests.get(usize::from(*rest)));
        Seen::new(&self.facts[place], rest)
    }

    fn replace(&mut self, place: usize, fact: T, rest: Option<T::Rest>) {
        self.facts[place] = fact;
        let known = self.rest_of.get(place).copied().unwrap_or(NONE);
        match (self.rests.get_mut(usize::from(known)), rest) {
            (Some(old), rest) => *old = rest.unwrap_or_default(),
            (None, Some(rest)) => self.add_rest(place, rest),
            (None, None) => {}
        }
    }
}

impl<T: Parted> Rows<T> {
    /// Room for the facts of a heap of about so many documents.
    pub(super) fn for_about(documents: usize) -> Self {
        Self { parts: Parts::for_about(documents), chunks: Vec::new(), open: Vec::new() }
    }

    /// Adds one and says where it is; `None` when nothing more can be kept.
    pub(super) fn push(&mut self, mut fact: T) -> Option<u32> {
        let rest = fact.part();
        self.push_parted(fact, rest)
    }

    /// The same, when the rest is apart already.
    #[inline]
    pub(super) fn push_parted(&mut self, fact: T, rest: Option<T::Rest>) -> Option<u32> {
        let chunk = self.chunk_of(hash(fact.parties(rest.as_ref().unwrap_or(T::no_rest()))))?;
        let place = self.chunks[chunk].facts.len();
        self.chunks[chunk].push(fact, rest);
        Some(narrow(chunk << BITS | place))
    }

    /// A chunk with room for one more fact of that hash.
    fn chunk_of(&mut self, hash: u32) -> Option<usize> {
        if self.open.is_empty() {
            self.open.resize(self.parts.count(), u32::MAX);
        }
        let part = self.parts.of(hash);
        let open = self.open[part] as usize;
        if self.chunks.get(open).is_some_and(|chunk| chunk.facts.len() < CHUNK) {
            return Some(open);
        }
        if self.chunks.len() == CHUNKS {
            return None;
        }
        // The first chunk of a part grows from nothing: most heaps are small.
        let capacity = if self.chunks.get(open).is_some() { CHUNK } else { 0 };
        self.open[part] = narrow(self.chunks.len());
        self.chunks.push(Chunk::new(hash, capacity));
        Some(self.chunks.len() - 1)
    }

    /// Takes all of another heap, whose facts count as later ones.
    pub(super) fn absorb(&mut self, other: Self) {
        if other.chunks.is_empty() {
            return;
        }
        // A chunk of a heap with more parts lies in one part of a heap with fewer.
        self.parts = if self.chunks.is_empty() { other.parts } else { self.parts.min(other.parts) };
        let room = CHUNKS - self.chunks.len();
        // The open chunks come before those of the other: what comes later must come after them.
        self.open.clear();
        self.chunks.extend(other.chunks.into_iter().take(room));
    }

    /// The fact at an address that was given for it.
    pub(super) fn at(&self, address: u32) -> Seen<'_, T> {
        self.chunks[(address >> BITS) as usize].at(address as usize & (CHUNK - 1))
    }

    /// Puts another fact between the same parties at an address.
    pub(super) fn replace(&mut self, address: u32, mut fact: T) {
        let rest = fact.part();
        self.chunks[(address >> BITS) as usize].replace(address as usize & (CHUNK - 1), fact, rest);
    }

    /// All addresses and facts, in the order of the addresses.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, Seen<'_, T>)> {
        (0..self.chunks.len()).flat_map(|chunk| self.of_chunk(chunk))
    }

    /// Addresses and facts of a chunk.
    pub(super) fn of_chunk(&self, chunk: usize) -> impl Iterator<Item = (u32, Seen<'_, T>)> {
        let facts = &self.chunks[chunk];
        (0..facts.facts.len()).map(move |place| (narrow(chunk << BITS | place), facts.at(place)))
    }

    /// All addresses.
    pub(super) fn addresses(&self) -> impl DoubleEndedIterator<Item = u32> + '_ {
        self.chunks
            .iter()
            .enumerate()
            .flat_map(|(chunk, one)| (0..one.facts.len()).map(move |place| narrow(chunk << BITS | place)))
    }

    /// How its facts are shared out; nothing when it has none.
    pub(super) fn parts(&self) -> Option<Parts> {
        (!self.chunks.is_empty()).then_some(self.parts)
    }

    /// The part of each chunk.
    pub(super) fn part_of_chunks(&self, parts: Parts) -> impl Iterator<Item = usize> + '_ {
        self.chunks.iter().map(move |chunk| parts.of(chunk.hash))
    }

    /// The chunks of each part.
    pub(super) fn by_part(&self, parts: Parts) -> Vec<Vec<usize>> {
        let mut all = vec![Vec::new(); parts.count()];
        self.part_of_chunks(parts).enumerate().for_each(|(chunk, part)| all[part].push(chunk));
        all
    }

    /// How many.
    pub(super) fn len(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.facts.len()).sum()
    }

    /// One more than the highest address that may be given now.
    pub(super) fn span(&self) -> usize {
        self.chunks.len() << BITS
    }
}

impl<T: Parted + Sync> Rows<T> {
    /// What a function gathers from facts.
    pub(super) fn gather<U: Send>(
        &self,
        threads: usize,
        from: impl Fn(u32, Seen<'_, T>, &mut Vec<U>) + Sync,
    ) -> Vec<U> {
        share_out(threads, (0..self.chunks.len()).collect(), |chunks| {
            let mut all = Vec::new();
            let facts = chunks.into_iter().flat_map(|chunk| self.of_chunk(chunk));
            facts.for_each(|(address, fact)| from(address, fact, &mut all));
            all
        })
    }

    /// What a function says of each, at its address; the highest number where no fact is.
    pub(super) fn map(&self, threads: usize, of: impl Fn(Seen<'_, T>) -> u32 + Sync) -> Vec<u32> {
        let mut all = vec![u32::MAX; self.span()];
        share_out(threads, all.chunks_mut(CHUNK).enumerate().collect(), |share| {
            for (chunk, said) in share {
                said.iter_mut().zip(self.of_chunk(chunk)).for_each(|(said, (_, fact))| *said = of(fact));
            }
            Vec::<()>::new()
        });
        all
    }
}

/// Shares work out among some threads; what they say comes in the order of the threads.
pub(super) fn share_out<W: Send, U: Send>(
    threads: usize,
    work: Vec<W>,
    run: impl Fn(Vec<W>) -> Vec<U> + Sync,
) -> Vec<U> {
    let mut shares: Vec<Vec<W>> = (0..threads).map(|_| Vec::new()).collect();
    let turns = (0..threads).cycle();
    work.into_iter().zip(turns).for_each(|(one, turn)| shares[turn].push(one));
    let shares: Vec<Mutex<Vec<W>>> = shares.into_iter().map(Mutex::new).collect();
    let take = |turn: usize| {
        let mut share = shares[turn].lock().unwrap_or_else(PoisonError::into_inner);
        run(std::mem::take(&mut share))
    };
    share(threads, take).into_iter().flatten().collect()
}

/// From how many documents on a second thread is worth its start.
const MANY: usize = 4_096;

/// Does two works on so many documents, at the same time when they are many.
pub(super) fn both<A, B: Send>(
    documents: usize,
    one: impl FnOnce() -> A,
    other: impl FnOnce() -> B + Send,
) -> (A, B) {
    if documents < MANY {
        return (one(), other());
    }
    std::thread::scope(|scope| {
        let other = scope.spawn(other);
        let one = one();
        (one, other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// Runs the same work in some threads, each knowing its turn.
pub(super) fn share<U: Send>(threads: usize, work: impl Fn(usize) -> U + Sync) -> Vec<U> {
    std::thread::scope(|scope| {
        let work = &work;
        let others: Vec<_> = (1..threads).map(|turn| scope.spawn(move || work(turn))).collect();
        let mut all = vec![work(0)];
        all.extend(others.into_iter().map(|other| match other.join() {
            Ok(one) => one,
            Err(panic) => std::panic::resume_unwind(panic),
        }));
        all
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::matching::code::Code;
    use crate::domain::matching::fact::OrderFact;

    fn heap(documents: usize, suppliers: std::ops::Range<u32>) -> Rows<OrderFact> {
        let mut rows = Rows::for_about(documents);
        for id in suppliers {
            let supplier = Code::pack(id.to_string().as_bytes()).unwrap();
            rows.push(OrderFact { id, supplier, ..OrderFact::default() }).unwrap();
        }
        rows
    }

    #[test]
    fn a_chunk_lies_in_one_part_whatever_heaps_were_absorbed() {
        for sizes in [[0, 100_000_000], [100_000_000, 0], [100_000_000, 6_000_000]] {
            let mut all = Rows::default();
            all.absorb(heap(sizes[0], 0..5_000));
            all.absorb(heap(sizes[1], 5_000..10_000));
            let before = all.parts();
            all.absorb(Rows::default());
            assert_eq!(all.parts(), before);
            for id in 10_000..11_000 {
                all.push(OrderFact { id, ..OrderFact::default() }).unwrap();
            }
            let parts = all.parts().unwrap();
            for (chunk, part) in all.part_of_chunks(parts).enumerate() {
                for (_, order) in all.of_chunk(chunk) {
                    assert_eq!(parts.of(hash(order.parties())), part, "{sizes:?}");
                }
            }
            assert_eq!(all.len(), 11_000);
        }
    }

    #[test]
    fn many_documents_have_more_parts() {
        let count = |documents| Parts::for_about(documents).count();
        assert_eq!([0, 2_300_000, 6_000_000, 23_000_000].map(count), [512, 512, 1_024, 2_048]);
        assert_eq!(count(usize::MAX), 2_048);
    }
}
