// SPDX-License-Identifier: EUPL-1.2
//! Documents with something changed: one thing, for each element, or a few at random.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// An element as it stands in the text.
#[derive(Debug)]
pub(super) struct Place {
    /// Names from below the root, however that is spelt.
    pub(super) path: String,
    /// From its first character to behind its last.
    whole: Range<usize>,
    pub(super) content: Range<usize>,
    pub(super) leaf: bool,
    parent: Option<usize>,
}

/// The elements of a document, but for what is in the signature. The first is the root.
pub(super) fn places(text: &str) -> Vec<Place> {
    let mut found: Vec<Place> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find('<').map(|found| at + found) {
        let rest = &text[start..];
        let until = |mark: &str| start + rest.find(mark).unwrap() + mark.len();
        if rest.starts_with("<!--") {
            at = until("-->");
        } else if rest.starts_with("<![CDATA[") {
            at = until("]]>");
        } else if rest.starts_with("<?") {
            at = until("?>");
        } else if rest.starts_with("</") {
            at = until(">");
            let place = &mut found[open.pop().unwrap()];
            place.content.end = start;
            place.whole.end = at;
        } else {
            at = until(">");
            let name = rest[1..].split(['>', '/']).next().unwrap().split_whitespace().next().unwrap();
            let parent = open.last().copied();
            if let Some(parent) = parent {
                found[parent].leaf = false;
            }
            let path = parent.map_or_else(String::new, |parent| format!("{}/{name}", found[parent].path));
            found.push(Place { path, whole: start..at, content: at..at, leaf: true, parent });
            if !text[..at].ends_with("/>") {
                open.push(found.len() - 1);
            }
        }
    }
    found.retain(|place| !place.path.contains("Signature/"));
    found
}

pub(super) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

fn replaced(text: &str, range: &Range<usize>, by: &str) -> String {
    [&text[..range.start], by, &text[range.end..]].concat()
}

/// Values at and over the limits: decimals, days, alphabets, addresses.
const VALUES: [&str; 8] = [
    "| |€|è|ɏ|it|ITA|0|1|-1|+1|01|999|1000|9999|10000|1.0|1.00|-1.00|+1.00| 1.00 |1,00|1.|.00|1.123",
    "1.12345678|1.123456789|100.00|100.01|099.99|1000.00|9999.9|99999.99|99999999999.99",
    "100000000000.00|999999999999.99|9999999999999.99|12345|1234A|ABCDEF|ABC-EF|1970-01-01|1969-12-31",
    "2026-02-30|2026-1-1| 2026-01-20 |2026-01-20+01:00|2026-01-20T09:00:00|2026-01-20T09:00:00.5+01:00",
    "2026-01-20 09:00:00|QQ=|QUI=|a@b|a@b.it|ab@c.it|a b@c.it|a..b@c.it|a@b..it|a.@b.it|.@.it|aèè@b.it",
    "a~b^c`{d}@e_f.it|a@[1.2.3.4]|a@[1]2]|\"[]!#-a\"@b.it|\"\\a\\b\"@b.it|\"ab\"@b.it| a.b@c.it |a,b@cd.it",
    "a/b-c@d.it|it60x0542811101000000123456",
    "IT6AX0542811101000000123456|BCITIT22XXX|BCITIT1M|BCITITMO|BCITIT2MXX",
];

/// These, and texts of the lengths that count.
pub(super) fn values() -> Vec<String> {
    let mut values: Vec<String> = VALUES.iter().flat_map(|row| row.split('|')).map(str::to_owned).collect();
    for length in [
        2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 20, 21, 28, 29, 34, 35, 36, 60, 61, 80, 81, 100,
        101, 200, 201, 256, 257, 1000, 1001,
    ] {
        values.push("A".repeat(length));
    }
    for length in [10, 20, 35, 36, 60, 61, 80, 81, 100, 101, 200, 201, 1000, 1001] {
        values.push("é".repeat(length));
    }
    values.extend([10, 11, 22, 23, 30, 31].map(|length| format!("IT60{}", "1".repeat(length))));
    values.extend([246, 247].map(|length| format!("{}@b.example", "a".repeat(length))));
    values
}

/// The document with one thing changed, for each element whose path (for its values: whose name and parent) is new.
pub(super) fn changed(
    text: &str,
    words: &BTreeSet<String>,
    seen: &mut BTreeSet<String>,
) -> Vec<(String, String)> {
    let places = places(text);
    let values = values();
    let mut found = Vec::new();
    for (index, place) in places.iter().enumerate().skip(1) {
        let Place { path, whole, content, leaf, parent } = place;
        let itself = &text[whole.clone()];
        let name = name(path);
        if seen.insert(path.clone()) {
            let mut add = |what: &str, document: String| found.push((format!("{path} {what}"), document));
            add("left out", replaced(text, whole, ""));
            add("twice", replaced(text, whole, &[itself, itself].concat()));
            add("renamed", replaced(text, whole, &itself.replace(name, "Altro")));
            add("elsewhere", replaced(text, whole, &itself.replacen('>', " xmlns=\"urn:altro\">", 1)));
            add("with an attribute", replaced(text, whole, &itself.replacen('>', " a=\"\">", 1)));
            add("with text", replaced(text, &(content.start..content.start), "AB"));
            if let Some(next) = places[index + 1..].iter().find(|next| next.parent == *parent) {
                let both = whole.start..next.whole.end;
                let between = &text[whole.end..next.whole.start];
                let swapped = [&text[next.whole.clone()], between, itself].concat();
                add("after the next", replaced(text, &both, &swapped));
            }
        }
        let tail: Vec<&str> = path.rsplit('/').take(2).collect();
        if *leaf && seen.insert(tail.join(" of ")) {
            let value = &text[content.clone()];
            let listed = words.contains(value);
            let around = [format!(" {value}"), format!("{value}\n"), format!("{value}{value}")];
            for value in values.iter().chain(&around).chain(words.iter().filter(|_| listed)) {
                let written = value.replace('&', "&amp;").replace('<', "&lt;");
                found.push((format!("{path} is {value:?}"), replaced(text, content, &written)));
            }
        }
    }
    found
}

/// The document with other attributes of its root.
pub(super) fn rooted(text: &str) -> Vec<(String, String)> {
    let versione = text.find("versione=\"").unwrap() + "versione=\"".len();
    let end = versione + text[versione..].find('"').unwrap();
    let mut found: Vec<_> = ["FPA12", "FPR12", "1.1", "FSM10", "SDI11", "", " FPA12", "1.2"]
        .map(|version| (format!("versione {version:?}"), replaced(text, &(versione..end), version)))
        .to_vec();
    let attribute = versione - "versione=\"".len()..end + 1;
    for other in ["", "versione2=\"\"", "Versione=\"FPA12\""] {
        found.push((format!("attribute {other:?}"), replaced(text, &attribute, other)));
    }
    for sender in ["", "A", "AAAAAAAAAA", "AAAAAAAAAAA", "è"] {
        let both = format!("{} SistemaEmittente=\"{sender}\"", &text[attribute.clone()]);
        found.push((format!("SistemaEmittente {sender:?}"), replaced(text, &attribute, &both)));
    }
    found
}

/// Numbers that look random and are the same in each run.
pub(super) struct Seeded(pub(super) u64);

impl Seeded {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    pub(super) fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// One change or two, each on what the one before left. `usual` are the values seen, by name of their element.
    pub(super) fn changed(
        &mut self,
        text: &str,
        values: &[String],
        usual: &BTreeMap<String, Vec<String>>,
    ) -> (String, String) {
        let (mut text, mut told) = (text.to_owned(), Vec::new());
        for _ in 0..=self.below(2) {
            let places = places(&text);
            let Place { path, whole, content, leaf, .. } = &places[1 + self.below(places.len() - 1)];
            let itself = text[whole.clone()].to_owned();
            let (what, next) = match self.below(if *leaf { 10 } else { 4 }) {
                0 => ("left out", replaced(&text, whole, "")),
                1 => ("twice", replaced(&text, whole, &[itself.as_str(), &itself].concat())),
                2 => {
                    let target = self.pick(&places[1..]).whole.start;
                    ("also elsewhere", replaced(&text, &(target..target), &itself))
                }
                3 => {
                    let other = text[self.pick(&places[1..]).whole.clone()].to_owned();
                    ("another", replaced(&text, whole, &other))
                }
                4 => {
                    let value = self.pick(values);
                    ("with another value", replaced(&text, content, &value.replace('<', "&lt;")))
                }
                _ => {
                    let value = usual.get(name(path)).map_or("", |usual| self.pick(usual).as_str());
                    ("with a usual value", replaced(&text, content, value))
                }
            };
            told.push(format!("{path} {what}"));
            text = next;
            if uppsala::parse(&text).is_err() || text.len() > 100_000 {
                break;
            }
        }
        (told.join(", "), text)
    }
}
