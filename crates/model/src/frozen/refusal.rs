//! Why a case gets no score.

/// A rule that a case breaks. Columns are named; a value never is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A predictor without a value: nothing is filled in.
    #[error("`{column}` is missing")]
    Missing {
        /// The predictor.
        column: String,
    },
    /// Text where the model takes a number.
    #[error("`{column}` is not a number")]
    NotANumber {
        /// The predictor.
        column: String,
    },
    /// A number that has no logarithm.
    #[error("`{column}` is zero or negative")]
    NotPositive {
        /// The predictor.
        column: String,
    },
    /// A number below the smallest or above the largest that the model was fitted on.
    #[error("`{column}` lies outside the range of the cases that the model was fitted on")]
    OutsideRange {
        /// The predictor.
        column: String,
    },
    /// A level that no case had that the model was fitted on.
    #[error("`{column}` has a level that no case had that the model was fitted on")]
    UnknownLevel {
        /// The predictor.
        column: String,
    },
    /// Slides without a tile of tissue.
    #[error("no tile of its slides holds tissue")]
    NoTissue,
    /// The run has no such model.
    #[error("{reason}")]
    NoModel {
        /// Why, in words.
        reason: String,
    },
}
