// SPDX-License-Identifier: EUPL-1.2
//! The one integration test binary.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

mod programme;
mod reference;
