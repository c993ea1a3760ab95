// SPDX-License-Identifier: EUPL-1.2
//! The stand-ins over real sockets, and the fixtures against the contracts.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod acquistinretepa;
mod anac;
mod client;
mod faults;
mod fixtures;
mod lavoro_pubblico;
mod mappings;
mod originals;
mod page;
mod pdnd;
mod rubbish;
mod sdi;
mod siope;
mod sistema_cup;
mod wire;
