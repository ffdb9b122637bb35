//! What stands between a site's answer and the outside.

use crate::{audit::Allowed, methods::Answer, study::Order};

/// The one door out of a site. [`crate::egress`] is the real one.
pub trait Door {
    /// Whether the answer may leave in this round, beside all that left before; the checks that it passed, or the reasons why
    /// not with what would pass. Asked again for a round that it let pass, it says the same and counts it once.
    ///
    /// # Errors
    /// The reasons, each a clause.
    fn pass(&mut self, order: &Order, answer: &Answer) -> Result<Passed, Vec<String>>;
}

/// What the door found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    /// Persons of the site's cohort in the study.
    pub persons: u64,
    /// Every check with what it found.
    pub checks: Vec<Allowed>,
}
