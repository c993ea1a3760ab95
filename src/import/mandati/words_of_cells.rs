// SPDX-License-Identifier: EUPL-1.2
//! What people write in cells: days, numbers of mandati, kinds of debt, states.

use chrono::NaiveDate;

use super::MandatoState;
use crate::domain::payment::DebtKind;
use crate::import::spelling::words;

/// A day: `gg/mm/aaaa` (also with points or hyphens) or `aaaa-mm-gg`, with or without a time behind it.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    let day = text.split([' ', 'T']).next()?;
    let mark = day.chars().find(|character| !character.is_ascii_digit())?;
    if !matches!(mark, '/' | '-' | '.') {
        return None;
    }
    let parts: Vec<&str> = day.split(mark).collect();
    let [first, month, last] = *parts.as_slice() else { return None };
    let (year, day) = if first.len() == 4 { (first, last) } else { (last, first) };
    let is_number =
        |text: &str| (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_year = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    if !is_year || !is_number(month) || !is_number(day) {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// A year of four digits.
pub(super) fn year(text: &str) -> Option<u16> {
    let is_year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_year.then(|| text.parse().ok()).flatten().filter(|year| (1980..=2099).contains(year))
}

/// The longest number of a mandato, in digits: longer ones could not be kept exactly.
const DIGITS: usize = 18;

/// The number of a mandato: digits, or digits and the exercise: `101`, `101/2026`, `2026/101`.
pub(super) fn number(text: &str, exercise: Option<u16>) -> Option<u64> {
    let plain = |text: &str| {
        let is_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_short = text.trim_start_matches('0').len() <= DIGITS;
        (is_digits && is_short).then(|| text.parse().ok()).flatten().filter(|number| *number > 0)
    };
    let Some((one, other)) = text.split_once(['/', '-']) else { return plain(text) };
    let (one, other) = (one.trim(), other.trim());
    match (year(one), year(other)) {
        (_, Some(year)) if exercise == Some(year) => plain(one),
        (Some(year), _) if exercise == Some(year) => plain(other),
        _ => None,
    }
}

/// The kind of a debt.
pub(super) fn debt(text: &str) -> Option<DebtKind> {
    match words(text).join(" ").as_str() {
        "commerciale" | "debito commerciale" | "c" => Some(DebtKind::Commercial),
        "iva" | "debito iva" | "iva split" | "iva split payment" | "split payment" => Some(DebtKind::Vat),
        "non commerciale" | "debito non commerciale" | "nc" => Some(DebtKind::NonCommercial),
        _ => None,
    }
}

/// What became of an order, by its word and the day of payment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// That.
    State(MandatoState),
    /// The word is not known.
    Unknown,
    /// Money moved, and no day says when.
    NoDay,
    /// No money moved, and a day says when.
    DayOfNothing,
}

/// What became of an order. Without a word a day of payment says that it was paid.
pub(super) fn state(text: Option<&str>, day: Option<NaiveDate>) -> Told {
    const PAID: [&str; 9] = [
        "pagato",
        "pagata",
        "quietanzato",
        "quietanzata",
        "eseguito",
        "eseguita",
        "estinto",
        "mandato pagato",
        "pagamento eseguito",
    ];
    const SETTLED: [&str; 2] = ["regolarizzato", "regolarizzata"];
    const REVERSED: [&str; 2] = ["stornato", "stornata"];
    const VOID: [&str; 3] = ["annullato", "annullata", "annullo"];
    const ISSUED: [&str; 21] = [
        "emesso",
        "emessa",
        "inserito",
        "firmato",
        "inviato",
        "trasmesso",
        "acquisito",
        "variato",
        "sostituito",
        "da pagare",
        "da firmare",
        "da trasmettere",
        "in pagamento",
        "in lavorazione",
        "in corso",
        "sospeso",
        "non pagato",
        "non acquisito",
        "non eseguito",
        "non eseguibile",
        "respinto",
    ];
    let Some(text) = text else {
        return Told::State(day.map_or(MandatoState::Issued, MandatoState::Paid));
    };
    let word = words(text).join(" ");
    let is_of = |list: &[&str]| list.contains(&word.as_str());
    let on = |state: fn(NaiveDate) -> MandatoState| day.map_or(Told::NoDay, |day| Told::State(state(day)));
    if is_of(&PAID) {
        on(MandatoState::Paid)
    } else if is_of(&SETTLED) {
        on(MandatoState::Settled)
    } else if is_of(&REVERSED) {
        on(MandatoState::Reversed)
    } else if is_of(&VOID) {
        Told::State(MandatoState::Void)
    } else if !is_of(&ISSUED) {
        Told::Unknown
    } else if day.is_some() {
        Told::DayOfNothing
    } else {
        Told::State(MandatoState::Issued)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(year, month, day)
    }

    #[test]
    fn days_as_offices_write_them() {
        for text in [
            "08/04/2026",
            "8/4/2026",
            "08-04-2026",
            "08.04.2026",
            "2026-04-08",
            "2026-04-08T00:00:00",
            "08/04/2026 10:15",
        ] {
            assert_eq!(day(text), of(2026, 4, 8), "{text}");
        }
        for text in [
            "",
            "08/04/26",
            "04/2026",
            "31/02/2026",
            "8 aprile 2026",
            "20260408",
            "2026/4/8/1",
            "08/04-2026",
            "à/4/2026",
            "45000",
        ] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_with_and_without_their_exercise() {
        for (text, expected) in
            [("101", Some(101)), ("101/2026", Some(101)), ("2026 / 101", Some(101)), ("2026-7", Some(7))]
        {
            assert_eq!(number(text, Some(2026)), expected, "{text}");
        }
        for text in ["", "0", "101/2025", "101/1", "A1", "1e3", "-5", "101/", "9999999999999999999"] {
            assert_eq!(number(text, Some(2026)), None, "{text}");
        }
        assert_eq!(number("101/2026", None), None);
    }

    #[test]
    fn states_need_a_day_when_money_moved_and_none_when_not() {
        let (day, state) = (of(2026, 4, 10).unwrap(), state);
        assert_eq!(state(Some("PAGATO"), Some(day)), Told::State(MandatoState::Paid(day)));
        assert_eq!(state(Some("Stornato"), Some(day)), Told::State(MandatoState::Reversed(day)));
        assert_eq!(state(Some("annullato"), None), Told::State(MandatoState::Void));
        assert_eq!(state(Some("non pagato"), None), Told::State(MandatoState::Issued));
        assert_eq!(state(None, Some(day)), Told::State(MandatoState::Paid(day)));
        assert_eq!(state(None, None), Told::State(MandatoState::Issued));
        assert_eq!(state(Some("pagato"), None), Told::NoDay);
        assert_eq!(state(Some("emesso"), Some(day)), Told::DayOfNothing);
        assert_eq!(state(Some("parzialmente pagato"), Some(day)), Told::Unknown);
    }

    #[test]
    fn kinds_of_debt() {
        assert_eq!(debt("COMMERCIALE"), Some(DebtKind::Commercial));
        assert_eq!(debt("IVA (split payment)"), Some(DebtKind::Vat));
        assert_eq!(debt("NON_COMMERCIALE"), Some(DebtKind::NonCommercial));
        assert_eq!(debt("altro"), None);
    }
}
