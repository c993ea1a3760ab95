// SPDX-License-Identifier: EUPL-1.2
//! Names of Comuni as offices write them: with "Comune di", with both languages, abbreviated, with small words left out.
//! The forms are tried from the literal to the loose, and the first that fits anything decides.

use std::collections::HashMap;

use super::{Comune, Comuni, normalise_name};

/// The Comuni that a written name may mean.
#[derive(Debug, Default)]
pub struct Named<'a> {
    /// Each once.
    pub comuni: Vec<&'a Comune>,
    /// The province that stands in brackets behind the name.
    pub province: Option<String>,
    /// Whether the name is one of the Comune's own, give or take accents and "Comune di".
    pub literal: bool,
}

/// The names of all Comuni.
#[derive(Debug)]
pub struct Names<'a> {
    comuni: &'a Comuni,
    loose: HashMap<String, Vec<&'a Comune>>,
}

impl<'a> Names<'a> {
    /// Of a table of Comuni.
    #[must_use]
    pub fn new(comuni: &'a Comuni) -> Self {
        let mut loose: HashMap<String, Vec<&'a Comune>> = HashMap::new();
        for comune in comuni.iter() {
            for name in comune.names() {
                let same = loose.entry(loose_form(&normalise_name(name))).or_default();
                if same.last().is_none_or(|last| last.istat != comune.istat) {
                    same.push(comune);
                }
            }
        }
        Self { comuni, loose }
    }

    /// The Comuni that a name may mean.
    #[must_use]
    pub fn find(&self, written: &str) -> Named<'a> {
        let (name, bracket) = split_bracket(written);
        let province = bracket.filter(|text| text.len() == 2).map(str::to_ascii_uppercase);
        let literal = |comuni| Named { comuni, province: province.clone(), literal: true };
        let whole = self.literal(written);
        if !whole.is_empty() {
            return literal(accented_only(written, whole));
        }
        let named = self.literal(name);
        if !named.is_empty() {
            return literal(accented_only(name, named));
        }
        let both = self.in_both_languages(name);
        if !both.is_empty() {
            return literal(both);
        }
        let mut comuni = self.abbreviated(&normalise_name(name));
        if comuni.is_empty() {
            let stems = stems(name);
            let loose = stems.iter().filter_map(|stem| self.loose.get(&loose_form(stem)));
            comuni = loose.flatten().copied().collect();
            unique(&mut comuni);
        }
        Named { comuni, province, literal: false }
    }

    /// The Comuni that have the name itself, or the name without "Comune di".
    fn literal(&self, name: &str) -> Vec<&'a Comune> {
        let found = stems(name).into_iter().map(|stem| self.comuni.by_name(&stem).collect::<Vec<_>>());
        found.into_iter().find(|comuni| !comuni.is_empty()).unwrap_or_default()
    }

    /// Names in two or three languages: what is known of them must agree; parted by a hyphen, all must be known.
    fn in_both_languages(&self, name: &str) -> Vec<&'a Comune> {
        for (marks, all) in [(&['/', '(', ')'][..], false), (&['-', '–', '—'][..], true)] {
            let parts: Vec<&str> = name.split(marks).map(str::trim).filter(|part| !part.is_empty()).collect();
            if parts.len() < 2 {
                continue;
            }
            let mut found: Vec<Vec<&'a Comune>> = parts.iter().map(|part| self.literal(part)).collect();
            if !all {
                found.retain(|comuni| !comuni.is_empty());
            }
            let Some((first, others)) = found.split_first() else { continue };
            let in_all = |comune: &&&Comune| {
                others.iter().all(|comuni| comuni.iter().any(|other| other.istat == comune.istat))
            };
            let common: Vec<&Comune> = first.iter().filter(in_all).copied().collect();
            if !common.is_empty() {
                return common;
            }
        }
        Vec::new()
    }

    /// Names with `S.` for San, Santa and the like: every reading is tried.
    fn abbreviated(&self, name: &str) -> Vec<&'a Comune> {
        const MOST: usize = 64;
        let mut readings = vec![String::new()];
        let mut shortened = false;
        for word in name.split(' ') {
            let full = full_words(word);
            shortened |= !full.is_empty();
            let words = if full.is_empty() { std::slice::from_ref(&word) } else { full };
            let longer =
                readings.iter().flat_map(|reading| words.iter().map(move |word| format!("{reading} {word}")));
            readings = longer.take(MOST).collect();
        }
        if !shortened {
            return Vec::new();
        }
        let mut comuni: Vec<&Comune> = readings.iter().flat_map(|reading| self.literal(reading)).collect();
        unique(&mut comuni);
        comuni
    }
}

fn unique(comuni: &mut Vec<&Comune>) {
    comuni.sort_by_key(|comune| comune.istat);
    comuni.dedup_by_key(|comune| comune.istat);
}

/// What a shortened word may stand for.
fn full_words(word: &str) -> &'static [&'static str] {
    match word {
        "s" => &["san", "santa", "santo", "sant", "santi"],
        "ss" => &["santi", "santissima"],
        "st" => &["sankt", "saint", "santo"],
        "sta" => &["santa"],
        "sto" => &["santo"],
        "mte" => &["monte"],
        "bgo" => &["borgo"],
        "vva" => &["villanova"],
        _ => &[],
    }
}

/// A name and what stands in brackets at its end.
fn split_bracket(written: &str) -> (&str, Option<&str>) {
    let inner = written.trim_end().strip_suffix(')').and_then(|rest| rest.rsplit_once('('));
    match inner {
        Some((name, bracket)) if bracket.trim().len() == 2 => (name.trim_end(), Some(bracket.trim())),
        _ => (written, None),
    }
}

/// Of several Comuni, those with an accent when the name is written with one: Paternò is not Paterno.
fn accented_only<'a>(written: &str, comuni: Vec<&'a Comune>) -> Vec<&'a Comune> {
    let accented = has_accent(written) || written.trim_end().ends_with(['\'', '’', '`']);
    let with_accent: Vec<&Comune> = comuni.iter().filter(|comune| !comune.name.is_ascii()).copied().collect();
    if accented && !with_accent.is_empty() { with_accent } else { comuni }
}

/// Whether a text has a letter with an accent; a curly apostrophe is none.
fn has_accent(text: &str) -> bool {
    text.chars().any(|c| !c.is_ascii() && (c.is_alphabetic() || ('\u{300}'..='\u{36F}').contains(&c)))
}

/// The name as it stands, then without what offices put before it. The article that "dell'" and the like swallowed comes
/// back: "Comune dell'Aquila" is L'Aquila.
fn stems(name: &str) -> Vec<String> {
    const BEFORE: [&str; 6] =
        ["amministrazione comunale ", "ente comune ", "comune ", "com ", "citta ", "municipio "];
    const LINKS: [(&str, &str); 9] = [
        ("dell ", "l "),
        ("della ", "la "),
        ("dello ", "lo "),
        ("delle ", "le "),
        ("degli ", "gli "),
        ("dei ", "i "),
        ("del ", "il "),
        ("di ", ""),
        ("d ", ""),
    ];
    let whole = normalise_name(name);
    let mut stems = vec![whole.clone()];
    if let Some(rest) = BEFORE.iter().find_map(|before| whole.strip_prefix(before)) {
        stems.push(rest.to_owned());
        if let Some((rest, article)) =
            LINKS.iter().find_map(|(link, article)| Some((rest.strip_prefix(link)?, article)))
        {
            stems.push(rest.to_owned());
            stems.push(format!("{article}{rest}"));
        }
    }
    if whole == "roma capitale" {
        stems.push("roma".to_owned());
    }
    stems
}

/// A name without its small words and blanks: "Reggio Emilia" is Reggio nell'Emilia.
fn loose_form(name: &str) -> String {
    const SMALL: [&str; 25] = [
        "di", "d", "de", "del", "dei", "della", "dell", "delle", "degli", "dello", "nell", "nel", "nella",
        "in", "al", "alla", "sul", "sulla", "sull", "l", "la", "il", "lo", "e", "ed",
    ];
    name.split(' ').filter(|word| !SMALL.contains(word)).collect()
}
