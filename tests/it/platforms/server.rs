// SPDX-License-Identifier: EUPL-1.2
//! A scripted HTTP server: it keeps what it is sent and answers, hangs, breaks off or closes as told. It does so on bare
//! sockets, since no well-behaved server library can misbehave enough.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// A request as it came in.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) target: String,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) at: Instant,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// What the server does with a request.
pub(super) enum Reply {
    /// Status, extra headers, body.
    Http(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Announces more bytes than it sends, then closes.
    Truncated(&'static str, Vec<u8>),
    /// Sends the status line and then one byte at a time, for as long as the client listens.
    Drip,
    /// Never answers.
    Hang,
    /// Closes without a word.
    Close,
}

impl Reply {
    pub(super) fn json(status: u16, body: impl Into<String>) -> Self {
        Self::typed(status, "application/json", body)
    }

    pub(super) fn problem(status: u16, body: impl Into<String>) -> Self {
        Self::typed(status, "application/problem+json", body)
    }

    pub(super) fn xml(status: u16, body: impl Into<String>) -> Self {
        Self::typed(status, "text/xml; charset=utf-8", body)
    }

    pub(super) fn html(status: u16) -> Self {
        Self::typed(status, "text/html", "<html><h1>Servizio momentaneamente non disponibile</h1></html>")
    }

    pub(super) fn with_header(self, name: &'static str, value: impl Into<String>) -> Self {
        match self {
            Self::Http(status, mut headers, body) => {
                headers.push((name, value.into()));
                Self::Http(status, headers, body)
            }
            other => other,
        }
    }

    fn typed(status: u16, media_type: &str, body: impl Into<String>) -> Self {
        Self::Http(status, vec![("Content-Type", media_type.into())], body.into().into_bytes())
    }
}

type Script = Box<dyn Fn(usize, &Seen) -> Reply + Send + Sync>;

/// The server. It lives as long as the test.
pub(super) struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Starts; `script` gets the number of the request, counted from 0, and the request.
    pub(super) fn start(script: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (kept, script): (_, Arc<Script>) = (Arc::clone(&seen), Arc::new(Box::new(script)));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, script) = (Arc::clone(&kept), Arc::clone(&script));
                std::thread::spawn(move || serve(stream, &kept, &script));
            }
        });
        Self { address, seen }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(super) fn calls(&self) -> usize {
        self.seen.lock().unwrap().len()
    }
}

/// An address where nobody listens.
pub(super) fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

fn serve(mut stream: TcpStream, kept: &Mutex<Vec<Seen>>, script: &Script) {
    let Some(seen) = receive(&mut stream) else { return };
    let number = {
        let mut kept = kept.lock().unwrap();
        kept.push(seen.clone());
        kept.len() - 1
    };
    match script(number, &seen) {
        Reply::Http(status, headers, body) => {
            let extra: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} X\r\n{extra}Content-Length: {length}\r\nConnection: close\r\n\r\n"
            );
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
        Reply::Truncated(media_type, body) => {
            let length = body.len() + 100;
            let head =
                format!("HTTP/1.1 200 X\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n");
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
        Reply::Drip => {
            let _ = stream
                .write_all(b"HTTP/1.1 200 X\r\nContent-Type: text/xml\r\nContent-Length: 100000\r\n\r\n");
            while stream.write_all(b" ").is_ok() {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
        }
        Reply::Hang => {
            let _ = stream.read(&mut [0; 1]);
        }
        Reply::Close => {}
    }
}

fn receive(stream: &mut TcpStream) -> Option<Seen> {
    let at = Instant::now();
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        read_more(stream, &mut bytes)?;
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        read_more(stream, &mut body)?;
    }
    Some(Seen { method, target, headers, body, at })
}

fn read_more(stream: &mut TcpStream, to: &mut Vec<u8>) -> Option<()> {
    let mut buffer = [0; 4096];
    let count = stream.read(&mut buffer).ok().filter(|count| *count > 0)?;
    to.extend_from_slice(&buffer[..count]);
    Some(())
}
