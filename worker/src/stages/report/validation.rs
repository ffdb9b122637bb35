//! Held-out predictions against what happened, in the report's words.

use renkei_model::{Findings, HorizonCalibration, HospitalCalibration, InHospital, Model, Outcome, Validation};
use renkei_report::{
    CalibrationAt, CalibrationPoint, DecisionPoint, Estimate, HorizonSupport, HospitalResult, ModelValidation, Part,
    ValidationSection,
};
use renkei_stats::prediction::{Calibration, CalibrationGroup};

const DAYS_A_YEAR: f64 = 365.25;
const LEVEL: f64 = 0.95;

pub(super) fn part(findings: &Findings) -> Part<ValidationSection> {
    let models = [
        ("records", false, &findings.records),
        ("images", true, &findings.images),
        ("records and images", true, &findings.records_and_images),
    ];
    let validated: Vec<(&str, bool, &Validation)> =
        models.iter().filter_map(|(name, images, model)| Some((*name, *images, of(model)?))).collect();
    let Some((_, _, first)) = validated.first() else { return Part::absent("No model has held-out predictions.") };
    Part::Done(ValidationSection {
        scheme: scheme(findings),
        horizons: first.discrimination.auc.iter().filter_map(support).collect(),
        models: validated.into_iter().map(|(name, images, found)| model(name, images, found)).collect(),
    })
}

fn of(model: &Outcome<Model>) -> Option<&Validation> {
    model.done()?.validation.done()
}

fn scheme(findings: &Findings) -> String {
    match &findings.hospitals {
        Some(hospitals) => format!(
            "Each of {} hospitals was held out in turn and predicted by models fitted on the others.",
            hospitals.len()
        ),
        None => {
            "Cases were held out in folds drawn at random within one cohort: no other hospital has confirmed these \
                 figures."
                .to_owned()
        }
    }
}

fn support(found: &renkei_model::HorizonAuc) -> Option<HorizonSupport> {
    let auc = found.auc.done()?;
    Some(HorizonSupport {
        horizon_days: found.years * DAYS_A_YEAR,
        events: auc.cases as u64,
        at_risk: auc.controls as u64,
        reliable: auc.is_reliable(),
    })
}

fn model(name: &str, rests_on_images: bool, found: &Validation) -> ModelValidation {
    let (own, small): (Vec<&InHospital>, Vec<&InHospital>) =
        found.by_hospital.iter().filter(|one| one.cases > 0).partition(|one| one.concordance.done().is_some());
    let sum = |of: fn(&InHospital) -> usize| small.iter().map(|one| of(one) as u64).sum();
    ModelValidation {
        name: name.to_owned(),
        rests_on_images,
        calibration: found.calibration.iter().map(calibration).collect(),
        hospitals: own.into_iter().map(hospital).collect(),
        small_hospitals: (small.len() as u64, sum(|one| one.cases), sum(|one| one.events)),
    }
}

fn calibration(found: &HorizonCalibration) -> CalibrationAt {
    let groups = found.groups.done();
    CalibrationAt {
        horizon_days: found.years * DAYS_A_YEAR,
        groups: groups.map_or_else(Vec::new, |found| found.groups.iter().map(point).collect()),
        ratio: groups.map(ratio),
        slope: found.slope.done().and_then(normal),
        in_the_large: found.in_the_large.done().and_then(normal),
        brier: found.brier.done().map(|found| (found.estimate, found.null)),
        decision: found.net_benefit.done().map_or_else(Vec::new, |found| {
            let one = |at: &renkei_stats::prediction::NetBenefit| DecisionPoint {
                threshold: at.threshold,
                model: at.model,
                treat_all: at.treat_all,
            };
            found.iter().map(one).collect()
        }),
    }
}

fn point(group: &CalibrationGroup) -> CalibrationPoint {
    let observed = group.observed.map(|value| match group.interval {
        Some(interval) => Estimate::with_interval(value, interval.lower, interval.upper),
        None => Estimate::bare(value),
    });
    CalibrationPoint { cases: group.cases, events: group.events, expected: group.expected, observed }
}

fn ratio(found: &Calibration) -> Estimate {
    match found.ratio_interval {
        Some((lower, upper)) => Estimate::with_interval(found.ratio, lower, upper),
        None => Estimate::bare(found.ratio),
    }
}

fn normal(found: &renkei_stats::Estimate) -> Option<Estimate> {
    let (lower, upper) = found.interval(LEVEL).ok()?;
    Some(Estimate::with_interval(found.estimate, lower, upper))
}

fn hospital(found: &InHospital) -> HospitalResult {
    let c = found.concordance.done();
    HospitalResult {
        name: found.hospital.clone(),
        cases: found.cases as u64,
        events: found.events as u64,
        c_index: c.map(|c| Estimate::with_interval(c.estimate, c.lower, c.upper)),
        ratios: found.calibration.iter().map(of_hospital).collect(),
    }
}

fn of_hospital(found: &HospitalCalibration) -> Option<Estimate> {
    found.overall.done().map(ratio)
}
