//! Recurrence after prostatectomy from what is known before it, with and without the numbers of biopsy cores.

use super::psa::{self, KNOTS, PsaTerms};
use super::{Freedom, LogLogistic};
use crate::baseline::{ClinicalInput, Inputs, NotComputable, Stage, Why};

pub(in crate::baseline) struct Preoperative {
    pub(in crate::baseline) intercept: f64,
    pub(in crate::baseline) age: f64,
    pub(in crate::baseline) psa: PsaTerms,
    /// Grade groups 2 to 5 against 1.
    pub(in crate::baseline) grade: [f64; 4],
    /// T2a, T2b, T2c, T3 and more against T1c.
    pub(in crate::baseline) stage: [f64; 4],
    /// Positive and negative cores.
    pub(in crate::baseline) cores: Option<[f64; 2]>,
    pub(in crate::baseline) scale: f64,
}

/// 14,974 men, C 0.785 in its own cohort.
pub(in crate::baseline) const WITHOUT_CORES: Preoperative = Preoperative {
    intercept: 7.00157453,
    age: -0.00642905,
    psa: PsaTerms { linear: -0.48533206, splines: [0.00414155, -0.01158187] },
    grade: [-1.12333324, -2.1860852, -2.64539245, -3.00742926],
    stage: [-0.45329289, -0.84437351, -0.91932975, -1.33843876],
    cores: None,
    scale: 1.11543002,
};

/// 13,537 men, C 0.790 in its own cohort.
pub(in crate::baseline) const WITH_CORES: Preoperative = Preoperative {
    intercept: 6.693875,
    age: -0.00749195,
    psa: PsaTerms { linear: -0.45344992, splines: [0.00386074, -0.01079389] },
    grade: [-1.0529841, -2.0850453, -2.51372173, -2.8320576],
    stage: [-0.35824667, -0.64440576, -0.61990254, -1.02150628],
    cores: Some([-0.05206349, 0.04163068]),
    scale: 1.08815849,
};

/// The pre-operative model: age, PSA, biopsy grade and clinical stage.
///
/// # Errors
/// The first input that is missing or that the model does not take; PSA above 50 ng/ml.
pub fn preoperative(inputs: &Inputs<'_>) -> Result<Freedom, NotComputable> {
    WITHOUT_CORES.freedom(inputs)
}

/// The pre-operative model with the numbers of positive and negative cores.
///
/// # Errors
/// As [`preoperative`].
pub fn preoperative_with_cores(inputs: &Inputs<'_>) -> Result<Freedom, NotComputable> {
    WITH_CORES.freedom(inputs)
}

impl Preoperative {
    fn freedom(&self, inputs: &Inputs<'_>) -> Result<Freedom, NotComputable> {
        let uncertain = psa::uncertain(inputs.psa()?)?;
        let location = self.location(inputs, &KNOTS)?;
        Ok(Freedom { curve: LogLogistic { location, scale: self.scale }, uncertain })
    }

    pub(in crate::baseline) fn location(&self, inputs: &Inputs<'_>, knots: &[f64; 4]) -> Result<f64, NotComputable> {
        let grade = inputs.grade()?.group;
        let mut sum = self.intercept + self.age * inputs.age()? + self.psa.sum(inputs.psa()?, knots);
        sum += against_first(&self.grade, usize::from(grade) - 1);
        sum += against_first(&self.stage, place(inputs.stage()?)?);
        if let Some([positive, negative]) = self.cores {
            let cores = inputs.cores()?;
            sum += positive * cores.0 + negative * cores.1;
        }
        Ok(sum)
    }
}

/// The coefficient of a level; 0 for the reference, which is level 0.
pub(super) fn against_first(coefficients: &[f64; 4], level: usize) -> f64 {
    level.checked_sub(1).map_or(0.0, |place| coefficients[place])
}

/// T1c is the reference; T1 and T2 without a letter, and stages found by chance (T1a, T1b), are no levels of the model.
fn place(stage: Stage) -> Result<usize, NotComputable> {
    match stage {
        Stage::T1c => Ok(0),
        Stage::T2a => Ok(1),
        Stage::T2b => Ok(2),
        Stage::T2c => Ok(3),
        Stage::T3a | Stage::Beyond => Ok(4),
        Stage::T1 | Stage::T1ab | Stage::T2 => Err(NotComputable::new(ClinicalInput::Stage, Why::UnknownLevel)),
    }
}
