// SPDX-License-Identifier: EUPL-1.2
//! The stand-ins over real sockets, and the fixtures against the contracts.

mod acquistinretepa;
mod client;
mod faults;
mod fixtures;
mod lavoro_pubblico;
mod sistema_cup;
