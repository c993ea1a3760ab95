// SPDX-License-Identifier: EUPL-1.2
//! Where payments fall. Most name the file of an invoice between their own parties, which lies in the same part of the heap:
//! those are found part by part. The others (VAT paid to the State, claims sold to a bank, no file at all) are few, and only
//! what they ask for is looked for everywhere.

use super::batch::Batch;
use super::files::Files;
use super::index::Homes;
use super::reach::{far_tokens, payment_file};
use super::rows::{CHUNK, PARTS, share_out};
use super::sieve::Sieve;

/// The bucket of each payment that is at home, by address, and the addresses of the others.
pub(super) struct AtHome {
    pub(super) buckets: Vec<u32>,
    pub(super) strays: Vec<u32>,
}

/// A chunk of payments and where their buckets are told.
type Told<'b> = (usize, &'b mut [u32]);

impl AtHome {
    pub(super) fn new(batch: &Batch, homes: Homes<'_>, threads: usize) -> Self {
        let mut buckets = vec![u32::MAX; batch.payments.span()];
        let mut told: Vec<Vec<Told<'_>>> = (0..PARTS).map(|_| Vec::new()).collect();
        let chunks = buckets.chunks_mut(CHUNK).enumerate();
        chunks.zip(batch.payments.parts()).for_each(|(chunk, part)| told[part].push(chunk));
        let mut invoices: Vec<Vec<usize>> = vec![Vec::new(); PARTS];
        batch.invoices.parts().enumerate().for_each(|(chunk, part)| invoices[part].push(chunk));
        let parts: Vec<(Vec<usize>, Vec<Told<'_>>)> = invoices.into_iter().zip(told).collect();
        let strays = share_out(threads, parts, |parts| {
            let (mut files, mut strays) = (Files::default(), Vec::new());
            for (invoices, payments) in parts {
                files.reset(invoices.len() * CHUNK);
                let facts = invoices.into_iter().flat_map(|chunk| batch.invoices.of_chunk(chunk));
                facts.for_each(|(_, invoice)| files.add(invoice));
                payments.into_iter().for_each(|told| tell(batch, homes, &files, told, &mut strays));
            }
            strays
        });
        Self { buckets, strays }
    }

    /// What the strays ask for.
    pub(super) fn asked(&self, batch: &Batch) -> Sieve {
        let mut asked = Sieve::new(self.strays.len() * 3);
        for payment in self.strays.iter().map(|address| batch.payments.at(*address)) {
            payment_file(payment).into_iter().chain(far_tokens(payment)).for_each(|token| asked.add(token));
        }
        asked
    }
}

fn tell(batch: &Batch, homes: Homes<'_>, files: &Files, (chunk, told): Told<'_>, strays: &mut Vec<u32>) {
    for ((address, payment), told) in batch.payments.of_chunk(chunk).zip(told) {
        match homes.payment_at_home(payment, files) {
            Some(bucket) => *told = bucket,
            None => strays.push(address),
        }
    }
}
