//! Tails and quantiles of the normal and the chi-square distribution, by `statrs` (checked against R to 1e-10 in `tests/`).

use statrs::function::{erf, gamma};

/// P(X > `statistic`) for a chi-square variable with `degrees` of freedom: R `pchisq(lower.tail = FALSE)`.
/// 1 for a statistic that is not above 0; NaN stays NaN.
pub fn chi_square_upper_tail(statistic: f64, degrees: usize) -> f64 {
    if statistic.is_nan() || degrees == 0 {
        return f64::NAN;
    }
    if statistic <= 0.0 {
        return 1.0;
    }
    gamma::checked_gamma_ur(degrees as f64 / 2.0, statistic / 2.0).unwrap_or(0.0)
}

/// P(Z > `z`) for a standard normal variable: R `pnorm(lower.tail = FALSE)`. By way of the chi-square distribution, because
/// `erfc` of `statrs` is good to 5e-11 only.
pub fn normal_upper_tail(z: f64) -> f64 {
    let beyond = 0.5 * chi_square_upper_tail(z * z, 1);
    if z < 0.0 { 1.0 - beyond } else { beyond }
}

/// The `probability` quantile of the standard normal: R `qnorm`. NaN outside 0 to 1.
pub fn normal_quantile(probability: f64) -> f64 {
    if !(0.0..=1.0).contains(&probability) {
        return f64::NAN;
    }
    -std::f64::consts::SQRT_2 * erf::erfc_inv(2.0 * probability)
}

/// The two-sided normal multiplier of a confidence `level`: 1.96 for 0.95.
pub(crate) fn two_sided(level: f64) -> Result<f64, crate::StatsError> {
    if !(level > 0.0 && level < 1.0) {
        return Err(crate::StatsError::Setting { what: "confidence level", expected: "above 0 and below 1" });
    }
    Ok(normal_quantile(0.5 + level / 2.0))
}
