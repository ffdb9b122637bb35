//! Checked follow-up with causes.

use crate::{
    StatsError,
    survival::{Outcomes, check_labels},
};

/// Follow-up time of every case with the cause of its event: 1 to `causes`, or 0 for a case censored at its time.
#[derive(Debug, Clone, Copy)]
pub struct CompetingOutcomes<'a> {
    time: &'a [f64],
    cause: &'a [usize],
    causes: usize,
}

impl<'a> CompetingOutcomes<'a> {
    /// Checks the follow-up.
    ///
    /// # Errors
    /// `Empty`, `Length`, `NotFinite` and `Time` as [`Outcomes::new`]; `Label` for a cause above `causes`; `Setting`
    /// without causes.
    pub fn new(time: &'a [f64], cause: &'a [usize], causes: usize) -> Result<Self, StatsError> {
        if causes == 0 {
            return Err(StatsError::Setting { what: "number of causes", expected: "at least 1" });
        }
        Outcomes::new(time, &vec![false; time.len()])?;
        check_labels("cause", cause, time.len(), causes + 1)?;
        Ok(Self { time, cause, causes })
    }

    /// Times, one a case.
    pub fn time(&self) -> &'a [f64] {
        self.time
    }

    /// Causes, one a case; 0 is censored.
    pub fn cause(&self) -> &'a [usize] {
        self.cause
    }

    /// Number of causes.
    pub fn causes(&self) -> usize {
        self.causes
    }

    /// Number of cases; never 0.
    pub fn rows(&self) -> usize {
        self.time.len()
    }

    /// Rows by ascending time, then by row.
    pub(crate) fn ascending(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.rows()).collect();
        order.sort_by(|a, b| self.time[*a].total_cmp(&self.time[*b]).then(a.cmp(b)));
        order
    }
}

/// Checks that a cause of interest is one of `causes`.
pub(crate) fn check_cause(cause: usize, causes: usize) -> Result<(), StatsError> {
    if (1..=causes).contains(&cause) {
        return Ok(());
    }
    Err(StatsError::Setting { what: "cause of interest", expected: "from 1 to the number of causes" })
}
