//! Predictors without a value, and what was done about them.

use renkei_domain::spec::Missing;
use serde::{Deserialize, Serialize};

/// What was missing. Cases that never entered the analysis are not counted here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MissingValues {
    /// What was done.
    pub way: Missing,
    /// Number of imputations; none where values were not drawn.
    pub imputations: Option<usize>,
    /// Cases that lack at least one predictor.
    pub cases_with_gaps: usize,
    /// The predictors with gaps, in the order of their first columns.
    pub predictors: Vec<MissingPredictor>,
    /// Under multiple imputation: by column of the records model on all cases; empty otherwise, or where it has no fit.
    pub information: Vec<MissingInformation>,
}

impl MissingValues {
    pub(crate) fn with(&self, information: Vec<MissingInformation>) -> Self {
        Self { information, ..self.clone() }
    }
}

/// One predictor with gaps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingPredictor {
    /// Name of the predictor.
    pub group: String,
    /// Cases without it.
    pub missing: usize,
    /// The column that says so, where there is one; it may be that of another predictor, missing in the very same cases.
    pub indicator: Option<String>,
}

/// What missing values cost one coefficient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MissingInformation {
    /// Name of the column.
    pub column: String,
    /// Fraction of the information about its coefficient that is missing (Rubin 1987).
    pub fraction: f64,
    /// Degrees of freedom of its interval and p value (Barnard and Rubin 1999).
    pub degrees: f64,
}
