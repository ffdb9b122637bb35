//! Why a statistic could not be computed.

/// Errors of this crate. They name rows, columns and intervals by number (from 0), never a value of a record.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StatsError {
    /// There is nothing to compute on.
    #[error("{what} is empty: give at least one row")]
    Empty {
        /// Which input.
        what: &'static str,
    },
    /// Two inputs that go together differ in length, or a flat matrix is no multiple of its columns.
    #[error("{what} has length {found} where {expected} was expected")]
    Length {
        /// Which input.
        what: &'static str,
        /// Length that fits the other inputs.
        expected: usize,
        /// Length given.
        found: usize,
    },
    /// A NaN or an infinity.
    #[error("{what} is not finite in row {row}, column {column}: drop or impute the row before the analysis")]
    NotFinite {
        /// Which input.
        what: &'static str,
        /// Row from 0.
        row: usize,
        /// Column from 0.
        column: usize,
    },
    /// A follow-up time of zero or below.
    #[error("time in row {row} is not above zero: correct the index date or exclude the case")]
    Time {
        /// Row from 0.
        row: usize,
    },
    /// A predicted risk that is no probability.
    #[error("predicted risk in row {row} is not between 0 and 1: give the probability of the event by the horizon")]
    Probability {
        /// Row from 0.
        row: usize,
    },
    /// A predicted risk of exactly 0, which no recalibration can move.
    #[error("predicted risk in row {row} is exactly 0, so that no recalibration can move it: drop or bound it")]
    ZeroRisk {
        /// Row from 0.
        row: usize,
    },
    /// A label (group, fold, cluster) beyond the declared number of labels.
    #[error("{what} in row {row} is {found}, but only labels below {limit} are declared")]
    Label {
        /// Which label.
        what: &'static str,
        /// Row from 0.
        row: usize,
        /// Label given.
        found: usize,
        /// Number of labels.
        limit: usize,
    },
    /// A setting outside its range.
    #[error("{what} is out of range: it must be {expected}")]
    Setting {
        /// Which setting.
        what: &'static str,
        /// The range in words.
        expected: &'static str,
    },
    /// No event at all, so nothing can be estimated.
    #[error("no event was observed in {what}: lengthen the follow-up or widen the cohort")]
    NoEvents {
        /// Where an event was needed.
        what: &'static str,
    },
    /// Nobody is left under observation, so nothing can be compared.
    #[error("nobody is observed beyond {what}: choose an earlier time")]
    NoControls {
        /// What the follow-up does not pass.
        what: &'static str,
    },
    /// A case whose state at the horizon is unknown, given to a method that knows no censoring.
    #[error("case in row {row} is censored before the horizon: use a method that weights for censoring")]
    Censored {
        /// Row from 0.
        row: usize,
    },
    /// A predictor that does not vary (among those at risk).
    #[error("predictor {column} does not vary among those at risk: drop it")]
    Constant {
        /// Column from 0.
        column: usize,
    },
    /// A predictor that is a linear combination of those before it.
    #[error("predictor {column} is a linear combination of the predictors before it: drop it or add a penalty")]
    Collinear {
        /// Column from 0.
        column: usize,
    },
    /// The likelihood rises for ever along a predictor (separation, monotone likelihood).
    #[error("the coefficient of predictor {column} runs to infinity: drop it, merge its levels or add a penalty")]
    InfiniteCoefficient {
        /// Column from 0.
        column: usize,
    },
    /// The same within one interval of a yearly hazard with year-specific effects.
    #[error("in interval {interval} the coefficient of predictor {column} runs to infinity: merge years or drop it")]
    InfiniteYearEffect {
        /// Interval from 0.
        interval: usize,
        /// Column from 0.
        column: usize,
    },
    /// A predictor that cannot be told from the others within one interval.
    #[error("in interval {interval} predictor {column} is constant or collinear: merge years or drop it")]
    YearNotIdentified {
        /// Interval from 0.
        interval: usize,
        /// Column from 0.
        column: usize,
    },
    /// An interval whose hazard is 0 or 1, so that its intercept is infinite.
    #[error("interval {interval} has no event or nothing but events: merge it with its neighbour")]
    YearWithoutContrast {
        /// Interval from 0.
        interval: usize,
    },
    /// No single year reaches the declared minimum of events.
    #[error("no year has the {needed} events asked for (the best has {found}): lower the minimum or merge by hand")]
    TooFewEvents {
        /// Events in the best year.
        found: usize,
        /// Events asked for.
        needed: usize,
    },
    /// A variable that no case has, so that nothing tells what it might be.
    #[error("variable {variable} has no value in any case: drop it")]
    Unobserved {
        /// Variable from 0.
        variable: usize,
    },
    /// Newton's method did not settle.
    #[error("{what} did not converge within {iterations} iterations: rescale or penalise the predictors")]
    NotConverged {
        /// Which fit.
        what: &'static str,
        /// Iterations spent.
        iterations: usize,
    },
}
