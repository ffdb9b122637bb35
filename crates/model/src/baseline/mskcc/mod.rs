//! The prostate models of the Memorial Sloan Kettering Cancer Center as published on 2 June 2022, the maintained
//! successors of the Kattan nomogram. Coefficients from MedPhysUL/prostate-nomograms (Apache-2.0).

mod postoperative;
mod preoperative;
mod psa;

pub use postoperative::postoperative;
pub use preoperative::{preoperative, preoperative_with_cores};

#[cfg(test)]
pub(in crate::baseline) use postoperative::POSTOPERATIVE;
#[cfg(test)]
pub(in crate::baseline) use preoperative::{Preoperative, WITH_CORES, WITHOUT_CORES};
#[cfg(test)]
pub(in crate::baseline) use psa::{KNOTS, PsaTerms};

use super::LogLogistic;

/// What a model of MSKCC says of a case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Freedom {
    /// Freedom from biochemical recurrence, time in years from the operation.
    pub curve: LogLogistic,
    /// PSA above 25 ng/ml, where the published knots are too coarse for two decimals: use with care.
    pub uncertain: bool,
}
