//! What the gate holds a release to: the stricter of what the study agreed and what the site's policy says.

use serde::{Deserialize, Serialize};

use crate::study::{SitePolicy, Thresholds};

/// The thresholds of the gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Fewest persons behind a number, in a difference of numbers, or in a group that an attack recovers.
    pub minimum_cell: usize,
    /// Most parameters per person, over the whole study.
    pub parameter_share: f64,
    /// Largest part of a sum that one person may contribute.
    pub dominance_share: f64,
}

impl Rules {
    /// The stricter of both.
    #[must_use]
    pub fn stricter(agreed: &Thresholds, policy: &SitePolicy) -> Self {
        Self {
            minimum_cell: agreed.minimum_cell.max(policy.minimum_cell) as usize,
            parameter_share: agreed.parameter_share.min(policy.parameter_share),
            dominance_share: agreed.dominance_share.min(policy.dominance_share),
        }
    }
}
