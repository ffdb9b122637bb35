//! Why a round could not be answered, or its total not be used.

use renkei_stats::StatsError;

/// Errors of federated methods. They name methods, covariates and blocks of numbers, never a value of a record.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MethodError {
    /// The study names a method that this version of Renkei does not have.
    #[error("no method '{name}' version {version} is registered here: update the site, or ask for one that is")]
    NotRegistered {
        /// Name in the study.
        name: String,
        /// Version in the study.
        version: u32,
    },
    /// The parameters of a method do not fit it.
    #[error("{what}: {problem}")]
    Terms {
        /// Which parameter.
        what: &'static str,
        /// What is wrong and what would fit.
        problem: String,
    },
    /// The site's table lacks a column, or rows of it differ in length.
    #[error("column '{column}' {problem}")]
    Column {
        /// Which.
        column: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// A broadcast that this method does not ask for, or not in this form.
    #[error("the hub asked for {asked} where {method} has no such step: refuse the round and tell the lead")]
    Unexpected {
        /// The method.
        method: &'static str,
        /// What was asked for.
        asked: &'static str,
    },
    /// Coefficients so far out that single persons would dominate the sums.
    #[error(
        "the hub asked for sums at coefficients that are not finite or beyond {limit} standard deviations: refused"
    )]
    Coefficients {
        /// The limit, on the standardised scale.
        limit: f64,
    },
    /// A number that the secure sum cannot carry.
    #[error("{block} is out of range: rescale the covariates (their agreed centre and scale)")]
    Range {
        /// Name of the block of numbers.
        block: String,
    },
    /// A total with more or fewer numbers than were asked for.
    #[error("the total has {found} {kind} where {expected} were asked for: the round is void")]
    Length {
        /// Counts or reals.
        kind: &'static str,
        /// As asked for.
        expected: usize,
        /// As given.
        found: usize,
    },
    /// The cohort is another than in the round before.
    #[error(
        "the total counts other persons or events than the round before: restart the method with the sites that are left"
    )]
    CohortChanged,
    /// A total that no cohort can have.
    #[error("the total contradicts itself in {block}: the round is void, and some site's sums are wrong")]
    Contradiction {
        /// Name of the block of numbers.
        block: &'static str,
    },
    /// The method is at its end.
    #[error("the method is done: there is no further round")]
    Done,
    /// The statistics have no answer.
    #[error(transparent)]
    Stats(#[from] StatsError),
}

impl MethodError {
    pub(crate) fn terms(what: &'static str, problem: impl Into<String>) -> Self {
        Self::Terms { what, problem: problem.into() }
    }
}
