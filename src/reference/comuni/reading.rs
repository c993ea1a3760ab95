// SPDX-License-Identifier: EUPL-1.2
//! Reads `comuni.csv` and checks it: well-formed and unique codes, dates in order, successors that exist.

use chrono::NaiveDate;

use crate::domain::codice_fiscale::CodiceFiscale;
use crate::domain::istat::IstatCode;
use crate::fault::FaultLog;
use crate::reference::table::{self, Source, check_order, without_lines};

use super::index::Indexes;
use super::{Ceased, Comune, Comuni, FormerName};

const COLUMNS: [&str; 17] = [
    "istat",
    "istat_2026",
    "name",
    "other_name",
    "former_names",
    "province",
    "province_2026",
    "region",
    "mezzogiorno",
    "belfiore",
    "population_2024",
    "tax_code",
    "ipa",
    "pec",
    "created_on",
    "ceased_on",
    "ceased_into",
];

type Row<'a, 'log> = table::Row<'a, 'log, 17>;

impl Comuni {
    pub(in crate::reference) fn read(source: &Source<'_>, log: &mut FaultLog) -> Self {
        let rows = source.rows(&COLUMNS, log, read_row);
        check_order(&rows, "istat", |comune| comune.istat, log);
        let indexes = Indexes::build(&rows, log);
        let lines: Vec<_> = rows.iter().map(|(line, _)| *line).collect();
        let comuni = Self { rows: without_lines(rows), indexes };
        comuni.check_codes_across_years(&lines, log);
        comuni.check_successors(&lines, log);
        comuni
    }

    /// A code of 2026 must not be the code another Comune had in 2025, or one code would mean two Comuni.
    fn check_codes_across_years(&self, lines: &[usize], log: &mut FaultLog) {
        for (comune, line) in self.rows.iter().zip(lines) {
            let Some(code) = comune.istat_2026.filter(|code| *code != comune.istat) else { continue };
            if let Some(other) = self.by_istat(&code).filter(|other| other.istat == code) {
                log.note(*line, "istat_2026", format!("{code} was the code of {} in 2025", other.name));
            }
        }
    }

    fn check_successors(&self, lines: &[usize], log: &mut FaultLog) {
        for (comune, line) in self.rows.iter().zip(lines) {
            let Some(Ceased { into, .. }) = comune.ceased else { continue };
            match self.by_istat(&into) {
                None => log.note(*line, "ceased_into", format!("no Comune has the code {into}")),
                Some(successor) if successor.ceased.is_some() => {
                    log.note(*line, "ceased_into", format!("{} has ceased too", successor.name));
                }
                Some(_) => {}
            }
        }
    }
}

fn read_row(row: &mut Row<'_, '_>) -> Option<Comune> {
    let istat = row.value(0);
    let istat_2026 = row.optional_value(1);
    let (name, other_name, former_names) = (row.text(2), row.optional_text(3), former_names(row, 4));
    let (province, province_2026) = (row.text(5), row.optional_text(6));
    let (region, mezzogiorno, belfiore) = (row.text(7), row.flag(8), row.value(9));
    let (population, tax_code, ipa, pec) = (row.value(10), row.value(11), row.value(12), row.text(13));
    let (created_on, ceased) = (row.optional_value(14), ceased(row));
    for (column, sigla) in [(5, &province), (6, &province_2026)] {
        if sigla.as_deref().is_some_and(|sigla| !is_sigla(sigla)) {
            row.fault(column, "two capital letters expected");
        }
    }
    if tax_code.as_ref().is_some_and(CodiceFiscale::is_person) {
        row.fault(11, "a Comune has 11 digits");
    }
    if pec.as_deref().is_some_and(|pec| !pec.contains('@')) {
        row.fault(13, "an address with @ expected");
    }
    check_life(row, istat_2026, province_2026.is_some(), created_on, ceased);
    Some(Comune {
        istat: istat?,
        istat_2026,
        name: name?,
        other_name,
        former_names,
        province: province?,
        province_2026,
        region: region?,
        mezzogiorno: mezzogiorno?,
        belfiore: belfiore?,
        population: population?,
        tax_code: tax_code?,
        ipa: ipa?,
        pec: pec?,
        created_on,
        ceased,
    })
}

fn is_sigla(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// `2026-05-14 Vallecrosia`, several parted by a vertical bar, days ascending.
fn former_names(row: &mut Row<'_, '_>, column: usize) -> Vec<FormerName> {
    let raw = row.raw(column);
    let mut names: Vec<FormerName> = Vec::new();
    for part in raw.split('|').filter(|_| !raw.is_empty()) {
        let parsed = part.split_once(' ').and_then(|(day, name)| Some((day.parse().ok()?, name)));
        let in_order = |until| names.last().is_none_or(|before| before.until < until);
        match parsed {
            Some((until, name)) if !name.is_empty() && in_order(until) => {
                names.push(FormerName { until, name: row.keep(name) });
            }
            Some(_) => row.fault(column, "a name after each day, days ascending, expected"),
            None => row.fault(column, format!("a day, a blank and a name expected, {part:?} found")),
        }
    }
    names
}

fn ceased(row: &mut Row<'_, '_>) -> Option<Ceased> {
    let (on, into): (Option<NaiveDate>, Option<IstatCode>) = (row.optional_value(15), row.optional_value(16));
    if row.raw(15).is_empty() != row.raw(16).is_empty() {
        row.fault(15, "the day of the end and the successor go together");
    }
    Some(Ceased { on: on?, into: into? })
}

fn check_life(
    row: &mut Row<'_, '_>,
    istat_2026: Option<IstatCode>,
    has_province_2026: bool,
    created_on: Option<NaiveDate>,
    ceased: Option<Ceased>,
) {
    if istat_2026.is_some() == ceased.is_some() {
        row.fault(1, "exactly the Comuni that have not ceased have a code of 2026");
    }
    if istat_2026.is_some() != has_province_2026 {
        row.fault(6, "code and province of 2026 go together");
    }
    if created_on.zip(ceased).is_some_and(|(created_on, ceased)| ceased.on <= created_on) {
        row.fault(15, "the end comes before the beginning");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALMESE: &str =
        "001006;001006;Almese;;;TO;TO;Piemonte;0;A218;6297;01817670019;c_a218;almese@pec.it;;;";
    const ALPIGNANO: &str =
        "001008;001008;Alpignano;;;TO;TO;Piemonte;0;A222;16494;86003150017;c_a222;alpignano@pec.it;;;";

    fn faults(rows: &[&str]) -> Vec<String> {
        let text = format!("{}\n{}\n", COLUMNS.join(";"), rows.join("\n"));
        let mut log = FaultLog::new("comuni.csv");
        Comuni::read(&Source::loaded(&text), &mut log);
        log.told()
    }

    #[test]
    fn good_rows_are_taken() {
        assert_eq!(faults(&[ALMESE, ALPIGNANO]), Vec::<String>::new());
    }

    #[test]
    fn each_broken_field_is_named_with_its_line() {
        for (good, broken, told) in [
            (
                "001006;001006",
                "01006;001006",
                "istat: not an ISTAT code of a Comune: 6 characters expected, 5 found",
            ),
            (";Almese;", ";;", "name: is empty"),
            (";Almese;", ";Almese ;", "name: has blanks at its ends"),
            (";;;TO", ";;Almesio;TO", "former_names: a day, a blank and a name expected, \"Almesio\" found"),
            (
                ";;;TO",
                ";;2026-02-02 A|2026-01-01 B;TO",
                "former_names: a name after each day, days ascending, expected",
            ),
            (";TO;TO", ";To;TO", "province: two capital letters expected"),
            (";TO;TO", ";TO;", "province_2026: code and province of 2026 go together"),
            (";0;A218", ";no;A218", "mezzogiorno: 1 or 0 expected, \"no\" found"),
            (
                "A218",
                "Z218",
                "belfiore: not a codice Belfiore: character 1 is 'Z', a letter from A to M expected",
            ),
            ("6297", "-1", "population_2024: invalid digit found in string"),
            ("almese@pec.it", "almese", "pec: an address with @ expected"),
            (
                "pec.it;;;",
                "pec.it;;2026-01-31;",
                "ceased_on: the day of the end and the successor go together",
            ),
            (
                "001006;001006",
                "001006;",
                "istat_2026: exactly the Comuni that have not ceased have a code of 2026",
            ),
        ] {
            let row = ALMESE.replacen(good, broken, 1);
            let found = faults(&[&row, ALPIGNANO]);
            assert!(found.contains(&format!("comuni.csv:2: {told}")), "{told} not in {found:#?}");
        }
    }

    #[test]
    fn a_wrong_check_digit_of_the_tax_code_is_told() {
        let found = faults(&[&ALMESE.replace("01817670019", "01817670018")]);
        assert!(found[0].starts_with("comuni.csv:2: tax_code: "), "{found:#?}");
    }

    #[test]
    fn codes_must_mean_one_comune() {
        let twin = ALPIGNANO.replace("A222", "A218").replace("c_a222", "c_a218");
        assert_eq!(
            faults(&[ALMESE, &twin]),
            [
                "comuni.csv:3: ipa: c_a218 stands already in line 2",
                "comuni.csv:3: belfiore: A218 stands already in line 2"
            ]
        );
        let moved = ALMESE.replacen("001006;001006", "001006;001008", 1);
        let other = ALPIGNANO.replacen("001008;001008", "001008;001009", 1);
        assert_eq!(
            faults(&[&moved, &other]),
            ["comuni.csv:2: istat_2026: 001008 was the code of Alpignano in 2025"]
        );
    }

    #[test]
    fn a_successor_must_exist_and_live() {
        let ended = ALMESE.replacen("001006;001006", "001006;", 1).replacen(";TO;TO", ";TO;", 1);
        let into_nothing = ended.replace("pec.it;;;", "pec.it;;2026-01-31;001009");
        assert_eq!(
            faults(&[&into_nothing, ALPIGNANO]),
            ["comuni.csv:2: ceased_into: no Comune has the code 001009"]
        );
        let into_itself = ended.replace("pec.it;;;", "pec.it;;2026-01-31;001006");
        assert_eq!(faults(&[&into_itself]), ["comuni.csv:2: ceased_into: Almese has ceased too"]);
        let into_other = ended.replace("pec.it;;;", "pec.it;;2026-01-31;001008");
        assert_eq!(faults(&[&into_other, ALPIGNANO]), Vec::<String>::new());
    }
}
