//! Why a published model says nothing of a case.

use std::fmt;

use super::ClinicalInput;

/// A case of which a model says nothing. It names the input, never its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotComputable {
    /// The input.
    pub variable: ClinicalInput,
    /// What is wrong with it.
    pub why: Why,
}

/// What is wrong with an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It is not known.
    Missing,
    /// It is no number where one is needed.
    NotANumber,
    /// A number that no man can have.
    Impossible,
    /// A level that is not known by that name, or does not say enough (`T2` where T2a to T2c differ).
    UnknownLevel,
    /// Beyond the range in which the model can be trusted; a clause that says which.
    OutOfRange(&'static str),
}

impl NotComputable {
    pub(super) fn new(variable: ClinicalInput, why: Why) -> Self {
        Self { variable, why }
    }
}

impl fmt::Display for NotComputable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.variable.words();
        match self.why {
            Why::Missing => write!(f, "{name} is missing"),
            Why::NotANumber => write!(f, "{name} is not a number"),
            Why::Impossible => write!(f, "{name} is an impossible number"),
            Why::UnknownLevel => write!(f, "{name} is a level that the model does not know"),
            Why::OutOfRange(range) => write!(f, "{name} {range}"),
        }
    }
}
