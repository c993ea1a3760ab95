// SPDX-License-Identifier: EUPL-1.2
//! Identifiers of parties: each scheme has its own check digits.

use super::{FormatRule, Notes};
use crate::domain::partita_iva::PartitaIva;

static R040: FormatRule =
    FormatRule::fatal("PEPPOL-COMMON-R040", "Codice GLN (0088) non valido", "The GLN (0088) is not valid");
static R041: FormatRule = FormatRule::fatal(
    "PEPPOL-COMMON-R041",
    "Numero norvegese di organizzazione (0192) non valido",
    "The Norwegian organisation number (0192) is not valid",
);
static R043: FormatRule = FormatRule::fatal(
    "PEPPOL-COMMON-R043",
    "Numero belga di impresa (0208) non valido",
    "The Belgian enterprise number (0208) is not valid",
);
static R044: FormatRule = FormatRule::warning(
    "PEPPOL-COMMON-R044",
    "Il codice univoco ufficio (0201) ha sei lettere o cifre",
    "The office code (0201) has six letters or digits",
);
static R045: FormatRule = FormatRule::warning(
    "PEPPOL-COMMON-R045",
    "Il codice fiscale (0210) ha 11 cifre, o 16 caratteri nella forma prevista",
    "The tax code (0210) has 11 digits, or 16 characters of the known form",
);
static R046: FormatRule = FormatRule::warning(
    "PEPPOL-COMMON-R046",
    "Il codice fiscale (9907) ha 11 cifre, o 16 caratteri nella forma prevista",
    "The tax code (9907) has 11 digits, or 16 characters of the known form",
);
static R047: FormatRule = FormatRule::warning(
    "PEPPOL-COMMON-R047",
    "Partita IVA (0211) non valida",
    "The VAT number (0211) is not valid",
);
static R048: FormatRule = FormatRule::warning(
    "PEPPOL-COMMON-R048",
    "Partita IVA (9906) non valida",
    "The VAT number (9906) is not valid",
);
static R049: FormatRule = FormatRule::fatal(
    "PEPPOL-COMMON-R049",
    "Numero svedese di organizzazione (0007) non valido",
    "The Swedish organisation number (0007) is not valid",
);
static R050: FormatRule = FormatRule::fatal(
    "PEPPOL-COMMON-R050",
    "Numero australiano di impresa (0151) non valido",
    "The Australian business number (0151) is not valid",
);

pub(super) static RULES: &[&FormatRule] =
    &[&R040, &R041, &R043, &R044, &R045, &R046, &R047, &R048, &R049, &R050];

pub(super) fn check(notes: &mut Notes<'_, '_>) {
    let wire = notes.wire;
    for (id, is_endpoint) in &wire.sightings.identifiers {
        let Some(scheme) = id.attribute else { continue };
        let Some((rule, is_good)) = rule_of(scheme, *is_endpoint) else { continue };
        if !is_good(&id.text()) {
            notes.add_text(rule, id);
        }
    }
}

type Check = fn(&str) -> bool;

/// The schemes of the old Peppol list (99xx) are judged on endpoints only.
fn rule_of(scheme: &str, is_endpoint: bool) -> Option<(&'static FormatRule, Check)> {
    match scheme {
        "0088" => Some((&R040, is_gln)),
        "0192" => Some((&R041, is_norwegian)),
        "0208" => Some((&R043, is_belgian)),
        "0201" => Some((&R044, is_office)),
        "0210" => Some((&R045, is_tax_code)),
        "9907" if is_endpoint => Some((&R046, is_tax_code)),
        "0211" => Some((&R047, is_vat_number)),
        "9906" if is_endpoint => Some((&R048, is_vat_number)),
        "0007" => Some((&R049, is_swedish)),
        "0151" => Some((&R050, is_australian)),
        _ => None,
    }
}

/// The digits, when there is nothing else.
fn digits(text: &str) -> Option<Vec<u32>> {
    text.chars().map(|character| character.to_digit(10)).collect()
}

/// The digits, when there are exactly so many.
fn exactly<const N: usize>(text: &str) -> Option<[u32; N]> {
    digits(text)?.try_into().ok()
}

/// GS1: from the right, weights 3 and 1 in turn.
fn is_gln(text: &str) -> bool {
    let Some(all) = digits(text) else { return false };
    let Some((check, body)) = all.split_last() else { return false };
    let sum: u32 =
        body.iter().rev().zip([3, 1].into_iter().cycle()).map(|(digit, weight)| digit * weight).sum();
    (10 - sum % 10) % 10 == *check
}

/// Modulo 11 with weights 3 2 7 6 5 4 3 2.
fn is_norwegian(text: &str) -> bool {
    let Some([body @ .., check]) = exactly::<9>(text) else { return false };
    let sum: u32 = body.iter().zip([3, 2, 7, 6, 5, 4, 3, 2]).map(|(digit, weight)| digit * weight).sum();
    sum > 0 && (11 - sum % 11) % 11 == check
}

/// The last two digits are 97 less the rest modulo 97.
fn is_belgian(text: &str) -> bool {
    let Some([body @ .., tens, units]) = exactly::<10>(text) else { return false };
    let number = body.iter().fold(0, |number, digit| number * 10 + digit);
    97 - number % 97 == tens * 10 + units
}

/// Luhn over ten digits.
fn is_swedish(text: &str) -> bool {
    let Some(all) = exactly::<10>(text) else { return false };
    let doubled = |(position, digit): (usize, &u32)| match position % 2 {
        0 => digit * 2 / 10 + digit * 2 % 10,
        _ => *digit,
    };
    all.iter().enumerate().map(doubled).sum::<u32>() % 10 == 0
}

/// The first digit less one, weights 10 1 3 5 ... 19, modulo 89.
fn is_australian(text: &str) -> bool {
    let Some([first, rest @ ..]) = exactly::<11>(text) else { return false };
    let tail: u32 = rest.iter().zip((1..).step_by(2)).map(|(digit, weight)| digit * weight).sum();
    (i64::from(first) - 1).saturating_mul(10).saturating_add(i64::from(tail)) % 89 == 0
}

fn is_office(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The form only: whether the check letter is right is for the order rules.
fn is_tax_code(text: &str) -> bool {
    let bytes = text.as_bytes();
    let letters = |from: usize, to: usize| {
        bytes.get(from..to).is_some_and(|part| part.iter().all(u8::is_ascii_alphabetic))
    };
    let numbers =
        |from: usize, to: usize| bytes.get(from..to).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    match bytes.len() {
        11 => numbers(0, 11),
        16 => {
            letters(0, 6)
                && numbers(6, 8)
                && letters(8, 9)
                && numbers(9, 11)
                && numbers(14, 15)
                && letters(15, 16)
        }
        _ => false,
    }
}

/// Only Italian numbers are checked.
fn is_vat_number(text: &str) -> bool {
    match text.get(..2) {
        Some("IT" | "it") => text.get(2..).is_some_and(|digits| digits.parse::<PartitaIva>().is_ok()),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scheme_tells_good_from_bad() {
        let cases: [(Check, &str, &str); 8] = [
            (is_gln, "5790000435951", "5790000435954"),
            (is_norwegian, "991825827", "991825822"),
            (is_belgian, "0739484052", "0739484053"),
            (is_office, "F7VRDL", "c_a218"),
            (is_tax_code, "RSSMRA80A01H501U", "RSSMRA80A01H50"),
            (is_vat_number, "IT02313821007", "IT01234567890"),
            (is_swedish, "2021005489", "2021005480"),
            (is_australian, "51824753556", "51824753550"),
        ];
        for (check, good, bad) in cases {
            assert!(check(good), "{good}");
            assert!(!check(bad), "{bad}");
            assert!(!check("ITè") && !check("IT"));
        }
    }
}
