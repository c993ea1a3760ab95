// SPDX-License-Identifier: EUPL-1.2
//! The one integration test binary.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod acceptance;
mod bad_input;
mod conformance_codes;
mod crash;
mod import;
mod orders;
mod platforms;
mod programme;
mod race;
mod reference;
mod rules;
mod shared;
mod support;
