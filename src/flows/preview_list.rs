// SPDX-License-Identifier: EUPL-1.2
//! What a decree's list would do to Comuni that have not asked for it, told before anything is stored: a list that is cut
//! short, or of which a row cannot be read, must not quietly put a Comune out.

use std::collections::HashMap;

use crate::app::App;
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;
use crate::domain::participation::ParticipationState;
use crate::flows::import_beneficiaries::{GrantList, ListKind};
use crate::store::StoreError;
use crate::store::participation::ParticipationRow;

/// What a list would do, as things stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// Comuni that wait for the definitive list and are not in it: they would be put out.
    pub put_out: Vec<IstatCode>,
    /// Comuni that are confirmed and not in the definitive list: they stay as they are.
    pub confirmed_absent: Vec<IstatCode>,
    /// Comuni whose orders hold more than the list gives them, with what they hold: the list cannot be taken in.
    pub overdrawn: Vec<(IstatCode, Money)>,
}

/// Looks at what a list would do.
///
/// # Errors
/// When the store cannot be read.
pub async fn preview(app: &App, list: &GrantList) -> Result<Preview, StoreError> {
    let listed: HashMap<&IstatCode, Money> =
        list.grants.iter().map(|grant| (&grant.comune, grant.amount)).collect();
    let mut preview = Preview::default();
    for row in app.store.participations(&app.programme.id, "", u32::MAX).await? {
        match listed.get(&row.comune) {
            Some(amount) => {
                let held = held(&row);
                if held > *amount {
                    preview.overdrawn.push((row.comune, held));
                }
            }
            None if list.kind == ListKind::Definitive => match row.state {
                ParticipationState::Admitted
                | ParticipationState::CupGenerated
                | ParticipationState::Accepted => preview.put_out.push(row.comune),
                ParticipationState::Confirmed => preview.confirmed_absent.push(row.comune),
                ParticipationState::Excluded | ParticipationState::Revoked => {}
            },
            None => {}
        }
    }
    Ok(preview)
}

fn held(row: &ParticipationRow) -> Money {
    let available = row.balances.available().unwrap_or_default();
    row.balances.assigned.checked_sub(available).unwrap_or_default()
}
