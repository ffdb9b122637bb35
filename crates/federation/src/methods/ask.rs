//! What the hub asks of every site in a round, and how it goes on.

use serde::{Deserialize, Serialize};

use super::{Outcome, Point};

/// What is to be summed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Ask {
    /// Persons, and the spread of the covariates.
    Spread,
    /// Log-likelihood and derivatives at a point, or the sums that they follow from.
    Slopes(Point),
    /// The expected information at a point.
    Expected(Point),
    /// What the terms name; nothing more has to be said.
    Counts,
    /// Rows nearest to each centre (row-major).
    Nearest(Vec<f32>),
    /// One question for every site left out; none where that fit has ended.
    Each(Vec<Option<Ask>>),
}

impl Ask {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Spread => "the spread of covariates",
            Self::Slopes(_) => "slopes at a point",
            Self::Expected(_) => "the expected information",
            Self::Counts => "counts",
            Self::Nearest(_) => "sums by nearest centre",
            Self::Each(_) => "several fits at once",
        }
    }
}

/// One question to all sites. It holds totals' consequences only, nothing of a single site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Broadcast {
    /// Rounds of this method before this one.
    pub round: u32,
    /// What is to be summed.
    pub ask: Ask,
}

/// What follows from a total.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// A further round.
    Next(Broadcast),
    /// The result.
    Done(Box<Outcome>),
}
