//! Amounts dealt out in proportion, to the penny.

/// Deals an amount out by weights, by largest remainder: what does not divide goes a penny each to
/// the parts that lost most by rounding down; of those that lost as much, to the first. The parts add
/// up to the amount. Nothing is dealt where all weights are nothing; a weight below nothing is
/// nothing.
pub(crate) fn dealt(amount: i64, weights: &[i64]) -> Vec<i64> {
    let weights: Vec<i128> = weights
        .iter()
        .map(|weight| i128::from(*weight).max(0))
        .collect();
    let whole: i128 = weights.iter().sum();
    if whole == 0 {
        return vec![0; weights.len()];
    }
    let size = i128::from(amount).abs();
    let mut parts: Vec<i128> = weights.iter().map(|weight| size * weight / whole).collect();
    let short = size - parts.iter().sum::<i128>();
    let mut by_loss: Vec<(usize, i128)> = weights
        .iter()
        .map(|weight| size * weight % whole)
        .enumerate()
        .collect();
    by_loss.sort_by(|(a, lost), (b, more)| more.cmp(lost).then(a.cmp(b)));
    let pennies = usize::try_from(short).unwrap_or(0);
    for (at, _) in by_loss.into_iter().take(pennies) {
        if let Some(part) = parts.get_mut(at) {
            *part += 1;
        }
    }
    parts
        .into_iter()
        .map(|part| {
            // no part is more than the amount
            let part = i64::try_from(part).unwrap_or(i64::MAX);
            if amount < 0 { -part } else { part }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_does_not_divide_goes_to_those_that_lost_most() {
        assert_eq!(dealt(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(dealt(-100, &[1, 1, 1]), [-34, -33, -33]);
        assert_eq!(dealt(10, &[6_250, 3_750]), [6, 4]);
        assert_eq!(dealt(1, &[1, 2]), [0, 1]);
        assert_eq!(dealt(5, &[0, 0]), [0, 0]);
        assert_eq!(dealt(5, &[]), Vec::<i64>::new());
        assert_eq!(dealt(i64::MAX, &[i64::MAX, 0]), [i64::MAX, 0]);
    }

    proptest! {
        #[test]
        fn the_parts_add_up_and_none_is_a_penny_off(
            amount in -1_000_000_i64..1_000_000,
            weights in prop::collection::vec(0_i64..10_000, 1..8),
        ) {
            let parts = dealt(amount, &weights);
            let whole: i64 = weights.iter().sum();
            if whole == 0 {
                prop_assert!(parts.iter().all(|part| *part == 0));
            } else {
                prop_assert_eq!(parts.iter().sum::<i64>(), amount);
                for (part, weight) in parts.iter().zip(&weights) {
                    prop_assert!((part * whole - amount * weight).abs() < whole);
                    prop_assert!(*weight > 0 || *part == 0);
                }
            }
        }
    }
}
