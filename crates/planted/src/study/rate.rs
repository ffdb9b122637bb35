//! A share of trials with its exact interval.

use serde::{Deserialize, Serialize};
use statrs::function::beta::checked_beta_reg;

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rate {
    /// Trials with the finding.
    pub found: usize,
    /// Trials.
    pub trials: usize,
}

impl Rate {
    /// Counts what is true.
    pub fn of(outcomes: impl IntoIterator<Item = bool>) -> Self {
        let mut rate = Self::default();
        for found in outcomes {
            rate.trials += 1;
            rate.found += usize::from(found);
        }
        rate
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some((lower, upper)) = clopper_pearson(*self) else { return write!(f, "no trial") };
        let share = 100.0 * self.found as f64 / self.trials as f64;
        write!(f, "{}/{} = {share:.1} % ({:.1} to {:.1})", self.found, self.trials, 100.0 * lower, 100.0 * upper)
    }
}

/// The exact 95 % interval of a binomial share (Clopper and Pearson 1934), as R `binom.test`; none without a trial.
pub fn clopper_pearson(rate: Rate) -> Option<(f64, f64)> {
    let (found, missed) = (rate.found as f64, rate.trials.checked_sub(rate.found)? as f64);
    if rate.trials == 0 {
        return None;
    }
    let lower = if rate.found == 0 { 0.0 } else { beta_quantile(found, missed + 1.0, 0.025)? };
    let upper = if rate.found == rate.trials { 1.0 } else { beta_quantile(found + 1.0, missed, 0.975)? };
    Some((lower, upper))
}

/// By bisection: the distribution function of `statrs` is good, and it ascends.
fn beta_quantile(a: f64, b: f64, probability: f64) -> Option<f64> {
    let (mut below, mut above) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (below + above);
        if checked_beta_reg(a, b, middle).ok()? < probability {
            below = middle;
        } else {
            above = middle;
        }
    }
    Some(0.5 * (below + above))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R 4.2: `binom.test(x, n)$conf.int`.
    #[test]
    fn intervals_equal_r() {
        let of = |found, trials| clopper_pearson(Rate { found, trials }).unwrap();
        let near = |(a, b): (f64, f64), (c, d): (f64, f64)| assert!((a - c).abs() < 1e-9 && (b - d).abs() < 1e-9);
        near(of(10, 200), (0.024234165472109, 0.090027537701351));
        near(of(197, 200), (0.95679171808229, 0.99689589237845));
        near(of(0, 200), (0.0, 0.018275340355136));
        near(of(3, 3), (0.29240177382129, 1.0));
        assert_eq!(clopper_pearson(Rate::default()), None);
        assert_eq!(clopper_pearson(Rate { found: 2, trials: 1 }), None);
    }

    #[test]
    fn a_rate_reads_as_a_share_with_its_interval() {
        assert_eq!(Rate::of([true, false, true, true]).to_string(), "3/4 = 75.0 % (19.4 to 99.4)");
        assert_eq!(Rate::of([]).to_string(), "no trial");
    }
}
