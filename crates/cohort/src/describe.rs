//! The cohort in a table: medians and counts, for all cases and by outcome.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use renkei_domain::spec::{Predictor, PredictorKind};
use serde::{Deserialize, Serialize};

use crate::CohortError;
use crate::design::{category_cells, number_cells};
use crate::select::events;

/// One predictor of the cohort, described.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VariableDescription {
    /// The predictor's column.
    pub column: String,
    /// Cases in which it is missing; 0 in a cohort of complete cases.
    pub missing: u64,
    /// Its values.
    pub summary: Summary,
}

/// The values of a number or of a category.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Summary {
    /// Quartiles, untransformed.
    Number(NumberSummary),
    /// Counts of each level.
    Category(CategorySummary),
}

/// A number, for all cases and by outcome; `None` where there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct NumberSummary {
    /// Of all cases.
    pub all: Option<Quartiles>,
    /// Of the cases with the event.
    pub events: Option<Quartiles>,
    /// Of the censored cases.
    pub non_events: Option<Quartiles>,
}

/// Quartiles as R's `quantile` gives them by default (type 7 of Hyndman and Fan 1996).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quartiles {
    /// The 25th percentile.
    pub lower: f64,
    /// The 50th percentile.
    pub median: f64,
    /// The 75th percentile.
    pub upper: f64,
}

/// A category: its levels in the order of their text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategorySummary {
    /// One entry a level.
    pub levels: Vec<LevelCount>,
}

/// Cases with one level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelCount {
    /// The level.
    pub level: String,
    /// Of all cases.
    pub all: u64,
    /// Of the cases with the event.
    pub events: u64,
    /// Of the censored cases.
    pub non_events: u64,
}

/// Describes each predictor of a table of cases ([`crate::Cohort::cases`]), in the order given.
///
/// # Errors
/// A predictor that is no column of `cases`.
pub fn describe(cases: &RecordBatch, predictors: &[Predictor]) -> Result<Vec<VariableDescription>, CohortError> {
    let events = events(cases)?;
    let describe_one = |predictor: &Predictor| {
        let (missing, summary) = match predictor.kind {
            PredictorKind::Number => {
                let cells = number_cells(cases, &predictor.column)?;
                (missing(&cells), Summary::Number(number(&cells, &events)))
            }
            PredictorKind::Category => {
                let cells = category_cells(cases, &predictor.column)?;
                (missing(&cells), Summary::Category(category(&cells, &events)))
            }
        };
        Ok(VariableDescription { column: predictor.column.clone(), missing, summary })
    };
    predictors.iter().map(describe_one).collect()
}

fn missing<T>(cells: &[Option<T>]) -> u64 {
    cells.iter().filter(|cell| cell.is_none()).count() as u64
}

fn number(cells: &[Option<f64>], events: &[bool]) -> NumberSummary {
    let of = |wanted: Option<bool>| {
        let chosen = cells.iter().zip(events).filter(|(_, event)| wanted.is_none_or(|wanted| **event == wanted));
        quartiles(chosen.filter_map(|(cell, _)| *cell).collect())
    };
    NumberSummary { all: of(None), events: of(Some(true)), non_events: of(Some(false)) }
}

fn quartiles(mut values: Vec<f64>) -> Option<Quartiles> {
    values.sort_unstable_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    let quantile = |fraction: f64| {
        let place = fraction * last as f64;
        let (low, high) = (place.floor() as usize, place.ceil() as usize);
        values[low] + (place - place.floor()) * (values[high] - values[low])
    };
    Some(Quartiles { lower: quantile(0.25), median: quantile(0.5), upper: quantile(0.75) })
}

fn category(cells: &[Option<&str>], events: &[bool]) -> CategorySummary {
    let mut levels = BTreeMap::<&str, LevelCount>::new();
    for (cell, event) in cells.iter().zip(events) {
        let Some(level) = cell else { continue };
        let empty = || LevelCount { level: (*level).to_owned(), all: 0, events: 0, non_events: 0 };
        let count = levels.entry(level).or_insert_with(empty);
        count.all += 1;
        if *event {
            count.events += 1;
        } else {
            count.non_events += 1;
        }
    }
    CategorySummary { levels: levels.into_values().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R: `quantile(c(1, 2, 3, 10), c(.25, .5, .75))` gives 1.75, 2.5, 4.75.
    #[test]
    fn quartiles_are_those_of_r() {
        let expected = Quartiles { lower: 1.75, median: 2.5, upper: 4.75 };
        assert_eq!(quartiles(vec![10.0, 3.0, 1.0, 2.0]), Some(expected));
        assert_eq!(quartiles(Vec::new()), None);
    }

    #[test]
    fn values_are_split_by_outcome_and_missing_ones_counted() {
        let events = [true, false, true, false];
        let cells = [Some(1.0), Some(5.0), None, Some(7.0)];
        let summary = number(&cells, &events);
        assert_eq!(summary.events.map(|quartiles| quartiles.median), Some(1.0));
        assert_eq!(summary.non_events.map(|quartiles| quartiles.median), Some(6.0));
        assert_eq!(missing(&cells), 1);
        let levels = category(&[Some("b"), Some("a"), None, Some("b")], &events).levels;
        let counts: Vec<_> = levels.iter().map(|l| (l.level.as_str(), l.all, l.events, l.non_events)).collect();
        assert_eq!(counts, [("a", 1, 0, 1), ("b", 2, 1, 1)]);
    }
}
