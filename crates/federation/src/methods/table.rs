//! What a site's rows are to a method: follow-up, and columns of numbers by name.

use std::collections::{BTreeMap, BTreeSet};

use renkei_stats::{Predictors, survival::Outcomes};

use super::MethodError;

/// The rows of one site. A row is a case, or a tile of one; `person` says whose.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    person: Vec<usize>,
    time: Vec<f64>,
    cause: Vec<usize>,
    columns: BTreeMap<String, Vec<f64>>,
}

/// Follow-up and predictors, borrowed by the statistics.
pub(crate) struct Rows {
    pub(crate) time: Vec<f64>,
    pub(crate) event: Vec<bool>,
    pub(crate) values: Vec<f64>,
    columns: usize,
}

impl Table {
    /// Rows of persons (any labels, one a row) without follow-up.
    #[must_use]
    pub fn new(person: Vec<usize>) -> Self {
        Self { person, ..Self::default() }
    }

    /// With follow-up: times from the origin, and causes of the event (0 censored, 1 the event of interest, others compete).
    ///
    /// # Errors
    /// `Column` unless there is one of each a row, and times are finite and above zero.
    pub fn with_follow_up(mut self, time: Vec<f64>, cause: Vec<usize>) -> Result<Self, MethodError> {
        for (column, length) in [("time", time.len()), ("cause", cause.len())] {
            self.check_length(column, length)?;
        }
        if !time.iter().all(|time| time.is_finite() && *time > 0.0) {
            return Err(MethodError::Column { column: "time".into(), problem: "holds times that are not above zero" });
        }
        (self.time, self.cause) = (time, cause);
        Ok(self)
    }

    /// With a column of numbers.
    ///
    /// # Errors
    /// `Column` unless there is one finite number a row.
    pub fn with_column(mut self, name: &str, values: Vec<f64>) -> Result<Self, MethodError> {
        self.check_length(name, values.len())?;
        if !values.iter().all(|value| value.is_finite()) {
            return Err(MethodError::Column { column: name.into(), problem: "holds values that are not finite" });
        }
        self.columns.insert(name.into(), values);
        Ok(self)
    }

    /// All rows of some tables, which have the same columns.
    pub(crate) fn concat(tables: &[&Self]) -> Result<Self, MethodError> {
        let mut all = Self::default();
        let filled: Vec<&&Self> = tables.iter().filter(|table| table.rows() > 0).collect();
        for table in &filled {
            all.person.extend(&table.person);
            all.time.extend(&table.time);
            all.cause.extend(&table.cause);
        }
        for name in filled.first().iter().flat_map(|first| first.columns.keys()) {
            let mut values = Vec::with_capacity(all.rows());
            for table in &filled {
                values.extend(table.column(name)?);
            }
            all.columns.insert(name.clone(), values);
        }
        Ok(all)
    }

    fn check_length(&self, column: &str, length: usize) -> Result<(), MethodError> {
        let problem = "has not one value a row";
        if length == self.rows() { Ok(()) } else { Err(MethodError::Column { column: column.into(), problem }) }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.person.len()
    }

    /// Different persons among rows.
    pub(crate) fn persons(&self, rows: impl Iterator<Item = usize>) -> u64 {
        rows.map(|row| self.person[row]).collect::<BTreeSet<_>>().len() as u64
    }

    /// Different persons by group of rows.
    pub(crate) fn persons_by(&self, group: &[usize], groups: usize) -> Vec<u64> {
        let mut seen = vec![BTreeSet::new(); groups];
        group.iter().zip(&self.person).for_each(|(group, person)| {
            seen[*group].insert(*person);
        });
        seen.iter().map(|persons| persons.len() as u64).collect()
    }

    /// A column.
    ///
    /// # Errors
    /// `Column` where there is none of this name. A table without rows has every column.
    pub(crate) fn column(&self, name: &str) -> Result<&[f64], MethodError> {
        match self.columns.get(name) {
            Some(values) => Ok(values),
            None if self.rows() == 0 => Ok(&[]),
            None => Err(MethodError::Column { column: name.into(), problem: "is not in the site's table" }),
        }
    }

    /// Some columns as a row-major matrix.
    pub(crate) fn matrix<'n>(&self, names: impl Iterator<Item = &'n str>) -> Result<Vec<f64>, MethodError> {
        let columns = names.map(|name| self.column(name)).collect::<Result<Vec<_>, _>>()?;
        Ok((0..self.rows()).flat_map(|row| columns.iter().map(move |column| column[row])).collect())
    }

    /// Times and causes.
    ///
    /// # Errors
    /// `Column` for a table without follow-up.
    pub fn follow_up(&self) -> Result<(&[f64], &[usize]), MethodError> {
        self.check_length("time", self.time.len())?;
        Ok((&self.time, &self.cause))
    }

    /// Follow-up to the event of interest (cause 1; others censor), with some columns.
    pub(crate) fn survival(&self, names: &[String]) -> Result<Rows, MethodError> {
        let (time, cause) = self.follow_up()?;
        let values = self.matrix(names.iter().map(String::as_str))?;
        let event = cause.iter().map(|cause| *cause == 1).collect();
        Ok(Rows { time: time.to_vec(), event, values, columns: names.len() })
    }
}

impl Rows {
    /// What the statistics take; none for a site without cases.
    pub(crate) fn borrow(&self) -> Result<Option<(Outcomes<'_>, Predictors<'_>)>, MethodError> {
        if self.time.is_empty() {
            return Ok(None);
        }
        Ok(Some((Outcomes::new(&self.time, &self.event)?, Predictors::new(&self.values, self.columns)?)))
    }

    pub(crate) fn events(&self) -> u64 {
        self.event.iter().filter(|event| **event).count() as u64
    }
}
