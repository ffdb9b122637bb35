//! Columns that only baselines are computed from: they travel with the cases, and nobody leaves for a missing one.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::RecordBatch;
use renkei_domain::spec::{Baseline, CohortSpec};

use super::attrition::Attrition;
use super::predictor::{Days, days};
use super::rows::SelectedRows;
use crate::CohortError;
use crate::column::texts;
use crate::guard::{Refusal, guard_days};

/// Columns of baselines that are no predictors, each once, in the order of their names.
pub(super) fn carried_columns<'a>(spec: &CohortSpec, baselines: &'a [Baseline]) -> BTreeSet<&'a str> {
    let columns = baselines.iter().flat_map(|baseline| baseline.inputs().into_iter().map(|(_, column)| column));
    columns.filter(|column| spec.predictors.iter().all(|predictor| predictor.column != *column)).collect()
}

/// One carried column, read once.
pub(super) struct Carried<'a> {
    pub(super) column: &'a str,
    /// As the source writes them; a value that may have come after the index date is missing here.
    pub(super) cells: Vec<Option<String>>,
    /// Where a baseline reads from it what must be known before the index date.
    days: Option<Days<'a>>,
}

impl<'a> Carried<'a> {
    pub(super) fn of(
        spec: &'a CohortSpec,
        baselines: &[Baseline],
        column: &'a str,
        rows: &SelectedRows,
    ) -> Result<Self, CohortError> {
        let mut cells = texts(column, rows.needed(column)?)?;
        let mut inputs = baselines.iter().flat_map(Baseline::inputs);
        let before = inputs.any(|(input, of)| of == column && !input.of_specimen());
        let days = if before { days(spec, column, rows)? } else { None };
        if let Some((_, days)) = &days {
            cells.iter_mut().zip(days).filter(|(_, day)| day.value().is_none()).for_each(|(cell, _)| *cell = None);
        }
        Ok(Self { column, cells, days })
    }

    /// That some of the selected rows were measured after the index date.
    pub(super) fn late(&self, attrition: &Attrition) -> Option<Refusal> {
        let (day_column, days) = self.days.as_ref()?;
        let late = |row: &usize| self.cells[*row].is_some() && days[*row].value().is_some_and(|day| day > 0.0);
        guard_days(self.column, day_column, attrition.rows().filter(late).count())
    }
}

/// The columns of a table of cases that baselines are computed from, as texts (a number in its shortest form), in its order.
///
/// # Errors
/// A table of cases that was made for other baselines.
pub fn baseline_cells(
    cases: &RecordBatch,
    baselines: &[Baseline],
) -> Result<BTreeMap<String, Vec<Option<String>>>, CohortError> {
    let columns = baselines.iter().flat_map(|baseline| baseline.inputs().into_iter().map(|(_, column)| column));
    let columns: BTreeSet<&str> = columns.collect();
    let cells = |column: &str| {
        let array = cases.column_by_name(column);
        let array = array.ok_or_else(|| CohortError::Internal(format!("the table of cases has no `{column}`")))?;
        Ok((column.to_owned(), texts(column, array)?))
    };
    columns.into_iter().map(cells).collect()
}
