// SPDX-License-Identifier: EUPL-1.2
//! Codice fiscale: 11 digits for a body, 16 characters for a person (omocodia included).

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::code::{self, Class, ShapeError};
use super::partita_iva::{self, PartitaIvaError};
use super::text::Bilingual;

/// A tax code with a right check character. `Debug` masks the code of a person, `Display` does not.
///
/// ```
/// use mepa_gateway::domain::codice_fiscale::CodiceFiscale;
/// let person = CodiceFiscale::parse_lenient("rssmra80a01 h501u")?;
/// assert!(person.is_person());
/// assert_eq!(person.masked(), "RSS*************");
/// assert!(!"01817670019".parse::<CodiceFiscale>()?.is_person());
/// # Ok::<(), mepa_gateway::domain::codice_fiscale::CodiceFiscaleError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodiceFiscale(Kind);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Body([u8; 11]),
    Person([u8; 16]),
}

/// Why a text is not a codice fiscale.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CodiceFiscaleError {
    /// Neither 11 nor 16 characters.
    #[error("not a codice fiscale: 11 digits or 16 characters expected, {0} characters found")]
    Length(usize),
    /// Sixteen characters, one of which cannot stand where it stands.
    #[error("not a codice fiscale: {0}")]
    Shape(#[from] ShapeError),
    /// Eleven characters that are not the code of a body: the rules are those of a partita IVA.
    #[error("not the codice fiscale of a body: {0}")]
    Body(#[source] PartitaIvaError),
    /// Sixteen characters whose last does not fit the others.
    #[error("not a codice fiscale: check letter {found}, {expected} expected")]
    Check {
        /// The letter the algorithm gives.
        expected: char,
        /// The letter written.
        found: char,
    },
}

impl Bilingual for CodiceFiscaleError {
    fn italian(&self) -> String {
        match self {
            Self::Length(found) => {
                format!("non è un codice fiscale: attesi 11 o 16 caratteri, {}", code::found_it(*found))
            }
            Self::Shape(error) => format!("non è un codice fiscale: {}", error.italian()),
            Self::Body(error) => format!("non è il codice fiscale di un ente: {}", error.cause_it()),
            Self::Check { expected, found } => {
                format!("non è un codice fiscale: lettera di controllo {found}, attesa {expected}")
            }
        }
    }
}

const PERSON: [Class; 16] = {
    use Class::{Letter as L, Month, Omocodia as D};
    [L, L, L, L, L, L, D, D, Month, D, D, L, D, D, D, L]
};

impl CodiceFiscale {
    /// Parses a code as people write it: blanks and lower case are forgiven.
    ///
    /// # Errors
    /// Says which character, length or check character is wrong.
    pub fn parse_lenient(raw: &str) -> Result<Self, CodiceFiscaleError> {
        raw.parse().or_else(|_| code::compact(raw).parse())
    }

    /// The 11 or 16 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Kind::Body(bytes) => code::ascii(bytes),
            Kind::Person(bytes) => code::ascii(bytes),
        }
    }

    /// Whether it is the code of a natural person.
    #[must_use]
    pub fn is_person(&self) -> bool {
        matches!(self.0, Kind::Person(_))
    }

    /// The form fit for logs: of a person only the first three letters are left.
    #[must_use]
    pub fn masked(&self) -> String {
        match &self.0 {
            Kind::Body(bytes) => code::ascii(bytes).to_owned(),
            Kind::Person(bytes) => format!("{}*************", code::ascii(&bytes[..3])),
        }
    }
}

impl FromStr for CodiceFiscale {
    type Err = CodiceFiscaleError;

    fn from_str(raw: &str) -> Result<Self, CodiceFiscaleError> {
        match raw.chars().count() {
            11 => Ok(Self(Kind::Body(partita_iva::eleven_digits(raw).map_err(CodiceFiscaleError::Body)?))),
            16 => person(raw),
            found => Err(CodiceFiscaleError::Length(found)),
        }
    }
}

fn person(raw: &str) -> Result<CodiceFiscale, CodiceFiscaleError> {
    let bytes = code::shape(raw, &PERSON)?;
    let expected = check_letter(&bytes[..15]);
    let found = char::from(bytes[15]);
    if expected == found {
        Ok(CodiceFiscale(Kind::Person(bytes)))
    } else {
        Err(CodiceFiscaleError::Check { expected, found })
    }
}

/// What a character counts at an odd position; at an even one it counts its own value.
const ODD: [u32; 26] =
    [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/// The letter that checks the given capitals and digits; the CIN of an Italian IBAN uses it too.
pub(super) fn check_letter(characters: &[u8]) -> char {
    let sum: u32 = characters
        .iter()
        .enumerate()
        .map(|(index, character)| {
            let value =
                if character.is_ascii_digit() { character - b'0' } else { character.wrapping_sub(b'A') % 26 };
            if index % 2 == 0 { ODD[usize::from(value)] } else { u32::from(value) }
        })
        .sum();
    char::from_u32(u32::from(b'A') + sum % 26).unwrap_or_default()
}

impl fmt::Debug for CodiceFiscale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CodiceFiscale({})", self.masked())
    }
}

code::code_traits!(CodiceFiscale, CodiceFiscaleError, "a codice fiscale of 11 or 16 characters");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_last_character_is_refused() {
        for code in ["RSSMRA80A01H501U", "RSSMRA80A01H50MM", "01817670019"] {
            assert!(code.parse::<CodiceFiscale>().is_ok(), "{code}");
            let last = code.as_bytes()[code.len() - 1];
            for other in b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".iter().filter(|other| **other != last) {
                let wrong = format!("{}{}", &code[..code.len() - 1], char::from(*other));
                assert!(wrong.parse::<CodiceFiscale>().is_err(), "{wrong}");
            }
        }
    }

    #[test]
    fn persons_stay_out_of_logs() {
        let person: CodiceFiscale = "RSSMRA80A01H501U".parse().unwrap();
        assert_eq!(format!("{person:?}"), "CodiceFiscale(RSS*************)");
        assert_eq!(person.to_string(), "RSSMRA80A01H501U");
        let body: CodiceFiscale = "01817670019".parse().unwrap();
        assert_eq!(format!("{body:?}"), "CodiceFiscale(01817670019)");
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let error = |raw: &str| raw.parse::<CodiceFiscale>().unwrap_err();
        assert_eq!(error("1817670019"), CodiceFiscaleError::Length(10));
        assert_eq!(error("RSSMRA80A01H501A"), CodiceFiscaleError::Check { expected: 'U', found: 'A' });
        assert_eq!(error("00000000000"), CodiceFiscaleError::Body(PartitaIvaError::Zero));
        assert!(error("XXXXXX11X11X111X").to_string().contains("month"));
    }

    #[test]
    fn what_is_wrong_is_told_in_italian() {
        let told = |raw: &str| raw.parse::<CodiceFiscale>().unwrap_err().italian();
        assert_eq!(told("1817670019"), "non è un codice fiscale: attesi 11 o 16 caratteri, trovati 10");
        assert_eq!(told("RSSMRA80A01H501A"), "non è un codice fiscale: lettera di controllo A, attesa U");
        assert_eq!(
            told("RSSMRA80X01H501U"),
            "non è un codice fiscale: il carattere 9 è 'X' invece di una lettera di mese (una tra ABCDEHLMPRST)"
        );
        assert_eq!(told("01817670018"), "non è il codice fiscale di un ente: cifra di controllo 8, attesa 9");
    }
}
