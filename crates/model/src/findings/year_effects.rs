//! Whether the effects of the records differ by year.

use renkei_stats::hazard::YearEffectsTest;
use serde::{Deserialize, Serialize};

use super::Outcome;

/// Yearly hazard of the records (complementary log-log). It can show that effects are not proportional over time; it says
/// nothing of mechanism.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct YearEffects {
    /// Ends in years of the intervals of the test.
    pub test_years: Vec<f64>,
    /// The test of year-specific against common effects; its p value is the bootstrap one.
    pub test: Outcome<YearEffectsTest>,
    /// The picture: shrunk effects by year.
    pub effects: Outcome<EffectsByYear>,
}

/// Effects by year under a ridge and a fused ridge: for a heat map, not for a test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EffectsByYear {
    /// Ends in years of the intervals; the first starts at 0.
    pub years: Vec<f64>,
    /// Events by interval.
    pub events: Vec<usize>,
    /// Person-years by interval.
    pub person_years: Vec<usize>,
    /// Names of the columns, in the order of the design.
    pub columns: Vec<String>,
    /// Log hazard ratio per standard deviation, intervals by columns, row-major.
    pub effects: Vec<EffectByYear>,
}

/// One cell of the heat map.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EffectByYear {
    /// Log hazard ratio per standard deviation of the column.
    pub effect: f64,
    /// Lower end of its 95 % interval under the penalty seen as a Gaussian prior.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}
