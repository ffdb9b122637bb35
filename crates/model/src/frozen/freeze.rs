//! From a run's input and findings to its frozen model.

use renkei_domain::spec::ModelSpec;
use renkei_stats::{
    Predictors,
    cox::{HazardError, Ties},
};

use super::{Cell, FrozenFit, FrozenModel, FrozenPredictor, Horizon, Population};
use crate::design::Design;
use crate::fit::{Linear, fit};
use crate::order::canonical;
use crate::protocol::ties;
use crate::{Findings, Input, KeyFeatureWeights, Model, ModelError, Outcome};

/// Why a penalised fit gives no interval.
const PENALISED: &str = "the weights of the key features are shrunk, so that they are biased by an amount that nobody knows: \
                         an interval from their covariance would be too narrow";

/// Why a fit on cases with gaps is not kept.
const FILLED: &str = "missing predictors were filled in for the fit; only a model of complete cases scores new cases";

/// One predictor of the training cases: its coding and its cells in the order of the input.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingPredictor {
    /// The column and its coding.
    pub predictor: FrozenPredictor,
    /// One a case.
    pub cells: Vec<Cell>,
}

/// Freezes the fits behind `findings`, which [`crate::analyse`] made of `input` with `settings` and `horizons_years`.
///
/// # Errors
/// [`ModelError::Coding`] where the predictors do not code into the columns of `input`, to the bit: a new case would then be
/// coded in another way than those of the fit. As [`crate::analyse`].
pub fn freeze(
    input: &Input,
    predictors: Vec<TrainingPredictor>,
    settings: &ModelSpec,
    findings: &Findings,
    horizons_years: &[f64],
) -> Result<FrozenModel, ModelError> {
    if findings.missing.is_some() {
        return Ok(unscored(input, predictors));
    }
    check_coding(input, &predictors)?;
    let freezing = Freezing { predictors: &predictors, ties: ties(settings), horizons_years };
    let whole = Design::records(input, &canonical(input));
    let records = freezing.freeze(&whole, &findings.records);
    let joint = match (&input.images, &findings.records_and_images) {
        (Some(images), joint @ Outcome::Done(_)) => {
            let has_tile = |row: &usize| images.row(whole.cases[*row]).iter().any(|tiles| *tiles > 0);
            let rows: Vec<usize> = (0..whole.rows()).filter(has_tile).collect();
            freezing.freeze(&whole.select(&rows).with_proportions(images), joint)
        }
        (_, joint) => Outcome::impossible(joint.reason().unwrap_or("the run has no images")),
    };
    Ok(FrozenModel {
        columns: input.records.columns.clone(),
        records,
        records_and_images: joint,
        predictors: predictors.into_iter().map(|one| one.predictor).collect(),
    })
}

/// A model of cases with gaps scores nobody: a new case gets nothing filled in, so it would be judged by another rule.
fn unscored(input: &Input, predictors: Vec<TrainingPredictor>) -> FrozenModel {
    FrozenModel {
        columns: input.records.columns.clone(),
        records: Outcome::impossible(FILLED),
        records_and_images: Outcome::impossible(FILLED),
        predictors: predictors.into_iter().map(|one| one.predictor).collect(),
    }
}

/// Codes every training case again and compares it with what was fitted.
fn check_coding(input: &Input, predictors: &[TrainingPredictor]) -> Result<(), ModelError> {
    let width = input.records.columns.len();
    for (case, fitted) in input.records.values.chunks_exact(width).enumerate() {
        let mut row = Vec::with_capacity(width);
        for TrainingPredictor { predictor, cells } in predictors {
            let before = row.len();
            let cell = cells.get(case).unwrap_or(&Cell::Missing);
            let coded = predictor.code(cell, &mut row).is_ok();
            if !coded || fitted.get(before..row.len()) != Some(&row[before..]) {
                return Err(ModelError::Coding { column: predictor.column.clone() });
            }
        }
        if row.len() != width {
            return Err(ModelError::Length { what: "the coded predictors", expected: width, found: row.len() });
        }
    }
    Ok(())
}

struct Freezing<'a> {
    predictors: &'a [TrainingPredictor],
    ties: Ties,
    horizons_years: &'a [f64],
}

impl Freezing<'_> {
    /// The fit of `model` once more: it is made by the same code from the same rows in the same order.
    fn freeze(&self, design: &Design, model: &Outcome<Model>) -> Outcome<FrozenFit> {
        let model = match model {
            Outcome::Done(model) => model,
            Outcome::Impossible { reason } => return Outcome::impossible(reason),
        };
        let multiple = model.penalty.as_ref().map_or(0.0, |penalty| penalty.multiple);
        let fitted = fit(design, self.ties, multiple).map_err(|error| design.explain(&error));
        Outcome::from(fitted.and_then(|fitted| self.kept(design, model.key_features.clone(), &fitted)))
    }

    fn kept(
        &self,
        design: &Design,
        key_features: Option<KeyFeatureWeights>,
        fitted: &Linear,
    ) -> Result<FrozenFit, String> {
        let records = design.shrunk_from;
        let population = |one: &TrainingPredictor| {
            let cells = design.cases.iter().filter_map(|case| one.cells.get(*case));
            Population::of(cells).ok_or_else(|| format!("`{}` has no population", one.predictor.column))
        };
        // A column of the records that does not vary is refused by the protocol, so all of them are in the covariance.
        let covariance = match (key_features.is_some(), fitted.unused.is_empty()) {
            (false, true) => Outcome::Done(fitted.cox.covariance.clone()),
            (false, false) => Outcome::impossible("a column of the records does not vary"),
            (true, _) => Outcome::impossible(PENALISED),
        };
        Ok(FrozenFit {
            cases: design.rows(),
            events: design.events(),
            population: self.predictors.iter().map(population).collect::<Result<_, _>>()?,
            coefficients: fitted.coefficients[..records].to_vec(),
            means: fitted.means[..records].to_vec(),
            horizons: self.horizons(design, fitted, covariance.done().is_some())?,
            key_features,
            covariance,
        })
    }

    fn horizons(&self, design: &Design, fitted: &Linear, with_error: bool) -> Result<Vec<Horizon>, String> {
        let longest = design.time.iter().copied().fold(0.0, f64::max);
        let baseline = fitted.cox.baselines.first().ok_or("the fit has no baseline hazard")?;
        let horizon = |years: &f64| {
            let cumulative_hazard = match *years <= longest {
                true => Outcome::Done(baseline.at(*years)),
                false => Outcome::impossible(format!("none of the {} cases was followed for so long", design.rows())),
            };
            let error = with_error && cumulative_hazard.done().is_some();
            let error = error.then(|| self.error(design, fitted, *years)).transpose()?;
            Ok(Horizon { years: *years, cumulative_hazard, error })
        };
        self.horizons_years.iter().map(horizon).collect()
    }

    fn error(&self, design: &Design, fitted: &Linear, years: f64) -> Result<HazardError, String> {
        let in_words = |error| design.explain(&error);
        let predictors = Predictors::new(&design.values, design.columns).map_err(in_words)?;
        let outcomes = design.outcomes().map_err(in_words)?;
        fitted.cox.hazard_error(&outcomes, &predictors, self.ties, years).map_err(in_words)
    }
}
