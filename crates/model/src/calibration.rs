//! Predicted probabilities against what happened, by horizon.

use renkei_stats::{
    Estimate, StatsError,
    prediction::{
        Brier, Calibration, CalibrationTables, DecisionTables, NetBenefit, brier, calibration_in_the_large,
        calibration_slope, quantile_cuts,
    },
};

use crate::{HorizonCalibration, HospitalCalibration, Outcome, design::Design};

/// Groups of predicted risk: fifths, since tenths of a few hundred cases hold a handful of events each.
pub(crate) const GROUPS: usize = 5;
const LEVEL: f64 = 0.95;
/// Thresholds of the decision curve: every per cent up to the last.
const LAST_THRESHOLD: u32 = 60;

/// How `probability` (held out, one a row) fits the follow-up of `design` at a horizon.
pub(crate) fn at_horizon(design: &Design, probability: &[f64], years: f64) -> HorizonCalibration {
    HorizonCalibration {
        years,
        groups: in_words(groups(design, probability, years, GROUPS)),
        slope: in_words(slope(design, probability, years)),
        in_the_large: in_words(in_the_large(design, probability, years)),
        brier: in_words(score(design, probability, years)),
        net_benefit: in_words(decision(design, probability, years)),
    }
}

/// The same over all cases of one hospital.
pub(crate) fn of_hospital(own: &Design, probability: &[f64], years: f64) -> HospitalCalibration {
    HospitalCalibration { years, overall: in_words(groups(own, probability, years, 1)) }
}

fn in_words<T>(found: Result<T, StatsError>) -> Outcome<T> {
    Outcome::from(found.map_err(|error| error.to_string()))
}

fn groups(design: &Design, probability: &[f64], years: f64, groups: usize) -> Result<Calibration, StatsError> {
    let cuts = quantile_cuts(probability, groups)?;
    CalibrationTables::new(&design.outcomes()?, probability, &cuts)?.calibration(years, LEVEL)
}

fn slope(design: &Design, probability: &[f64], years: f64) -> Result<Estimate, StatsError> {
    calibration_slope(&design.outcomes()?, probability, years)
}

fn in_the_large(design: &Design, probability: &[f64], years: f64) -> Result<Estimate, StatsError> {
    calibration_in_the_large(&design.outcomes()?, probability, years)
}

fn score(design: &Design, probability: &[f64], years: f64) -> Result<Brier, StatsError> {
    brier(&design.outcomes()?, probability, years)
}

fn decision(design: &Design, probability: &[f64], years: f64) -> Result<Vec<NetBenefit>, StatsError> {
    let thresholds: Vec<f64> = (1..=LAST_THRESHOLD).map(|per_cent| f64::from(per_cent) / 100.0).collect();
    DecisionTables::new(&design.outcomes()?, probability, &thresholds)?.net_benefits(years)
}
