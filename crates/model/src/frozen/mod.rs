//! A frozen model: all that is needed to score a case that the run never saw, and nothing of a single case but the ends of
//! the ranges and the levels that make its population.

mod coding;
mod fit;
mod freeze;
mod refusal;
mod score;

pub use coding::{Cell, Coding, FrozenPredictor, Population};
pub use fit::{FrozenFit, Horizon, Interval};
pub use freeze::{TrainingPredictor, freeze};
pub use refusal::Refusal;
pub use score::{Contribution, NewCase, Part, Risk, Score, ScoredBy};

use serde::{Deserialize, Serialize};

use crate::{Column, Outcome};

/// The models of a sealed run as they were fitted on all of its cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrozenModel {
    /// How predictors become columns, in the order of the spec.
    pub predictors: Vec<FrozenPredictor>,
    /// The columns of the records, in the order of the fits' coefficients.
    pub columns: Vec<Column>,
    /// The model of the records, fitted on all cases.
    pub records: Outcome<FrozenFit>,
    /// The model of records and key features, fitted on the cases with tiles.
    pub records_and_images: Outcome<FrozenFit>,
}
