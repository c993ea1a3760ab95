// SPDX-License-Identifier: EUPL-1.2
//! CIG for the demo: made with the published check digits from a running number, so they are well formed and belong to
//! nobody.

/// The `n`th demo CIG, e.g. `UFFFF01xyz`: letter U and a high number are far from those ANAC has given out.
pub(super) fn demo_cig(n: u32) -> String {
    const LETTER_U: u64 = 21;
    let number = 0x00FF_FF00u64.saturating_add(u64::from(n % 0x100));
    let check = ((number + LETTER_U) * 211) % 4091;
    format!("U{number:06X}{check:03X}")
}

#[cfg(test)]
mod tests {
    use crate::domain::cig::{Cig, CigKind};

    #[test]
    fn demo_cigs_are_well_formed_and_differ() {
        let first: Cig = super::demo_cig(1).parse().unwrap();
        let second: Cig = super::demo_cig(2).parse().unwrap();
        assert_eq!(first.kind(), CigKind::Pcp);
        assert_ne!(first, second);
    }
}
