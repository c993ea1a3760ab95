// SPDX-License-Identifier: EUPL-1.2
//! Where payments fall. Most name the file of an invoice between their own parties, which lies in the same part of the heap:
//! those are found part by part. The others (VAT paid to the State, claims sold to a bank, no file at all) are few, and only
//! what they ask for is looked for everywhere.

use super::batch::Batch;
use super::files::Files;
use super::index::Homes;
use super::reach::{far_tokens, payment_file};
use super::rows::{CHUNK, PARTS, share};
use super::sieve::Sieve;

/// The bucket of each payment that is at home, by address, and the addresses of the others.
pub(super) struct AtHome {
    pub(super) buckets: Vec<u32>,
    pub(super) strays: Vec<u32>,
}

impl AtHome {
    pub(super) fn new(batch: &Batch, homes: Homes<'_>, threads: usize) -> Self {
        let (invoices, payments) = (by_part(batch.invoices.parts()), by_part(batch.payments.parts()));
        let work = |turn: usize| {
            let (mut files, mut said) = (Files::default(), Vec::new());
            for part in (turn..PARTS).step_by(threads) {
                files.reset(invoices[part].len() * CHUNK);
                let chunks = invoices[part].iter();
                chunks.flat_map(|chunk| batch.invoices.of_chunk(*chunk)).for_each(|(_, one)| files.add(one));
                let chunks = payments[part].iter();
                for (address, payment) in chunks.flat_map(|chunk| batch.payments.of_chunk(*chunk)) {
                    said.push((address, homes.payment_at_home(payment, &files)));
                }
            }
            said
        };
        let mut all = Self { buckets: vec![u32::MAX; batch.payments.span()], strays: Vec::new() };
        for (address, bucket) in share(threads, work).into_iter().flatten() {
            match bucket {
                Some(bucket) => all.buckets[address as usize] = bucket,
                None => all.strays.push(address),
            }
        }
        all
    }

    /// What the strays ask for: files, or CIG and accounts.
    pub(super) fn asked(&self, batch: &Batch) -> (Sieve, Sieve) {
        let (mut files, mut others) = (Sieve::new(self.strays.len()), Sieve::new(self.strays.len() * 2));
        for payment in self.strays.iter().map(|address| batch.payments.at(*address)) {
            payment_file(payment).into_iter().for_each(|token| files.add(token));
            far_tokens(payment).for_each(|token| others.add(token));
        }
        (files, others)
    }
}

fn by_part(parts: impl Iterator<Item = usize>) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new(); PARTS];
    parts.enumerate().for_each(|(chunk, part)| all[part].push(chunk));
    all
}
