// SPDX-License-Identifier: EUPL-1.2
//! mepa-gateway: judges the MePA orders of a PNRR grant, reserves their money, hands them over.

pub mod domain;
