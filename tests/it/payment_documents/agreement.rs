// SPDX-License-Identifier: EUPL-1.2
//! The reader against our schemas of the OPI, which say the same as the published ones: a document that keeps its schema has
//! no fault, and one that breaks it in something that is read has one.

use std::collections::BTreeSet;

use mepa_gateway::documents::Limits;
use mepa_gateway::documents::opi::read_opi;

use super::schema_of;
use crate::support::opi_fixtures;

/// Elements that are passed over: what is inside of them, or what a text of them is, the reader does not look at.
const PASSED_OVER: [&str; 25] = [
    "ds:Signature",
    "reversale",
    "esito_reversali",
    "bilancio",
    "impignorabili",
    "frazionabile",
    "gestione_provvisoria",
    "bollo",
    "spese",
    "sospeso",
    "informazioni_aggiuntive",
    "identificativo_category_purpose",
    "dati_ARCONET_siope",
    "totali_esercizio",
    "sospeso_da_regolarizzare",
    "tipo_esecuzione",
    "tipo_contabilita",
    "movimento_conto_evidenza/destinazione",
    "assoggettamento_bollo",
    "importo_bollo",
    "assoggettamento_spese",
    "importo_spese",
    "assoggettamento_commissioni",
    "importo_commissioni",
    "cliente",
];

/// At and over the limits, of every form.
const VALUES: [&str; 43] = [
    "",
    "A",
    "§",
    "0",
    "1",
    "-1",
    "+1",
    "007",
    "-1.00",
    "0.00",
    "0.01",
    "1.2",
    "1.234",
    "1.230",
    "1,00",
    ".5",
    "1e3",
    "9999999",
    "10000000",
    "999999999999999",
    "9999999999999999",
    "1998",
    "1999",
    "2099",
    "2100",
    "1979",
    "2026-02-30",
    "2026-02-28",
    "2026-02-28+01:00",
    "28/02/2026",
    "2026-02-28T10:00:00",
    "2026-02-28T10:00:00+02:00",
    "2026-02-28 10:00:00",
    "ABCDEF",
    "abcdef",
    "ABCDEFG",
    "IVA",
    "COMMERCIALE",
    "PAGATO",
    "BFA0B1C51C",
    "BFA0B1C51G",
    "J51B26000010006",
    "12345678-9",
];

/// An element on lines of its own, as the fixtures are laid out.
#[derive(Debug, Clone)]
struct Place {
    path: String,
    first: usize,
    last: usize,
    is_leaf: bool,
}

fn places(lines: &[&str]) -> Vec<Place> {
    let (mut open, mut found): (Vec<usize>, Vec<Place>) = (Vec::new(), Vec::new());
    for (at, line) in lines.iter().enumerate().skip(1) {
        let tag = line.trim_start();
        let name = tag.trim_start_matches(['<', '/']).split(['>', ' ', '/']).next().unwrap();
        if tag.starts_with("</") {
            let place = open.pop().unwrap();
            found[place].last = at;
            continue;
        }
        let path = open.last().map_or_else(String::new, |parent| format!("{}/{name}", found[*parent].path));
        let is_leaf = tag.contains("</") || tag.ends_with("/>");
        found.push(Place { path, first: at, last: at, is_leaf });
        if !is_leaf {
            open.push(found.len() - 1);
        }
    }
    found.remove(0);
    found
}

impl Place {
    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap()
    }

    /// Whether the reader looks inside of it.
    fn is_read(&self) -> bool {
        let steps: Vec<&str> = self.path.split('/').collect();
        let is_passed = |step: &&str| PASSED_OVER.contains(step);
        !steps.iter().any(is_passed) && !PASSED_OVER.contains(&steps[steps.len() - 2..].join("/").as_str())
    }

    /// Whether the reader looks at where it stands.
    fn is_placed(&self) -> bool {
        let above = self.path.rsplit_once('/').map_or("", |(above, _)| above);
        let is_inside = above.split('/').any(|step| PASSED_OVER.contains(&step));
        !is_inside && self.name() != "ds:Signature"
    }
}

#[derive(Debug, Clone)]
enum Change {
    LeftOut,
    Twice,
    Renamed,
    Behind,
    Value(String),
}

/// The lines with one element changed; none when nothing would be another.
fn changed(lines: &[&str], place: &Place, change: &Change) -> Option<Vec<String>> {
    let with = |middle: Vec<String>, end: usize| {
        let own = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>();
        [own(&lines[..place.first]), middle, own(&lines[end..])].concat()
    };
    let itself: Vec<String> = lines[place.first..=place.last].iter().map(|line| (*line).to_owned()).collect();
    let end = place.last + 1;
    let name = place.name();
    Some(match change {
        Change::LeftOut => with(Vec::new(), end),
        Change::Twice => with([itself.clone(), itself].concat(), end),
        Change::Renamed => {
            let mut other = itself;
            let last = other.len() - 1;
            other[0] = other[0].replacen(name, "altro", 1);
            other[last] = other[last].replacen(&format!("</{name}>"), "</altro>", 1);
            with(other, end)
        }
        Change::Behind => {
            let next = lines.get(end)?;
            if next.trim_start().starts_with("</") || !next.contains("</") {
                return None;
            }
            with([vec![(*next).to_owned()], itself].concat(), end + 1)
        }
        Change::Value(value) if place.is_leaf => with(vec![format!("<{name}>{value}</{name}>")], end),
        Change::Value(_) => return None,
    })
}

/// Whether the reader has something to say of a document.
fn is_told(document: &str) -> bool {
    read_opi(document.as_bytes(), &Limits::default()).map_or(true, |file| !file.faults.is_empty())
}

#[derive(Default)]
struct Tally {
    taken: usize,
    refused: usize,
    apart: Vec<String>,
}

impl Tally {
    /// Compares the two of them; what only the schema looks at may be untold.
    fn compare(&mut self, file: &str, what: &str, document: &str, is_read: bool) {
        let breaches = schema_of(file).breaches(document);
        match (breaches.is_empty(), is_told(document)) {
            (true, false) => self.taken += 1,
            (false, true) => self.refused += 1,
            (false, false) if !is_read => {}
            (true, true) => {
                let told = read_opi(document.as_bytes(), &Limits::default());
                self.apart.push(format!("{file}: {what}: keeps the schema, and is told: {told:?}"));
            }
            (false, false) => self.apart.push(format!("{file}: {what}: not told: {}", breaches[0].why)),
        }
    }

    fn must_agree(&self, refused: usize, taken: usize) {
        let shown: Vec<&String> = self.apart.iter().take(20).collect();
        assert!(self.apart.is_empty(), "{} apart: {shown:#?}", self.apart.len());
        println!("{} refused, {} taken by both", self.refused, self.taken);
        assert!(
            self.refused >= refused && self.taken >= taken,
            "{} refused, {} taken",
            self.refused,
            self.taken
        );
    }
}

#[test]
fn every_element_left_out_repeated_moved_renamed_or_with_another_value() {
    let (mut tally, mut seen) = (Tally::default(), BTreeSet::new());
    for (file, text) in opi_fixtures() {
        let lines: Vec<&str> = text.lines().collect();
        for place in &places(&lines) {
            // What may stand in a debt depends on its kind.
            let debt = lines[..=place.first].iter().rfind(|line| line.contains("<tipo_debito_siope"));
            let debt = debt.filter(|_| place.path.contains("classificazione_dati_siope_uscite"));
            if !seen.insert((
                schema_of(&file) as usize,
                place.path.clone(),
                debt.map(|line| (*line).to_owned()),
            )) {
                continue;
            }
            for change in [Change::LeftOut, Change::Twice, Change::Renamed, Change::Behind] {
                if let Some(document) = changed(&lines, place, &change) {
                    let what = format!("{} {change:?}", place.path);
                    // That a number stands once in all of them is not looked at where they are passed over.
                    let is_key =
                        matches!(change, Change::Twice) && ["reversale", "sospeso"].contains(&place.name());
                    tally.compare(&file, &what, &document.join("\n"), place.is_placed() && !is_key);
                }
            }
            for value in VALUES.iter().filter(|_| place.is_leaf) {
                let change = Change::Value((*value).to_owned());
                let document = changed(&lines, place, &change).unwrap().join("\n");
                tally.compare(&file, &format!("{} {change:?}", place.path), &document, place.is_read());
            }
        }
    }
    tally.must_agree(3_000, 1_000);
}

/// Numbers that look random and are the same in every run.
struct Seeded(u64);

impl Seeded {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

#[test]
fn a_few_things_changed_at_random() {
    let mut tally = Tally::default();
    let mut seeded = Seeded(2026);
    let documents = opi_fixtures();
    for round in 0..1_500 {
        let (file, text) = &documents[seeded.below(documents.len())];
        let mut document = text.clone();
        let mut changes = Vec::new();
        for _ in 0..=seeded.below(3) {
            let lines: Vec<&str> = document.lines().collect();
            let read: Vec<Place> = places(&lines).into_iter().filter(Place::is_read).collect();
            let place = &read[seeded.below(read.len())];
            let change = match seeded.below(8) {
                0 => Change::LeftOut,
                1 => Change::Twice,
                2 => Change::Renamed,
                3 => Change::Behind,
                _ => Change::Value(VALUES[seeded.below(VALUES.len())].to_owned()),
            };
            if let Some(next) = changed(&lines, place, &change) {
                changes.push(format!("{} {change:?}", place.path));
                document = next.join("\n");
            }
        }
        tally.compare(file, &format!("round {round}: {changes:?}"), &document, true);
    }
    tally.must_agree(900, 150);
}
