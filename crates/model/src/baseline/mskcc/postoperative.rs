//! Recurrence after prostatectomy from what the specimen shows: it knows more than any model before the operation can.

use super::preoperative::against_first;
use super::psa::{self, KNOTS, PsaTerms};
use super::{Freedom, LogLogistic};
use crate::baseline::{ClinicalInput, Inputs, NotComputable};

pub(in crate::baseline) struct Postoperative {
    pub(in crate::baseline) intercept: f64,
    pub(in crate::baseline) age: f64,
    pub(in crate::baseline) psa: PsaTerms,
    /// Pathological grade groups 2 to 5 against 1.
    pub(in crate::baseline) grade: [f64; 4],
    pub(in crate::baseline) findings: [(ClinicalInput, f64); 4],
    pub(in crate::baseline) scale: f64,
}

/// 14,118 men, C 0.836 in its own cohort.
pub(in crate::baseline) const POSTOPERATIVE: Postoperative = Postoperative {
    intercept: 6.23257641,
    age: 0.00025361,
    psa: PsaTerms { linear: -0.34431919, splines: [0.00318132, -0.00892723] },
    grade: [-1.03042113, -2.16779384, -2.78081863, -2.79342781],
    findings: [
        (ClinicalInput::ExtracapsularExtension, -0.65710185),
        (ClinicalInput::SeminalVesicleInvasion, -0.47268471),
        (ClinicalInput::LymphNodeInvolvement, -1.20414399),
        (ClinicalInput::SurgicalMargin, -0.94994848),
    ],
    scale: 0.97611662,
};

/// The post-operative model: age, PSA before the operation, pathological grade, extension beyond the capsule, into seminal
/// vesicles and lymph nodes, and the surgical margin.
///
/// # Errors
/// The first input that is missing or that the model does not take; PSA above 50 ng/ml.
pub fn postoperative(inputs: &Inputs<'_>) -> Result<Freedom, NotComputable> {
    let model = &POSTOPERATIVE;
    let psa = inputs.psa()?;
    let uncertain = psa::uncertain(psa)?;
    let mut location = model.intercept + model.age * inputs.age()? + model.psa.sum(psa, &KNOTS);
    location += against_first(&model.grade, usize::from(inputs.pathological_grade()?.group) - 1);
    for (variable, coefficient) in model.findings {
        location += if inputs.found(variable)? { coefficient } else { 0.0 };
    }
    Ok(Freedom { curve: LogLogistic { location, scale: model.scale }, uncertain })
}
