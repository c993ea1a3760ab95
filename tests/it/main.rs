// SPDX-License-Identifier: EUPL-1.2
//! The one integration test binary.

mod platforms;
