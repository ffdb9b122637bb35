//! The design matrix: predictors as the columns that a regression takes.

use std::collections::BTreeMap;

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::{DataType, Float64Type};
use renkei_domain::spec::{Predictor, PredictorKind, Transform};

use crate::CohortError;

/// Predictors in numbers, one row a case. Nothing is centred or scaled.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    /// What each column is: `psa`, `log2(psa)`, or `stage=T3` for one level of a category.
    pub names: Vec<String>,
    /// The numbers, row after row (`rows` x `columns`); NaN in all columns of a predictor that a case lacks.
    pub values: Vec<f64>,
    /// Cases.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// The index of the predictor that each column belongs to.
    pub groups: Vec<usize>,
    /// The level that a category's columns are compared with; `None` for a number. One entry a predictor.
    pub references: Vec<Option<String>>,
}

/// One column before the rows are woven together.
struct Term {
    name: String,
    values: Vec<f64>,
}

impl Design {
    /// Makes the matrix from a table of cases ([`crate::Cohort::cases`]). A number enters after its transform. A category
    /// enters as one 0/1 column a level, in the order of the levels' text, without the most frequent level (of equally
    /// frequent ones the first in that order), which is the reference.
    ///
    /// # Errors
    /// A predictor that is no column of `cases`, or whose transform does not take a value; one that is the same for every case
    /// that has it.
    pub fn of(cases: &RecordBatch, predictors: &[Predictor]) -> Result<Self, CohortError> {
        let rows = cases.num_rows();
        let mut terms = Vec::new();
        let mut groups = Vec::new();
        let mut references = Vec::new();
        for (index, predictor) in predictors.iter().enumerate() {
            let (reference, made) = match predictor.kind {
                PredictorKind::Number => (None, vec![number(cases, predictor)?]),
                PredictorKind::Category => {
                    let (reference, made) = category(cases, predictor)?;
                    (Some(reference), made)
                }
            };
            groups.extend(std::iter::repeat_n(index, made.len()));
            terms.extend(made);
            references.push(reference);
        }
        let values = (0..rows).flat_map(|row| terms.iter().map(move |term| term.values[row])).collect();
        let columns = terms.len();
        Ok(Self { names: terms.into_iter().map(|term| term.name).collect(), values, rows, columns, groups, references })
    }
}

fn constant(predictor: &Predictor) -> CohortError {
    CohortError::ConstantPredictor { column: predictor.column.clone() }
}

fn number(cases: &RecordBatch, predictor: &Predictor) -> Result<Term, CohortError> {
    let cells = number_cells(cases, &predictor.column)?;
    let transformed = |(row, cell): (usize, Option<f64>)| match (predictor.transform, cell) {
        (_, None) => Ok(f64::NAN),
        (Transform::None, Some(value)) => Ok(value),
        (Transform::Log2, Some(value)) if value > 0.0 => Ok(value.log2()),
        (Transform::Log2, Some(_)) => Err(CohortError::UnusableCell { column: predictor.column.clone(), row: row + 1 }),
    };
    let values = cells.into_iter().enumerate().map(transformed).collect::<Result<Vec<_>, _>>()?;
    let mut known = values.iter().filter(|value| !value.is_nan());
    let first = known.next();
    if known.all(|value| Some(value) == first) {
        return Err(constant(predictor));
    }
    let name = match predictor.transform {
        Transform::None => predictor.column.clone(),
        Transform::Log2 => format!("log2({})", predictor.column),
    };
    Ok(Term { name, values })
}

fn category(cases: &RecordBatch, predictor: &Predictor) -> Result<(String, Vec<Term>), CohortError> {
    let cells = category_cells(cases, &predictor.column)?;
    let mut levels = BTreeMap::<&str, usize>::new();
    for cell in cells.iter().flatten() {
        *levels.entry(cell).or_default() += 1;
    }
    if levels.len() < 2 {
        return Err(constant(predictor));
    }
    let most = levels.values().copied().max();
    let reference = levels.iter().find(|(_, count)| Some(**count) == most).map_or("", |(level, _)| *level);
    let term = |level: &str| Term {
        name: format!("{}={level}", predictor.column),
        values: cells.iter().map(|cell| cell.map_or(f64::NAN, |cell| f64::from(cell == level))).collect(),
    };
    let terms = levels.keys().filter(|level| **level != reference).map(|level| term(level)).collect();
    Ok((reference.to_owned(), terms))
}

fn no_column(cases: &RecordBatch, column: &str) -> CohortError {
    let schema = cases.schema();
    let names = schema.fields().iter().map(|field| field.name().as_str());
    CohortError::NoColumn {
        column: column.to_owned(),
        needed_for: "cohort.predictors".to_owned(),
        place: "the table of cases".to_owned(),
        near: crate::select::nearest(column, names),
    }
}

/// The cells of a number in a table of cases.
pub(crate) fn number_cells(cases: &RecordBatch, column: &str) -> Result<Vec<Option<f64>>, CohortError> {
    let found = cases.column_by_name(column).filter(|array| array.data_type() == &DataType::Float64);
    let array = found.ok_or_else(|| no_column(cases, column))?;
    Ok(array.as_primitive::<Float64Type>().iter().collect())
}

/// The cells of a category in a table of cases.
pub(crate) fn category_cells<'a>(cases: &'a RecordBatch, column: &str) -> Result<Vec<Option<&'a str>>, CohortError> {
    let found = cases.column_by_name(column).filter(|array| array.data_type() == &DataType::Utf8);
    let array = found.ok_or_else(|| no_column(cases, column))?;
    Ok(array.as_string::<i32>().iter().collect())
}

#[cfg(test)]
mod tests;
