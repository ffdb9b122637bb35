//! What forbids no run and should be known before one.

use std::fmt;

use renkei_cohort::{AtHorizon, QualityFinding};

/// Fewer events a parameter than this make an over-fitted model likely (Peduzzi et al. 1996).
const EVENTS_A_PARAMETER: u64 = 10;
/// Fewer cases than this at a horizon leave its figures to chance.
const AT_RISK: u64 = 10;

/// A reason to doubt what would be predicted.
#[derive(Debug, Clone, PartialEq)]
pub enum Warning {
    /// The rule of ten events a parameter is broken.
    FewEvents {
        /// Events in the cohort.
        events: u64,
        /// Columns of the design matrix: one a number, one a level of a category beyond its first.
        parameters: u64,
    },
    /// Hardly anybody was followed to a horizon.
    FewFollowed {
        /// The horizon in years.
        years: f64,
        /// Cases still at risk there.
        at_risk: u64,
    },
    /// Values of the records break a rule.
    Quality(QualityFinding),
}

impl Warning {
    pub(super) fn of_events(events: u64, parameters: u64) -> Option<Self> {
        (events < EVENTS_A_PARAMETER * parameters).then_some(Self::FewEvents { events, parameters })
    }

    pub(super) fn of_horizon(horizon: &AtHorizon) -> Option<Self> {
        let AtHorizon { years, at_risk, .. } = *horizon;
        (at_risk < AT_RISK).then_some(Self::FewFollowed { years, at_risk })
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FewEvents { events, parameters } => write!(
                f,
                "{events} events for {parameters} parameters: fewer than {EVENTS_A_PARAMETER} each, so the model will fit \
                 chance; drop predictors, merge levels or widen the cohort"
            ),
            Self::FewFollowed { years, at_risk } => write!(
                f,
                "{at_risk} cases are followed for {years} years: figures at this horizon will say little; remove it from \
                 `endpoint.horizons_years`"
            ),
            Self::Quality(QualityFinding { column, rule, count, rows }) => {
                write!(f, "`{column}` {rule} in {count} of {rows} rows")
            }
        }
    }
}
