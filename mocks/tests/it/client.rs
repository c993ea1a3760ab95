// SPDX-License-Identifier: EUPL-1.2
//! A client of a few lines: one request per connection, so that a closed connection is seen as such.

use std::io::{Read, Write};
use std::net::TcpStream;

use chrono::{DateTime, Utc};
use mepa_gateway_mocks::{Options, StandIns};
use serde_json::Value;

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    /// As text; what is none is replaced.
    pub(crate) body: String,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }

    /// The last segment of a problem's type.
    pub(crate) fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().rsplit(':').next().unwrap().to_owned()
    }
}

/// Sends; `None` when the connection was closed without an answer.
pub(crate) fn send(
    base: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Option<Answer> {
    let host = base.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    stream.write_all(request.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).ok()?;
    let end = received.windows(4).position(|four| four == b"\r\n\r\n")?;
    let bytes = received.split_off(end + 4);
    let head = String::from_utf8(received).unwrap();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = String::from_utf8_lossy(&bytes).into_owned();
    Some(Answer { status, head: head.to_lowercase(), body, bytes })
}

/// A call of a REST platform with a token.
pub(crate) fn call(base: &str, method: &str, path: &str, body: &str) -> Answer {
    let headers = [("Authorization", "Bearer prova"), ("Content-Type", "application/json")];
    send(base, method, path, &headers, body).unwrap()
}

/// Stand-ins at 20 January 2026, ten o'clock in Rome.
pub(crate) async fn start() -> StandIns {
    StandIns::start(Options { now: Some(moment("2026-01-20T09:00:00Z")), ..Options::default() })
        .await
        .unwrap()
}

pub(crate) fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}
