//! Statistics of Renkei: pure functions, no clock, no ambient randomness, no input or output.
//!
//! Matrices are row-major slices, one row per case (or tile). Sums that one machine, many workers or many hospitals form
//! alike have a `merge`; merging in shard order gives the same bytes each time. Every result names the paper or the R
//! function it equals, and is tested against it (`tests/`, constants by `tests/golden/*.R` of the repository).

pub mod adjust;
pub mod competing;
pub mod compose;
pub mod cox;
pub mod discrimination;
pub mod distribution;
pub mod elastic_net;
mod error;
mod estimate;
mod gram;
pub mod hazard;
pub mod imputation;
pub mod kmeans;
pub mod logistic;
mod newton;
mod parallel;
pub mod pca;
pub mod prediction;
mod predictors;
pub mod resample;
pub mod selection;
mod standard;
pub mod survival;

pub use error::StatsError;
pub use estimate::Estimate;
pub use newton::{Climb, Evaluation, Failure, Maximum, Move};
pub use predictors::Predictors;
pub use standard::Standard;
