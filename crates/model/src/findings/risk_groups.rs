//! Survival curves of all cases and of thirds by predicted risk.

use renkei_stats::survival::LogRank;
use serde::{Deserialize, Serialize};

/// A Kaplan-Meier curve with 95 % pointwise bands on the log(-log) scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Cases.
    pub cases: usize,
    /// Events.
    pub events: usize,
    /// Longest follow-up in years: where the curve ends.
    pub ends_years: f64,
    /// One step an event time, ascending; before the first S is 1.
    pub steps: Vec<CurveStep>,
    /// Numbers at risk at 0, 1, 2, ... years, up to the last whole year of the cohort's longest follow-up.
    pub at_risk_by_year: Vec<u64>,
    /// Median time to the event in years; none when the curve stays above one half.
    pub median_years: Option<f64>,
}

/// One step of a curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurveStep {
    /// Time in years.
    pub years: f64,
    /// Cases at risk just before.
    pub at_risk: u64,
    /// Events at this time.
    pub events: u64,
    /// Share still free of the event just after.
    pub survival: f64,
    /// Lower end of the band; none once S is 0.
    pub lower: Option<f64>,
    /// Upper end of the band; none once S is 0.
    pub upper: Option<f64>,
}

/// Thirds by held-out linear predictor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskGroups {
    /// Which model grouped the cases: `records and images`, or `records` where there are no usable images.
    pub model: String,
    /// The two cuts: tertiles of the held-out linear predictor. A case at a cut is in the lower group.
    pub cuts: [f64; 2],
    /// Group of every case of the input; none for a case without a prediction.
    pub group: Vec<Option<RiskBand>>,
    /// Low, middle and high.
    pub groups: Vec<RiskGroup>,
    /// Whether the groups differ.
    pub log_rank: LogRank,
}

/// A third of the cases by predicted risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RiskBand {
    /// Lowest third.
    Low,
    /// Middle third.
    Middle,
    /// Highest third.
    High,
}

/// One group with its curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RiskGroup {
    /// Which third.
    pub band: RiskBand,
    /// Its curve.
    pub curve: Curve,
}
