// SPDX-License-Identifier: EUPL-1.2
//! Declarations that cover more than the order they came with: those about the Comune, and those of a supplier for all it
//! sells to the Comune. They count for later orders, so they are kept where a judgement finds them.

use chrono::{DateTime, Utc};
use sqlx::{QueryBuilder, Sqlite};

use crate::domain::declaration::{Declaration, DeclarationScope};

use super::facts::OrderKeys;
use super::orders::OrderRow;
use super::{StoreError, Tx};

/// Under which supplier a declaration that came with an order is kept: none for what is about the Comune. Nothing when it
/// covers that order only, or a supplier without a good code.
pub(super) fn filed_under<'k>(declaration: &Declaration, keys: &'k OrderKeys) -> Option<&'k str> {
    filed_under_code(declaration, &keys.supplier)
}

/// The same for an order whose supplier has that key.
pub(super) fn filed_under_code<'k>(declaration: &Declaration, supplier: &'k str) -> Option<&'k str> {
    match declaration.scope {
        DeclarationScope::Comune => Some(""),
        DeclarationScope::Fornitore => Some(supplier).filter(|supplier| !supplier.is_empty()),
        DeclarationScope::Oda | DeclarationScope::Riga => None,
    }
}

/// A declaration as it is stored.
pub(super) fn to_body(declaration: &Declaration) -> Result<String, StoreError> {
    serde_json::to_string(declaration).map_err(|error| StoreError::Driver(sqlx::Error::Encode(error.into())))
}

impl Tx {
    /// Keeps those of an order's declarations that cover more than the order. The same one again changes nothing.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(super) async fn keep_on_file(
        &mut self,
        order: &OrderRow,
        declarations: &[Declaration],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut wide = Vec::new();
        let keys = order.keys();
        for declaration in declarations {
            if let Some(supplier) = filed_under(declaration, &keys) {
                wide.push((supplier, to_body(declaration)?));
            }
        }
        if wide.is_empty() {
            return Ok(());
        }
        let mut insert = QueryBuilder::<Sqlite>::new(
            "INSERT INTO declaration_on_file (programme, comune, supplier, body, order_id, received_at) ",
        );
        insert.push_values(wide, |mut row, (supplier, body)| {
            row.push_bind(&keys.programme)
                .push_bind(keys.comune.as_str())
                .push_bind(supplier)
                .push_bind(body)
                .push_bind(&order.id)
                .push_bind(at.timestamp_micros());
        });
        insert.push(" ON CONFLICT DO NOTHING");
        insert.build().execute(&mut self.connection).await?;
        Ok(())
    }
}
