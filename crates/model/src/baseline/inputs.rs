//! The inputs of one case, by the variables that the published models share.

use std::collections::BTreeMap;

use super::{Grade, NotComputable, Stage, Why, level};

/// An input of a published model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variable {
    /// Age at the operation in years.
    Age,
    /// PSA before the operation in ng/ml.
    Psa,
    /// Grade of the biopsy.
    Grade,
    /// Clinical T stage.
    Stage,
    /// Biopsy cores with cancer.
    PositiveCores,
    /// Biopsy cores without cancer.
    NegativeCores,
    /// Grade of the specimen.
    PathologicalGrade,
    /// Cancer beyond the capsule in the specimen.
    ExtracapsularExtension,
    /// Cancer in the seminal vesicles.
    SeminalVesicleInvasion,
    /// Cancer in the lymph nodes.
    LymphNodeInvolvement,
    /// Cancer at the surgical margin.
    SurgicalMargin,
}

impl Variable {
    /// What it is called in a report.
    pub fn words(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Psa => "PSA",
            Self::Grade => "biopsy grade",
            Self::Stage => "clinical stage",
            Self::PositiveCores => "number of positive cores",
            Self::NegativeCores => "number of negative cores",
            Self::PathologicalGrade => "pathological grade",
            Self::ExtracapsularExtension => "extracapsular extension",
            Self::SeminalVesicleInvasion => "seminal vesicle invasion",
            Self::LymphNodeInvolvement => "lymph node involvement",
            Self::SurgicalMargin => "surgical margin",
        }
    }
}

/// What is known of one case, as the source writes it; a variable without an entry is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inputs<'a>(BTreeMap<Variable, &'a str>);

/// Nobody older was ever known.
const OLDEST: f64 = 125.0;

impl<'a> Inputs<'a> {
    /// The inputs of a case; cells of white space alone are missing.
    pub fn new(cells: impl IntoIterator<Item = (Variable, &'a str)>) -> Self {
        let cells = cells.into_iter().map(|(variable, cell)| (variable, cell.trim()));
        Self(cells.filter(|(_, cell)| !cell.is_empty()).collect())
    }

    pub(super) fn age(&self) -> Result<f64, NotComputable> {
        self.number(Variable::Age, |age| age > 0.0 && age <= OLDEST)
    }

    /// ng/ml.
    pub(super) fn psa(&self) -> Result<f64, NotComputable> {
        self.number(Variable::Psa, |psa| psa > 0.0)
    }

    /// Positive and negative cores, of which there is at least one.
    pub(super) fn cores(&self) -> Result<(f64, f64), NotComputable> {
        let positive = self.number(Variable::PositiveCores, |cores| cores >= 0.0)?;
        let negative = self.number(Variable::NegativeCores, |cores| cores >= 0.0)?;
        if positive + negative > 0.0 {
            return Ok((positive, negative));
        }
        Err(NotComputable::new(Variable::PositiveCores, Why::Impossible))
    }

    pub(super) fn stage(&self) -> Result<Stage, NotComputable> {
        self.level(Variable::Stage, level::stage)
    }

    pub(super) fn grade(&self) -> Result<Grade, NotComputable> {
        self.level(Variable::Grade, level::grade)
    }

    pub(super) fn pathological_grade(&self) -> Result<Grade, NotComputable> {
        self.level(Variable::PathologicalGrade, level::grade)
    }

    /// Whether a finding of the specimen is there.
    pub(super) fn found(&self, variable: Variable) -> Result<bool, NotComputable> {
        self.level(variable, level::presence)
    }

    fn cell(&self, variable: Variable) -> Result<&'a str, NotComputable> {
        self.0.get(&variable).copied().ok_or(NotComputable::new(variable, Why::Missing))
    }

    fn number(&self, variable: Variable, possible: fn(f64) -> bool) -> Result<f64, NotComputable> {
        let cell = self.cell(variable)?;
        let number: f64 = cell.parse().map_err(|_| NotComputable::new(variable, Why::NotANumber))?;
        if number.is_finite() && possible(number) {
            return Ok(number);
        }
        Err(NotComputable::new(variable, Why::Impossible))
    }

    fn level<T>(&self, variable: Variable, read: fn(&str) -> Option<T>) -> Result<T, NotComputable> {
        read(self.cell(variable)?).ok_or(NotComputable::new(variable, Why::UnknownLevel))
    }
}
