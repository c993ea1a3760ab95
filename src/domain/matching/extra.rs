// SPDX-License-Identifier: EUPL-1.2
//! What takes room in an invoice and is not always there, kept apart: the rest stays within two cache lines.

use std::ops::{Deref, DerefMut};

use super::code::Code;
use super::fact::{InvoiceRef, Line};
use super::few::Few;

/// What takes room in an invoice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvoiceExtra {
    /// Further CIG it names.
    pub cigs: Few<Code>,
    /// Invoices it corrects.
    pub corrects: Few<InvoiceRef>,
    /// Taxes withheld by the buyer, in cents.
    pub withheld: i64,
    /// Digest of its content; 0 when not known.
    pub hash: u64,
    /// Its lines.
    pub lines: Vec<Line>,
}

static NONE: InvoiceExtra =
    InvoiceExtra { cigs: Few::Nothing, corrects: Few::Nothing, withheld: 0, hash: 0, lines: Vec::new() };

/// The extra of an invoice: read it as if it were always there, write it and it is.
#[derive(Debug, Clone, Default)]
pub struct Extra(Option<Box<InvoiceExtra>>);

impl Extra {
    /// Nothing.
    pub const NONE: Self = Self(None);
}

impl Deref for Extra {
    type Target = InvoiceExtra;

    #[inline]
    fn deref(&self) -> &InvoiceExtra {
        self.0.as_deref().unwrap_or(&NONE)
    }
}

impl DerefMut for Extra {
    #[inline]
    fn deref_mut(&mut self) -> &mut InvoiceExtra {
        self.0.get_or_insert_default()
    }
}

impl PartialEq for Extra {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Extra {}

impl From<InvoiceExtra> for Extra {
    #[inline]
    fn from(extra: InvoiceExtra) -> Self {
        if extra == NONE { Self(None) } else { Self(Some(Box::new(extra))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extra_with_nothing_in_it_takes_no_room() {
        let mut extra = Extra::from(InvoiceExtra::default());
        assert_eq!((extra.0.is_none(), extra.withheld), (true, 0));
        extra.withheld = 5;
        assert_ne!(extra, Extra::NONE);
    }
}
