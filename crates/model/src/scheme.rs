//! Which cases are held out together.

use std::rc::Rc;

use renkei_stats::{StatsError, resample::stratified_folds};

use crate::{Input, design::Design};

/// The folds of the rows of one design: every hospital in turn where the study names them, else folds stratified by event.
#[derive(Debug, Clone)]
pub(crate) struct Scheme {
    /// Number of its fold, one a row.
    pub(crate) fold: Vec<usize>,
    /// Number of folds; one may have no row of the design.
    pub(crate) count: usize,
    hospitals: Option<Rc<[String]>>,
}

impl Scheme {
    /// The folds of the rows of `design`.
    ///
    /// # Errors
    /// As [`stratified_folds`].
    pub(crate) fn new(input: &Input, design: &Design, folds: usize, seed: u64) -> Result<Self, StatsError> {
        match &input.hospitals {
            None => Ok(Self::random(stratified_folds(&design.event, folds, seed)?, folds)),
            Some(hospitals) => Ok(Self {
                fold: design.cases.iter().map(|case| hospitals.of_case[*case]).collect(),
                count: hospitals.names.len(),
                hospitals: Some(hospitals.names.clone().into()),
            }),
        }
    }

    pub(crate) fn random(fold: Vec<usize>, count: usize) -> Self {
        Self { fold, count, hospitals: None }
    }

    /// The folds of some rows, in the order given.
    pub(crate) fn select(&self, rows: &[usize]) -> Self {
        Self { fold: rows.iter().map(|row| self.fold[*row]).collect(), ..self.clone() }
    }

    /// The hospitals by number of their fold, if hospitals are held out.
    pub(crate) fn hospitals(&self) -> Option<&[String]> {
        self.hospitals.as_deref()
    }

    /// What is held out, in words.
    pub(crate) fn name(&self, fold: usize) -> String {
        match &self.hospitals {
            Some(hospitals) => format!("hospital `{}`", hospitals[fold]),
            None => format!("fold {}", fold + 1),
        }
    }
}
