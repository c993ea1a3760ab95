// SPDX-License-Identifier: EUPL-1.2
//! Where an answer of the server behind the wire ends, and what it says is to be done with it. That server is hyper: it
//! names the length of every body it sends, so nothing else needs to be understood.

use std::io;

use super::{ACT, Act};

const END_OF_HEAD: &[u8] = b"\r\n\r\n";
/// Longest head taken: the server behind is our own.
const HEAD_MAX: usize = 64 * 1024;

/// The head of an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Length of the head, with the empty line that ends it.
    pub(super) length: usize,
    /// Length of the body.
    pub(super) body: usize,
    /// The connection goes on after it.
    pub(super) goes_on: bool,
    /// The head without the instruction, and the instruction.
    pub(super) act: Option<(Vec<u8>, Act)>,
}

impl Head {
    /// The head at the beginning of what was received; `None` while it is not whole.
    pub(super) fn read(received: &[u8]) -> io::Result<Option<Self>> {
        let Some(end) = received.windows(END_OF_HEAD.len()).position(|four| four == END_OF_HEAD) else {
            return if received.len() > HEAD_MAX { Err(unreadable("head too long")) } else { Ok(None) };
        };
        let length = end + END_OF_HEAD.len();
        let text = std::str::from_utf8(&received[..end]).map_err(|_| unreadable("head is no text"))?;
        let mut head = Self { length, body: 0, goes_on: true, act: None };
        for line in text.split("\r\n").skip(1) {
            let Some((name, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            if name.eq_ignore_ascii_case("content-length") {
                head.body = value.parse().map_err(|_| unreadable("length is no number"))?;
            } else if name.eq_ignore_ascii_case("connection") {
                head.goes_on = !value.eq_ignore_ascii_case("close");
            } else if name.eq_ignore_ascii_case(ACT) {
                let act = serde_json::from_str(value).map_err(|_| unreadable("no such act"))?;
                head.act = Some((without(text, line), act));
            }
        }
        Ok(Some(head))
    }
}

/// The head without one of its lines.
fn without(head: &str, line: &str) -> Vec<u8> {
    let mut rest: Vec<&str> = head.split("\r\n").filter(|other| *other != line).collect();
    rest.extend(["", ""]);
    rest.join("\r\n").into_bytes()
}

fn unreadable(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use super::super::How;
    use super::*;

    #[test]
    fn a_head_is_read_once_it_is_whole() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nconnection: close\r\n\r\nok";
        for cut in 0..answer.len() - 2 {
            assert_eq!(Head::read(&answer[..cut]).unwrap(), None, "{cut}");
        }
        let head = Head::read(answer).unwrap().unwrap();
        assert_eq!((head.length, head.body, head.goes_on), (answer.len() - 2, 2, false));
        assert_eq!(head.act, None);
    }

    #[test]
    fn an_instruction_is_taken_out() {
        let act = Act { after_ms: 5, how: How::Drip(7) };
        let line = format!("{ACT}: {}", serde_json::to_string(&act).unwrap());
        let answer = format!("HTTP/1.1 204 No Content\r\na: b\r\n{line}\r\nc: d\r\n\r\n");
        let head = Head::read(answer.as_bytes()).unwrap().unwrap();
        let (rest, read) = head.act.unwrap();
        assert_eq!((read, head.body, head.goes_on), (act, 0, true));
        assert_eq!(String::from_utf8(rest).unwrap(), "HTTP/1.1 204 No Content\r\na: b\r\nc: d\r\n\r\n");
    }

    #[test]
    fn what_cannot_be_followed_is_refused() {
        for wrong in ["HTTP/1.1 200 OK\r\ncontent-length: two\r\n\r\n", "x\r\nx-stand-in-act: leap\r\n\r\n"] {
            assert!(Head::read(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert!(Head::read(&[b' '; HEAD_MAX + 1]).is_err());
    }
}
