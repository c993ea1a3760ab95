// SPDX-License-Identifier: EUPL-1.2
//! What was looked at of a CIG at ANAC, point by point.

use serde::{Deserialize, Serialize};

use super::text::Text;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// What.
    pub what: Text,
    /// Whether it is as it must be; none when that cannot be said.
    pub well: Option<bool>,
    /// What was found, and what to do.
    pub found: Text,
}

/// What the points come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CigResult {
    /// Every point is as it must be.
    Well,
    /// At least one is not.
    Against,
    /// None speaks against it, and of at least one it cannot be said yet.
    Open,
}

impl CigResult {
    /// What points come to.
    #[must_use]
    pub fn of(points: &[Point]) -> Self {
        if points.iter().any(|point| point.well == Some(false)) {
            Self::Against
        } else if points.iter().any(|point| point.well.is_none()) {
            Self::Open
        } else {
            Self::Well
        }
    }

    /// The name stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Against => "against",
            Self::Open => "open",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bad_point_speaks_against_it_and_one_open_point_leaves_it_open() {
        let points = |wells: &[Option<bool>]| -> Vec<Point> {
            let point = |well: &Option<bool>| Point {
                what: Text::new("a", "a"),
                well: *well,
                found: Text::new("b", "b"),
            };
            wells.iter().map(point).collect()
        };
        for (wells, result) in [
            (&[Some(true), Some(true)][..], CigResult::Well),
            (&[Some(true), None], CigResult::Open),
            (&[None, Some(false), Some(true)], CigResult::Against),
        ] {
            assert_eq!(CigResult::of(&points(wells)), result);
        }
    }
}
