//! What a site's rows are to a method: follow-up, and columns of numbers by name.

use std::collections::BTreeMap;

use renkei_domain::CaseId;
use renkei_stats::{Predictors, survival::Outcomes};

use super::MethodError;
use crate::egress::{Concentration, PersonSet};

/// The rows of one site. A row is a case, or a tile of one. Persons go by their pseudonyms, which stay at the site with the
/// rows: the gate knows them again in another study.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// Every person once, in the order of their first rows.
    cohort: Vec<CaseId>,
    /// Place of each row's person in the cohort.
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
    /// Rows without follow-up: the case of each row, by its pseudonym.
    #[must_use]
    pub fn of_cases(cases: Vec<CaseId>) -> Self {
        let (mut places, mut cohort, mut person) = (BTreeMap::new(), Vec::new(), Vec::with_capacity(cases.len()));
        for case in cases {
            person.push(*places.entry(case.clone()).or_insert_with(|| {
                cohort.push(case);
                cohort.len() - 1
            }));
        }
        Self { cohort, person, ..Self::default() }
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
        let filled: Vec<&&Self> = tables.iter().filter(|table| table.rows() > 0).collect();
        let cases = filled.iter().flat_map(|table| table.person.iter().map(|person| table.cohort[*person].clone()));
        let mut all = Self::of_cases(cases.collect());
        for table in &filled {
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

    /// The persons, each once; sets of persons refer to their places in this list.
    #[must_use]
    pub fn cohort(&self) -> &[CaseId] {
        &self.cohort
    }

    pub(crate) fn everyone(&self) -> PersonSet {
        PersonSet::everyone(self.cohort.len())
    }

    /// The persons of some rows.
    pub(crate) fn set(&self, rows: impl Iterator<Item = usize>) -> PersonSet {
        rows.map(|row| self.person[row]).collect()
    }

    /// The persons of the rows for which `fits` holds.
    pub(crate) fn set_where(&self, fits: impl Fn(usize) -> bool) -> PersonSet {
        self.set((0..self.rows()).filter(|row| fits(*row)))
    }

    /// The persons by group of rows.
    pub(crate) fn sets_by(&self, group: &[usize], groups: usize) -> Vec<PersonSet> {
        let mut rows = vec![Vec::new(); groups];
        group.iter().enumerate().for_each(|(row, group)| rows[*group].push(row));
        rows.into_iter().map(|rows| self.set(rows.into_iter())).collect()
    }

    /// How much of a sum over rows is one person's: what each row adds, a row at most once. A person's rows count together.
    pub(crate) fn concentration(&self, added: impl Iterator<Item = (usize, f64)>) -> Concentration {
        if self.one_row_each().is_ok() {
            return Concentration::of(added.map(|(_, value)| value));
        }
        let mut by_person = vec![0.0; self.cohort.len()];
        added.for_each(|(row, value)| by_person[self.person[row]] += value.abs());
        Concentration::of(by_person)
    }

    /// Checks that every person has one row.
    pub(crate) fn one_row_each(&self) -> Result<(), MethodError> {
        let problem = "has a person twice: one row a case is needed";
        let sound = self.cohort.len() == self.rows();
        if sound { Ok(()) } else { Err(MethodError::Column { column: "person".into(), problem }) }
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
}
