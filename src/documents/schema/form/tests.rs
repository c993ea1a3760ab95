// SPDX-License-Identifier: EUPL-1.2
use super::*;

fn all_hold(form: Form, texts: &[&str]) {
    for text in texts {
        assert!(form.holds(text), "{form:?} {text:?}");
    }
}

fn none_hold(form: Form, texts: &[&str]) {
    for text in texts {
        assert!(!form.holds(text), "{form:?} {text:?}");
    }
}

#[test]
fn numbers_have_their_decimals() {
    all_hold(Form::Amount { decimals_max: 2 }, &["0.00", "-12.50", "99999999999.99", " 1.00\n"]);
    none_hold(
        Form::Amount { decimals_max: 2 },
        &["1", "1.0", "1.000", "1,00", "+1.00", "100000000000.00", ".50", ""],
    );
    all_hold(Form::Amount { decimals_max: 8 }, &["1.00", "0.12345678"]);
    all_hold(Form::Quantity, &["999999999999.00000001", "1.00"]);
    none_hold(Form::Quantity, &["-1.00", "1"]);
    all_hold(Form::Rate, &["22.00", "0.00", "100.00", "022.00"]);
    none_hold(Form::Rate, &["100.01", "10.0", "-4.00", "999.00"]);
}

#[test]
fn codes_are_those_of_the_lists() {
    let regime = Form::Numbered { prefix: "RF", first: 1, last: 20, but: 3 };
    all_hold(regime, &["RF01", "RF20"]);
    none_hold(regime, &["RF03", "RF21", "RF1", "rf01", "RF01 "]);
    let kind = Form::Listed(&["TD01"], "TD", 16, 29);
    all_hold(kind, &["TD01", "TD16", "TD29"]);
    none_hold(kind, &["TD07", "TD30"]);
}

#[test]
fn texts_are_counted_in_characters_and_kept_to_their_alphabet() {
    all_hold(Form::Latin(3), &["àèì", "a"]);
    none_hold(Form::Latin(3), &["abcd", "", "a€"]);
    none_hold(Form::Basic(1, 3), &["à", "abcd", ""]);
    all_hold(Form::Contact, &["a@bb.it"]);
    none_hold(Form::Contact, &["a@b.c", "abc.def", "@bbbb.it", "aaa@bbbb."]);
    all_hold(Form::Email, &["a.b@c.it", "\"x y\"@c.it", " a@b "]);
    none_hold(Form::Email, &["a..b@c.it", "a b@c.it", "ab"]);
}

#[test]
fn dates_and_codes_of_banks() {
    all_hold(Form::InvoiceDate, &["2026-03-12", "1970-01-01", " 2026-03-12 ", "2026-03-12Z"]);
    none_hold(Form::InvoiceDate, &["1969-12-31", "12/03/2026", "2026-02-30"]);
    all_hold(Form::DateTime, &["2026-03-12T10:00:00", "2026-03-12T10:00:00.5+01:00"]);
    none_hold(Form::DateTime, &["2026-03-12", "2026-03-12T25:00:00"]);
    all_hold(Form::Iban, &["IT60X0542811101000000123456"]);
    none_hold(Form::Iban, &["IT60", "1T60X0542811101000000123456"]);
    all_hold(Form::Bic, &["BCITITMM", "BCITITMMXXX"]);
    none_hold(Form::Bic, &["BCITIT1M", "BCITITMO", "BCITITMMX"]);
}

#[test]
fn attachments_are_base64() {
    all_hold(Form::Base64, &["QUJD", "QUI=\n", "QQ ==", ""]);
    none_hold(Form::Base64, &["QUJ", "Q=JD", "QUJD%", "Q==="]);
}
