// SPDX-License-Identifier: EUPL-1.2
//! Invoices as SdI brings them: the identifier it gives a file, the outcome a buyer may give of an invoice, and the term
//! for it.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};
use thiserror::Error;

use super::reason::Reason;
use super::rome::days_later;
use super::text::Text;

/// `IdentificativoSdI`: the number SdI gives to a file of invoices, at most 12 digits. It stands in neither the invoice nor
/// its file name, and is the key to outcome and payment.
///
/// ```
/// use mepa_gateway::domain::sdi::SdiId;
/// assert_eq!("111".parse::<SdiId>()?.to_string(), "111");
/// assert!("1234567890123".parse::<SdiId>().is_err());
/// # Ok::<(), mepa_gateway::domain::sdi::SdiIdError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SdiId(i64);

/// Why a text is no such number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an IdentificativoSdI of 1 to 12 digits expected")]
pub struct SdiIdError;

impl SdiId {
    /// The identifier of that number.
    ///
    /// # Errors
    /// When it has more than 12 digits, or is below zero.
    pub fn new(number: i64) -> Result<Self, SdiIdError> {
        if (0..1_000_000_000_000).contains(&number) { Ok(Self(number)) } else { Err(SdiIdError) }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl FromStr for SdiId {
    type Err = SdiIdError;

    fn from_str(text: &str) -> Result<Self, SdiIdError> {
        let digits = (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { text.parse().map(Self).map_err(|_| SdiIdError) } else { Err(SdiIdError) }
    }
}

impl fmt::Display for SdiId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The days a buyer has for an outcome, from delivery (D.M. 55/2013, annex B).
const TERM_DAYS: u32 = 15;

/// When the term for an outcome ends that began with the delivery of the file: fifteen days later, at the same time by the
/// clocks of Italy or after as many times 24 hours, whichever comes first. Who answers before is in time by any reading.
#[must_use]
pub fn term_end(delivered_at: DateTime<Utc>) -> DateTime<Utc> {
    let hours = delivered_at.checked_add_signed(TimeDelta::days(i64::from(TERM_DAYS)));
    days_later(delivered_at, TERM_DAYS).min(hours.unwrap_or(DateTime::<Utc>::MAX_UTC))
}

/// The only causes for which a public body may refuse an invoice (D.M. MEF 24 August 2020 no. 132, art. 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalCause {
    /// a) The operation was not made for this body.
    NotOurs,
    /// b) CIG or CUP missing or wrong, but for lawful exclusions.
    CigCup,
    /// c) Repertory code of a medical device missing or wrong.
    MedicalDevice,
    /// d) AIC code of a drug missing or wrong.
    Drug,
    /// e) Number and date of the determina missing or wrong, for regions and local bodies.
    Determina,
}

impl RefusalCause {
    /// Every cause, in the order of the decree.
    pub const ALL: [Self; 5] =
        [Self::NotOurs, Self::CigCup, Self::MedicalDevice, Self::Drug, Self::Determina];

    /// Its letter in the decree.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::NotOurs => 'a',
            Self::CigCup => 'b',
            Self::MedicalDevice => 'c',
            Self::Drug => 'd',
            Self::Determina => 'e',
        }
    }

    /// The cause of that letter.
    #[must_use]
    pub fn of_letter(letter: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|cause| letter.eq_ignore_ascii_case(cause.letter().encode_utf8(&mut [0; 4])))
    }

    /// What it says, short.
    #[must_use]
    pub const fn text(self) -> Text {
        match self {
            Self::NotOurs => {
                Text::new("operazione non effettuata verso questo ente", "not an operation of this body")
            }
            Self::CigCup => Text::new("CIG o CUP assente o errato", "CIG or CUP missing or wrong"),
            Self::MedicalDevice => Text::new(
                "codice di repertorio del dispositivo medico assente o errato",
                "repertory code of the medical device missing or wrong",
            ),
            Self::Drug => Text::new(
                "codice AIC o quantità del farmaco assente o errato",
                "AIC code or quantity of the drug missing or wrong",
            ),
            Self::Determina => Text::new(
                "numero o data della determina di impegno assente o errato",
                "number or date of the determina missing or wrong",
            ),
        }
    }
}

/// The most characters SdI takes of a description.
const DESCRIPTION_MAX: usize = 255;

/// What the buyer says of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuyerOutcome {
    /// `EC01`.
    Accepted,
    /// `EC02`, with the text that goes to the supplier.
    Refused {
        /// The lawful cause.
        cause: RefusalCause,
        /// Cause and note, at most 255 characters.
        description: String,
    },
}

/// A note that leaves no room for the cause before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the cause and the note have {0} characters together, and SdI takes {DESCRIPTION_MAX}: shorten the note"
)]
pub struct NoteTooLong(usize);

impl BuyerOutcome {
    /// A refusal for a lawful cause, with a note that tells the supplier what is to be mended.
    ///
    /// # Errors
    /// When SdI would not take so long a text: it is not cut, since the supplier is to read it.
    pub fn refused(cause: RefusalCause, note: Option<&Reason>) -> Result<Self, NoteTooLong> {
        let law = format!("D.M. 132/2020, art. 2, lett. {}): {}", cause.letter(), cause.text().it);
        let description = note.map_or_else(|| law.clone(), |note| format!("{law}. {note}"));
        let length = description.chars().count();
        if length > DESCRIPTION_MAX {
            Err(NoteTooLong(length))
        } else {
            Ok(Self::Refused { cause, description })
        }
    }

    /// SdI's code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Accepted => "EC01",
            Self::Refused { .. } => "EC02",
        }
    }

    /// The text that goes to the supplier; none for an acceptance.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        match self {
            Self::Accepted => None,
            Self::Refused { description, .. } => Some(description),
        }
    }
}

/// One invoice of a file, as its supplier numbered it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InvoiceReference {
    number: String,
    year: i32,
}

/// Why number and year name no invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvoiceReferenceError {
    /// The number is not one of an invoice.
    #[error("the number of an invoice has 1 to 20 characters of Basic Latin, one of them a digit")]
    Number,
    /// The year is none of electronic invoices.
    #[error("a year from 2014 to 2099 expected")]
    Year,
}

impl InvoiceReference {
    /// The invoice of that number and year.
    ///
    /// # Errors
    /// Says which of the two is wrong.
    pub fn new(number: &str, year: i32) -> Result<Self, InvoiceReferenceError> {
        let number = number.trim();
        let latin = number.chars().all(|c| matches!(c, ' '..='~'));
        if !latin || !(1..=20).contains(&number.len()) || !number.bytes().any(|byte| byte.is_ascii_digit()) {
            return Err(InvoiceReferenceError::Number);
        }
        if !(2014..=2099).contains(&year) {
            return Err(InvoiceReferenceError::Year);
        }
        Ok(Self { number: number.to_owned(), year })
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }

    /// Its year.
    #[must_use]
    pub const fn year(&self) -> i32 {
        self.year
    }
}

impl fmt::Display for InvoiceReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.year)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_one_to_twelve_digits() {
        for good in ["1", "000000000111", "999999999999"] {
            assert!(good.parse::<SdiId>().is_ok(), "{good}");
        }
        for bad in ["", "-1", "+1", "1234567890123", "1a", " 1"] {
            assert_eq!(bad.parse::<SdiId>(), Err(SdiIdError), "{bad}");
        }
    }

    #[test]
    fn a_refusal_names_the_decree_and_is_never_cut() {
        let note: Reason = "manca il CIG BFA0B1C51C".parse().unwrap();
        let refused = BuyerOutcome::refused(RefusalCause::CigCup, Some(&note)).unwrap();
        assert_eq!(
            refused.description(),
            Some("D.M. 132/2020, art. 2, lett. b): CIG o CUP assente o errato. manca il CIG BFA0B1C51C")
        );
        let fits: Reason = "x".repeat(DESCRIPTION_MAX - 61).parse().unwrap();
        let refused = BuyerOutcome::refused(RefusalCause::CigCup, Some(&fits)).unwrap();
        assert_eq!(refused.description().unwrap().chars().count(), DESCRIPTION_MAX);
        let longer: Reason = "x".repeat(DESCRIPTION_MAX - 60).parse().unwrap();
        assert_eq!(BuyerOutcome::refused(RefusalCause::CigCup, Some(&longer)), Err(NoteTooLong(256)));
    }

    #[test]
    fn the_causes_are_five_and_go_by_letter() {
        for cause in RefusalCause::ALL {
            assert_eq!(RefusalCause::of_letter(&cause.letter().to_string()), Some(cause));
            assert!(BuyerOutcome::refused(cause, None).is_ok(), "its own text fits");
        }
        assert_eq!(RefusalCause::of_letter("E"), Some(RefusalCause::Determina));
        for none in ["f", "", "ab"] {
            assert_eq!(RefusalCause::of_letter(none), None);
        }
    }

    #[test]
    fn an_invoice_is_named_by_number_and_year() {
        assert_eq!(InvoiceReference::new(" 2026/15 ", 2026).unwrap().to_string(), "2026/15/2026");
        for bad in ["", "abc", "123456789012345678901", "1\n2", "n° 1"] {
            assert_eq!(InvoiceReference::new(bad, 2026), Err(InvoiceReferenceError::Number), "{bad}");
        }
        assert_eq!(InvoiceReference::new("1", 26), Err(InvoiceReferenceError::Year));
    }

    #[test]
    fn the_term_is_fifteen_days() {
        for (delivered, end) in [
            ("2026-04-20T08:00:00Z", "2026-05-05T08:00:00+00:00"),
            // Clocks go forward on 29 March, and back on 25 October.
            ("2026-03-20T10:00:00Z", "2026-04-04T09:00:00+00:00"),
            ("2026-10-20T10:00:00Z", "2026-11-04T10:00:00+00:00"),
        ] {
            let delivered: DateTime<Utc> = delivered.parse().unwrap();
            assert_eq!(term_end(delivered).to_rfc3339(), end);
        }
    }
}
