//! One fit on all of its cases, as it is kept.

use renkei_stats::cox::HazardError;
use serde::{Deserialize, Serialize};

use super::{Population, Risk};
use crate::fit::sum_of_products;
use crate::model::two_sided_95;
use crate::{KeyFeatureWeights, Outcome};

/// A Cox model with what its predictions need.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrozenFit {
    /// Cases that it was fitted on.
    pub cases: usize,
    /// Events among them.
    pub events: usize,
    /// What these cases had, one a predictor.
    pub population: Vec<Population>,
    /// Log hazard ratios of the records' columns; 0 for one that did not vary.
    pub coefficients: Vec<f64>,
    /// Means of the records' columns: contributions count from there. 0 for a column that did not vary.
    pub means: Vec<f64>,
    /// The image part; none for the model of the records.
    pub key_features: Option<KeyFeatureWeights>,
    /// Covariance of the coefficients, row-major; or why a risk of this model has no interval.
    pub covariance: Outcome<Vec<f64>>,
    /// The baseline at each horizon.
    pub horizons: Vec<Horizon>,
}

/// The baseline at one horizon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Horizon {
    /// The horizon.
    pub years: f64,
    /// The cumulative hazard of a case at the means by then; or why there is none.
    pub cumulative_hazard: Outcome<f64>,
    /// Its error; none where the model gives no interval.
    pub error: Option<HazardError>,
}

/// A 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

impl FrozenFit {
    /// What each column of the records adds to the linear predictor.
    pub(super) fn terms(&self, row: &[f64]) -> Vec<f64> {
        row.iter().zip(&self.means).zip(&self.coefficients).map(|((x, mean), b)| (x - mean) * b).collect()
    }

    /// The records' part of the linear predictor, summed as the fit sums it.
    pub(super) fn records_part(&self, row: &[f64]) -> f64 {
        sum_of_products(&self.coefficients, row) - sum_of_products(&self.coefficients, &self.means)
    }

    /// Probability of the event by a horizon, with its interval where the model has one: as R `survfit.coxph`, by the delta
    /// method on the scale of the log of the survival, cut at 0 and 1.
    pub(super) fn risk(&self, horizon: &Horizon, row: &[f64], linear_predictor: f64) -> Risk {
        let Some(baseline) = horizon.cumulative_hazard.done() else {
            return Risk { years: horizon.years, risk: None, interval: None };
        };
        let ratio = linear_predictor.exp();
        let risk = |cumulative: f64| -(-cumulative.max(0.0)).exp_m1();
        let distances: Vec<f64> = row.iter().zip(&self.means).map(|(x, mean)| x - mean).collect();
        let error = horizon.error.as_ref().zip(self.covariance.done());
        let variance = error.and_then(|(error, v)| error.relative_variance(&distances, *baseline, v).ok());
        let interval = variance.map(|variance| {
            let reach = two_sided_95() * variance.sqrt();
            Interval { lower: risk(ratio * (baseline - reach)), upper: risk(ratio * (baseline + reach)) }
        });
        Risk { years: horizon.years, risk: Some(risk(ratio * baseline)), interval }
    }
}
