//! The CAPRA score of the University of California, San Francisco: points from what is known before the operation.

use super::level::HighPattern;
use super::{ClinicalInput, Inputs, NotComputable, Score, Stage, Why};

/// CAPRA, 0 to 10 (Cooperberg et al., J Urol 2005;173:1938, table as reprinted in J Clin Oncol, PMC2777059, table 2):
/// PSA, biopsy Gleason patterns, clinical stage up to T3a, 34 % or more of the cores positive, age 50 and over.
///
/// # Errors
/// The first input that is missing or that the score does not take. A missing input is never counted as 0 points.
pub fn capra(inputs: &Inputs<'_>) -> Result<Score, NotComputable> {
    let age = u32::from(inputs.age()? >= 50.0);
    let psa = match inputs.psa()? {
        ..=6.0 => 0,
        ..=10.0 => 1,
        ..=20.0 => 2,
        ..=30.0 => 3,
        _ => 4,
    };
    let (positive, negative) = inputs.cores()?;
    let cores = u32::from(positive / (positive + negative) >= 0.34);
    Ok(Score::of(age + psa + gleason(inputs)? + stage(inputs)? + cores))
}

fn gleason(inputs: &Inputs<'_>) -> Result<u32, NotComputable> {
    match inputs.grade()?.high_pattern {
        Some(HighPattern::Absent) => Ok(0),
        Some(HighPattern::Secondary) => Ok(1),
        Some(HighPattern::Primary) => Ok(3),
        None => Err(NotComputable::new(ClinicalInput::Grade, Why::UnknownLevel)),
    }
}

fn stage(inputs: &Inputs<'_>) -> Result<u32, NotComputable> {
    match inputs.stage()? {
        Stage::T3a => Ok(1),
        Stage::Beyond => {
            Err(NotComputable::new(ClinicalInput::Stage, Why::OutOfRange("is beyond T3a, where the score ends")))
        }
        _ => Ok(0),
    }
}
