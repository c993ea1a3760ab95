// SPDX-License-Identifier: EUPL-1.2
//! Waiting for what will be there in some microseconds.
//!
//! SQLite works on a thread of its own and hands over row after row, each statement's end among them. To be put to sleep and
//! woken for each costs that thread more than the row does, so the writer first looks again and again for a short while, and
//! lets go of its processor in between whenever another thread can use it.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// For how long the writer looks before it goes to sleep.
const PATIENCE: Duration = Duration::from_micros(200);

/// What the future comes to. Only for the writer's thread, which has nothing else to do meanwhile.
pub(super) async fn soon<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|context| {
        let begun = Instant::now();
        let mut unwoken = Context::from_waker(Waker::noop());
        while begun.elapsed() < PATIENCE {
            if let Poll::Ready(done) = future.as_mut().poll(&mut unwoken) {
                return Poll::Ready(done);
            }
            std::thread::yield_now();
        }
        future.as_mut().poll(context)
    })
    .await
}
