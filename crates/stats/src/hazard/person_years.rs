//! Follow-up cut into person-years.

use serde::{Deserialize, Serialize};

use super::Years;
use crate::survival::Outcomes;

/// The cases that were observed through one interval, or died in it, by case number.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct YearRows {
    /// Case numbers.
    pub case: Vec<usize>,
    /// Whether the case had its event in the interval.
    pub event: Vec<bool>,
}

impl YearRows {
    pub(crate) fn push(&mut self, case: usize, event: bool) {
        self.case.push(case);
        self.event.push(event);
    }

    pub(crate) fn events(&self) -> usize {
        self.event.iter().filter(|event| **event).count()
    }

    /// Rows and events.
    pub fn counts(&self) -> (usize, usize) {
        (self.case.len(), self.events())
    }

    /// Whether some had the event and some had not, so that the hazard lies between 0 and 1.
    pub(crate) fn has_contrast(&self) -> bool {
        (1..self.case.len()).contains(&self.events())
    }
}

/// One list of rows an interval. A case adds a row for every interval that it entered and in which it died or which it saw to
/// its end; an interval within which it was censored adds none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonYears {
    /// By interval.
    pub years: Vec<YearRows>,
    /// For every case the number of intervals in `years` that hold it.
    pub followed: Vec<usize>,
}

impl PersonYears {
    /// Cuts the follow-up; times are in the unit of `years`.
    pub fn new(outcomes: &Outcomes<'_>, years: &Years) -> Self {
        let mut cut = Self { years: vec![YearRows::default(); years.ends().len()], followed: vec![0; outcomes.rows()] };
        for (case, (time, event)) in outcomes.time().iter().zip(outcomes.event()).enumerate() {
            for (interval, (start, end)) in years.bounds().enumerate() {
                let event_here = *event && *time <= end;
                if *time <= start || (!event_here && *time < end) {
                    break;
                }
                cut.years[interval].push(case, event_here);
                cut.followed[case] += 1;
            }
        }
        cut
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.years.iter().map(|year| year.case.len()).sum()
    }

    /// Number of events.
    pub fn events(&self) -> usize {
        self.years.iter().map(YearRows::events).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn censored_intervals_add_no_row() {
        let time = [0.5, 0.5, 1.0, 1.0, 2.5, 9.0];
        let event = [true, false, true, false, true, true];
        let years = Years::new(vec![1.0, 2.0, 3.0]).unwrap();
        let cut = PersonYears::new(&Outcomes::new(&time, &event).unwrap(), &years);
        assert_eq!(cut.followed, vec![1, 0, 1, 1, 3, 3]);
        assert_eq!(cut.years[0].case, vec![0, 2, 3, 4, 5]);
        assert_eq!(cut.years[0].event, vec![true, true, false, false, false]);
        assert_eq!(cut.years[2].event, vec![true, false]);
        assert_eq!((cut.rows(), cut.events()), (9, 3));
    }
}
