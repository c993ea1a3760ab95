// SPDX-License-Identifier: EUPL-1.2
//! Reads the CSV files in pieces, several at once, so that no whole file is ever in memory.

use std::fs::File;
use std::io::{Read as _, Seek, SeekFrom};

use mepa_gateway::domain::matching::*;

/// What one thread read.
pub(crate) struct Read {
    pub(crate) batch: Batch,
    /// Invoices and payments that come after the others.
    pub(crate) late: Vec<Fact>,
    is_late: fn(u32) -> bool,
}

impl Read {
    fn invoice(&mut self, invoice: InvoiceFact, rest: Option<InvoiceRest>) {
        match rest {
            rest if (self.is_late)(invoice.id) => {
                self.late.push(Fact::Invoice(InvoiceFact { rest: rest.map(Box::new), ..invoice }));
            }
            Some(rest) => self.batch.invoice_with(invoice, rest),
            None => self.batch.invoice(invoice),
        }
    }

    fn payment(&mut self, payment: PaymentFact, rest: Option<PaymentRest>) {
        match rest {
            rest if (self.is_late)(payment.id) => {
                self.late.push(Fact::Payment(PaymentFact { rest: rest.map(Box::new), ..payment }));
            }
            Some(rest) => self.batch.payment_with(payment, rest),
            None => self.batch.payment(payment),
        }
    }
}

/// A reader for each thread, with room for what so many bytes of documents may be.
fn readers(files: &[&str], dir: &str, threads: usize, is_late: fn(u32) -> bool) -> Vec<Read> {
    const BYTES_OF_A_DOCUMENT: u64 = 100;
    let bytes = |file| std::fs::metadata(format!("{dir}/{file}.csv")).map_or(0, |file| file.len());
    let documents = (files.iter().map(bytes).sum::<u64>() / BYTES_OF_A_DOCUMENT) as usize;
    (0..threads).map(|_| Read { batch: Batch::for_about(documents), late: Vec::new(), is_late }).collect()
}

const BLOCK: u64 = 1 << 18;

/// The fields of a line, one after another.
struct Cursor<'a> {
    rest: &'a [u8],
}

/// Where the first comma is, or the end: eight bytes at a time.
fn comma(text: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let (words, rest) = text.as_chunks::<8>();
    for (place, word) in words.iter().enumerate() {
        let commas_are_zero = u64::from_le_bytes(*word) ^ (ONES * b',' as u64);
        let found = commas_are_zero.wrapping_sub(ONES) & !commas_are_zero & (ONES << 7);
        if found != 0 {
            return place * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let start = words.len() * 8;
    start + rest.iter().position(|byte| *byte == b',').unwrap_or(rest.len())
}

impl<'a> Cursor<'a> {
    fn text(&mut self) -> &'a [u8] {
        let end = comma(self.rest);
        let (field, rest) = self.rest.split_at(end);
        self.rest = rest.get(1..).unwrap_or_default();
        field
    }

    fn code(&mut self) -> Code {
        Code::pack(self.text()).unwrap_or(Code::NONE)
    }

    fn number(&mut self) -> i64 {
        let is_negative = self.rest.first() == Some(&b'-');
        let (mut value, mut place) = (0i64, usize::from(is_negative));
        while let Some(byte) = self.rest.get(place) {
            place += 1;
            // No number of these files is too large: the check of each digit is left out.
            match byte {
                b'0'..=b'9' => value = value.wrapping_mul(10).wrapping_add(i64::from(byte & 0xF)),
                _ => break,
            }
        }
        self.rest = self.rest.get(place..).unwrap_or_default();
        if is_negative { -value } else { value }
    }

    fn id(&mut self) -> u32 {
        self.number() as u32
    }

    fn day(&mut self) -> Day {
        Day(self.number() as u16)
    }
}

/// Each thread reads its share of the bytes of a file, up to the end of the line it ends in.
fn parse(path: &str, threads: usize, readers: &mut [Read], add: impl Fn(&mut Read, &[u8]) + Sync) {
    let length = File::open(path).and_then(|file| file.metadata()).expect("the file is there").len();
    let share = length / threads as u64 + 1;
    std::thread::scope(|scope| {
        for (index, reader) in readers.iter_mut().enumerate() {
            let add = &add;
            scope.spawn(move || {
                read(path, share * index as u64, share * (index as u64 + 1), |line| add(reader, line))
            });
        }
    });
}

/// A line belongs to the share it begins in; the first line is the head.
fn read(path: &str, start: u64, end: u64, mut add: impl FnMut(&[u8])) {
    let mut file = File::open(path).expect("the file is there");
    file.seek(SeekFrom::Start(start.saturating_sub(1))).expect("a file can be sought");
    let mut at = start.saturating_sub(1);
    let (mut buffer, mut kept) = (vec![0; BLOCK as usize], 0);
    let mut skip = true;
    loop {
        let read = file.read(&mut buffer[kept..]).expect("a file can be read");
        let full = kept + read;
        let mut first = 0;
        while let Some(length) = memchr::memchr(b'\n', &buffer[first..full]) {
            if at >= end {
                return;
            }
            if !std::mem::take(&mut skip) {
                add(&buffer[first..first + length]);
            }
            first += length + 1;
            at += length as u64 + 1;
        }
        if read == 0 {
            return;
        }
        buffer.copy_within(first..full, 0);
        kept = full - first;
    }
}

pub(crate) fn plain(dir: &str, threads: usize, is_late: fn(u32) -> bool) -> Vec<Read> {
    let mut readers = readers(&["orders", "invoices", "payments"], dir, threads, is_late);
    parse(&format!("{dir}/orders.csv"), threads, &mut readers, |reader, line| {
        let id = Cursor { rest: &line[3..] }.id();
        let mut line = Cursor { rest: line };
        let (number, _) = (line.code(), line.text());
        let (cig, cup, supplier, gross) = (line.code(), line.code(), line.code(), line.number());
        reader.batch.order(OrderFact { id, number, cig, cup, supplier, gross, ..OrderFact::default() });
    });
    parse(&format!("{dir}/invoices.csv"), threads, &mut readers, |reader, line| {
        let mut line = Cursor { rest: line };
        let (id, number, order_number) = (line.id(), line.code(), line.code());
        let (cig, supplier, is_note, amount) =
            (line.code(), line.code(), line.text() == b"TD04", line.number());
        let class = if is_note { Class::CreditNote } else { Class::Invoice };
        let gross = if is_note { -amount } else { amount };
        reader.invoice(
            InvoiceFact { id, number, order_number, cig, supplier, class, gross, ..InvoiceFact::default() },
            None,
        );
    });
    parse(&format!("{dir}/payments.csv"), threads, &mut readers, |reader, line| {
        let mut line = Cursor { rest: line };
        let (id, number, cig, supplier, amount) =
            (line.id(), line.code(), line.code(), line.code(), line.number());
        reader.payment(PaymentFact { id, number, cig, supplier, amount, ..PaymentFact::default() }, None);
    });
    readers
}

fn full_invoice(line: &[u8]) -> (InvoiceFact, InvoiceRest) {
    let mut line = Cursor { rest: line };
    let (id, number, day, year) = (line.id(), line.code(), line.day(), line.number() as u16);
    let class = if line.text() == b"TD04" { Class::CreditNote } else { Class::Invoice };
    let order = OrderRef { number: line.code(), day: line.day(), lines: Box::default() };
    let (cig, cup, supplier, buyer) = (line.code(), line.code(), line.code(), line.code());
    let (gross, vat, split, sdi) = (line.number(), line.number(), line.number() == 1, line.number() as u64);
    let corrected = InvoiceRef { number: line.code(), day: line.day(), year: 0 };
    let mut extra = Extra::NONE;
    if corrected.number.is_some() {
        extra.corrects = Few::One(corrected);
    }
    let rest = InvoiceRest {
        buyer,
        cups: if cup.is_some() { Few::One(cup) } else { Few::Nothing },
        orders: if order.number.is_some() { Few::One(order) } else { Few::Nothing },
        vat,
        split,
        sdi,
        iban: iban(line.text()),
        position: 0,
        extra,
    };
    (InvoiceFact { id, number, day, year, class, cig, supplier, gross, ..InvoiceFact::default() }, rest)
}

/// Without the country, so that it fits.
fn iban(text: &[u8]) -> Code {
    text.get(2..).and_then(Code::pack).unwrap_or(Code::NONE)
}

pub(crate) fn full(dir: &str, threads: usize, is_late: fn(u32) -> bool) -> Vec<Read> {
    let mut readers = readers(&["orders_full", "invoices_full", "payments_full"], dir, threads, is_late);
    parse(&format!("{dir}/orders_full.csv"), threads, &mut readers, |reader, line| {
        let mut line = Cursor { rest: line };
        let (id, number, day, cig) = (line.id(), line.code(), line.day(), line.code());
        let (cup, supplier, buyer, gross) = (line.code(), line.code(), line.code(), line.number());
        let rest = OrderRest { buyer, lines: Vec::new() };
        reader.batch.order_with(
            OrderFact { id, number, day, cig, cup, supplier, gross, ..OrderFact::default() },
            rest,
        );
    });
    parse(&format!("{dir}/invoices_full.csv"), threads, &mut readers, |reader, line| {
        let (invoice, rest) = full_invoice(line);
        reader.invoice(invoice, Some(rest));
    });
    parse(&format!("{dir}/payments_full.csv"), threads, &mut readers, |reader, line| {
        let mut line = Cursor { rest: line };
        let (id, number, year, cig) = (line.id(), line.code(), line.number() as u16, line.code());
        let (cup, supplier, amount) = (line.code(), line.code(), line.number());
        let debt = if line.text() == b"V" { Debt::Vat } else { Debt::Commercial };
        let (sdi, iban, buyer) = (line.number() as u64, iban(line.text()), line.code());
        let rest = Some(PaymentRest { buyer, cup, sdi, iban });
        reader.payment(
            PaymentFact { id, number, year, cig, supplier, amount, debt, ..PaymentFact::default() },
            rest,
        );
    });
    readers
}
