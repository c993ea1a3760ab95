// SPDX-License-Identifier: EUPL-1.2
//! What the matching of orders, invoices and payments promises: case by case, and against a slow twin of it
//! that shares nothing with it.

mod any_order;
mod oracle;
mod promises;
mod scenario;
