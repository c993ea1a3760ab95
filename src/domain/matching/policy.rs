// SPDX-License-Identifier: EUPL-1.2
//! How strictly documents are compared.

/// How much is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Depth {
    /// Equal keys only: links, sums and states. CIG and supplier make a link; a payment must name the CIG of
    /// its invoice.
    Exact,
    /// Everything.
    #[default]
    Full,
}

/// What a difference may be and still be none, in cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tolerance {
    /// Between what was ordered and what was invoiced.
    pub order: i64,
    /// Between what was invoiced and what was paid.
    pub payment: i64,
    /// Between the total of an invoice and that of its lines with VAT, for each rate of VAT.
    pub rounding: i64,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self { order: 1, payment: 0, rounding: 1 }
    }
}

/// How strictly documents are compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Policy {
    /// How much is asked for.
    pub depth: Depth,
    /// What a difference may be.
    pub tolerance: Tolerance,
}
