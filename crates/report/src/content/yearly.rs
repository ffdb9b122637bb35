//! Effects of predictors by year.

use serde::{Deserialize, Serialize};

use super::{Estimate, Part};

/// Effects of each predictor on the yearly hazard, and the test whether they change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct YearlyEffects {
    /// Names of the years, first to last, for example "year 1".
    pub years: Vec<String>,
    /// Events in each year; same length as `years`.
    pub events: Vec<u64>,
    /// Names of the predictors.
    pub predictors: Vec<String>,
    /// Log hazard ratios, one row a predictor, one entry a year; `None` where a year has too few events.
    pub effects: Vec<Vec<Option<Estimate>>>,
    /// How the effects shown were estimated, for example "ridge towards the common effect".
    pub method: String,
    /// The test of equal effects in all years.
    pub test: Part<LikelihoodRatioTest>,
    /// Whether any predictor comes from images.
    pub rests_on_images: bool,
}

/// Likelihood ratio of the models with and without year-specific effects.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LikelihoodRatioTest {
    /// Twice the difference of log likelihoods.
    pub statistic: f64,
    /// Degrees of freedom.
    pub df: u32,
    /// p-value from the chi-squared distribution.
    pub p_asymptotic: f64,
    /// p-value calibrated by parametric bootstrap.
    pub p_bootstrap: Option<f64>,
    /// Bootstrap replicates that converged.
    pub replicates: u64,
}
