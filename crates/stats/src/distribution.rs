//! Tails and quantiles of the normal, chi-square, t and F distributions, by `statrs` (checked against R to 1e-10 in `tests/`).

use statrs::function::{beta, erf, gamma};

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

/// P(|T| > |`t`|) for Student's t with `degrees` of freedom (any number above 0, infinity too): R `2 * pt(-abs(t), degrees)`.
pub fn t_two_sided(t: f64, degrees: f64) -> f64 {
    if degrees.is_infinite() {
        return chi_square_upper_tail(t * t, 1);
    }
    f_upper_tail(t * t, 1, degrees)
}

/// The `probability` quantile, at least 0.5, of Student's t with `degrees` of freedom: R `qt`. NaN below 0.5 and from 1 on.
pub fn t_quantile(probability: f64, degrees: f64) -> f64 {
    if !(0.5..1.0).contains(&probability) || degrees.is_nan() || degrees <= 0.0 {
        return f64::NAN;
    }
    let beyond = 2.0 * (1.0 - probability);
    let mut ends = (0.0, 1.0);
    while t_two_sided(ends.1, degrees) > beyond {
        ends.1 *= 2.0;
    }
    // By halves: some 60 tails, and no derivative that vanishes far out.
    while ends.1 - ends.0 > 4.0 * f64::EPSILON * ends.1 {
        let middle = 0.5 * (ends.0 + ends.1);
        if t_two_sided(middle, degrees) > beyond { ends.0 = middle } else { ends.1 = middle }
    }
    ends.1
}

/// P(X > `statistic`) for an F variable with `degrees` and `denominator` degrees of freedom: R `pf(lower.tail = FALSE)`.
/// 1 for a statistic that is not above 0; NaN stays NaN.
pub fn f_upper_tail(statistic: f64, degrees: usize, denominator: f64) -> f64 {
    if statistic.is_nan() || degrees == 0 || denominator.is_nan() || denominator <= 0.0 {
        return f64::NAN;
    }
    if statistic <= 0.0 {
        return 1.0;
    }
    let own = degrees as f64;
    // Beyond so many degrees F times its degrees is chi-square to the last digits.
    if denominator > 1e12 {
        return chi_square_upper_tail(own * statistic, degrees);
    }
    let share = denominator / (denominator + own * statistic);
    beta::checked_beta_reg(denominator / 2.0, own / 2.0, share).unwrap_or(f64::NAN)
}

/// The two-sided normal multiplier of a confidence `level`: 1.96 for 0.95.
pub(crate) fn two_sided(level: f64) -> Result<f64, crate::StatsError> {
    if !(level > 0.0 && level < 1.0) {
        return Err(crate::StatsError::Setting { what: "confidence level", expected: "above 0 and below 1" });
    }
    Ok(normal_quantile(0.5 + level / 2.0))
}
