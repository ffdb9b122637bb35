//! Published models that clinicians use already, as pure functions of a case's [`Inputs`]: what a new model has to beat.
//!
//! None is fitted here, nothing is imputed and nothing is clamped: an input that is missing, unknown to the model or outside
//! of where the model can be trusted makes it [`NotComputable`], with the input's name and never its value.

mod capra;
mod capra_s;
mod compare;
mod computed;
mod inputs;
mod level;
mod log_logistic;
mod mskcc;
mod reason;

pub use capra::capra;
pub use capra_s::capra_s;
pub use compare::{Cells, with_baselines};
pub use inputs::Inputs;
pub use level::{Grade, Stage};
pub use log_logistic::LogLogistic;
pub use mskcc::{Freedom, postoperative, preoperative, preoperative_with_cores};
pub use reason::{NotComputable, Why};
pub use renkei_domain::spec::ClinicalInput;

use serde::{Deserialize, Serialize};

/// A sum of points with its group, as CAPRA and CAPRA-S give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    /// The points.
    pub points: u32,
    /// The group of that many points.
    pub group: ScoreGroup,
}

/// The three groups of CAPRA and CAPRA-S, cut alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoreGroup {
    /// 0 to 2 points.
    Low,
    /// 3 to 5 points.
    Intermediate,
    /// 6 points and more.
    High,
}

impl Score {
    fn of(points: u32) -> Self {
        let group = match points {
            0..=2 => ScoreGroup::Low,
            3..=5 => ScoreGroup::Intermediate,
            _ => ScoreGroup::High,
        };
        Self { points, group }
    }
}

#[cfg(test)]
mod tests;
