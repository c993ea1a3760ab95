// SPDX-License-Identifier: EUPL-1.2
//! Sharing an amount out to the last cent: the parts are in proportion to their weights and always come to the whole.

use super::money::Money;

/// The parts of `whole`, one for each weight: each is rounded down, and the cents left over go to the parts that lost most by
/// it, the first of equals. Without any weight, all goes to the first part. Weights below zero count as none.
#[must_use]
pub fn share(whole: Money, weights: &[i128]) -> Vec<Money> {
    let weights: Vec<u128> = weights.iter().map(|weight| u128::try_from(*weight).unwrap_or(0)).collect();
    // An amount of 63 bits times weights of 56 keeps every product within 128, with room for their sum.
    let widest = weights.iter().map(|weight| 128 - weight.leading_zeros()).max().unwrap_or(0);
    let shift = widest.saturating_sub(56);
    let weights: Vec<u128> = weights.iter().map(|weight| weight >> shift).collect();
    let all: u128 = weights.iter().sum();
    let size = u128::from(whole.cents().unsigned_abs());
    if all == 0 {
        let rest = weights.iter().skip(1).map(|_| Money::ZERO);
        return weights.first().map(|_| whole).into_iter().chain(rest).collect();
    }
    let mut parts: Vec<u128> = weights.iter().map(|weight| size * weight / all).collect();
    let mut by_loss: Vec<usize> = (0..weights.len()).collect();
    by_loss.sort_by_key(|place| std::cmp::Reverse(size * weights[*place] % all));
    let left = size - parts.iter().sum::<u128>();
    for place in by_loss.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        parts[place] += 1;
    }
    let sign = |part: u128| {
        let cents = i64::try_from(part).unwrap_or(i64::MAX);
        Money::from_cents(if whole.is_negative() { -cents } else { cents })
    };
    parts.into_iter().map(sign).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shared(whole: i64, weights: &[i128]) -> Vec<i64> {
        share(Money::from_cents(whole), weights).into_iter().map(Money::cents).collect()
    }

    #[test]
    fn the_cents_left_over_go_where_most_was_lost() {
        assert_eq!(shared(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(shared(100, &[2, 3, 1]), [33, 50, 17]);
        assert_eq!(shared(-100, &[1, 1, 1]), [-34, -33, -33]);
        assert_eq!(shared(7, &[0, 0]), [7, 0]);
        assert_eq!(shared(7, &[-5, 1]), [0, 7]);
        assert_eq!(shared(7, &[]), [0; 0]);
    }

    proptest! {
        #[test]
        fn parts_always_come_to_the_whole(
            whole in -1_000_000_000_000_000i64..1_000_000_000_000_000,
            weights in prop::collection::vec(0i128..i128::MAX, 1..30),
        ) {
            let parts = shared(whole, &weights);
            prop_assert_eq!(parts.iter().sum::<i64>(), whole);
            prop_assert!(parts.iter().all(|part| part.signum() * whole.signum() >= 0));
        }
    }
}
