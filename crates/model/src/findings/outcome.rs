//! A result, or why there is none.

use serde::{Deserialize, Serialize};

/// A part of the analysis that may be impossible on the cohort at hand. A report shows the reason in its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome<T> {
    /// It was done.
    Done(T),
    /// It could not be done.
    Impossible {
        /// Why, in words for the report; column names at most, no values of a case.
        reason: String,
    },
}

impl<T> Outcome<T> {
    /// The result, if there is one.
    pub fn done(&self) -> Option<&T> {
        match self {
            Self::Done(result) => Some(result),
            Self::Impossible { .. } => None,
        }
    }

    /// The reason, if there is no result.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Done(_) => None,
            Self::Impossible { reason } => Some(reason),
        }
    }

    pub(crate) fn impossible(reason: impl Into<String>) -> Self {
        Self::Impossible { reason: reason.into() }
    }
}

impl<T> From<Result<T, String>> for Outcome<T> {
    fn from(result: Result<T, String>) -> Self {
        match result {
            Ok(result) => Self::Done(result),
            Err(reason) => Self::Impossible { reason },
        }
    }
}
