//! PSA as a restricted cubic spline, and how far it can be trusted.

use crate::baseline::{ClinicalInput, NotComputable, Why};

/// Knots in ng/ml, as published (rounded).
pub(in crate::baseline) const KNOTS: [f64; 4] = [0.2, 4.78, 7.3, 307.0];
/// Above this PSA in ng/ml the rounding of the knots shows: a case is flagged.
const UNCERTAIN_ABOVE: f64 = 25.0;
/// Above this PSA in ng/ml the rounding of the knots decides: a case is not computable. The predicted risk falls again
/// above 72 to 76 ng/ml, and knots moved by 0.005 move the five-year freedom at 100 ng/ml from 0.16 to 0.94 (a test shows
/// it); nothing is clamped, for no published model says what to clamp to.
const UNUSABLE_ABOVE: f64 = 50.0;

/// The coefficients of PSA.
#[derive(Debug)]
pub(in crate::baseline) struct PsaTerms {
    pub(in crate::baseline) linear: f64,
    pub(in crate::baseline) splines: [f64; 2],
}

impl PsaTerms {
    /// The share of PSA in the location, with other knots than [`KNOTS`] only to show their instability.
    pub(in crate::baseline) fn sum(&self, psa: f64, knots: &[f64; 4]) -> f64 {
        let [one, two] = spline(psa, knots);
        self.linear * psa + self.splines[0] * one + self.splines[1] * two
    }
}

/// sp_j = (psa - k_j)+^3 - (psa - k_3)+^3 (k_4 - k_j) / (k_4 - k_3) + (psa - k_4)+^3 (k_3 - k_j) / (k_4 - k_3), j = 1, 2.
fn spline(psa: f64, knots: &[f64; 4]) -> [f64; 2] {
    let [first, second, third, last] = *knots;
    let cube = |knot: f64| (psa - knot).max(0.0).powi(3);
    [first, second].map(|knot| {
        cube(knot) - cube(third) * (last - knot) / (last - third) + cube(last) * (third - knot) / (last - third)
    })
}

/// Whether a case with this PSA is flagged.
///
/// # Errors
/// Where the spline cannot be trusted at all.
pub(super) fn uncertain(psa: f64) -> Result<bool, NotComputable> {
    if psa > UNUSABLE_ABOVE {
        return Err(NotComputable::new(
            ClinicalInput::Psa,
            Why::OutOfRange("is above 50 ng/ml, where the model is unstable"),
        ));
    }
    Ok(psa > UNCERTAIN_ABOVE)
}
