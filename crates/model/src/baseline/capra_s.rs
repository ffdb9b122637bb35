//! The CAPRA-S score: points from what the specimen shows.

use super::{ClinicalInput, Inputs, NotComputable, Score};

/// CAPRA-S, 0 to 12 (Cooperberg, Hilton and Carroll, Cancer 2011;117:5039, doi 10.1002/cncr.26169). Its abstract gives up to 3
/// points each for PSA and pathological Gleason score, 1 each for extracapsular extension and lymph nodes, 2 each for the
/// surgical margin and seminal vesicles. The cuts of PSA (6, 10, 20 ng/ml) and of the Gleason score (3+4, 4+3, 8 and over)
/// are not in the abstract; they are as tables of the score commonly give them.
///
/// # Errors
/// The first input that is missing or that the score does not take. A missing input is never counted as 0 points.
pub fn capra_s(inputs: &Inputs<'_>) -> Result<Score, NotComputable> {
    let psa = match inputs.psa()? {
        ..=6.0 => 0,
        ..=10.0 => 1,
        ..=20.0 => 2,
        _ => 3,
    };
    let gleason = u32::from(inputs.pathological_grade()?.group - 1).min(3);
    let mut points = psa + gleason;
    for (variable, weight) in FINDINGS {
        points += if inputs.found(variable)? { weight } else { 0 };
    }
    Ok(Score::of(points))
}

const FINDINGS: [(ClinicalInput, u32); 4] = [
    (ClinicalInput::SurgicalMargin, 2),
    (ClinicalInput::ExtracapsularExtension, 1),
    (ClinicalInput::SeminalVesicleInvasion, 2),
    (ClinicalInput::LymphNodeInvolvement, 1),
];
