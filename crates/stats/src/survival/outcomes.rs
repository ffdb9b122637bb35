//! Checked follow-up of a cohort.

use crate::StatsError;

/// Follow-up time and event of every case: `time` from the origin to the event or to censoring, above zero, in any one unit.
#[derive(Debug, Clone, Copy)]
pub struct Outcomes<'a> {
    time: &'a [f64],
    event: &'a [bool],
}

impl<'a> Outcomes<'a> {
    /// Checks the follow-up.
    ///
    /// # Errors
    /// `Empty`, `Length` when the two differ, `NotFinite` and `Time` (not above zero) with the row.
    pub fn new(time: &'a [f64], event: &'a [bool]) -> Result<Self, StatsError> {
        if time.is_empty() {
            return Err(StatsError::Empty { what: "follow-up" });
        }
        if event.len() != time.len() {
            return Err(StatsError::Length { what: "event", expected: time.len(), found: event.len() });
        }
        if let Some(row) = time.iter().position(|t| !t.is_finite()) {
            return Err(StatsError::NotFinite { what: "time", row, column: 0 });
        }
        match time.iter().position(|t| *t <= 0.0) {
            Some(row) => Err(StatsError::Time { row }),
            None => Ok(Self { time, event }),
        }
    }

    /// Times, one a case.
    pub fn time(&self) -> &'a [f64] {
        self.time
    }

    /// Whether the event was seen at `time` (else: censored).
    pub fn event(&self) -> &'a [bool] {
        self.event
    }

    /// Number of cases; never 0.
    pub fn rows(&self) -> usize {
        self.time.len()
    }

    /// Number of events.
    pub fn events(&self) -> usize {
        self.event.iter().filter(|event| **event).count()
    }

    /// Rows by ascending time; within a time events first, then by row.
    pub(crate) fn ascending(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.rows()).collect();
        order.sort_by(|a, b| {
            self.time[*a].total_cmp(&self.time[*b]).then(self.event[*b].cmp(&self.event[*a])).then(a.cmp(b))
        });
        order
    }
}

/// Checks that labels go with `rows` and stay below `limit`.
pub(crate) fn check_labels(what: &'static str, labels: &[usize], rows: usize, limit: usize) -> Result<(), StatsError> {
    if labels.len() != rows {
        return Err(StatsError::Length { what, expected: rows, found: labels.len() });
    }
    match labels.iter().position(|label| *label >= limit) {
        Some(row) => Err(StatsError::Label { what, row, found: labels[row], limit }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_bad_follow_up_with_the_row() {
        assert_eq!(Outcomes::new(&[], &[]).unwrap_err(), StatsError::Empty { what: "follow-up" });
        assert!(matches!(Outcomes::new(&[1.0], &[]), Err(StatsError::Length { .. })));
        assert_eq!(Outcomes::new(&[1.0, 0.0], &[true, true]).unwrap_err(), StatsError::Time { row: 1 });
        assert_eq!(Outcomes::new(&[-3.0], &[true]).unwrap_err(), StatsError::Time { row: 0 });
        assert!(matches!(Outcomes::new(&[1.0, f64::NAN], &[true, true]), Err(StatsError::NotFinite { row: 1, .. })));
        assert!(Outcomes::new(&[f64::INFINITY], &[true]).is_err());
    }

    #[test]
    fn events_come_before_censoring_at_one_time() {
        let outcomes = Outcomes::new(&[2.0, 1.0, 2.0, 2.0], &[false, true, true, false]).unwrap();
        assert_eq!(outcomes.ascending(), vec![1, 2, 0, 3]);
        assert_eq!((outcomes.rows(), outcomes.events()), (4, 2));
    }
}
