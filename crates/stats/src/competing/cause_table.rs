//! Events by cause and censorings by time: the sums from which the estimates without a model come.

use serde::{Deserialize, Serialize};

use super::CompetingOutcomes;
use crate::{
    StatsError,
    survival::{check_labels, check_times},
};

/// Counts by ascending time. Tables of parts of a cohort [`merge`](Self::merge) into the table of the whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CauseTable {
    causes: usize,
    time: Vec<f64>,
    /// Row-major, one row a time: censored cases, then the events of every cause.
    counts: Vec<u64>,
}

/// What happened at one time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CauseRow<'a> {
    pub(crate) time: f64,
    /// Cases at risk just before.
    pub(crate) at_risk: u64,
    counts: &'a [u64],
}

impl CauseRow<'_> {
    pub(crate) fn of(&self, cause: usize) -> u64 {
        self.counts[cause]
    }

    pub(crate) fn events(&self) -> u64 {
        self.counts[1..].iter().sum()
    }

    pub(crate) fn leaving(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// One table a group, for [`super::gray_test`]. `group[row]` is below `groups`.
///
/// # Errors
/// `Length`, `Label`.
pub fn group_cause_tables(
    outcomes: &CompetingOutcomes<'_>,
    group: &[usize],
    groups: usize,
) -> Result<Vec<CauseTable>, StatsError> {
    check_labels("group", group, outcomes.rows(), groups)?;
    let mut tables = vec![CauseTable::empty(outcomes.causes()); groups];
    for row in outcomes.ascending() {
        tables[group[row]].push_case(outcomes.time()[row], outcomes.cause()[row]);
    }
    Ok(tables)
}

impl CauseTable {
    /// The table of a cohort.
    pub fn new(outcomes: &CompetingOutcomes<'_>) -> Self {
        let mut table = Self::empty(outcomes.causes());
        for row in outcomes.ascending() {
            table.push_case(outcomes.time()[row], outcomes.cause()[row]);
        }
        table
    }

    /// The table of nobody.
    pub fn empty(causes: usize) -> Self {
        Self { causes, time: Vec::new(), counts: Vec::new() }
    }

    /// A table that was counted elsewhere: by time the censored cases, then the events of every cause.
    ///
    /// # Errors
    /// `Setting` without causes or unless the times ascend; `Length` unless there are 1 + `causes` counts a time;
    /// `NotFinite` and `Time` (not above zero) with the row.
    pub fn from_counts(causes: usize, time: Vec<f64>, counts: Vec<u64>) -> Result<Self, StatsError> {
        if causes == 0 {
            return Err(StatsError::Setting { what: "number of causes", expected: "at least 1" });
        }
        check_times(time.iter().copied())?;
        let expected = time.len() * (causes + 1);
        if counts.len() != expected {
            return Err(StatsError::Length { what: "counts", expected, found: counts.len() });
        }
        Ok(Self { causes, time, counts })
    }

    fn push_case(&mut self, time: f64, cause: usize) {
        let mut counts = vec![0; self.causes + 1];
        counts[cause] = 1;
        self.push(time, &counts);
    }

    fn push(&mut self, time: f64, counts: &[u64]) {
        if self.time.last() == Some(&time) {
            let last = self.counts.len() - counts.len();
            self.counts[last..].iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        } else {
            self.time.push(time);
            self.counts.extend(counts);
        }
    }

    /// The table of both parts. Associative and commutative: counts only.
    ///
    /// # Errors
    /// `Length` when they differ in the number of causes.
    pub fn merge(&self, other: &Self) -> Result<Self, StatsError> {
        if self.causes != other.causes {
            return Err(StatsError::Length { what: "causes", expected: self.causes, found: other.causes });
        }
        let width = self.causes + 1;
        let mut merged = Self::empty(self.causes);
        let (mut left, mut right) = (0, 0);
        while left < self.time.len() || right < other.time.len() {
            let own = right == other.time.len() || (left < self.time.len() && self.time[left] <= other.time[right]);
            let (table, place) = if own { (self, &mut left) } else { (other, &mut right) };
            merged.push(table.time[*place], &table.counts[*place * width..(*place + 1) * width]);
            *place += 1;
        }
        Ok(merged)
    }

    /// Number of causes.
    pub fn causes(&self) -> usize {
        self.causes
    }

    /// All cases.
    pub fn cases(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Events of a cause; `cause` 0 counts the censored.
    pub fn events(&self, cause: usize) -> u64 {
        self.counts.iter().skip(cause).step_by(self.causes + 1).sum()
    }

    /// Whether the estimates at `time` are known: somebody is followed up to `time` or longer, or the last all had an
    /// event.
    pub fn reaches(&self, time: f64) -> bool {
        self.rows().last().is_some_and(|last| last.time >= time || last.of(0) == 0)
    }

    /// The rows by ascending time.
    pub(crate) fn rows(&self) -> impl Iterator<Item = CauseRow<'_>> {
        let counts = self.counts.chunks_exact(self.causes + 1);
        self.time.iter().zip(counts).scan(self.cases(), |at_risk, (time, counts)| {
            let row = CauseRow { time: *time, at_risk: *at_risk, counts };
            *at_risk -= row.leaving();
            Some(row)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_counted_elsewhere_is_that_of_the_cases() {
        let whole = CauseTable::new(&CompetingOutcomes::new(&[1.0, 1.0, 2.0], &[2, 0, 1], 2).unwrap());
        assert_eq!(CauseTable::from_counts(2, vec![1.0, 2.0], vec![1, 0, 1, 0, 1, 0]).unwrap(), whole);
        assert!(CauseTable::from_counts(2, vec![1.0, 2.0], vec![1; 5]).is_err());
        assert!(CauseTable::from_counts(2, vec![2.0, 1.0], vec![1; 6]).is_err());
        assert!(CauseTable::from_counts(0, vec![1.0], vec![1]).is_err());
    }
}
