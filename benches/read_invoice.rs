// SPDX-License-Identifier: EUPL-1.2
//! From bytes to a judged invoice, against bare tokenising of the same bytes and, where they are installed, against lxml with
//! the schema and a38; how time grows with a lot; what a large lot needs of memory while it streams.
//!
//! `cargo bench --bench read_invoice -- [--rounds 7] [--python python3]`
#![allow(clippy::float_arithmetic, reason = "a benchmark prints ratios; no money is computed here")]

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::{self, Read};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use chrono::{DateTime, Utc};
use mepa_gateway::documents::Limits;
use mepa_gateway::documents::fatturapa::{read_invoices, stream_invoices};
use mepa_gateway::domain::invoice::Invoice;
use mepa_gateway::domain::money::Money;
use mepa_gateway::domain::order_state::OrderState;
use mepa_gateway::domain::participation::{Participation, ParticipationState};
use mepa_gateway::flows::judge_invoice::judge_on;
use mepa_gateway::programme::Programme;
use mepa_gateway::reference::Reference;
use mepa_gateway::rules::facts::Fact;
use mepa_gateway::rules::invoice::facts::{InvoiceFacts, OrderFacts, SignatureFacts};
use quick_xml::Reader;
use quick_xml::events::Event;

#[allow(dead_code, reason = "each benchmark uses its part of what they share")]
mod support {
    pub(crate) mod stats;
}

use support::stats::{Bar, argument, median, print_ratio, word};

const KIBI: usize = 1 << 10;
const MEBI: usize = 1 << 20;
/// Bytes read in one sample of one engine, so that short documents are measured over many turns.
const SAMPLE_BYTES: usize = 2 * MEBI;

fn main() -> anyhow::Result<()> {
    let judge = Judge::new()?;
    // First, while nothing else has taken memory.
    judge.memory()?;
    let rounds = usize::try_from(argument("--rounds", 7))?;
    let folder = tempfile::tempdir()?;
    for (name, size) in [("5 KB", 5_000), ("50 KB", 50_000), ("lot of 5 MB", 5_000_000)] {
        judge.compare(name, &document(size), rounds, folder.path())?;
    }
    judge.growth(rounds);
    Ok(())
}

struct Judge {
    programme: Programme,
    reference: Reference,
    facts: InvoiceFacts,
    limits: Limits,
}

impl Judge {
    fn new() -> anyhow::Result<Self> {
        let now: DateTime<Utc> = "2026-04-22T09:00:00Z".parse()?;
        let facts = InvoiceFacts {
            now,
            tenant: None,
            signature: SignatureFacts::Absent,
            participation: Fact::Known(Some(participation()?)),
            order: Fact::Known(Some(order()?)),
            same_invoice: Fact::Known(Vec::new()),
            corrected: Fact::Known(None),
            sdi: None,
        };
        Ok(Self {
            programme: Programme::embedded("risorse-in-comune")?,
            reference: Reference::embedded()?,
            facts,
            limits: Limits { xml_bytes: 128 * MEBI, ..Limits::default() },
        })
    }

    /// Reads and judges every invoice as it comes; how many findings there are.
    fn judged(&self, text: &str) -> usize {
        let mut findings = 0;
        let read =
            stream_invoices(text.as_bytes(), &self.limits, |invoice| findings += self.findings(&invoice));
        findings + usize::from(read.is_err())
    }

    fn findings(&self, invoice: &Invoice) -> usize {
        judge_on(invoice, &[], &self.facts, &self.programme, &self.reference).findings.len()
    }

    fn compare(&self, name: &str, text: &str, rounds: usize, folder: &Path) -> anyhow::Result<()> {
        let file = read_invoices(text.as_bytes(), &self.limits)?;
        anyhow::ensure!(file.faults.is_empty(), "{:?}", file.faults);
        let (mut tokens_s, mut read_s, mut judged_s) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            tokens_s.push(seconds(text.len(), || tokens(black_box(text))));
            read_s.push(seconds(text.len(), || {
                let mut count = 0;
                let read = stream_invoices(black_box(text.as_bytes()), &self.limits, |_| count += 1);
                count + usize::from(read.is_err())
            }));
            judged_s.push(seconds(text.len(), || self.judged(black_box(text))));
        }
        println!(
            "{name} ({} bytes, {} invoices): us tokens {:.1}, read {:.1}, read and judged {:.1}",
            text.len(),
            file.invoices.len(),
            median(&tokens_s) * 1e6,
            median(&read_s) * 1e6,
            median(&judged_s) * 1e6
        );
        print_ratio(&format!("    P2  {name}: read / tokens"), &ratios(&read_s, &tokens_s), Bar::AtMost(1.4));
        print_ratio(
            &format!("    P2  {name}: read and judged / tokens"),
            &ratios(&judged_s, &tokens_s),
            Bar::AtMost(1.4),
        );
        peers(name, text, || seconds(text.len(), || self.judged(black_box(text))), folder)
    }

    /// Ten times the bytes.
    fn growth(&self, rounds: usize) {
        for (what, small, large) in
            [("5 MB / 500 KB", 500_000, 5_000_000), ("50 MB / 5 MB", 5_000_000, 50_000_000)]
        {
            let (small, large) = (document(small), document(large));
            let (mut few, mut many) = (Vec::new(), Vec::new());
            for _ in 0..rounds.min(3) {
                few.push(seconds(small.len(), || self.judged(black_box(&small))));
                many.push(seconds(large.len(), || self.judged(black_box(&large))));
            }
            print_ratio(&format!("    P3  time of {what}"), &ratios(&many, &few), Bar::AtMost(11.0));
        }
    }

    /// A lot of 50 MB out of a source that makes it as it goes, so that the document itself takes no memory.
    fn memory(&self) -> anyhow::Result<()> {
        let idle = resident()?;
        reset_peak()?;
        let mut count = 0usize;
        let file = stream_invoices(Endless::of(50_000_000), &self.limits, |invoice| {
            count += usize::from(self.findings(&invoice) > 0);
        })?;
        let above = peak()?.saturating_sub(idle);
        println!(
            "    P3  a lot of 50 MB, {} invoices, streamed and judged ({count} with findings): {:.1} MiB above idle (bar 8)",
            file.bodies,
            above as f64 / MEBI as f64
        );
        Ok(())
    }
}

fn ratios(one: &[f64], other: &[f64]) -> Vec<f64> {
    one.iter().zip(other).map(|(one, other)| one / other).collect()
}

fn participation() -> anyhow::Result<Participation> {
    let grant = Money::from_cents(5_000_000);
    Ok(Participation {
        comune: "001006".parse()?,
        state: ParticipationState::Confirmed,
        cup: Some("J51B26000010006".parse()?),
        cup_template: Some("2510006".into()),
        assigned: grant,
        available: grant,
    })
}

/// The order that the invoices belong to: large enough for each of them.
fn order() -> anyhow::Result<OrderFacts> {
    Ok(OrderFacts {
        id: "order".into(),
        is_linked: true,
        number: "8127453".into(),
        date: "2026-03-12".parse()?,
        state: OrderState::SupplierAccepted,
        supplier: "76543211007".into(),
        supplier_name: None,
        cup: Some("J51B26000010006".parse()?),
        cig: Some("BFA0B1C51C".parse()?),
        gross: Money::from_cents(10_000_000_000),
        lines: Vec::new(),
        invoiced: Money::ZERO,
    })
}

/// Seconds of one turn.
fn seconds(bytes: usize, mut work: impl FnMut() -> usize) -> f64 {
    let turns = (SAMPLE_BYTES / bytes).max(1);
    let start = Instant::now();
    for _ in 0..turns {
        black_box(work());
    }
    start.elapsed().as_secs_f64() / turns as f64
}

fn tokens(text: &str) -> usize {
    let mut reader = Reader::from_str(text);
    let mut count = 0;
    loop {
        match reader.read_event() {
            Ok(Event::Eof) | Err(_) => return count,
            Ok(event) => {
                black_box(&event);
                count += 1;
            }
        }
    }
}

/// How often a peer is run, each time between samples of our own.
const PEER_ROUNDS: usize = 5;
/// So many samples of our own before it and as many behind it, as it takes of itself.
const PEER_SAMPLES: usize = 5;

/// lxml with the schema, and a38; each in a process of its own that prints the seconds of one turn. The clock of a processor
/// may change between one process and the next: what is compared is the best sample of each.
fn peers(name: &str, text: &str, mut own: impl FnMut() -> f64, folder: &Path) -> anyhow::Result<()> {
    let path = folder.join("invoice.xml");
    std::fs::write(&path, text)?;
    for (peer, bar) in [("lxml", 6.0), ("a38", 300.0)] {
        if peer == "a38" && text.len() > MEBI {
            continue;
        }
        let mut speed = Vec::new();
        for _ in 0..PEER_ROUNDS {
            let mut own_s: Vec<f64> = (0..PEER_SAMPLES).map(|_| own()).collect();
            let Some(times) = peer_seconds(peer, &path) else { break };
            own_s.extend((0..PEER_SAMPLES).map(|_| own()));
            speed.push(smallest(&times) / smallest(&own_s));
        }
        if speed.is_empty() {
            println!("    P2  {name}: {peer} is NOT INSTALLED here, no ratio");
        } else {
            print_ratio(&format!("    P2  {name}: {peer} / read and judged"), &speed, Bar::AtLeast(bar));
        }
    }
    Ok(())
}

fn smallest(samples: &[f64]) -> f64 {
    samples.iter().copied().fold(f64::INFINITY, f64::min)
}

fn peer_seconds(peer: &str, invoice: &Path) -> Option<Vec<f64>> {
    let python = word("--python").unwrap_or_else(|| "python3".to_owned());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(python)
        .arg(root.join("benches/support/invoice_peers.py"))
        .args([Path::new(peer), invoice, &root.join("schemas/fatturapa")])
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let times = String::from_utf8(output.stdout).ok()?;
    let times: Option<Vec<f64>> = times.split_whitespace().map(|word| word.parse().ok()).collect();
    times.filter(|times| !times.is_empty())
}

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<p:FatturaElettronica versione="FPA12" xmlns:p="http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2">
<FatturaElettronicaHeader><DatiTrasmissione><IdTrasmittente><IdPaese>IT</IdPaese><IdCodice>76543211007</IdCodice></IdTrasmittente>
<ProgressivoInvio>00001</ProgressivoInvio><FormatoTrasmissione>FPA12</FormatoTrasmissione><CodiceDestinatario>UFTST1</CodiceDestinatario></DatiTrasmissione>
<CedentePrestatore><DatiAnagrafici><IdFiscaleIVA><IdPaese>IT</IdPaese><IdCodice>76543211007</IdCodice></IdFiscaleIVA>
<Anagrafica><Denominazione>Forniture di Prova S.r.l.</Denominazione></Anagrafica><RegimeFiscale>RF01</RegimeFiscale></DatiAnagrafici>
<Sede><Indirizzo>Via di Prova</Indirizzo><NumeroCivico>1</NumeroCivico><CAP>00100</CAP><Comune>Roma</Comune><Provincia>RM</Provincia><Nazione>IT</Nazione></Sede></CedentePrestatore>
<CessionarioCommittente><DatiAnagrafici><CodiceFiscale>01817670019</CodiceFiscale><Anagrafica><Denominazione>Comune di Almese</Denominazione></Anagrafica></DatiAnagrafici>
<Sede><Indirizzo>Piazza Martiri</Indirizzo><NumeroCivico>48</NumeroCivico><CAP>10040</CAP><Comune>Almese</Comune><Provincia>TO</Provincia><Nazione>IT</Nazione></Sede></CessionarioCommittente></FatturaElettronicaHeader>
"#;
const TAIL: &str = "</p:FatturaElettronica>\n";

/// An invoice of so many lines of 100.00 EUR.
fn body(number: usize, lines: usize) -> String {
    let mut text = format!(
        "<FatturaElettronicaBody><DatiGenerali><DatiGeneraliDocumento><TipoDocumento>TD01</TipoDocumento><Divisa>EUR</Divisa>
<Data>2026-04-20</Data><Numero>FT{number}</Numero><Causale>Determina n. 112 del 10/03/2026</Causale></DatiGeneraliDocumento>
<DatiOrdineAcquisto><IdDocumento>8127453</IdDocumento><Data>2026-03-12</Data><CodiceCUP>J51B26000010006</CodiceCUP><CodiceCIG>BFA0B1C51C</CodiceCIG></DatiOrdineAcquisto></DatiGenerali>
<DatiBeniServizi>"
    );
    for line in 1..=lines {
        // Writing to a string cannot fail.
        let _ok = write!(
            text,
            "<DettaglioLinee><NumeroLinea>{line}</NumeroLinea><CodiceArticolo><CodiceTipo>COD</CodiceTipo><CodiceValore>SED-{line}</CodiceValore></CodiceArticolo>
<Descrizione>Seduta ergonomica da ufficio, riga {line}</Descrizione><Quantita>4.00</Quantita><UnitaMisura>PZ</UnitaMisura>
<PrezzoUnitario>25.00</PrezzoUnitario><PrezzoTotale>100.00</PrezzoTotale><AliquotaIVA>22.00</AliquotaIVA></DettaglioLinee>
"
        );
    }
    let (net, vat) = (lines * 100, lines * 22);
    let _ok = write!(
        text,
        "<DatiRiepilogo><AliquotaIVA>22.00</AliquotaIVA><ImponibileImporto>{net}.00</ImponibileImporto><Imposta>{vat}.00</Imposta><EsigibilitaIVA>S</EsigibilitaIVA></DatiRiepilogo></DatiBeniServizi>
<DatiPagamento><CondizioniPagamento>TP02</CondizioniPagamento><DettaglioPagamento><ModalitaPagamento>MP05</ModalitaPagamento><ImportoPagamento>{net}.00</ImportoPagamento></DettaglioPagamento></DatiPagamento></FatturaElettronicaBody>
"
    );
    text
}

/// A document of about so many bytes: one invoice, or a lot of them when it is large.
fn document(bytes: usize) -> String {
    let mut text = HEAD.to_owned();
    if bytes <= 100 * KIBI {
        let line = body(1, 2).len() - body(1, 1).len();
        let lines = bytes.saturating_sub(HEAD.len() + TAIL.len() + body(1, 0).len()) / line;
        text.push_str(&body(1, lines.max(1)));
    } else {
        let mut number = 0;
        while text.len() < bytes {
            number += 1;
            text.push_str(&body(number, 7));
        }
    }
    text + TAIL
}

/// A lot that is made while it is read.
struct Endless {
    chunk: Vec<u8>,
    at: usize,
    number: usize,
    left: usize,
}

impl Endless {
    fn of(bytes: usize) -> Self {
        Self { chunk: HEAD.into(), at: 0, number: 0, left: bytes }
    }
}

impl Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.chunk.len() && self.left > 0 {
            self.number += 1;
            self.at = 0;
            let next = body(self.number, 7);
            self.left = self.left.saturating_sub(next.len());
            self.chunk = if self.left == 0 { (next + TAIL).into() } else { next.into() };
        }
        let rest = self.chunk.get(self.at..).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}

fn status(field: &str) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(field));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)).and_then(|word| word.parse::<u64>().ok());
    kib.map(|kib| kib * KIBI as u64).ok_or_else(|| anyhow::anyhow!("no {field} in /proc/self/status"))
}

fn resident() -> anyhow::Result<u64> {
    status("VmRSS:")
}

fn peak() -> anyhow::Result<u64> {
    status("VmHWM:")
}

/// The peak so far is forgotten.
fn reset_peak() -> anyhow::Result<()> {
    Ok(std::fs::write("/proc/self/clear_refs", "5")?)
}
