//! An estimate with its standard error.

use serde::{Deserialize, Serialize};

use crate::{
    StatsError,
    distribution::{chi_square_upper_tail, two_sided},
};

/// An estimate that is about normal: a coefficient, a mean, a difference.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The estimate.
    pub estimate: f64,
    /// Its standard error.
    pub std_err: f64,
}

impl Estimate {
    /// The estimate in standard errors from 0. Without spread (two equal models) it is 0 for 0, else infinite.
    pub fn z(&self) -> f64 {
        if self.estimate == 0.0 { 0.0 } else { self.estimate / self.std_err }
    }

    /// Two-sided p value of the hypothesis that the truth is 0.
    pub fn p(&self) -> f64 {
        chi_square_upper_tail(self.z().powi(2), 1)
    }

    /// Lower and upper end of the normal interval at `level` (0.95).
    ///
    /// # Errors
    /// `Setting` when `level` is not between 0 and 1.
    pub fn interval(&self, level: f64) -> Result<(f64, f64), StatsError> {
        let spread = two_sided(level)? * self.std_err;
        Ok((self.estimate - spread, self.estimate + spread))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_and_intervals_are_normal() {
        let difference = Estimate { estimate: -1.96, std_err: 1.0 };
        assert!((difference.p() - 0.04999579029644085).abs() < 1e-13);
        let (lower, upper) = difference.interval(0.95).unwrap();
        assert!((lower + 3.9199639845400536).abs() < 1e-9 && (upper + 3.6015459946e-5).abs() < 1e-9);
        assert!(difference.interval(1.0).is_err());
        assert_eq!(Estimate { estimate: 0.0, std_err: 0.0 }.p(), 1.0);
        assert_eq!(Estimate { estimate: 0.1, std_err: 0.0 }.p(), 0.0);
    }
}
