//! Events and censorings by time: the sums from which the non-parametric estimates come.

use serde::{Deserialize, Serialize};

use super::Outcomes;
use crate::StatsError;

/// What happened at one time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RiskRow {
    /// Time from the origin.
    pub time: f64,
    /// Events at this time.
    pub events: u64,
    /// Cases censored at this time (they were still at risk for its events).
    pub censored: u64,
}

/// Events and censorings by ascending time. Tables of parts of a cohort [`merge`](Self::merge) into the table of the
/// whole.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RiskTable {
    rows: Vec<RiskRow>,
}

impl RiskTable {
    /// The table of a cohort.
    pub fn new(outcomes: &Outcomes<'_>) -> Self {
        Self::of_rows(outcomes, outcomes.ascending().into_iter())
    }

    /// A table that was counted elsewhere; times without anybody may stay out.
    ///
    /// # Errors
    /// `NotFinite` and `Time` (not above zero) with the row; `Setting` unless the times ascend.
    pub fn from_rows(rows: Vec<RiskRow>) -> Result<Self, StatsError> {
        check_times(rows.iter().map(|row| row.time))?;
        Ok(Self { rows })
    }

    /// The table of some rows, which must come by ascending time.
    pub(crate) fn of_rows(outcomes: &Outcomes<'_>, ascending: impl Iterator<Item = usize>) -> Self {
        let mut rows: Vec<RiskRow> = Vec::new();
        for case in ascending {
            let event = u64::from(outcomes.event()[case]);
            push(&mut rows, RiskRow { time: outcomes.time()[case], events: event, censored: 1 - event });
        }
        Self { rows }
    }

    /// The table of both parts. Associative and commutative: counts only.
    pub fn merge(&self, other: &Self) -> Self {
        let mut rows = Vec::with_capacity(self.rows.len() + other.rows.len());
        let (mut left, mut right) = (self.rows.iter().peekable(), other.rows.iter().peekable());
        loop {
            let next = match (left.peek(), right.peek()) {
                (Some(a), Some(b)) if b.time < a.time => right.next(),
                (Some(_), _) => left.next(),
                (None, _) => right.next(),
            };
            match next {
                Some(row) => push(&mut rows, *row),
                None => return Self { rows },
            }
        }
    }

    /// The same cases with censoring as the event: the reverse Kaplan-Meier estimate of follow-up (Schemper and Smith
    /// 1996) is the curve of this table, its median the median follow-up.
    pub fn reversed(&self) -> Self {
        let turn = |row: &RiskRow| RiskRow { time: row.time, events: row.censored, censored: row.events };
        Self { rows: self.rows.iter().map(turn).collect() }
    }

    /// The rows by ascending time.
    pub fn rows(&self) -> &[RiskRow] {
        &self.rows
    }

    /// Every row with the number at risk just before its time.
    pub fn with_at_risk(&self) -> impl Iterator<Item = (&RiskRow, u64)> {
        self.rows.iter().scan(self.cases(), |at_risk, row| {
            let before = *at_risk;
            *at_risk -= row.events + row.censored;
            Some((row, before))
        })
    }

    /// Cases at risk at `time`: followed up to `time` or longer.
    pub fn at_risk(&self, time: f64) -> u64 {
        let first = self.rows.partition_point(|row| row.time < time);
        self.rows[first..].iter().map(|row| row.events + row.censored).sum()
    }

    /// Whether the Kaplan-Meier estimate at `time` is known: somebody is followed up to `time` or longer, or all have
    /// had the event.
    pub fn reaches(&self, time: f64) -> bool {
        self.rows.last().is_some_and(|last| last.time >= time || last.censored == 0)
    }

    /// Events up to and with `time`.
    pub fn events_by(&self, time: f64) -> u64 {
        self.rows.iter().take_while(|row| row.time <= time).map(|row| row.events).sum()
    }

    /// All cases.
    pub fn cases(&self) -> u64 {
        self.rows.iter().map(|row| row.events + row.censored).sum()
    }

    /// All events.
    pub fn events(&self) -> u64 {
        self.rows.iter().map(|row| row.events).sum()
    }
}

/// Checks the times of a table: finite, above zero, ascending.
pub(crate) fn check_times(times: impl Iterator<Item = f64>) -> Result<(), StatsError> {
    let mut last = 0.0;
    for (row, time) in times.enumerate() {
        if !time.is_finite() {
            return Err(StatsError::NotFinite { what: "time", row, column: 0 });
        }
        if time <= 0.0 {
            return Err(StatsError::Time { row });
        }
        if time <= last {
            return Err(StatsError::Setting { what: "times of a table", expected: "ascending" });
        }
        last = time;
    }
    Ok(())
}

fn push(rows: &mut Vec<RiskRow>, row: RiskRow) {
    match rows.last_mut() {
        Some(last) if last.time == row.time => {
            last.events += row.events;
            last.censored += row.censored;
        }
        _ => rows.push(row),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_counted_elsewhere_is_that_of_the_cases() {
        let (time, event) = ([1.0, 2.0, 2.0, 3.0], [true, false, true, false]);
        let whole = RiskTable::new(&Outcomes::new(&time, &event).unwrap());
        assert_eq!(RiskTable::from_rows(whole.rows().to_vec()).unwrap(), whole);
        let rows = |times: [f64; 2]| times.map(|time| RiskRow { time, events: 1, censored: 0 }).to_vec();
        assert_eq!(RiskTable::from_rows(rows([0.0, 1.0])).unwrap_err(), StatsError::Time { row: 0 });
        for times in [[1.0, 1.0], [2.0, 1.0], [1.0, f64::NAN]] {
            assert!(RiskTable::from_rows(rows(times)).is_err());
        }
    }
}
