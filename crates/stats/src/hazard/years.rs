//! The intervals of follow-up: single years, or several where events are few.

use serde::{Deserialize, Serialize};

use crate::{StatsError, survival::Outcomes};

/// Intervals (0, e0], (e0, e1], ... of follow-up, by their ends in years.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f64>", into = "Vec<f64>")]
pub struct Years {
    ends: Vec<f64>,
}

impl TryFrom<Vec<f64>> for Years {
    type Error = StatsError;

    fn try_from(ends: Vec<f64>) -> Result<Self, StatsError> {
        Self::new(ends)
    }
}

impl From<Years> for Vec<f64> {
    fn from(years: Years) -> Self {
        years.ends
    }
}

impl Years {
    /// Intervals that end at `ends`.
    ///
    /// # Errors
    /// `Empty`; `Setting` unless the ends are finite, above 0 and ascending.
    pub fn new(ends: Vec<f64>) -> Result<Self, StatsError> {
        if ends.is_empty() {
            return Err(StatsError::Empty { what: "ends of the years" });
        }
        let ascending = ends.windows(2).all(|pair| pair[0] < pair[1]);
        if !(ascending && ends[0] > 0.0 && ends.iter().all(|end| end.is_finite())) {
            return Err(StatsError::Setting { what: "ends of the years", expected: "finite, above 0 and ascending" });
        }
        Ok(Self { ends })
    }

    /// Ends of the intervals.
    pub fn ends(&self) -> &[f64] {
        &self.ends
    }

    /// Start and end of every interval.
    pub fn bounds(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        std::iter::once(0.0).chain(self.ends.iter().copied()).zip(self.ends.iter().copied())
    }
}

/// Single years up to `horizon` (whole years), where a year with fewer than `minimum` events joins the last year before it that
/// has enough; years before the first such year join that one. Times are in years.
///
/// # Errors
/// `Setting` for a horizon or minimum of 0; `TooFewEvents` when no single year has enough.
pub fn choose_years(outcomes: &Outcomes<'_>, horizon: usize, minimum: usize) -> Result<Years, StatsError> {
    if horizon == 0 || minimum == 0 {
        return Err(StatsError::Setting { what: "horizon or minimum of events", expected: "at least 1" });
    }
    let mut events = vec![0; horizon];
    for (time, event) in outcomes.time().iter().zip(outcomes.event()) {
        if *event && *time <= horizon as f64 {
            events[time.ceil() as usize - 1] += 1;
        }
    }
    let mut ends: Vec<f64> = Vec::new();
    for (year, count) in events.iter().enumerate() {
        let end = (year + 1) as f64;
        match ends.last_mut() {
            _ if *count >= minimum => ends.push(end),
            Some(last) => *last = end,
            None => {}
        }
    }
    if ends.is_empty() {
        let found = events.iter().copied().max().unwrap_or(0);
        return Err(StatsError::TooFewEvents { found, needed: minimum });
    }
    Years::new(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(events_by_year: &[usize], minimum: usize) -> Result<Vec<f64>, StatsError> {
        let time: Vec<f64> = events_by_year
            .iter()
            .enumerate()
            .flat_map(|(year, events)| std::iter::repeat_n(year as f64 + 1.0, *events))
            .chain([99.0])
            .collect();
        let event = vec![true; time.len()];
        choose_years(&Outcomes::new(&time, &event)?, events_by_year.len(), minimum).map(|years| years.ends)
    }

    #[test]
    fn poor_years_join_the_last_rich_one() {
        assert_eq!(chosen(&[5, 6, 7], 5).unwrap(), vec![1.0, 2.0, 3.0]);
        assert_eq!(chosen(&[5, 4, 0, 7, 1], 5).unwrap(), vec![3.0, 5.0]);
        assert_eq!(chosen(&[1, 2, 9, 9], 5).unwrap(), vec![3.0, 4.0]);
    }

    #[test]
    fn refuses_what_cannot_be_cut() {
        assert_eq!(chosen(&[3, 4], 5).unwrap_err(), StatsError::TooFewEvents { found: 4, needed: 5 });
        assert!(chosen(&[], 5).is_err());
        assert!(Years::new(vec![1.0, 1.0]).is_err());
        assert!(Years::new(vec![0.0, 1.0]).is_err());
        assert!(Years::new(vec![]).is_err());
    }
}
