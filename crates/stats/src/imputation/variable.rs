//! What is imputed: one variable at a time, a category as a whole.

use crate::StatsError;

/// What the values of a variable are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number.
    Number,
    /// The number of a level, from 0.
    Category {
        /// Number of levels.
        levels: usize,
    },
}

/// One variable of all cases.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// What its values are.
    pub kind: Kind,
    /// One a case; NaN where there is none.
    pub values: Vec<f64>,
}

impl Kind {
    /// Appends the regressors that a value gives: the number, or one column of 0 and 1 a level but the first.
    pub(super) fn code(self, value: f64, to: &mut Vec<f64>) {
        match self {
            Self::Number => to.push(value),
            Self::Category { levels } => to.extend((1..levels).map(|level| f64::from(value == level as f64))),
        }
    }
}

impl Variable {
    /// Number of cases without a value.
    pub fn missing(&self) -> usize {
        self.values.iter().filter(|value| value.is_nan()).count()
    }

    /// The values that are there.
    pub(super) fn observed(&self) -> Vec<f64> {
        self.values.iter().copied().filter(|value| !value.is_nan()).collect()
    }

    /// Checks length and values, and that there is one at all.
    pub(super) fn check(&self, variable: usize, rows: usize) -> Result<(), StatsError> {
        if self.values.len() != rows {
            return Err(StatsError::Length { what: "variable", expected: rows, found: self.values.len() });
        }
        if let Some(row) = self.values.iter().position(|value| value.is_infinite()) {
            return Err(StatsError::NotFinite { what: "variable", row, column: variable });
        }
        if let Kind::Category { levels } = self.kind {
            let is_level = |value: f64| value.is_nan() || (0..levels).any(|level| value == level as f64);
            if let Some(row) = self.values.iter().position(|value| !is_level(*value)) {
                return Err(StatsError::Label { what: "level", row, found: self.values[row] as usize, limit: levels });
            }
        }
        match self.missing() == rows {
            true => Err(StatsError::Unobserved { variable }),
            false => Ok(()),
        }
    }
}
