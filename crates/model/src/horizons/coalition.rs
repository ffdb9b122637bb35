//! Every set of predictors, fitted anew, and the Shapley values that follow.

use super::{Group, Setting, shuffle::auc_at};
use crate::held_out::{Choice, predict_held_out};

/// Most predictors for which all sets are fitted: 2^8 sets, times folds, times horizons.
const MOST_GROUPS: usize = 8;
/// AUC of no predictor at all.
const NOTHING: f64 = 0.5;

/// The sets of predictors at one horizon. A set is a number whose bit i says whether predictor i is in it.
pub(super) struct Coalitions<'a> {
    pub(super) setting: &'a Setting<'a>,
    pub(super) groups: &'a [Group],
    pub(super) years: f64,
}

impl Coalitions<'_> {
    /// One value a predictor.
    ///
    /// # Errors
    /// In words: too many predictors, or the first set that has no fit.
    pub(super) fn shapley(&self) -> Result<Vec<f64>, String> {
        let count = self.groups.len();
        if count > MOST_GROUPS {
            return Err(format!(
                "{count} predictors: exact Shapley values need every set of them, at most {MOST_GROUPS}"
            ));
        }
        let worth: Vec<f64> = (0..1_usize << count).map(|set| self.worth(set)).collect::<Result<_, _>>()?;
        Ok(values(&worth, count))
    }

    /// Held-out AUC of the predictors in `set`.
    fn worth(&self, set: usize) -> Result<f64, String> {
        let inside = self.groups.iter().enumerate().filter(|(place, _)| set >> place & 1 == 1);
        let columns: Vec<usize> = inside.flat_map(|(_, group)| group.columns.iter().copied()).collect();
        if columns.is_empty() {
            return Ok(NOTHING);
        }
        let Setting { design, scheme, ties, multiple, .. } = *self.setting;
        let stopped = design.columns(&columns).stopped(self.years);
        let held_out = predict_held_out(&stopped, scheme, ties, Choice::Fixed { multiple }, &[])?;
        auc_at(design, &held_out.predictor, self.years)
    }
}

/// Shapley values of `count` players from the worth of every set of them: the mean gain over all orders of joining.
fn values(worth: &[f64], count: usize) -> Vec<f64> {
    let value = |player: usize| -> f64 {
        let without = (0..worth.len()).filter(|set| set >> player & 1 == 0);
        without.map(|set| weight(set.count_ones() as usize, count) * (worth[set | 1 << player] - worth[set])).sum()
    };
    (0..count).map(value).collect()
}

/// Share of all orders in which exactly `before` given players join before a given one: before! (count - before - 1)! / count!.
fn weight(before: usize, count: usize) -> f64 {
    let chosen: f64 = (0..before).map(|k| (count - 1 - k) as f64 / (k + 1) as f64).product();
    1.0 / (count as f64 * chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_share_out_the_worth_of_all() {
        // The glove game: players 0 and 1 have left gloves, 2 the right one; a pair is worth 1. Shapley: 1/6, 1/6, 4/6.
        let worth: Vec<f64> = (0..8_u32).map(|set| f64::from(u8::from(set >> 2 == 1 && set & 3 > 0))).collect();
        let found = values(&worth, 3);
        for (ours, reference) in found.iter().zip([1.0 / 6.0, 1.0 / 6.0, 4.0 / 6.0]) {
            assert!((ours - reference).abs() < 1e-15, "{found:?}");
        }
        assert!((0..4).map(|before| weight(before, 4) * [1.0, 3.0, 3.0, 1.0][before]).sum::<f64>() - 1.0 < 1e-15);
    }
}
