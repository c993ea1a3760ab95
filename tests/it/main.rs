// SPDX-License-Identifier: EUPL-1.2
//! The one integration test binary.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod conformance_codes;
mod import;
mod programme;
mod reference;
mod rules;
mod shared;
