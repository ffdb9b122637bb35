//! How predictions do inside each hospital that was held out.

use renkei_stats::discrimination::concordance;

use crate::{
    HospitalConcordance, InHospital, Outcome, calibration, design::Design, held_out::HeldOut, model::two_sided_95,
    scheme::Scheme,
};

/// Fewest events of a hospital whose own figures are given: below, a C says nothing.
pub(crate) const LEAST_EVENTS: usize = 10;

/// One entry a hospital, in the order of the folds; none where folds are not hospitals.
pub(crate) fn by_hospital(
    design: &Design,
    scheme: &Scheme,
    held_out: &HeldOut,
    horizons_years: &[f64],
) -> Vec<InHospital> {
    let one = |(fold, hospital): (usize, &String)| {
        let rows: Vec<usize> = (0..design.rows()).filter(|row| scheme.fold[*row] == fold).collect();
        let own = design.select(&rows);
        let of_rows = |values: &[f64]| rows.iter().map(|row| values[*row]).collect::<Vec<f64>>();
        let at = |(place, years): (usize, &f64)| {
            calibration::of_hospital(&own, &of_rows(&held_out.probability(place)), *years)
        };
        let enough = own.events() >= LEAST_EVENTS;
        InHospital {
            hospital: hospital.clone(),
            cases: own.rows(),
            events: own.events(),
            concordance: Outcome::from(concordance_of(&own, &of_rows(&held_out.predictor))),
            calibration: if enough { horizons_years.iter().enumerate().map(at).collect() } else { Vec::new() },
        }
    };
    scheme.hospitals().unwrap_or_default().iter().enumerate().map(one).collect()
}

fn concordance_of(own: &Design, risk: &[f64]) -> Result<HospitalConcordance, String> {
    let events = own.events();
    if events < LEAST_EVENTS {
        return Err(format!("{events} events; a figure of its own needs {LEAST_EVENTS}"));
    }
    let found = own.outcomes().and_then(|outcomes| concordance(&outcomes, risk)).map_err(|error| error.to_string())?;
    let reach = two_sided_95() * found.std_err;
    Ok(HospitalConcordance {
        estimate: found.estimate,
        lower: (found.estimate - reach).max(0.0),
        upper: (found.estimate + reach).min(1.0),
    })
}
