//! The inputs of one case, by the variables that the published models share.

use std::collections::BTreeMap;

use renkei_domain::spec::ClinicalInput;

use super::{Grade, NotComputable, Stage, Why, level};

/// What is known of one case, as the source writes it; a variable without an entry is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inputs<'a>(BTreeMap<ClinicalInput, &'a str>);

/// Nobody older was ever known.
const OLDEST: f64 = 125.0;

impl<'a> Inputs<'a> {
    /// The inputs of a case; cells of white space alone are missing.
    pub fn new(cells: impl IntoIterator<Item = (ClinicalInput, &'a str)>) -> Self {
        let cells = cells.into_iter().map(|(variable, cell)| (variable, cell.trim()));
        Self(cells.filter(|(_, cell)| !cell.is_empty()).collect())
    }

    pub(super) fn age(&self) -> Result<f64, NotComputable> {
        self.number(ClinicalInput::Age, |age| age > 0.0 && age <= OLDEST)
    }

    /// ng/ml.
    pub(super) fn psa(&self) -> Result<f64, NotComputable> {
        self.number(ClinicalInput::Psa, |psa| psa > 0.0)
    }

    /// Positive and negative cores, of which there is at least one.
    pub(super) fn cores(&self) -> Result<(f64, f64), NotComputable> {
        let positive = self.number(ClinicalInput::PositiveCores, |cores| cores >= 0.0)?;
        let negative = self.number(ClinicalInput::NegativeCores, |cores| cores >= 0.0)?;
        if positive + negative > 0.0 {
            return Ok((positive, negative));
        }
        Err(NotComputable::new(ClinicalInput::PositiveCores, Why::Impossible))
    }

    pub(super) fn stage(&self) -> Result<Stage, NotComputable> {
        self.level(ClinicalInput::Stage, level::stage)
    }

    pub(super) fn grade(&self) -> Result<Grade, NotComputable> {
        self.level(ClinicalInput::Grade, level::grade)
    }

    pub(super) fn pathological_grade(&self) -> Result<Grade, NotComputable> {
        self.level(ClinicalInput::PathologicalGrade, level::grade)
    }

    /// Whether a finding of the specimen is there.
    pub(super) fn found(&self, variable: ClinicalInput) -> Result<bool, NotComputable> {
        self.level(variable, level::presence)
    }

    fn cell(&self, variable: ClinicalInput) -> Result<&'a str, NotComputable> {
        self.0.get(&variable).copied().ok_or(NotComputable::new(variable, Why::Missing))
    }

    fn number(&self, variable: ClinicalInput, possible: fn(f64) -> bool) -> Result<f64, NotComputable> {
        let cell = self.cell(variable)?;
        let number: f64 = cell.parse().map_err(|_| NotComputable::new(variable, Why::NotANumber))?;
        if number.is_finite() && possible(number) {
            return Ok(number);
        }
        Err(NotComputable::new(variable, Why::Impossible))
    }

    fn level<T>(&self, variable: ClinicalInput, read: fn(&str) -> Option<T>) -> Result<T, NotComputable> {
        read(self.cell(variable)?).ok_or(NotComputable::new(variable, Why::UnknownLevel))
    }
}
