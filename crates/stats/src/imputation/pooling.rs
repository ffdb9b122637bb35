//! One answer from the fits on all imputations: Rubin's rules.

use nalgebra::{DMatrix, DVector};

use crate::{
    StatsError,
    distribution::{f_upper_tail, t_quantile, t_two_sided},
};

/// Coefficients pooled over imputations (Rubin 1987), as R `mice::pool`.
#[derive(Debug, Clone, PartialEq)]
pub struct Pooled {
    /// Means over the imputations.
    pub coefficients: Vec<f64>,
    /// Total covariance, row-major: mean within, plus (1 + 1/m) times between.
    pub covariance: Vec<f64>,
    /// Mean covariance within the imputations, row-major.
    pub within: Vec<f64>,
    /// Covariance of the coefficients between the imputations (divisor m - 1), row-major.
    pub between: Vec<f64>,
    /// Degrees of freedom of each coefficient (Barnard and Rubin 1999).
    pub degrees: Vec<f64>,
    /// Fraction of missing information of each coefficient.
    pub missing_information: Vec<f64>,
    /// Number of imputations.
    pub imputations: usize,
}

/// A test that several coefficients are 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupWald {
    /// The statistic D1, about F.
    pub statistic: f64,
    /// Number of coefficients.
    pub degrees: usize,
    /// Degrees of the denominator.
    pub denominator_degrees: f64,
    /// Upper tail.
    pub p: f64,
}

/// Coefficients and their covariance (row-major) on one imputation.
pub type ImputedFit<'a> = (&'a [f64], &'a [f64]);

/// Pools fits. `complete_degrees` are the degrees of freedom that the
/// complete data would have: events less coefficients for a Cox model, as `mice` takes them.
///
/// # Errors
/// `Setting` for fewer than two fits or degrees below 1, `Length`.
pub fn pool(fits: &[ImputedFit<'_>], complete_degrees: f64) -> Result<Pooled, StatsError> {
    if fits.len() < 2 {
        return Err(StatsError::Setting { what: "number of imputations", expected: "at least 2" });
    }
    if complete_degrees.is_nan() || complete_degrees < 1.0 {
        return Err(StatsError::Setting { what: "degrees of freedom of the complete data", expected: "at least 1" });
    }
    let size = fits[0].0.len();
    for (coefficients, covariance) in fits {
        for (expected, found) in [(size, coefficients.len()), (size * size, covariance.len())] {
            if expected != found {
                return Err(StatsError::Length { what: "fit to pool", expected, found });
            }
        }
    }
    let m = fits.len() as f64;
    let mean = |of: &dyn Fn(&ImputedFit<'_>) -> f64| fits.iter().map(of).sum::<f64>() / m;
    let coefficients: Vec<f64> = (0..size).map(|at| mean(&|fit| fit.0[at])).collect();
    let within: Vec<f64> = (0..size * size).map(|at| mean(&|fit| fit.1[at])).collect();
    let apart = |fit: &ImputedFit<'_>, at: usize| fit.0[at] - coefficients[at];
    let between: Vec<f64> =
        (0..size * size).map(|at| mean(&|fit| apart(fit, at / size) * apart(fit, at % size)) * m / (m - 1.0)).collect();
    let covariance: Vec<f64> = within.iter().zip(&between).map(|(within, b)| within + (1.0 + 1.0 / m) * b).collect();
    let figures = |at: usize| {
        let place = at * (size + 1);
        let added = (1.0 + 1.0 / m) * between[place];
        let degrees = barnard_rubin(m, added / covariance[place], complete_degrees);
        let increase = added / within[place];
        (degrees, (increase + 2.0 / (degrees + 3.0)) / (increase + 1.0))
    };
    let (degrees, missing_information) = (0..size).map(figures).unzip();
    Ok(Pooled { coefficients, covariance, within, between, degrees, missing_information, imputations: fits.len() })
}

/// Degrees of freedom of a coefficient whose share `lambda` of variance is due to missing values.
fn barnard_rubin(m: f64, lambda: f64, complete: f64) -> f64 {
    let large_sample = (m - 1.0) / (lambda * lambda);
    if complete.is_infinite() {
        return large_sample;
    }
    let observed = (complete + 1.0) / (complete + 3.0) * complete * (1.0 - lambda);
    // Infinite degrees (no variance between) are of no account in this form.
    (large_sample.recip() + observed.recip()).recip()
}

impl Pooled {
    /// Square roots of the total variances.
    pub fn std_errors(&self) -> Vec<f64> {
        (0..self.coefficients.len()).map(|at| self.covariance[at * (self.coefficients.len() + 1)].sqrt()).collect()
    }

    /// Two-sided p values by Student's t.
    pub fn p(&self) -> Vec<f64> {
        let ratio = self.coefficients.iter().zip(self.std_errors()).map(|(estimate, error)| estimate / error);
        ratio.zip(&self.degrees).map(|(t, degrees)| t_two_sided(t, *degrees)).collect()
    }

    /// Half the width of each interval at `level` (0.95), by Student's t.
    ///
    /// # Errors
    /// `Setting` when `level` is not between 0 and 1.
    pub fn reaches(&self, level: f64) -> Result<Vec<f64>, StatsError> {
        if !(level > 0.0 && level < 1.0) {
            return Err(StatsError::Setting { what: "confidence level", expected: "above 0 and below 1" });
        }
        let reach = |(error, degrees): (f64, &f64)| error * t_quantile(0.5 + level / 2.0, *degrees);
        Ok(self.std_errors().into_iter().zip(&self.degrees).map(reach).collect())
    }

    /// Tests that the coefficients of some columns are all 0: D1 with the degrees of Li, Raghunathan and Rubin 1991
    /// (R `mitml::testModels(method = "D1")`).
    ///
    /// # Errors
    /// `Empty`; `Length` for a column beyond the last; `Collinear` when their covariance has no inverse.
    pub fn test(&self, columns: &[usize]) -> Result<GroupWald, StatsError> {
        let (k, size) = (columns.len(), self.coefficients.len());
        if k == 0 {
            return Err(StatsError::Empty { what: "the list of columns to test" });
        }
        if let Some(column) = columns.iter().find(|column| **column >= size) {
            return Err(StatsError::Length { what: "columns to test", expected: size, found: *column });
        }
        let part = |of: &[f64]| DMatrix::from_fn(k, k, |i, j| of[columns[i] * size + columns[j]]);
        let estimate = DVector::from_fn(k, |i, _| self.coefficients[columns[i]]);
        let factor = part(&self.within).cholesky().ok_or(StatsError::Collinear { column: columns[k - 1] })?;
        let m = self.imputations as f64;
        let increase = (1.0 + 1.0 / m) * factor.solve(&part(&self.between)).trace() / k as f64;
        let statistic = estimate.dot(&factor.solve(&estimate)) / (k as f64 * (1.0 + increase));
        let t = k as f64 * (m - 1.0);
        let denominator_degrees = match t > 4.0 {
            true => 4.0 + (t - 4.0) * (1.0 + (1.0 - 2.0 / t) / increase).powi(2),
            false => t * (1.0 + 1.0 / k as f64) * (1.0 + increase.recip()).powi(2) / 2.0,
        };
        let p = f_upper_tail(statistic, k, denominator_degrees);
        Ok(GroupWald { statistic, degrees: k, denominator_degrees, p })
    }
}
