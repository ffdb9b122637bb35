//! Who was left out, step by step.

use serde::{Deserialize, Serialize};

/// One line of the attrition table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttritionStep {
    /// Why rows left; for the first line, what was selected.
    pub reason: String,
    /// Rows that left for this reason; a row leaves for the first reason that holds.
    pub removed: u64,
    /// Rows that remain.
    pub remaining: u64,
}

/// Rows that are still in, and the steps so far.
#[derive(Debug)]
pub(super) struct Attrition {
    kept: Vec<bool>,
    steps: Vec<AttritionStep>,
}

impl Attrition {
    pub(super) fn of(rows: usize) -> Self {
        let first = AttritionStep { reason: "rows selected".to_owned(), removed: 0, remaining: rows as u64 };
        Self { kept: vec![true; rows], steps: vec![first] }
    }

    /// Leaves out the remaining rows for which `leaves` is true; the step is noted even where none does.
    pub(super) fn exclude(&mut self, reason: &str, leaves: impl Fn(usize) -> bool) {
        let mut removed = 0;
        for (row, kept) in self.kept.iter_mut().enumerate() {
            if *kept && leaves(row) {
                *kept = false;
                removed += 1;
            }
        }
        let remaining = self.kept.iter().filter(|kept| **kept).count() as u64;
        self.steps.push(AttritionStep { reason: reason.to_owned(), removed, remaining });
    }

    /// Leaves out faulty rows; no step is noted where there are none.
    pub(super) fn exclude_faulty(&mut self, reason: &str, faulty: impl Fn(usize) -> bool) {
        if self.rows().any(&faulty) {
            self.exclude(reason, faulty);
        }
    }

    /// The rows that are still in.
    pub(super) fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        self.kept.iter().enumerate().filter(|(_, kept)| **kept).map(|(row, _)| row)
    }

    pub(super) fn into_steps(self) -> Vec<AttritionStep> {
        self.steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_leaves_for_the_first_reason_only() {
        let mut attrition = Attrition::of(4);
        attrition.exclude("low", |row| row < 2);
        attrition.exclude("even", |row| row % 2 == 0);
        attrition.exclude_faulty("never", |row| row == 0);
        assert_eq!(attrition.rows().collect::<Vec<_>>(), [3]);
        let steps: Vec<_> = attrition.into_steps().into_iter().map(|step| (step.removed, step.remaining)).collect();
        assert_eq!(steps, [(0, 4), (2, 2), (1, 1)]);
    }
}
