// SPDX-License-Identifier: EUPL-1.2
//! When everything is settled once and no decision joins anybody, a part of the heap is a group: nothing need
//! be indexed.

use super::batch::Batch;
use super::group::Group;
use super::rows::Parts;

/// The documents by part.
pub(super) struct ByPart<'a> {
    batch: &'a Batch,
    parts: Parts,
    orders: Vec<Vec<usize>>,
    invoices: Vec<Vec<usize>>,
    payments: Vec<Vec<usize>>,
    /// Where each payment falls, when not all fall where their own parties are.
    hashes: Option<&'a [u32]>,
    /// Payments that fall in another part than they lie in.
    guests: Vec<Vec<u32>>,
}

impl<'a> ByPart<'a> {
    pub(super) fn new(batch: &'a Batch, hashes: Option<&'a [u32]>) -> Self {
        let parts = batch.parts();
        let mut guests = vec![Vec::new(); parts.count()];
        for (chunk, part) in batch.payments.part_of_chunks(parts).enumerate() {
            for (address, _) in batch.payments.of_chunk(chunk) {
                let home = hashes.map_or(part, |hashes| parts.of(hashes[address as usize]));
                if home != part {
                    guests[home].push(address);
                }
            }
        }
        let (orders, invoices) = (batch.orders.by_part(parts), batch.invoices.by_part(parts));
        let payments = batch.payments.by_part(parts);
        Self { batch, parts, orders, invoices, payments, hashes, guests }
    }

    /// How many parts.
    pub(super) const fn count(&self) -> usize {
        self.parts.count()
    }

    /// Puts the documents of a part into a group; `false` when there are none.
    pub(super) fn fill(&self, group: &mut Group<'a>, part: usize) -> bool {
        let batch = self.batch;
        let is_here =
            |address: u32| self.hashes.is_none_or(|hashes| self.parts.of(hashes[address as usize]) == part);
        let at_home = self.payments[part].iter().flat_map(|chunk| batch.payments.of_chunk(*chunk));
        let at_home = at_home.filter(|(address, _)| is_here(*address)).map(|(_, payment)| payment);
        let guests = self.guests[part].iter().map(|address| batch.payments.at(*address));
        group.fill(
            self.orders[part].iter().flat_map(|chunk| batch.orders.of_chunk(*chunk)).map(|(_, order)| order),
            self.invoices[part].iter().flat_map(|chunk| batch.invoices.of_chunk(*chunk)).map(|(_, one)| one),
            at_home.chain(guests),
        );
        !group.is_empty()
    }
}
