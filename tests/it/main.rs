// SPDX-License-Identifier: EUPL-1.2
//! The one integration test binary.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod acceptance;
mod audit;
mod bad_input;
mod beneficiaries;
mod chaos;
mod cig;
mod cli;
mod conformance_codes;
mod conformance_fatturapa_schema;
mod conformance_invoices;
mod conformance_orders;
mod conformance_siope;
mod crash;
mod declarations;
mod hostile_orders;
mod import;
mod invoice_documents;
mod invoice_rules;
mod invoices;
mod kills;
mod linking;
mod matching;
mod order_documents;
mod orders;
mod outage;
mod outbox;
mod owed_calls;
mod payment_documents;
mod place;
mod platforms;
mod process;
mod programme;
mod proving;
mod race;
mod reconciliation;
mod reference;
mod reports;
mod rules;
mod sdi;
mod shared;
mod siope;
mod spending;
mod support;
mod tidy;
