// SPDX-License-Identifier: EUPL-1.2
//! The forms a text may have, as the national schemas demand them. A text that breaks its form is a fault of the document;
//! what it means is nobody's business here.

use chrono::NaiveDate;

use super::pattern::Pattern;
use crate::documents::guard::content::trimmed;
use crate::documents::{amounts, dates};
use crate::domain::money::Money;
use crate::domain::text::Text;

/// The form of a text.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form {
    /// So many characters of Basic Latin.
    Basic(usize, usize),
    /// One to so many characters of Basic Latin and Latin-1.
    Latin(usize),
    /// So many characters of any kind.
    Any(usize, usize),
    /// At most so many characters of any kind, not all of them blanks.
    Filled(usize),
    /// One of these.
    Code(&'static [&'static str]),
    /// A prefix and a number of two digits.
    Numbered { prefix: &'static str, first: u8, last: u8, but: u8 },
    /// One of these, or a prefix and a number of two digits.
    Listed(&'static [&'static str], &'static str, u8, u8),
    /// So many capital letters.
    Letters(usize),
    /// Two capital letters; nothing is Italy.
    Nation,
    /// Capital letters and digits.
    Capitals(usize, usize),
    /// So many digits.
    Digits(usize),
    /// Runs of characters.
    Pattern(&'static Pattern),
    /// A whole number between these.
    Integer(u64, u64),
    /// `xs:decimal` with at most two decimals and 15 digits, and not below so many cents.
    Money(i64),
    /// An amount, sign allowed, two decimals at least.
    Amount { decimals_max: usize },
    /// A percentage up to 100.00, two decimals.
    Rate,
    /// A quantity: no sign, two to eight decimals.
    Quantity,
    /// A weight: one or two decimals.
    Weight,
    /// `xs:date`.
    Date,
    /// `xs:date` from 1970 on.
    InvoiceDate,
    /// `xs:dateTime`.
    DateTime,
    /// Two to ten characters of Basic Latin, blanks around them forgiven.
    Title,
    /// A certified address.
    Email,
    /// An address of a contact.
    Contact,
    /// Country, check digits and an account.
    Iban,
    /// A bank.
    Bic,
    /// `xs:base64Binary`.
    Base64,
}

const INTEGER_DIGITS: usize = 11;

impl Form {
    /// Why a text does not have the form. `text` is as written, with references resolved and blanks kept.
    #[inline]
    pub(crate) fn fault(self, text: &str) -> Option<Text> {
        if self.holds(text) { None } else { Some(self.reason(text)) }
    }

    fn holds(self, text: &str) -> bool {
        let bytes = text.as_bytes();
        match self {
            Self::Basic(least, most) => (least..=most).contains(&bytes.len()) && text.is_ascii(),
            Self::Latin(most) => is_latin(text, most),
            Self::Any(least, most) => (least..=most).contains(&text.chars().count()),
            Self::Filled(most) => {
                !text.trim().is_empty() && (most == usize::MAX || text.chars().count() <= most)
            }
            Self::Code(codes) => codes.contains(&text),
            Self::Numbered { prefix, first, last, but } => {
                numbered(text, prefix).is_some_and(|number| (first..=last).contains(&number) && number != but)
            }
            Self::Listed(codes, prefix, first, last) => {
                codes.contains(&text)
                    || numbered(text, prefix).is_some_and(|number| (first..=last).contains(&number))
            }
            Self::Letters(length) => bytes.len() == length && bytes.iter().all(u8::is_ascii_uppercase),
            Self::Nation => text.is_empty() || Self::Letters(2).holds(text),
            Self::Capitals(least, most) => {
                let is_capital = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
                (least..=most).contains(&bytes.len()) && bytes.iter().all(is_capital)
            }
            Self::Digits(length) => bytes.len() == length && bytes.iter().all(u8::is_ascii_digit),
            Self::Integer(least, most) => {
                let digits = trimmed(text);
                let digits = digits.strip_prefix('+').unwrap_or(digits);
                !digits.is_empty()
                    && digits.bytes().all(|byte| byte.is_ascii_digit())
                    && digits.parse().is_ok_and(|number: u64| (least..=most).contains(&number))
            }
            Self::Pattern(pattern) => pattern.holds(text),
            Self::Money(least) => {
                amounts::xml_money(trimmed(text)).is_some_and(|amount| amount.cents() >= least)
            }
            Self::Amount { decimals_max } => {
                let unsigned = trimmed(text);
                let unsigned = unsigned.strip_prefix('-').unwrap_or(unsigned);
                decimal(unsigned, INTEGER_DIGITS, 2, decimals_max)
            }
            Self::Rate => {
                let text = trimmed(text);
                decimal(text, 3, 2, 2) && (text.len() < 6 || text == "100.00" || text.starts_with('0'))
            }
            Self::Quantity => decimal(trimmed(text), INTEGER_DIGITS + 1, 2, 8),
            Self::Weight => decimal(trimmed(text), 4, 1, 2),
            Self::Date => dates::date(trimmed(text)).is_some(),
            Self::InvoiceDate => dates::date(trimmed(text)).is_some_and(|date| date >= NaiveDate::default()),
            Self::DateTime => is_date_time(trimmed(text)),
            Self::Title => (2..=10).contains(&trimmed(text).len()) && text.is_ascii(),
            Self::Email => is_email(trimmed(text)),
            Self::Contact => (7..=256).contains(&text.chars().count()) && is_contact(text),
            Self::Iban => is_iban(bytes),
            Self::Bic => is_bic(bytes),
            Self::Base64 => is_base64(bytes),
        }
    }

    #[cold]
    fn reason(self, text: &str) -> Text {
        match self {
            Self::Any(_, usize::MAX) | Self::Filled(usize::MAX) => {
                Text::new("serve un testo", "a text is needed")
            }
            Self::Filled(most) => told(
                format!("servono da 1 a {most} caratteri, non solo spazi"),
                format!("1 to {most} characters are needed, not blanks alone"),
            ),
            Self::Any(least, most) => told(
                format!("servono da {least} a {most} caratteri"),
                format!("{least} to {most} characters are needed"),
            ),
            Self::Basic(least, most) if text.is_ascii() => Self::Any(least, most).reason(text),
            Self::Basic(least, most) => told(
                format!("servono da {least} a {most} caratteri, senza accenti"),
                format!("{least} to {most} characters are needed, without accents"),
            ),
            Self::Latin(most) => told(
                format!("servono da 1 a {most} caratteri dell'alfabeto latino (ISO 8859-1)"),
                format!("1 to {most} characters of the Latin alphabet (ISO 8859-1) are needed"),
            ),
            Self::Code(codes) => {
                let list = codes.join(", ");
                told(format!("non è uno dei codici ammessi: {list}"), format!("not one of the codes: {list}"))
            }
            Self::Numbered { prefix, first, last, .. } | Self::Listed(_, prefix, first, last) => told(
                format!("non è uno dei codici ammessi, fino a {prefix}{last:02} (da {prefix}{first:02})"),
                format!("not one of the codes, up to {prefix}{last:02} (from {prefix}{first:02})"),
            ),
            Self::Nation => Self::Letters(2).reason(text),
            Self::Letters(length) => told(
                format!("servono {length} lettere maiuscole"),
                format!("{length} capital letters are needed"),
            ),
            Self::Capitals(least, most) => told(
                format!("servono da {least} a {most} lettere maiuscole o cifre"),
                format!("{least} to {most} capital letters or digits are needed"),
            ),
            Self::Digits(length) => {
                told(format!("servono {length} cifre"), format!("{length} digits are needed"))
            }
            Self::Pattern(pattern) => told(
                format!("non ha la forma {}", pattern.shown.it),
                format!("not of the form {}", pattern.shown.en),
            ),
            Self::Title => Text::new("servono da 2 a 10 caratteri", "2 to 10 characters are needed"),
            Self::Email | Self::Contact => {
                Text::new("non è un indirizzo di posta elettronica", "not an e-mail address")
            }
            Self::Iban => Text::new("non ha la forma di un IBAN", "not of the form of an IBAN"),
            Self::Bic => Text::new("non ha la forma di un BIC", "not of the form of a BIC"),
            Self::Base64 => Text::new("non è base64", "not base64"),
            _ => self.reason_of_number(),
        }
    }

    /// Why a text is not a number or a date of this form.
    fn reason_of_number(self) -> Text {
        match self {
            Self::Integer(least, u64::MAX) => told(
                format!("serve un numero intero da {least} in su"),
                format!("a whole number of {least} or more is needed"),
            ),
            Self::Integer(least, most) => told(
                format!("serve un numero intero da {least} a {most}"),
                format!("a whole number from {least} to {most} is needed"),
            ),
            Self::Money(least) => money_reason(least),
            Self::Amount { decimals_max } => decimals_reason(2, decimals_max, INTEGER_DIGITS),
            Self::Rate => Text::new(
                "serve una percentuale da 0.00 a 100.00 con due decimali",
                "a percentage from 0.00 to 100.00 with two decimals is needed",
            ),
            Self::Quantity => decimals_reason(2, 8, INTEGER_DIGITS + 1),
            Self::Weight => decimals_reason(1, 2, 4),
            Self::DateTime => Text::new(
                "non è una data con ora AAAA-MM-GGThh:mm:ss",
                "not a date and time YYYY-MM-DDThh:mm:ss",
            ),
            Self::InvoiceDate => {
                Text::new("non è una data AAAA-MM-GG, dal 1970", "not a date YYYY-MM-DD, from 1970")
            }
            _ => Text::new("non è una data AAAA-MM-GG", "not a date YYYY-MM-DD"),
        }
    }
}

fn told(it: String, en: String) -> Text {
    Text { it: it.into(), en: en.into() }
}

fn money_reason(least: i64) -> Text {
    let (it, en) = match least {
        i64::MIN => (String::new(), String::new()),
        _ => {
            let least = Money::from_cents(least);
            (format!(", non minore di {least}"), format!(", not below {least}"))
        }
    };
    told(
        format!("serve un importo con al massimo due decimali dopo il punto e 15 cifre{it}"),
        format!("an amount with at most two decimals after the point and 15 digits is needed{en}"),
    )
}

fn decimals_reason(least: usize, most: usize, digits: usize) -> Text {
    let decimals = if least == most { least.to_string() } else { format!("{least}-{most}") };
    Text {
        it: format!(
            "serve un numero con al massimo {digits} cifre intere e {decimals} decimali dopo il punto"
        )
        .into(),
        en: format!(
            "a number with at most {digits} digits and {decimals} decimals after the point is needed"
        )
        .into(),
    }
}

fn is_latin(text: &str, most: usize) -> bool {
    if text.is_ascii() {
        return (1..=most).contains(&text.len());
    }
    (1..=most).contains(&text.chars().count()) && text.chars().all(|character| character <= '\u{ff}')
}

/// The number of two digits behind a prefix.
fn numbered(text: &str, prefix: &str) -> Option<u8> {
    match *text.strip_prefix(prefix)?.as_bytes() {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some((tens - b'0') * 10 + (ones - b'0')),
        _ => None,
    }
}

fn decimal(text: &str, digits_max: usize, decimals_min: usize, decimals_max: usize) -> bool {
    let bytes = text.as_bytes();
    let point = bytes.iter().position(|byte| *byte == b'.').unwrap_or(bytes.len());
    let (integer, decimals) = (&bytes[..point], bytes.get(point + 1..).unwrap_or_default());
    (1..=digits_max).contains(&integer.len())
        && (decimals_min..=decimals_max).contains(&decimals.len())
        && integer.iter().chain(decimals).all(u8::is_ascii_digit)
}

fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else { return false };
    let zone = time.find(['Z', '+', '-']).unwrap_or(time.len());
    let (time, zone) = time.split_at(zone);
    dates::date(&format!("{date}{zone}")).is_some()
        && date.len() == 10
        && chrono::NaiveTime::parse_from_str(time, "%H:%M:%S%.f").is_ok()
}

fn is_email(text: &str) -> bool {
    let is_atom = |atom: &str| {
        !atom.is_empty()
            && atom.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"(),.:;<>@[\\]".contains(&byte))
    };
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let is_quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let is_literal = domain.len() > 2 && domain.starts_with('[') && domain.ends_with(']');
    text.len() <= 256
        && (is_quoted || local.split('.').all(is_atom))
        && (is_literal || domain.split('.').all(is_atom))
}

/// Something, an at sign, something, a point, something.
fn is_contact(text: &str) -> bool {
    let Some((local, rest)) = text.split_once('@') else { return false };
    let is_domain = |domain: &str| {
        let inner = domain.char_indices().skip(1).filter(|(_, character)| *character == '.');
        inner.into_iter().any(|(at, _)| at + 1 < domain.len())
    };
    !local.is_empty() && is_domain(rest)
}

fn is_iban(bytes: &[u8]) -> bool {
    let Some((country, rest)) = bytes.split_at_checked(2) else { return false };
    let Some((check, account)) = rest.split_at_checked(2) else { return false };
    country.iter().all(u8::is_ascii_alphabetic)
        && check.iter().all(u8::is_ascii_digit)
        && (11..=30).contains(&account.len())
        && account.iter().all(u8::is_ascii_alphanumeric)
}

fn is_bic(bytes: &[u8]) -> bool {
    let (Some((bank, rest)), true) = (bytes.split_at_checked(6), matches!(bytes.len(), 8 | 11)) else {
        return false;
    };
    let is_capital = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    bank.iter().all(u8::is_ascii_uppercase)
        && rest.iter().all(is_capital)
        && !matches!(rest.first(), Some(b'0' | b'1'))
        && rest.get(1) != Some(&b'O')
}

fn is_base64(bytes: &[u8]) -> bool {
    let is_symbol = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let is_blank = |byte: &u8| byte.is_ascii_whitespace();
    let padding = bytes.iter().rev().filter(|byte| !is_blank(byte)).take_while(|byte| **byte == b'=').count();
    let symbols = bytes.iter().filter(|byte| is_symbol(byte)).count();
    let others = bytes.iter().filter(|byte| !is_symbol(byte) && !is_blank(byte)).count();
    padding <= 2 && others == padding && (symbols + padding) % 4 == 0
}

#[cfg(test)]
mod tests;
