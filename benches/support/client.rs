// SPDX-License-Identifier: EUPL-1.2
//! A light HTTP/1.1 client: keep-alive connections on one thread, requests made beforehand but for number, CIG and key.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use mepa_gateway::http::BASE;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::documents::{NUMBER, cig};

/// A request whose number and CIG are overwritten each time it is sent. The number is also its idempotency key.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    bytes: Vec<u8>,
    numbers: Vec<usize>,
    cigs: Vec<usize>,
}

impl Request {
    /// `POST /orders` with that document.
    pub(crate) fn order(token: &str, media_type: &str, body: &[u8]) -> Self {
        Self::post(&format!("{BASE}/orders"), token, media_type, body)
    }

    /// A POST to any path.
    pub(crate) fn post(path: &str, token: &str, media_type: &str, body: &[u8]) -> Self {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Type: {media_type}\r\n\
             Idempotency-Key: {NUMBER}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let bytes = [head.as_bytes(), body].concat();
        let (numbers, cigs) = (places(&bytes, NUMBER.as_bytes()), places(&bytes, cig(0).as_bytes()));
        Self { bytes, numbers, cigs }
    }

    /// A GET of a path of the API; it is the same each time.
    pub(crate) fn get(path: &str, token: &str) -> Self {
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n");
        Self { bytes: head.into_bytes(), numbers: Vec::new(), cigs: Vec::new() }
    }

    fn write(&self, n: u64, into: &mut Vec<u8>) {
        into.clear();
        into.extend_from_slice(&self.bytes);
        let (number, cig) = (format!("ODA-{n:09}"), cig(n));
        for (places, value) in [(&self.numbers, number.as_bytes()), (&self.cigs, cig.as_bytes())] {
            for &place in places {
                into[place..place + value.len()].copy_from_slice(value);
            }
        }
    }
}

fn places(text: &[u8], wanted: &[u8]) -> Vec<usize> {
    text.windows(wanted.len())
        .enumerate()
        .filter(|(_, found)| *found == wanted)
        .map(|(place, _)| place)
        .collect()
}

/// How to press.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    /// Where to.
    pub(crate) address: SocketAddr,
    /// Requests, taken in turn.
    pub(crate) requests: Arc<Vec<Request>>,
    /// Connections, each with one request under way.
    pub(crate) connections: usize,
    /// For how long.
    pub(crate) lasting: Duration,
    /// Numbers given so far; no two requests share one.
    pub(crate) numbers: Arc<AtomicU64>,
}

/// What came back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Answers {
    /// Requests answered in a second.
    pub(crate) per_second: f64,
    /// Milliseconds of each request.
    pub(crate) latencies_ms: Vec<f64>,
    /// Answers by status.
    pub(crate) statuses: BTreeMap<u16, u64>,
    /// Answers that say `"verdict":"accepted"`.
    pub(crate) accepted: u64,
}

impl Load {
    /// Presses, on the calling thread.
    ///
    /// # Errors
    /// When a connection breaks.
    pub(crate) fn run(&self) -> anyhow::Result<Answers> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let begin = Instant::now();
            let mut connections = JoinSet::new();
            for _ in 0..self.connections {
                connections.spawn(converse(self.clone(), begin + self.lasting));
            }
            let mut all = Answers::default();
            while let Some(one) = connections.join_next().await {
                all.add(one??);
            }
            all.per_second = all.latencies_ms.len() as f64 / begin.elapsed().as_secs_f64();
            Ok(all)
        })
    }
}

impl Answers {
    /// Counts what came back another time; the rate is left as it is.
    pub(crate) fn add(&mut self, other: Self) {
        self.latencies_ms.extend(other.latencies_ms);
        self.accepted += other.accepted;
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
    }
}

/// The verdict stands among the first members of an answer.
const VERDICT_WITHIN: usize = 600;

async fn converse(load: Load, until: Instant) -> anyhow::Result<Answers> {
    let mut stream = TcpStream::connect(load.address).await?;
    stream.set_nodelay(true)?;
    let (mut request, mut answer) = (Vec::with_capacity(8192), Vec::with_capacity(8192));
    let mut answers = Answers::default();
    while Instant::now() < until {
        let n = load.numbers.fetch_add(1, Ordering::Relaxed);
        let turn = usize::try_from(n)? % load.requests.len();
        load.requests[turn].write(n, &mut request);
        let sent = Instant::now();
        stream.write_all(&request).await?;
        let (status, body) = read_answer(&mut stream, &mut answer).await?;
        answers.latencies_ms.push(sent.elapsed().as_secs_f64() * 1e3);
        *answers.statuses.entry(status).or_default() += 1;
        let start = &body[..body.len().min(VERDICT_WITHIN)];
        answers.accepted += u64::from(start.windows(20).any(|part| part == br#""verdict":"accepted""#));
    }
    Ok(answers)
}

async fn read_answer<'b>(stream: &mut TcpStream, buffer: &'b mut Vec<u8>) -> anyhow::Result<(u16, &'b [u8])> {
    buffer.clear();
    let head = loop {
        anyhow::ensure!(stream.read_buf(buffer).await? > 0, "the connection was closed");
        if let Some(end) = buffer.windows(4).position(|part| part == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let text = std::str::from_utf8(&buffer[..head])?.to_ascii_lowercase();
    let status = text.get(9..12).context("no status")?.parse()?;
    let length = text.split_once("content-length: ").and_then(|(_, rest)| rest.split("\r\n").next());
    let length: usize = length.context("no length")?.parse()?;
    while buffer.len() < head + length {
        anyhow::ensure!(stream.read_buf(buffer).await? > 0, "the connection was closed");
    }
    Ok((status, &buffer[head..]))
}
