//! The two links, in forms that neither overflow nor cancel.

use serde::{Deserialize, Serialize};

/// How the linear predictor gives the hazard of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// hazard = 1 - exp(-exp(eta)): proportional hazards in continuous time, seen at the ends of the intervals.
    #[default]
    ComplementaryLogLog,
    /// hazard = 1 / (1 + exp(-eta)): proportional odds of the interval hazards.
    Logit,
}

/// Log-likelihood of one person-year and its derivatives with respect to the linear predictor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) value: f64,
    pub(crate) slope: f64,
    /// Negative second derivative.
    pub(crate) observed: f64,
    /// Its expectation over the outcome.
    pub(crate) expected: f64,
}

impl Link {
    /// The hazard at a linear predictor.
    pub fn hazard(self, eta: f64) -> f64 {
        match self {
            Self::ComplementaryLogLog => -(-eta.exp()).exp_m1(),
            Self::Logit => (1.0 + (-eta).exp()).recip(),
        }
    }

    /// The linear predictor of a hazard between 0 and 1.
    pub(crate) fn inverse(self, hazard: f64) -> f64 {
        match self {
            Self::ComplementaryLogLog => (-(-hazard).ln_1p()).ln(),
            Self::Logit => (hazard / (1.0 - hazard)).ln(),
        }
    }

    pub(crate) fn terms(self, eta: f64, event: bool) -> Terms {
        match self {
            Self::ComplementaryLogLog => complementary_log_log(eta, event),
            Self::Logit => logit(eta, event),
        }
    }
}

fn logit(eta: f64, event: bool) -> Terms {
    let hazard = Link::Logit.hazard(eta);
    let outward = if event { -eta } else { eta };
    let value = -(outward.max(0.0) + (-outward.abs()).exp().ln_1p());
    let weight = hazard * (1.0 - hazard);
    Terms { value, slope: f64::from(u8::from(event)) - hazard, observed: weight, expected: weight }
}

fn complementary_log_log(eta: f64, event: bool) -> Terms {
    let rate = eta.exp();
    let hazard = -(-rate).exp_m1();
    // rate * survival / hazard, which tends to 1 as the rate vanishes.
    let odds = if hazard > 0.0 { rate * (-rate).exp() / hazard } else { 1.0 };
    let expected = rate * odds;
    if event {
        let observed = if hazard > 0.0 { (odds * (rate / hazard - 1.0)).max(0.0) } else { 0.0 };
        return Terms { value: hazard.ln(), slope: odds, observed, expected };
    }
    Terms { value: -rate, slope: -rate, observed: rate, expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_are_those_of_the_value() {
        for link in [Link::Logit, Link::ComplementaryLogLog] {
            for (eta, event) in [(-3.0, true), (-3.0, false), (0.4, true), (0.4, false), (1.5, true)] {
                let at = |shift: f64| link.terms(eta + shift, event);
                let slope = (at(1e-5).value - at(-1e-5).value) / 2e-5;
                let curvature = -(at(1e-5).slope - at(-1e-5).slope) / 2e-5;
                assert!((at(0.0).slope - slope).abs() < 1e-8, "{link:?} {eta} {event}");
                assert!((at(0.0).observed - curvature).abs() < 1e-8, "{link:?} {eta} {event}");
                let hazard = link.hazard(eta);
                let mean = hazard * link.terms(eta, true).observed + (1.0 - hazard) * link.terms(eta, false).observed;
                assert!((at(0.0).expected - mean).abs() < 1e-12);
                assert!((link.inverse(hazard) - eta).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn far_out_predictors_stay_finite() {
        for link in [Link::Logit, Link::ComplementaryLogLog] {
            for eta in [-800.0, -40.0, 6.0] {
                let terms = link.terms(eta, false);
                assert!(terms.value.is_finite() && terms.slope.is_finite() && terms.observed >= 0.0);
            }
            assert!(link.terms(-40.0, true).observed.is_finite());
        }
    }
}
