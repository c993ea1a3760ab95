// SPDX-License-Identifier: EUPL-1.2
//! Amounts in cells: numbers exactly as the spreadsheet keeps them, texts as Italians write them.

use super::error::{both, short};
use super::sheet::Cell;
use crate::domain::money::{Money, MoneyError};
use crate::domain::text::Text;

/// The amount in a cell, or why there is none.
pub(super) fn read(cell: Option<&Cell>) -> Result<Money, Text> {
    match cell {
        Some(Cell::Number(number)) => number.parse().map_err(|error| reason(&error, number)),
        Some(Cell::Text(text)) => Money::parse_italian(text).map_err(|error| reason(&error, text)),
        Some(Cell::Merged(_)) | None => Err(Text::new("manca l'importo", "the amount is missing")),
    }
}

/// The amount of a total. Spreadsheets add with floats, so what lies beyond the cent is noise here, and only here.
pub(super) fn read_total(cell: Option<&Cell>) -> Option<Money> {
    match cell {
        Some(Cell::Number(number)) => match number.split_once('.') {
            Some((integer, decimals)) if decimals.len() > 2 && decimals.is_ascii() => {
                rounded(integer, decimals)
            }
            _ => number.parse().ok(),
        },
        _ => read(cell).ok(),
    }
}

fn rounded(integer: &str, decimals: &str) -> Option<Money> {
    let cut: Money = format!("{integer}.{}", &decimals[..2]).parse().ok()?;
    let away = match (decimals.as_bytes()[2] >= b'5', integer.starts_with('-')) {
        (false, _) => 0,
        (true, false) => 1,
        (true, true) => -1,
    };
    cut.checked_add(Money::from_cents(away))
}

fn reason(error: &MoneyError, raw: &str) -> Text {
    let raw = short(raw);
    match error {
        MoneyError::Decimals(found) => both(
            format!("l'importo {raw} ha {found} decimali: al massimo 2"),
            format!("the amount {raw} has {found} decimals: at most 2"),
        ),
        MoneyError::TooLarge(_) => {
            both(format!("l'importo {raw} è troppo grande"), format!("the amount {raw} is too large"))
        }
        MoneyError::Separators(_) => both(
            format!("l'importo \"{raw}\" si può leggere in più modi: scriverlo come 1.234,56"),
            format!("the amount \"{raw}\" can be read in more than one way: write it as 1.234,56"),
        ),
        MoneyError::Empty | MoneyError::DigitMissing | MoneyError::Character { .. } => {
            both(format!("\"{raw}\" non è un importo"), format!("\"{raw}\" is not an amount"))
        }
    }
}

/// Why an amount that can be read cannot be granted.
pub(super) fn refuse(amount: Money, maximum: Money) -> Option<Text> {
    let shown = amount.italian();
    if amount.is_zero() {
        Some(Text::new("l'importo è zero", "the amount is zero"))
    } else if amount.is_negative() {
        Some(both(format!("l'importo {shown} è negativo"), format!("the amount {shown} is negative")))
    } else if amount > maximum {
        let maximum = maximum.italian();
        Some(both(
            format!("l'importo {shown} supera il massimo del programma, {maximum}"),
            format!("the amount {shown} is above the maximum of the programme, {maximum}"),
        ))
    } else {
        None
    }
}
