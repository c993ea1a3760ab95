// SPDX-License-Identifier: EUPL-1.2
//! Whose an ODA is: its codes and totals are held against the Comuni and the open orders they could point at.

use crate::app::App;
use crate::documents::ReadOrder;
use crate::domain::found::Found;
use crate::domain::istat::IstatCode;
use crate::domain::linking::{Candidate, Clue, Join, OrderFace, Standing, join};
use crate::domain::order::Line;
use crate::store::portal::OpenOrder;
use crate::store::{StoreError, Tx};

/// What an ODA says, held against what is known.
pub(super) struct Weighed {
    /// Comuni it could be of, best first.
    pub(super) comuni: Vec<Candidate>,
    /// Orders of the best of them that it could be, best first.
    pub(super) orders: Vec<Candidate>,
    /// What follows.
    pub(super) join: Join,
}

/// Finds out whose the ODA is.
pub(super) async fn weigh(
    app: &App,
    tx: &mut Tx,
    number: &str,
    read: &ReadOrder,
) -> Result<Weighed, StoreError> {
    let (comuni_table, programme) = (&app.reference.comuni, &app.programme);
    let buyer = &read.order.buyer;
    let by_tax_code =
        buyer.tax_code.as_ref().and_then(Found::ok).and_then(|code| comuni_table.by_tax_code(code.as_str()));
    let by_ipa = buyer.ipa_code.as_ref().and_then(Found::ok).and_then(|code| comuni_table.by_ipa(code));
    let cup = read.order.cup();
    let by_cup = match cup {
        Some(cup) => tx.holder_of_cup(cup).await?,
        None => None,
    };
    let (by_tax_code, by_ipa) = (by_tax_code.map(|c| c.istat), by_ipa.map(|c| c.istat));
    let mut codes: Vec<IstatCode> = [by_tax_code, by_ipa, by_cup].into_iter().flatten().collect();
    codes.sort_unstable();
    codes.dedup();
    let agrees = |found: Option<IstatCode>, given: bool, code| given.then_some(found == Some(code));
    let mut comuni: Vec<Candidate> = codes
        .into_iter()
        .map(|code| {
            let compared = [
                (Clue::Cup, agrees(by_cup, cup.is_some(), code)),
                (Clue::TaxCode, agrees(by_tax_code, buyer.tax_code.is_some(), code)),
                (Clue::IpaCode, agrees(by_ipa, buyer.ipa_code.is_some(), code)),
            ];
            Candidate::new(code, None, compared)
        })
        .collect();
    comuni.sort_by_key(|candidate| std::cmp::Reverse(candidate.score));
    let Some(best) = comuni.first().map(|best| best.comune) else {
        return Ok(Weighed { join: join(&[], &[], Standing::default()), comuni, orders: Vec::new() });
    };
    let open = tx.open_orders(&programme.id, &best).await?;
    let (orders, is_taken) = compare(number, &best, read, open);
    let catalogue = &programme.catalogue;
    let has_sheet = |line: &Line| {
        catalogue.sheet_for_line(&line.name, line.cpv.as_ref().and_then(Found::ok)).sheet().is_some()
    };
    let standing = Standing {
        in_programme: tx.participation(&programme.id, &best).await?.is_some(),
        has_programme_line: read.order.lines.iter().any(has_sheet),
        is_taken,
    };
    Ok(Weighed { join: join(&comuni, &orders, standing), comuni, orders })
}

/// Orders of the Comune that the ODA could be, best first, and whether it equals one that another ODA stands for.
fn compare(
    number: &str,
    comune: &IstatCode,
    read: &ReadOrder,
    open: Vec<OpenOrder>,
) -> (Vec<Candidate>, bool) {
    let order = &read.order;
    let face = OrderFace {
        number: order.number.clone(),
        cig: order.cig().map(ToString::to_string),
        supplier: order.supplier.key().unwrap_or_default(),
        gross: order.totals.gross,
    };
    let mut taken = false;
    let mut alike = Vec::new();
    for stored in open {
        let candidate = Candidate::new(*comune, Some(stored.id), face.compare(number, &stored.face));
        match stored.oda_number {
            Some(_) => taken |= candidate.is_the_same(),
            None if candidate.is_like() => alike.push(candidate),
            None => {}
        }
    }
    alike.sort_by_key(|candidate| std::cmp::Reverse(candidate.score));
    (alike, taken)
}
