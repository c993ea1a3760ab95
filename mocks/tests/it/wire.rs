// SPDX-License-Identifier: EUPL-1.2
//! What breaks on the way to the caller, and what does not: connections that are kept, requests in pieces, outages.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use mepa_gateway_mocks::{Fault, Operation, Platform, StandIns};

use crate::client::{call, start};
use crate::sistema_cup::{generation, post};

const OP: Operation = Operation::GenerateCup;
/// An address that answers 404 in a few bytes.
const NOWHERE: &str = "GET /nowhere HTTP/1.1\r\nhost: x\r\n\r\n";

/// Connects, if need be once the platform is back.
fn connect(base: &str) -> TcpStream {
    let since = Instant::now();
    loop {
        match TcpStream::connect(base.strip_prefix("http://").unwrap()) {
            Ok(stream) => {
                // A test that waits for what never comes fails.
                stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
                return stream;
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionRefused),
        }
        assert!(since.elapsed() < Duration::from_secs(20), "it does not come back");
        std::thread::yield_now();
    }
}

/// A generation on a connection that is kept.
fn question() -> String {
    let document = generation();
    format!(
        "POST /CUPServices HTTP/1.1\r\nhost: x\r\ncontent-type: text/xml\r\nsoapaction: \"\"\r\ncontent-length: {}\r\n\r\n{document}",
        document.len()
    )
}

/// Everything until the connection ends, and how it ended.
fn rest(stream: &mut TcpStream) -> (Vec<u8>, Option<ErrorKind>) {
    let mut received = Vec::new();
    let mut piece = [0; 512];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => return (received, None),
            Ok(length) => received.extend_from_slice(&piece[..length]),
            Err(error) => return (received, Some(error.kind())),
        }
    }
}

/// One whole answer: head and body.
fn answer(stream: &mut TcpStream) -> (String, String) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut letter = [0];
        stream.read_exact(&mut letter).unwrap();
        head.push(letter[0]);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let mut body = vec![0; announced(&head)];
    stream.read_exact(&mut body).unwrap();
    (head, String::from_utf8(body).unwrap())
}

fn announced(head: &str) -> usize {
    let (_, length) = head.split_once("content-length: ").unwrap();
    length.split_once("\r\n").unwrap().0.parse().unwrap()
}

/// What comes of a generation with this fault, and how often it took effect.
fn play(stand_ins: &StandIns, fault: Fault) -> (Vec<u8>, Option<ErrorKind>, usize) {
    let before = stand_ins.ledger();
    let kind = fault.kind;
    stand_ins.add_fault(fault);
    let mut stream = connect(&stand_ins.urls().sistema_cup);
    stream.write_all(question().as_bytes()).unwrap();
    let (received, error) = rest(&mut stream);
    let after = stand_ins.ledger();
    assert_eq!((after.calls(OP) - before.calls(OP), after.faults(OP) - before.faults(OP)), (1, 1));
    assert_eq!(after.faults_of(kind) - before.faults_of(kind), 1, "{kind:?}");
    (received, error, after.effects_of(OP) - before.effects_of(OP))
}

#[tokio::test]
async fn a_connection_ends_as_it_was_told_with_and_without_effect() {
    let stand_ins = start().await;
    let reset = Some(ErrorKind::ConnectionReset);
    let moment = Duration::from_millis(20);
    for (fault, error) in [
        (Fault::on(OP).dropped(), None),
        (Fault::on(OP).reset(), reset),
        (Fault::on(OP).refuses(Duration::ZERO), reset),
        (Fault::on(OP).hangs(moment), None),
    ] {
        assert_eq!(play(&stand_ins, fault.clone()), (Vec::new(), error, 0), "{fault:?}");
        assert_eq!(play(&stand_ins, fault.clone().after_effect()), (Vec::new(), error, 1), "{fault:?}");
    }
}

#[tokio::test]
async fn what_goes_out_is_no_answer() {
    let stand_ins = start().await;
    let (received, error, effects) = play(&stand_ins, Fault::on(OP).rubbish());
    assert!(!received.starts_with(b"HTTP") && received.len() > 20, "{received:?}");
    assert_eq!((error, effects), (None, 0));
    assert_eq!(play(&stand_ins, Fault::on(OP).rubbish().after_effect()).2, 1);

    let (received, error, effects) = play(&stand_ins, Fault::on(OP).broken_chunk());
    let text = String::from_utf8(received).unwrap();
    let (head, chunk) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("chunked"), "{head}");
    let size = chunk.split_once("\r\n").unwrap().0;
    assert!(usize::from_str_radix(size, 16).is_err(), "{size}");
    assert_eq!((error, effects), (None, 0));
    assert_eq!(play(&stand_ins, Fault::on(OP).broken_chunk().after_effect()).2, 1);

    let (received, error, effects) = play(&stand_ins, Fault::on(OP).cut());
    let text = String::from_utf8(received).unwrap().to_lowercase();
    let (head, half) = text.split_once("\r\n\r\n").unwrap();
    assert_eq!(half.len(), announced(&format!("{head}\r\n")) / 2);
    assert!(half.len() > 100 && head.starts_with("http/1.1 200") && !head.contains("x-stand-in"), "{head}");
    assert_eq!((error, effects), (None, 1));
}

#[tokio::test]
async fn a_dripping_answer_takes_its_time_and_is_whole_and_the_connection_goes_on() {
    let stand_ins = start().await;
    let over = Duration::from_millis(200);
    stand_ins.add_fault(Fault::on(OP).drips(over));
    let mut stream = connect(&stand_ins.urls().sistema_cup);
    for slow in [true, false] {
        let since = Instant::now();
        stream.write_all(question().as_bytes()).unwrap();
        let (head, body) = answer(&mut stream);
        assert!(body.contains("ELABORAZIONE_ESEGUITA") && !head.contains("x-stand-in"), "{head}{body}");
        assert!(!slow || since.elapsed() >= over, "{:?}", since.elapsed());
    }
    assert_eq!(stand_ins.ledger().effects_of(OP), 2);
}

#[tokio::test]
async fn who_gives_up_on_a_silence_leaves_nothing_behind() {
    let stand_ins = start().await;
    stand_ins.add_fault(Fault::on(OP).hangs(Duration::ZERO).after_effect());
    let mut stream = connect(&stand_ins.urls().sistema_cup);
    stream.write_all(question().as_bytes()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    assert_eq!(rest(&mut stream), (Vec::new(), Some(ErrorKind::WouldBlock)));
    // The end of our side is answered by the end of the other, long before any time limit.
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(rest(&mut stream), (Vec::new(), None));
    assert_eq!(stand_ins.ledger().effects_of(OP), 1);
}

#[tokio::test]
async fn nobody_listens_for_a_time_and_then_it_is_the_same_platform_as_before() {
    let stand_ins = start().await;
    let base = stand_ins.urls().sistema_cup;
    let mut other = connect(&base);
    other.write_all(NOWHERE.as_bytes()).unwrap();
    assert!(answer(&mut other).0.starts_with("http/1.1 404"));
    let away = Duration::from_millis(400);
    assert_eq!(play(&stand_ins, Fault::on(OP).refuses(away).after_effect()).2, 1);
    let since = Instant::now();
    assert_eq!(rest(&mut other), (Vec::new(), None));
    drop(connect(&base));
    assert!(since.elapsed() >= away / 2, "{:?}", since.elapsed());
    assert_eq!(post(&base, &generation()).unwrap().status, 200);
    assert_eq!(stand_ins.ledger().effects_of(OP), 2);
}

#[tokio::test]
async fn many_calls_on_one_connection_and_requests_in_pieces() {
    let stand_ins = start().await;
    let mut stream = connect(&stand_ins.urls().sistema_cup);
    for _ in 0..200 {
        stream.write_all(NOWHERE.as_bytes()).unwrap();
        assert!(answer(&mut stream).0.starts_with("http/1.1 404"));
    }
    for piece in question().as_bytes().chunks(7) {
        stream.write_all(piece).unwrap();
    }
    assert!(answer(&mut stream).1.contains("ELABORAZIONE_ESEGUITA"));
    // Two at once are answered one after the other.
    stream.write_all(question().repeat(2).as_bytes()).unwrap();
    for _ in 0..2 {
        assert!(answer(&mut stream).1.contains("ELABORAZIONE_ESEGUITA"));
    }
    stand_ins.add_fault(Fault::on(OP).delay(Duration::from_millis(1)));
    let in_chunks = question()
        .replace(&format!("content-length: {}", generation().len()), "transfer-encoding: chunked")
        .replace(&generation(), &format!("{:x}\r\n{}\r\n0\r\n\r\n", generation().len(), generation()));
    stream.write_all(in_chunks.as_bytes()).unwrap();
    let (head, body) = answer(&mut stream);
    assert!(body.contains("ELABORAZIONE_ESEGUITA") && !head.contains("x-stand-in"), "{head}{body}");
    assert_eq!(stand_ins.ledger().effects_of(OP), 4);
    stream.write_all(b"no request at all\r\n\r\n").unwrap();
    let (refusal, _) = rest(&mut stream);
    assert!(refusal.starts_with(b"HTTP/1.1 400"), "{}", String::from_utf8_lossy(&refusal));
}

#[tokio::test]
async fn a_question_for_the_head_alone_does_not_put_the_next_one_out_of_step() {
    let stand_ins = start().await;
    let mut stream = connect(&stand_ins.urls().lavoro_pubblico);
    stream.write_all(NOWHERE.replace("GET", "HEAD").as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut letter = [0];
        stream.read_exact(&mut letter).unwrap();
        head.push(letter[0]);
    }
    stand_ins.add_fault(Fault::anywhere(Platform::LavoroPubblico).dropped());
    stream.write_all(NOWHERE.as_bytes()).unwrap();
    assert_eq!(rest(&mut stream), (Vec::new(), None));
}

#[tokio::test]
async fn an_address_is_free_once_the_stand_ins_are_gone() {
    let stand_ins = start().await;
    let base = stand_ins.urls().anac;
    assert_eq!(call(&base, "GET", "/__admin/clock", "").status, 200);
    drop(stand_ins);
    let error = TcpStream::connect(base.strip_prefix("http://").unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}
