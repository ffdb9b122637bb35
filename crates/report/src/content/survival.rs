//! Kaplan-Meier curves.

use serde::{Deserialize, Serialize};

/// Survival without the event, overall and by risk group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SurvivalSection {
    /// The endpoint in words, for example "biochemical recurrence after prostatectomy".
    pub endpoint: String,
    /// How the groups were made, for example "tertiles of the out-of-fold linear predictor, records and images".
    pub grouping: String,
    /// All cases together.
    pub overall: SurvivalCurve,
    /// One curve a group, lowest risk first; may be empty.
    pub groups: Vec<SurvivalCurve>,
    /// Days at which the numbers at risk are given; every curve's `at_risk` has this length.
    pub at_risk_days: Vec<f64>,
    /// Comparison of the groups.
    pub log_rank: Option<LogRank>,
    /// Whether the grouping used images, so that the banner belongs to this figure.
    pub rests_on_images: bool,
}

/// One Kaplan-Meier curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SurvivalCurve {
    /// The group's name.
    pub label: String,
    /// Cases in it.
    pub cases: u64,
    /// Events in it.
    pub events: u64,
    /// The steps, in order of time. A start at day 0 with survival 1 is added where it is missing.
    pub points: Vec<CurvePoint>,
    /// Cases at risk at the section's `at_risk_days`.
    pub at_risk: Vec<u64>,
}

/// A step of the curve: from this day on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Days from the index date.
    pub day: f64,
    /// Estimated probability of no event up to that day, 0 to 1.
    pub survival: f64,
    /// Lower end of the 95 % band.
    pub low: f64,
    /// Upper end of the 95 % band.
    pub high: f64,
}

/// A log-rank test.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LogRank {
    /// Chi-squared statistic.
    pub statistic: f64,
    /// Degrees of freedom.
    pub df: u32,
    /// Its p-value.
    pub p: f64,
}
