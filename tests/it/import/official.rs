// SPDX-License-Identifier: EUPL-1.2
//! The two lists of the programme, with the amounts that stand in for the unpublished ones.

use super::*;
use crate::shared::shared;

#[test]
fn every_row_of_both_lists_is_taken() {
    for (file, rows, sum) in [
        ("data/allocations/beneficiaries-synthetic.csv", 1851, "99929046.98"),
        ("data/allocations/first-list-synthetic.csv", 1853, "99999989.92"),
    ] {
        let Some(path) = shared(file) else { return };
        let list = read(&path, &mut |_, _| {}).unwrap();
        assert_eq!((list.taken.len(), list.rows.len(), list.rejected()), (rows, rows, 0));
        assert_eq!(list.total().unwrap().to_string(), sum);
        assert_eq!(list.warnings, []);
    }
}

#[test]
fn names_and_provinces_alone_find_the_same_comuni() {
    let Some(path) = shared("data/allocations/beneficiaries-synthetic.csv") else { return };
    let mut reader = csv::Reader::from_path(path).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let text: String =
        rows.iter().map(|row| format!("{};{};{}\n", row[5].to_uppercase(), &row[6], &row[11])).collect();
    let list = import(&format!("Ente;Prov;Contributo\n{text}"));
    let found: Vec<String> = list.taken.iter().map(|taken| taken.istat.to_string()).collect();
    let expected: Vec<String> = rows.iter().map(|row| row[1].to_owned()).collect();
    assert_eq!(found, expected);
}
