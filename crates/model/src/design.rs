//! The matrix behind one model, with the follow-up of its cases.

use std::rc::Rc;

use renkei_stats::{StatsError, survival::Outcomes};

use crate::{Column, Images, Input};

/// Cases by columns; the first columns are records (not penalised), those from `shrunk_from` on are tile proportions (ridge).
#[derive(Debug, Clone)]
pub(crate) struct Design {
    /// Case number in the input, one a row.
    pub(crate) cases: Vec<usize>,
    pub(crate) time: Vec<f64>,
    pub(crate) event: Vec<bool>,
    /// Row-major.
    pub(crate) values: Vec<f64>,
    pub(crate) columns: usize,
    pub(crate) shrunk_from: usize,
    names: Rc<[String]>,
    /// Number of the predictor that each column belongs to; every key feature is one of its own.
    pub(crate) groups: Rc<[usize]>,
}

impl Design {
    /// The records of some cases.
    pub(crate) fn records(input: &Input, cases: &[usize]) -> Self {
        let columns = &input.records.columns;
        let width = columns.len();
        let row = |case: usize| input.records.values[case * width..(case + 1) * width].iter().copied();
        Self {
            cases: cases.to_vec(),
            time: cases.iter().map(|case| input.time_years[*case]).collect(),
            event: cases.iter().map(|case| input.event[*case]).collect(),
            values: cases.iter().flat_map(|case| row(*case)).collect(),
            columns: width,
            shrunk_from: width,
            names: columns.iter().map(|column| column.name.clone()).collect(),
            groups: columns.iter().map(|column| first_of_group(columns, column)).collect(),
        }
    }

    /// Whether a value of the records is missing (NaN).
    pub(crate) fn has_gaps(&self) -> bool {
        self.values.iter().any(|value| value.is_nan())
    }

    /// The same cases with every row of values replaced.
    pub(crate) fn with_values(&self, values: Vec<f64>) -> Self {
        Self { values, ..self.clone() }
    }

    /// The same cases with their tile proportions beside what is there; every case has a tile.
    pub(crate) fn with_proportions(&self, images: &Images) -> Self {
        let mut values = Vec::with_capacity(self.rows() * (self.columns + images.key_features));
        for (row, case) in self.cases.iter().enumerate() {
            values.extend_from_slice(self.row(row));
            let counts = images.row(*case);
            let tiles = counts.iter().sum::<u64>() as f64;
            values.extend(counts.iter().map(|count| *count as f64 / tiles));
        }
        let features = (0..images.key_features).map(|feature| format!("key feature {feature}"));
        Self {
            values,
            columns: self.columns + images.key_features,
            names: self.names.iter().cloned().chain(features).collect(),
            groups: self.groups.iter().copied().chain(self.columns..self.columns + images.key_features).collect(),
            ..self.clone()
        }
    }

    /// The proportions alone.
    pub(crate) fn shrunk_only(&self) -> Self {
        let values = (0..self.rows()).flat_map(|row| self.row(row)[self.shrunk_from..].to_vec()).collect();
        let names = self.names[self.shrunk_from..].into();
        let groups = self.groups[self.shrunk_from..].into();
        Self { values, columns: self.columns - self.shrunk_from, shrunk_from: 0, names, groups, ..self.clone() }
    }

    /// The same cases with these columns (row-major, one name a column) in place of the predictors; none is shrunk.
    pub(crate) fn with_columns(&self, names: &[&str], values: Vec<f64>) -> Self {
        let names = names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let groups = (0..names.len()).collect();
        Self { values, columns: names.len(), shrunk_from: names.len(), names: names.into(), groups, ..self.clone() }
    }

    /// Some columns, in the order given; those of the records come first.
    pub(crate) fn columns(&self, columns: &[usize]) -> Self {
        let values =
            (0..self.rows()).flat_map(|row| columns.iter().map(move |column| self.row(row)[*column])).collect();
        let names = columns.iter().map(|column| self.names[*column].clone()).collect();
        let groups = columns.iter().map(|column| self.groups[*column]).collect();
        let shrunk_from = columns.iter().filter(|column| **column < self.shrunk_from).count();
        Self { values, columns: columns.len(), shrunk_from, names, groups, ..self.clone() }
    }

    /// The same cases with follow-up stopped at `years`: who had no event until then is censored there.
    pub(crate) fn stopped(&self, years: f64) -> Self {
        Self {
            event: self.event.iter().zip(&self.time).map(|(event, time)| *event && *time <= years).collect(),
            time: self.time.iter().map(|time| time.min(years)).collect(),
            ..self.clone()
        }
    }

    /// Some rows, in the order given.
    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        Self {
            cases: rows.iter().map(|row| self.cases[*row]).collect(),
            time: rows.iter().map(|row| self.time[*row]).collect(),
            event: rows.iter().map(|row| self.event[*row]).collect(),
            values: rows.iter().flat_map(|row| self.row(*row)).copied().collect(),
            columns: self.columns,
            shrunk_from: self.shrunk_from,
            names: Rc::clone(&self.names),
            groups: Rc::clone(&self.groups),
        }
    }

    /// The same follow-up with the predictors of other rows: row i gets the values of row `order[i]`.
    pub(crate) fn shuffled(&self, order: &[usize]) -> Self {
        Self { values: order.iter().flat_map(|row| self.row(*row)).copied().collect(), ..self.clone() }
    }

    pub(crate) fn rows(&self) -> usize {
        self.time.len()
    }

    pub(crate) fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    pub(crate) fn events(&self) -> usize {
        self.event.iter().filter(|event| **event).count()
    }

    pub(crate) fn outcomes(&self) -> Result<Outcomes<'_>, StatsError> {
        Outcomes::new(&self.time, &self.event)
    }

    /// The name of a column in words.
    pub(crate) fn name(&self, column: usize) -> &str {
        &self.names[column]
    }

    /// Why a fit failed, with the column by name.
    pub(crate) fn explain(&self, error: &StatsError) -> String {
        match error {
            StatsError::InfiniteCoefficient { column } => format!(
                "the coefficient of `{}` runs to infinity (a level without events, or separation): merge its levels or drop it",
                self.name(*column)
            ),
            StatsError::Collinear { column } => {
                format!("`{}` is a linear combination of the columns before it", self.name(*column))
            }
            StatsError::InfiniteYearEffect { interval, column } => format!(
                "in interval {} of the years the effect of `{}` runs to infinity (a level without events there)",
                interval + 1,
                self.name(*column)
            ),
            StatsError::YearNotIdentified { interval, column } => {
                format!("in interval {} of the years `{}` does not vary on its own", interval + 1, self.name(*column))
            }
            other => other.to_string(),
        }
    }
}

/// Place of the first column of a column's predictor.
fn first_of_group(columns: &[Column], column: &Column) -> usize {
    columns.iter().position(|other| other.group == column.group).unwrap_or(0)
}
