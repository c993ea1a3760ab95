// SPDX-License-Identifier: EUPL-1.2
//! Where payments fall. Most name an invoice between their own parties, which lies in the same part of the
//! heap: those are found part by part. The others (VAT paid to the State, claims sold to a bank, no invoice
//! at all) are few, and only what they ask for is looked for everywhere, in one pass over all invoices; in
//! another when a file that is named is not there.

use super::batch::Batch;
use super::chains::{Chains, narrow};
use super::files::Files;
use super::group::{Only, key};
use super::index::Homes;
use super::reach::{far_tokens, payment_file};
use super::rows::{CHUNK, share_out};
use super::seen::Payment;
use super::sieve::Sieve;

/// The hash of each payment that is at home, by address, and the others.
pub(super) struct AtHome {
    pub(super) hashes: Vec<u32>,
    strays: Vec<Stray>,
}

/// A payment that is not at home.
#[derive(Debug, Clone, Copy)]
struct Stray {
    address: u32,
    /// It names a file.
    is_filed: bool,
    /// What it asks for: its file, or else its CIG and its account; zero for what it does not name.
    asks: [u64; 2],
}

/// A chunk of payments and where their hashes are told.
type Told<'b> = (usize, &'b mut [u32]);

impl AtHome {
    pub(super) fn new(batch: &Batch, homes: Homes<'_>, threads: usize) -> Self {
        let mut hashes = vec![u32::MAX; batch.payments.span()];
        let parts = batch.parts();
        let mut told: Vec<Vec<Told<'_>>> = (0..parts.count()).map(|_| Vec::new()).collect();
        let chunks = hashes.chunks_mut(CHUNK).enumerate();
        chunks.zip(batch.payments.part_of_chunks(parts)).for_each(|(chunk, part)| told[part].push(chunk));
        // Of few payments most parts have none.
        let parts: Vec<(Vec<usize>, Vec<Told<'_>>)> = batch
            .invoices
            .by_part(parts)
            .into_iter()
            .zip(told)
            .filter(|(_, told)| !told.is_empty())
            .collect();
        let strays = share_out(threads, parts, |parts| {
            let (mut near, mut strays) = (Near::new(batch), Vec::new());
            for (invoices, payments) in parts {
                near.fill(&invoices);
                payments.into_iter().for_each(|told| near.tell(homes, told, &mut strays));
            }
            strays
        });
        Self { hashes, strays }
    }

    /// What strays ask for first: their file, or if they name none what else they name.
    pub(super) fn asked(&self) -> Sieve {
        let mut asked = Sieve::new(self.strays.len() * 2);
        self.strays.iter().flat_map(|stray| stray.asks).for_each(|token| asked.add(token));
        asked
    }

    /// Places the strays; what those ask for whose file nobody knows.
    pub(super) fn place(&mut self, batch: &Batch, homes: Homes<'_>, threads: usize) -> Option<Sieve> {
        const SHARE: usize = 1_024;
        let placed = share_out(threads, self.strays.chunks(SHARE).collect(), |shares| {
            let place = |stray: &Stray| {
                let payment = batch.payments.at(stray.address);
                let filed = homes.filed_anywhere(payment);
                let is_unknown = stray.is_filed && filed.is_none();
                (stray.address, filed.unwrap_or_else(|| homes.unlinked(payment)), is_unknown)
            };
            shares.into_iter().flatten().map(place).collect()
        });
        placed.iter().for_each(|(address, hash, _)| self.hashes[*address as usize] = *hash);
        let unknown = placed.iter().filter(|(_, _, is_unknown)| *is_unknown);
        let count = unknown.clone().count();
        let mut asked = Sieve::new(count * 2);
        let payments = unknown.map(|(address, ..)| batch.payments.at(*address));
        payments.flat_map(far_tokens).for_each(|token| asked.add(token));
        (count > 0).then_some(asked)
    }
}

impl Stray {
    fn new(address: u32, payment: Payment<'_>) -> Self {
        let file = payment_file(payment);
        let far = file.is_none().then(|| far_tokens(payment)).into_iter().flatten();
        let mut asks = [0; 2];
        asks.iter_mut().zip(file.into_iter().chain(far)).for_each(|(ask, token)| *ask = token);
        Self { address, is_filed: file.is_some(), asks }
    }
}

/// The invoices of a part, by file and by supplier and number.
struct Near<'a> {
    batch: &'a Batch,
    files: Files,
    numbers: Chains,
}

impl<'a> Near<'a> {
    fn new(batch: &'a Batch) -> Self {
        Self { batch, files: Files::default(), numbers: Chains::default() }
    }

    fn fill(&mut self, invoices: &[usize]) {
        self.files.reset(invoices.len() * CHUNK);
        self.numbers.reset(invoices.len() * CHUNK);
        for (address, invoice) in invoices.iter().flat_map(|chunk| self.batch.invoices.of_chunk(*chunk)) {
            self.files.add(invoice);
            self.numbers.add(key(invoice.parties(), invoice.number), address as usize);
        }
    }

    fn tell(&self, homes: Homes<'_>, (chunk, told): Told<'_>, strays: &mut Vec<Stray>) {
        for ((address, payment), told) in self.batch.payments.of_chunk(chunk).zip(told) {
            match homes.at_home(payment, &self.files, || self.is_sure(payment)) {
                Some(hash) => *told = hash,
                None => strays.push(Stray::new(address, payment)),
            }
        }
    }

    /// Whether a payment that names no file can only be for one invoice, which is here.
    fn is_sure(&self, payment: Payment<'_>) -> bool {
        let walk = self.numbers.of(key(payment.parties(), payment.number));
        let alike = walk.filter(|address| {
            let invoice = self.batch.invoices.at(narrow(*address));
            invoice.number == payment.number && invoice.parties() == payment.parties()
        });
        let only = if payment.number.is_some() { Only::of(alike) } else { None };
        only.is_some_and(|address| {
            let year = self.batch.invoices.at(narrow(address)).year;
            payment.year == 0 || payment.year == year
        })
    }
}
