//! Who was selected, who was dropped, and what the records were like.

use serde::{Deserialize, Serialize};

/// One step of the selection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttritionStep {
    /// What was asked, for example "radical prostatectomy with a date".
    pub step: String,
    /// Cases that remain after the step.
    pub remaining: u64,
    /// Cases that the step dropped; nought at the first step.
    pub excluded: u64,
    /// Why they were dropped; empty at the first step.
    pub reason: String,
}

/// A predictor that the leakage guard refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeakageRefusal {
    /// The predictor's name.
    pub predictor: String,
    /// Why, for example "measured after the index date in 12 cases".
    pub why: String,
}

/// A kind of fault found in the records, counted, never repaired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QualityFinding {
    /// The source table or message type.
    pub source: String,
    /// The column or field.
    pub column: String,
    /// The rule that was broken.
    pub rule: String,
    /// In how many rows.
    pub count: u64,
}

/// The cohort at the index date, by later event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CohortTable {
    /// Cases, all and by event.
    pub cases: GroupCounts,
    /// Median follow-up in days (reverse Kaplan-Meier), where it was computed.
    pub follow_up_median_days: Option<f64>,
    /// One row a variable, several for a categorical one.
    pub variables: Vec<CohortVariable>,
}

/// A count, all and by event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupCounts {
    /// All cases.
    pub overall: u64,
    /// Cases with the event.
    pub with_event: u64,
    /// Cases without it (censored).
    pub without_event: u64,
}

/// A variable of the cohort table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CohortVariable {
    /// Its name.
    pub name: String,
    /// Its unit, for example "ng/ml".
    pub unit: Option<String>,
    /// Cases in which it is missing.
    pub missing: u64,
    /// Its distribution.
    pub summary: VariableSummary,
}

/// The distribution of a variable over the cases in which it is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VariableSummary {
    /// A number.
    Continuous {
        /// All cases.
        overall: Quartiles,
        /// Cases with the event.
        with_event: Quartiles,
        /// Cases without it.
        without_event: Quartiles,
    },
    /// A category; percentages are of the sums over `levels`.
    Categorical {
        /// Every level, in the order to show.
        levels: Vec<LevelCounts>,
    },
}

/// Quartiles in the variable's unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quartiles {
    /// First quartile.
    pub q1: f64,
    /// Median.
    pub median: f64,
    /// Third quartile.
    pub q3: f64,
}

/// Cases at one level of a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelCounts {
    /// The level.
    pub level: String,
    /// How many cases have it.
    pub counts: GroupCounts,
}
