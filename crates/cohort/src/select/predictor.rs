//! One predictor of the selected rows, and what is wrong with its cells.

use renkei_domain::spec::{CohortSpec, Known, Predictor, PredictorKind, Transform};

use super::attrition::Attrition;
use super::cases::Cells;
use super::rows::SelectedRows;
use crate::CohortError;
use crate::column::{Number, numbers, texts};

/// One predictor's column, read once.
pub(super) struct ReadPredictor<'a> {
    pub(super) column: &'a str,
    transform: Transform,
    /// For a number: what each row holds.
    numbers: Vec<Number>,
    /// What may enter the model: a number that is none, or that the transform does not take, is missing here.
    pub(super) cells: Cells,
    /// The column of its days and what each row holds there.
    pub(super) days: Option<Days<'a>>,
}

/// A column of days relative to the index date, and what each row holds there.
pub(super) type Days<'a> = (&'a str, Vec<Number>);

/// The days of a column's values, where the dictionary names a column of them.
pub(super) fn days<'a>(
    spec: &'a CohortSpec,
    column: &str,
    rows: &SelectedRows,
) -> Result<Option<Days<'a>>, CohortError> {
    let Some(Known::DayColumn(day)) = spec.columns.get(column).map(|note| &note.known) else { return Ok(None) };
    Ok(Some((day.as_str(), numbers(day, rows.needed(day)?)?)))
}

impl<'a> ReadPredictor<'a> {
    pub(super) fn of(spec: &'a CohortSpec, predictor: &'a Predictor, rows: &SelectedRows) -> Result<Self, CohortError> {
        let column = predictor.column.as_str();
        let array = rows.needed(column)?;
        let (numbers_found, cells) = match predictor.kind {
            PredictorKind::Category => (Vec::new(), Cells::Categories(texts(column, array)?)),
            PredictorKind::Number => {
                let found = numbers(column, array)?;
                let fits = |value: &f64| predictor.transform != Transform::Log2 || *value > 0.0;
                let cells = found.iter().map(|number| number.value().filter(fits)).collect();
                (found, Cells::Numbers(cells))
            }
        };
        let days = days(spec, column, rows)?;
        Ok(Self { column, transform: predictor.transform, numbers: numbers_found, cells, days })
    }

    pub(super) fn is_unreadable(&self, row: usize) -> bool {
        self.numbers.get(row) == Some(&Number::Unreadable)
    }

    pub(super) fn is_not_positive(&self, row: usize) -> bool {
        let value = self.numbers.get(row).and_then(|number| number.value());
        self.transform == Transform::Log2 && value.is_some_and(|value| value <= 0.0)
    }

    pub(super) fn is_missing(&self, row: usize) -> bool {
        self.cells.is_missing(row) && !self.is_unreadable(row) && !self.is_not_positive(row)
    }

    /// A value whose day of measurement is unknown may have come after the index date.
    pub(super) fn is_undated(&self, row: usize) -> bool {
        let unknown = |days: &[Number]| days[row].value().is_none();
        !self.is_missing(row) && self.days.as_ref().is_some_and(|(_, days)| unknown(days))
    }

    pub(super) fn is_late(&self, row: usize) -> bool {
        let positive = |days: &[Number]| days[row].value().is_some_and(|day| day > 0.0);
        !self.is_missing(row) && self.days.as_ref().is_some_and(|(_, days)| positive(days))
    }

    /// What is wrong with a new case's cell; a clause that follows the column's name.
    pub(super) fn fault(&self, row: usize) -> Option<&'static str> {
        let faults = [
            (self.is_missing(row), "is missing"),
            (self.is_unreadable(row), "is not a number"),
            (self.is_not_positive(row), "is zero or negative"),
            (self.is_undated(row), "has no day of measurement"),
            (self.is_late(row), "was measured after the index date"),
        ];
        faults.into_iter().find(|(holds, _)| *holds).map(|(_, fault)| fault)
    }

    pub(super) fn exclude_missing(&self, attrition: &mut Attrition) {
        attrition.exclude_faulty(&format!("`{}` is missing", self.column), |row| self.is_missing(row));
    }

    /// A value that is there but cannot be used is a fault, not a missing one.
    pub(super) fn exclude_faulty(&self, attrition: &mut Attrition) {
        let column = self.column;
        attrition.exclude_faulty(&format!("`{column}` is not a number"), |row| self.is_unreadable(row));
        attrition.exclude_faulty(&format!("`{column}` is zero or negative"), |row| self.is_not_positive(row));
        attrition.exclude_faulty(&format!("`{column}` has no day of measurement"), |row| self.is_undated(row));
    }
}
