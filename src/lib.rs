// SPDX-License-Identifier: EUPL-1.2
//! mepa-gateway: judges the MePA orders of a PNRR grant, reserves their money, hands them over.
//!
//! # Map of the house
//! - [`domain`]: values and states; nothing there does I/O.
//! - [`reference`], [`programme`]: the tables and what the avviso decides, as checked data.
//! - [`documents`]: readers that turn hostile bytes into orders.
//! - [`import`]: readers that turn a decree's list, as ministries publish it, into Comuni and amounts.
//! - [`rules`]: the catalogue; one rule is one file.
//! - [`store`]: what is remembered; one writer.
//! - [`platforms`]: the clients of the national platforms, behind one policy.
//! - [`answer`]: how things look in answers.
//! - [`flows`]: use cases; they order the calls to the rooms above.
//! - [`report`]: dossiers and reports; the same tables in every format.
//! - [`http`], [`worker`], [`cli`]: the ways in.
//! - [`app`]: the only place that wires.

pub mod answer;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod docs;
pub mod documents;
pub mod domain;
pub mod error;
pub mod fault;
pub mod flows;
pub mod http;
pub mod import;
pub mod platforms;
pub mod programme;
pub mod reference;
pub mod report;
pub mod rules;
pub mod store;
pub mod telemetry;
pub mod worker;

/// Reading and judging a document takes many small pieces of memory, and gives them back on another thread. Without huge pages: an
/// idle gateway would hold half as much again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
