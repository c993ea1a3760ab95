// SPDX-License-Identifier: EUPL-1.2
//! What benchmarks say of their samples: medians, bests, and whether a ratio keeps its bar.

/// The middle one of the samples; zero when there are none.
pub(crate) fn median(samples: &[f64]) -> f64 {
    quantile(samples, 0.5)
}

/// The smallest sample that is not below that share of all samples.
pub(crate) fn quantile(samples: &[f64], share: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len() as f64 * share) as usize;
    sorted.get(place.min(sorted.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// Which way of a ratio is good.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bar {
    /// The ratio must not be below.
    AtLeast(f64),
    /// The ratio must not be above.
    AtMost(f64),
}

impl Bar {
    fn is_kept_by(self, ratio: f64) -> bool {
        match self {
            Self::AtLeast(bar) => ratio >= bar,
            Self::AtMost(bar) => ratio <= bar,
        }
    }

    /// The best of the samples.
    pub(crate) fn best(self, samples: &[f64]) -> f64 {
        match self {
            Self::AtLeast(_) => samples.iter().copied().fold(0.0, f64::max),
            Self::AtMost(_) => samples.iter().copied().fold(f64::INFINITY, f64::min),
        }
    }
}

/// Prints one line: the ratio of each round as median and best, the bar, and whether both keep it.
pub(crate) fn print_ratio(name: &str, ratios: &[f64], bar: Bar) {
    if ratios.is_empty() {
        println!("{name:<72} not measured");
        return;
    }
    let (middle, best) = (median(ratios), bar.best(ratios));
    let kept = match (bar.is_kept_by(middle), bar.is_kept_by(best)) {
        (true, true) => "kept",
        (false, true) => "kept by the best round only",
        (_, false) => "MISSED",
    };
    let bar = match bar {
        Bar::AtLeast(bar) => format!(">= {bar}"),
        Bar::AtMost(bar) => format!("<= {bar}"),
    };
    println!("{name:<72} {middle:>8.2} (best {best:>7.2})   bar {bar:<7} {kept}");
}

/// The number behind `--name` on the command line, else the default.
pub(crate) fn argument(name: &str, default: u64) -> u64 {
    word(name).and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// The word behind `--name` on the command line.
pub(crate) fn word(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}
