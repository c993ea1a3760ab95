// SPDX-License-Identifier: EUPL-1.2
//! Rules of a generation that no schema can say; what breaks one is answered `KO`.

use crate::xml::Element;

/// Why the generation is refused, if it is.
pub(crate) fn refusal(asked: &Element, templates: &[String]) -> Option<String> {
    let general = asked.get("DATI_GENERALI_PROGETTO")?;
    let attribute = |name| general.attribute(name).unwrap_or_default();
    if !templates.iter().any(|known| known == attribute("template")) {
        return Some(format!("Template {} non disponibile", attribute("template")));
    }
    let description = asked.get("DESCRIZIONE")?.children.first()?;
    if !fits(&description.name, attribute("natura"), attribute("tipologia")) {
        return Some(format!("{} non corrisponde a natura e tipologia", description.name));
    }
    let repeated = description
        .attributes
        .iter()
        .find(|(name, value)| FREE_TEXT.contains(&name.as_str()) && monotonous(value));
    if let Some((name, _)) = repeated {
        return Some(format!("{name}: caratteri ripetuti"));
    }
    money(asked.get("FINANZIAMENTO")?)
}

const FREE_TEXT: [&str; 5] = ["nome_str_infrastr", "bene", "servizio", "denom_progetto", "obiett_corso"];

fn fits(element: &str, natura: &str, tipologia: &str) -> bool {
    match element {
        "ACQUISTO_BENI" => natura == "01",
        "REALIZZ_ACQUISTO_SERVIZI_FORMAZIONE" => natura == "02" && tipologia == "12",
        _ => natura == "02" && tipologia != "12",
    }
}

/// More than four equal digits, or three other equal characters, in a row.
fn monotonous(text: &str) -> bool {
    let mut last = None;
    let mut run = 0_usize;
    text.chars().any(|c| {
        run = if last == Some(c) { run + 1 } else { 1 };
        last = Some(c);
        run > if c.is_ascii_digit() { 4 } else { 3 }
    })
}

fn money(funding: &Element) -> Option<String> {
    let cost = euro(funding.attribute("costo"));
    let grant = euro(funding.attribute("finanziamento"));
    match cost.zip(grant) {
        Some((cost, grant)) if cost > 0 && grant <= cost => None,
        Some((0, _)) => Some("costo deve essere maggiore di zero".to_owned()),
        _ => Some("finanziamento maggiore del costo".to_owned()),
    }
}

/// Euro of an amount in thousands with three decimals at most.
fn euro(thousands: Option<&str>) -> Option<u64> {
    let text = thousands?;
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{decimals:0<3}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_equal_characters() {
        for (text, refused) in
            [("CUP 1111 aaa", false), ("11111", true), ("aaaa", true), ("abcabc", false), ("", false)]
        {
            assert_eq!(monotonous(text), refused, "{text}");
        }
    }

    #[test]
    fn thousands_become_euro() {
        assert_eq!(euro(Some("54.322")), Some(54_322));
        assert_eq!(euro(Some("54.3")), Some(54_300));
        assert_eq!(euro(Some("54")), Some(54_000));
        assert_eq!(euro(Some("x")), None);
    }
}
