// SPDX-License-Identifier: EUPL-1.2
//! Which region a province lies in, by ISTAT codes: a request for a CUP names both. Codes of 2025 and of 2026, when the
//! provinces of Sardinia changed.

/// First and last province code of a run, and the region of all in it.
const RUNS: [(&str, &str, &str); 33] = [
    ("001", "006", "01"),
    ("007", "007", "02"),
    ("008", "011", "07"),
    ("012", "020", "03"),
    ("021", "022", "04"),
    ("023", "029", "05"),
    ("030", "032", "06"),
    ("033", "040", "08"),
    ("041", "044", "11"),
    ("045", "053", "09"),
    ("054", "055", "10"),
    ("056", "060", "12"),
    ("061", "065", "15"),
    ("066", "069", "13"),
    ("070", "070", "14"),
    ("071", "075", "16"),
    ("076", "077", "17"),
    ("078", "080", "18"),
    ("081", "089", "19"),
    ("090", "092", "20"),
    ("093", "093", "06"),
    ("094", "094", "14"),
    ("095", "095", "20"),
    ("096", "096", "01"),
    ("097", "098", "03"),
    ("099", "099", "08"),
    ("100", "100", "09"),
    ("101", "102", "18"),
    ("103", "103", "01"),
    ("108", "108", "03"),
    ("109", "109", "11"),
    ("110", "110", "16"),
    ("111", "119", "20"),
];

/// The two digits of the region of a province, given by its three.
pub(super) fn of_province(province: &str) -> Option<&'static str> {
    if province.len() != 3 {
        return None;
    }
    RUNS.iter().find(|(first, last, _)| (*first..=*last).contains(&province)).map(|(_, _, region)| *region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_provinces() {
        let known =
            [("001", "01"), ("058", "12"), ("063", "15"), ("109", "11"), ("110", "16"), ("118", "20")];
        for (province, region) in known {
            assert_eq!(of_province(province), Some(region), "{province}");
        }
        for unknown in ["", "000", "104", "120", "01", "0010"] {
            assert_eq!(of_province(unknown), None, "{unknown}");
        }
    }
}
