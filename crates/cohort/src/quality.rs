//! Faults of the records, counted by column and rule. No value is kept.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One rule that some values of one column break.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QualityFinding {
    /// The column of the selected rows.
    pub column: String,
    /// The rule.
    pub rule: QualityRule,
    /// Rows that break it; always positive.
    pub count: u64,
    /// Rows that were looked at: all that the query selected, before any exclusion.
    pub rows: u64,
}

/// What a value should be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QualityRule {
    /// A value is there.
    Present,
    /// The text is a finite number.
    Numeric,
    /// The number is positive: a follow-up time, or a predictor under log2.
    Positive,
    /// The number lies in the dictionary's plausible range.
    Plausible {
        /// Smallest plausible value.
        lowest: f64,
        /// Largest plausible value.
        highest: f64,
    },
    /// The value is one that the endpoint names as event or censored.
    KnownEvent,
    /// A value has its day of measurement.
    Dated,
}

impl fmt::Display for QualityRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present => f.write_str("is missing"),
            Self::Numeric => f.write_str("is not a number"),
            Self::Positive => f.write_str("is zero or negative"),
            Self::Plausible { lowest, highest } => write!(f, "lies outside {lowest} to {highest}"),
            Self::KnownEvent => f.write_str("is named neither as event nor as censored"),
            Self::Dated => f.write_str("has no day of measurement"),
        }
    }
}

/// Counts the rows of one column that break one rule; nothing is added where none does.
#[derive(Debug)]
pub(crate) struct Findings {
    rows: usize,
    found: Vec<QualityFinding>,
}

impl Findings {
    pub(crate) fn over(rows: usize) -> Self {
        Self { rows, found: Vec::new() }
    }

    pub(crate) fn count(&mut self, column: &str, rule: QualityRule, broken: impl Fn(usize) -> bool) {
        let count = (0..self.rows).filter(|&row| broken(row)).count() as u64;
        if count > 0 {
            self.found.push(QualityFinding { column: column.to_owned(), rule, count, rows: self.rows as u64 });
        }
    }

    pub(crate) fn into_table(self) -> Vec<QualityFinding> {
        self.found
    }
}
