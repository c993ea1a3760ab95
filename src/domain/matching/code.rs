// SPDX-License-Identifier: EUPL-1.2
//! Codes and numbers of documents as integers, exactly: two codes are the same integer if and only if they
//! are written with the same characters, case and blanks apart.
//!
//! | text | integer |
//! | --- | --- |
//! | up to 11 letters, digits, `/`, `-`, `.`, `_` | digits of base 41, below 2^59 |
//! | a CUP: letter, two digits, letter, eleven digits | bit 62 and its value |
//! | anything else | bit 63 and a place in [`Codes`] |

use std::collections::HashMap;
use std::hash::Hasher;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::chains::mix;

const BASE: u64 = 41;
/// The most characters that fit: 41^11 is below 2^59.
const LENGTH: usize = 11;
const CUP: u64 = 1 << 62;
const KEPT: u64 = 1 << 63;
const CUP_LENGTH: usize = 15;
const BLANK: u8 = u8::MAX;
const LETTERS: &[u8; 40] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ/-._";

/// What stands for a character: 1 to 40; 0 when it cannot be packed.
const SYMBOLS: [u8; 256] = {
    let mut symbols = [0; 256];
    let mut place = 0;
    while place < LETTERS.len() {
        symbols[LETTERS[place] as usize] = place as u8 + 1;
        symbols[LETTERS[place].to_ascii_lowercase() as usize] = place as u8 + 1;
        place += 1;
    }
    symbols[b' ' as usize] = BLANK;
    symbols[b'\t' as usize] = BLANK;
    symbols
};

/// A code, or the number of a document, as an integer. Meant for comparing: its order is not that of the
/// texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(u64);

impl Code {
    /// No code.
    pub const NONE: Self = Self(0);

    /// Packs a text that fits an integer; `None` when only [`Codes`] can keep it. An empty text is
    /// [`Code::NONE`].
    ///
    /// ```
    /// use mepa_gateway::domain::matching::Code;
    /// assert_eq!(Code::pack(b"b1a5544327"), Code::pack(b"B1A 5544327"));
    /// assert_ne!(Code::pack(b"12"), Code::pack(b"012"));
    /// assert_eq!(Code::pack(b"RSSMRA80A01H501U"), None);
    /// ```
    #[must_use]
    #[inline]
    pub fn pack(text: &[u8]) -> Option<Self> {
        if text.len() > LENGTH {
            return Self::pack_long(text);
        }
        let (mut value, mut is_plain) = (0, true);
        let mut symbol = |byte: u8| {
            let symbol = SYMBOLS[usize::from(byte)];
            is_plain &= symbol.wrapping_sub(1) < 40;
            u64::from(symbol)
        };
        // Four at a time: each step waits for the one before.
        let (fours, rest) = text.as_chunks::<4>();
        for [a, b, c, d] in fours {
            let four = (symbol(*a) * BASE + symbol(*b)) * (BASE * BASE) + (symbol(*c) * BASE + symbol(*d));
            value = value * (BASE * BASE * BASE * BASE) + four;
        }
        for last in rest {
            value = value * BASE + symbol(*last);
        }
        if is_plain { Some(Self(value)) } else { Self::pack_long(text) }
    }

    /// With blanks, or too long for anything but a CUP.
    #[inline]
    fn pack_long(text: &[u8]) -> Option<Self> {
        if let (CUP_LENGTH, Some(cup)) = (text.len(), pack_cup(text)) {
            return Some(cup);
        }
        let (mut value, mut length) = (0, 0);
        for byte in text {
            match SYMBOLS[usize::from(*byte)] {
                0 => return None,
                BLANK => {}
                _ if length == LENGTH => return pack_cup(text),
                symbol => {
                    value = value * BASE + u64::from(symbol);
                    length += 1;
                }
            }
        }
        Some(Self(value))
    }

    /// Whether there is one.
    #[must_use]
    #[inline]
    pub const fn is_some(self) -> bool {
        self.0 != 0
    }

    /// Whether both are there and differ.
    #[must_use]
    #[inline]
    pub fn contradicts(self, other: Self) -> bool {
        self.is_some() && other.is_some() && self != other
    }

    /// The integer, for hashing.
    #[inline]
    pub(super) const fn bits(self) -> u64 {
        self.0
    }

    #[inline]
    fn unpack(self, room: &mut [u8; LENGTH]) -> &mut [u8] {
        let (mut rest, mut start) = (self.0, LENGTH);
        while rest > 0 && start > 0 {
            start -= 1;
            room[start] = usize::try_from(rest % BASE).map_or(0, |symbol| LETTERS[symbol.saturating_sub(1)]);
            rest /= BASE;
        }
        &mut room[start..]
    }
}

/// The value of a CUP as one integer: below 26 * 100 * 26 * 10^11, thus below 2^53.
fn pack_cup(text: &[u8]) -> Option<Code> {
    if let Ok(bare) = <&[u8; CUP_LENGTH]>::try_from(text) {
        return cup_value(bare);
    }
    let mut bare = [0; CUP_LENGTH];
    let solid = text.iter().filter(|byte| SYMBOLS[usize::from(**byte)] != BLANK);
    for (place, byte) in solid.enumerate() {
        *bare.get_mut(place)? = *byte;
    }
    cup_value(&bare)
}

fn cup_value(bare: &[u8; CUP_LENGTH]) -> Option<Code> {
    let letter = |byte: u8| byte.is_ascii_alphabetic().then(|| u64::from(byte.to_ascii_uppercase() - b'A'));
    let [first, a, b, second, digits @ ..] = bare;
    let letters = letter(*first)? * 26 + letter(*second)?;
    let mut is_plain = true;
    let mut number = |digits: &[u8]| {
        digits.iter().fold(0, |value, digit| {
            is_plain &= digit.is_ascii_digit();
            value * 10 + u64::from(digit & 0xF)
        })
    };
    // Apart, since each step waits for the one before.
    let (year, upper, lower) = (number(&[*a, *b]), number(&digits[..6]), number(&digits[6..]));
    let value = (letters * 100 + year) * 100_000_000_000 + upper * 100_000 + lower;
    is_plain.then_some(Code(CUP | value))
}

/// Hashes codes faster than is safe for texts: a set of codes is only asked, never listed.
#[derive(Debug, Default)]
pub(super) struct CodeHasher(u64);

impl Hasher for CodeHasher {
    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = mix(self.0, u64::from(*byte)));
    }

    #[inline]
    fn write_u64(&mut self, value: u64) {
        self.0 = mix(self.0, value);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}

/// Keeps the codes that do not fit an integer. One for all documents that are matched together.
#[derive(Debug, Default)]
pub struct Codes {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    places: HashMap<String, u64>,
    loose: Vec<Code>,
}

impl Codes {
    /// The code of a text.
    #[must_use]
    #[inline]
    pub fn code(&self, text: &str) -> Code {
        Code::pack(text.as_bytes()).unwrap_or_else(|| self.keep(text))
    }

    /// A number of a document without the ways of writing it: separators, words before the digits ("ODA n."),
    /// leading zeros. Equal numbers are only a hint: `1/2` and `12` are the same.
    #[must_use]
    #[inline]
    pub fn loose(&self, code: Code) -> Code {
        if code.0 & CUP != 0 {
            return code;
        }
        if code.0 & KEPT != 0 {
            let place = usize::try_from(code.0 & !KEPT).unwrap_or(usize::MAX);
            return self.lock().loose.get(place).copied().unwrap_or(code);
        }
        let mut room = [0; LENGTH];
        Code::pack(spelling(code.unpack(&mut room))).unwrap_or(code)
    }

    #[cold]
    #[inline]
    fn keep(&self, text: &str) -> Code {
        let bare: String =
            text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
        if let Some(code) = Code::pack(bare.as_bytes()) {
            return code;
        }
        let short = String::from_utf8_lossy(spelling(&mut bare.clone().into_bytes())).into_owned();
        let loose = if short == bare { None } else { Some(self.code(&short)) };
        let mut kept = self.lock();
        let next = KEPT | kept.loose.len() as u64;
        let code = Code(*kept.places.entry(bare).or_insert(next));
        if code.0 == next {
            kept.loose.push(loose.unwrap_or(code));
        }
        code
    }

    #[inline]
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same rule by which a number of an ODA is recognised in any spelling; the text is overwritten.
fn spelling(number: &mut [u8]) -> &[u8] {
    const LABELS: [&[u8]; 9] =
        [b"ODA", b"ODAN", b"ODANR", b"N", b"NR", b"NUM", b"NUMERO", b"ORDINE", b"ORDINEN"];
    let mut length = 0;
    for place in 0..number.len() {
        if number[place].is_ascii_alphanumeric() || !number[place].is_ascii() {
            number[length] = number[place];
            length += 1;
        }
    }
    let bare = &number[..length];
    let digits_from = bare.iter().position(u8::is_ascii_digit).unwrap_or(0);
    let rest = if LABELS.contains(&&bare[..digits_from]) { &bare[digits_from..] } else { bare };
    let zeros = rest.iter().take_while(|byte| **byte == b'0').count();
    if zeros == rest.len() { rest } else { &rest[zeros..] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_equal_only_when_written_equally() {
        let codes = Codes::default();
        let texts = ["", "0", "00", "1", "01", "A", "12345678901", "F81C23000780006", "F81C23000780007"];
        let odd = ["RSSMRA80A01H501U", "123456789012", "F81C2300078000", "n°1", "à", "Z/0000000000001"];
        let all: Vec<Code> = texts.iter().chain(&odd).map(|text| codes.code(text)).collect();
        for (place, one) in all.iter().enumerate() {
            assert!(all[..place].iter().all(|other| other != one), "{place}");
        }
        assert_eq!(codes.code("rssmra80a01 h501u"), codes.code("RSSMRA80A01H501U"));
        assert_eq!(codes.code("f81c 23000780006"), codes.code("F81C23000780006"));
        assert_eq!(codes.code("  "), Code::NONE);
    }

    #[test]
    fn numbers_are_alike_in_any_spelling() {
        let codes = Codes::default();
        let plain = codes.loose(codes.code("8100001"));
        for same in
            ["8100001", "0008100001", "ODA 8100001", "n. 8100001", "oda-8100001", "Ordine n. 00008100001"]
        {
            assert_eq!(codes.loose(codes.code(same)), plain, "{same}");
        }
        assert_ne!(codes.loose(codes.code("A8100001")), plain);
        assert_eq!(codes.loose(codes.code("000")), codes.code("000"));
    }
}
