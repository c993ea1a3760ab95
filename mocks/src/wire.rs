// SPDX-License-Identifier: EUPL-1.2
//! The wire in front of a stand-in. The server behind it gives whole answers only; what must break on the way breaks here.
//! It decides nothing: the stand-in writes into its answer what is to be done with it.
//!
//! Requests pass as bytes, unread: what is wrong with them the server behind says. Of answers only the head is read.

mod answer;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::sleep;
use wiremock::MockServer;

use answer::Head;

/// Header in which the stand-in says what to do with its answer. It never goes out.
pub(crate) const ACT: &str = "x-stand-in-act";
/// The longest a caller is kept waiting for nothing.
const SILENCE: Duration = Duration::from_secs(600);
/// Pieces of a body that drips.
const DRIPS: usize = 50;
const BACKLOG: u32 = 1024;
/// The size announced is no hexadecimal number.
const BROKEN_CHUNK: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nnon-esadecimale\r\n{";
const RUBBISH: &[u8] = b"\x15\x03\x01\x00\x02\x02\x46 220 stampante pronta\r\n\x00\xff\xfe\r\n\r\n";

/// What is done with an answer. Times are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Act {
    /// Nothing is done for so long.
    pub(crate) after_ms: u64,
    pub(crate) how: How,
}

impl Act {
    /// Nothing but to send it.
    pub(crate) const SEND: Self = Self { after_ms: 0, how: How::Send };
}

/// How an answer goes out, or what comes in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum How {
    /// As it is.
    Send,
    /// The connection is closed.
    Close,
    /// The connection is reset.
    Reset,
    /// The connection is reset, all others end, and nobody listens for so long.
    Refuse(u64),
    /// Nothing is said for so long, or until the caller gives up when it is 0; then the connection is closed.
    Hang(u64),
    /// The body goes out in small pieces over so long.
    Drip(u64),
    /// Half of the body goes out, the full length announced; then the connection is closed.
    Cut,
    /// A good head, then a chunk that is none.
    BrokenChunk,
    /// No HTTP at all.
    Rubbish,
}

/// Carries all wires, on a thread of its own: a test that blocks its only thread is answered all the same.
pub(crate) struct Wires {
    handle: Handle,
    /// Its end ends the thread.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Wires {
    pub(crate) fn start() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name("stand-in-wires".to_owned()).spawn(move || {
            // Nothing is ever sent: it ends when the sender is gone.
            drop(runtime.block_on(stopped));
        })?;
        Ok(Self { handle, stop: Some(stop), thread: Some(thread) })
    }

    /// Listens on `address` in place of `behind`.
    pub(crate) fn put_before(&self, behind: MockServer, address: SocketAddr) -> io::Result<Wire> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let _inside = self.handle.enter();
        let listener = TcpListener::from_std(listener)?;
        self.handle.spawn(listen(listener, address, *behind.address()));
        Ok(Wire { address, _behind: behind })
    }
}

impl Drop for Wires {
    fn drop(&mut self) {
        self.stop.take();
        // Waited for, so that the addresses are free when this returns.
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread of the wires panicked");
        }
    }
}

/// A stand-in behind its wire.
pub(crate) struct Wire {
    address: SocketAddr,
    _behind: MockServer,
}

impl Wire {
    /// Base address.
    pub(crate) fn uri(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Where a server behind a wire listens.
pub(crate) fn any_port() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

/// Accepts connections, except while nobody is to listen.
async fn listen(mut listener: TcpListener, address: SocketAddr, behind: SocketAddr) {
    let (outages, mut ordered) = mpsc::unbounded_channel();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((caller, _)) => {
                    connections.spawn(serve(caller, behind, outages.clone()));
                }
                Err(error) => {
                    tracing::debug!(%error, "a connection could not be accepted");
                    sleep(Duration::from_millis(10)).await;
                }
            },
            Some(lasts) = ordered.recv() => {
                drop(listener);
                connections.shutdown().await;
                listener = listen_again(address, lasts).await;
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Keeps the address bound, so that nobody else gets it, but refuses connections for so long.
async fn listen_again(address: SocketAddr, after: Duration) -> TcpListener {
    let bind = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        Ok::<_, io::Error>(socket)
    };
    let mut wait = after;
    loop {
        let bound = bind();
        sleep(wait).await;
        match bound.and_then(|socket| socket.listen(BACKLOG)) {
            Ok(listener) => return listener,
            Err(error) => tracing::warn!(%address, %error, "cannot listen again yet"),
        }
        wait = Duration::from_millis(20);
    }
}

/// A connection from its beginning to its end. It ends when the caller ends it, whatever is still to be said.
async fn serve(mut caller: TcpStream, behind: SocketAddr, outages: mpsc::UnboundedSender<Duration>) {
    let served = async {
        let mut behind = TcpStream::connect(behind).await?;
        // Requests and answers are written whole: waiting for more to send would only add time.
        caller.set_nodelay(true)?;
        behind.set_nodelay(true)?;
        let (mut questions, mut answers_out) = caller.split();
        let (mut answers, mut questions_in) = behind.split();
        tokio::select! {
            () = pass_questions(&mut questions, &mut questions_in) => Ok(Ending::Close),
            ending = pass_answers(&mut answers, &mut answers_out) => ending,
        }
    };
    let ended = served.await;
    match ended {
        Ok(Ending::Close) => {}
        Ok(Ending::Reset) => reset(&caller),
        Ok(Ending::Outage(lasts)) => {
            reset(&caller);
            if outages.send(lasts).is_ok() {
                // It ends with all others once nobody listens: until then a caller could come back too early.
                std::future::pending().await
            }
        }
        Err(error) => tracing::debug!(%error, "connection ended"),
    }
}

fn reset(caller: &TcpStream) {
    if let Err(error) = caller.set_zero_linger() {
        tracing::debug!(%error, "connection is closed, not reset");
    }
}

/// How a connection ends.
enum Ending {
    Close,
    Reset,
    Outage(Duration),
}

/// Passes requests on until the caller is gone.
async fn pass_questions(caller: &mut ReadHalf<'_>, behind: &mut WriteHalf<'_>) {
    let mut piece = [0; 16 * 1024];
    while let Ok(length @ 1..) = caller.read(&mut piece).await {
        if let Err(error) = behind.write_all(&piece[..length]).await {
            // It closed before the end of the request; what it said of it is still to be passed on.
            tracing::debug!(%error, "the rest of a request is not wanted");
        }
    }
}

/// Passes answers on, one after the other, doing with each what it says.
async fn pass_answers(behind: &mut ReadHalf<'_>, caller: &mut WriteHalf<'_>) -> io::Result<Ending> {
    let mut received = Vec::with_capacity(4096);
    loop {
        let head = loop {
            match Head::read(&received)? {
                Some(head) if received.len() >= head.length + head.body => break head,
                _ => {}
            }
            if behind.read_buf(&mut received).await? == 0 {
                return Ok(Ending::Close);
            }
        };
        let end = head.length + head.body;
        let ending = match head.act {
            None => {
                caller.write_all(&received[..end]).await?;
                None
            }
            Some((kept, act)) => perform(caller, &kept, &received[head.length..end], act).await?,
        };
        match ending {
            Some(ending) => return Ok(ending),
            None if !head.goes_on => return Ok(Ending::Close),
            None => received.drain(..end),
        };
    }
}

/// Does with an answer what is to be done. Gives how the connection ends, unless it goes on.
async fn perform(
    caller: &mut WriteHalf<'_>,
    head: &[u8],
    body: &[u8],
    act: Act,
) -> io::Result<Option<Ending>> {
    sleep(Duration::from_millis(act.after_ms)).await;
    match act.how {
        How::Send => {
            caller.write_all(&[head, body].concat()).await?;
            return Ok(None);
        }
        How::Drip(over) => {
            drip(caller, head, body, Duration::from_millis(over)).await?;
            return Ok(None);
        }
        How::Close => {}
        How::Reset => return Ok(Some(Ending::Reset)),
        How::Refuse(lasts) => return Ok(Some(Ending::Outage(Duration::from_millis(lasts)))),
        How::Hang(0) => sleep(SILENCE).await,
        How::Hang(lasts) => sleep(Duration::from_millis(lasts).min(SILENCE)).await,
        How::Cut => caller.write_all(&[head, &body[..body.len() / 2]].concat()).await?,
        How::BrokenChunk => caller.write_all(BROKEN_CHUNK).await?,
        How::Rubbish => caller.write_all(RUBBISH).await?,
    }
    Ok(Some(Ending::Close))
}

async fn drip(caller: &mut WriteHalf<'_>, head: &[u8], body: &[u8], over: Duration) -> io::Result<()> {
    caller.write_all(head).await?;
    let pieces = body.chunks(body.len().div_ceil(DRIPS).max(1));
    let pause = over / u32::try_from(pieces.len().max(1)).unwrap_or(u32::MAX);
    for piece in pieces {
        sleep(pause).await;
        caller.write_all(piece).await?;
    }
    Ok(())
}
