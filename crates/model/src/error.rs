//! Why there is no analysis at all.

use renkei_domain::ErrorKind;
use renkei_stats::StatsError;

/// Errors of the analysis. They name columns by name and rows by number (from 0), never a value of a record.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// Two inputs that go together differ in length.
    #[error("{what} has {found} values where {expected} were expected: give one row a case to every input")]
    Length {
        /// Which input.
        what: &'static str,
        /// Values that fit the other inputs.
        expected: usize,
        /// Values given.
        found: usize,
    },
    /// No case, or no predictor.
    #[error("{what} is empty: nothing can be analysed")]
    Empty {
        /// Which input.
        what: &'static str,
    },
    /// An infinity in the records, or a NaN where `model.missing` leaves no gaps.
    #[error("column `{column}` is not finite in row {row}: set `model.missing`, correct the value or exclude the case")]
    NotFinite {
        /// Name of the column.
        column: String,
        /// Row from 0.
        row: usize,
    },
    /// A predictor with a value in some of its columns and none in others.
    #[error("predictor `{column}` is missing in some of its columns only, in row {row}: this is a defect of Renkei")]
    PartlyMissing {
        /// Name of the predictor.
        column: String,
        /// Row from 0.
        row: usize,
    },
    /// A predictor that no case has.
    #[error("no case has a value of predictor `{column}`, so nothing can be filled in: drop it")]
    NothingObserved {
        /// Name of the predictor.
        column: String,
    },
    /// A follow-up time that is not a number above zero.
    #[error("follow-up in row {row} is not a time above zero: correct the index date or exclude the case")]
    Time {
        /// Row from 0.
        row: usize,
    },
    /// A column that does not vary.
    #[error("column `{column}` does not vary: drop the predictor or merge its levels")]
    Constant {
        /// Name of the column.
        column: String,
    },
    /// A column that is a linear combination of others.
    #[error(
        "column `{column}` is a linear combination of the columns before it: drop the predictor or one level of it"
    )]
    Collinear {
        /// Name of the column.
        column: String,
    },
    /// A predictor whose cells do not give the columns that were fitted.
    #[error("predictor `{column}` is coded in another way than in the fit: this is a defect of Renkei")]
    Coding {
        /// Name of the predictor.
        column: String,
    },
    /// Nobody had the event, or fewer than there are folds.
    #[error(
        "{events} events are too few for {folds} folds: widen the cohort, lengthen the follow-up or lower `model.folds`"
    )]
    TooFewEvents {
        /// Events in the cohort.
        events: usize,
        /// Folds asked for.
        folds: usize,
    },
    /// Hospitals are to be held out in turn, and there is one only.
    #[error("every case is of one hospital, so none can be held out: take `cohort.hospital` out, or add hospitals")]
    OneHospital,
    /// A horizon that is not a time above zero.
    #[error("horizon {place} is not a time above zero: correct `endpoint.horizons_years`")]
    Horizon {
        /// Place in the list, from 0.
        place: usize,
    },
    /// A statistic failed in a way that the input does not explain.
    #[error("the analysis failed: {0}")]
    Stats(#[from] StatsError),
}

impl ModelError {
    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Length { .. } | Self::Coding { .. } | Self::PartlyMissing { .. } | Self::Stats(_) => {
                ErrorKind::Internal
            }
            Self::NotFinite { .. } | Self::Time { .. } => ErrorKind::Data,
            _ => ErrorKind::Invalid,
        }
    }
}
