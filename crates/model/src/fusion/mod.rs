//! Records and images joined in other ways than by ridge: early by elastic net, late by their linear predictors.

mod elastic_net;
mod late;

use renkei_stats::cox::Ties;

use crate::{
    ElasticNetFusion, FusedPredictions, Fusion, LateFusion, Outcome,
    compare::compare,
    design::Design,
    held_out::{TrainingPart, training_parts},
    resampled::{Plan, Resampled},
    scheme::Scheme,
    seeds::{Purpose, seed_for},
};

/// What both ways share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting<'a> {
    /// Records and tile proportions.
    pub(crate) design: &'a Design,
    pub(crate) scheme: &'a Scheme,
    pub(crate) ties: Ties,
    /// Folds inside a training part.
    pub(crate) folds: usize,
    pub(crate) seed: u64,
    pub(crate) bootstrap: Plan<'a>,
    /// Cases of the input.
    pub(crate) cases: usize,
}

/// Held-out predictions to compare with.
pub(crate) struct References<'a> {
    pub(crate) records: Result<&'a Resampled, &'a String>,
    pub(crate) ridge: Result<&'a Resampled, &'a String>,
}

/// Both ways.
pub(crate) fn fuse(setting: &Setting<'_>, references: &References<'_>) -> Fusion {
    Fusion {
        elastic_net: Outcome::from(early(setting, references)),
        late: Outcome::from(late_fusion(setting, references)),
    }
}

fn early(setting: &Setting<'_>, references: &References<'_>) -> Result<ElasticNetFusion, String> {
    let (models, predictor) = hold_out(setting, |part, seed| {
        elastic_net::train(part, setting.folds, seed).map_err(|error| part.explain(&error))
    })?;
    let folds = models.iter().map(|model| model.chosen(setting.design.shrunk_from)).collect();
    Ok(ElasticNetFusion { alpha: elastic_net::ALPHA, folds, held_out: assess(setting, &predictor, references)? })
}

fn late_fusion(setting: &Setting<'_>, references: &References<'_>) -> Result<LateFusion, String> {
    let (models, predictor) = hold_out(setting, |part, seed| late::train(part, setting.ties, setting.folds, seed))?;
    let weights = models.iter().map(late::Late::weights).collect();
    Ok(LateFusion { weights, held_out: assess(setting, &predictor, references)? })
}

/// A trained model of a way.
trait Predict {
    /// Linear predictor of a row against the mean of the training part.
    fn predict(&self, row: &[f64]) -> f64;
}

/// Trains without every fold in turn, with a seed of its own; gives the models and one held-out prediction a row.
fn hold_out<M: Predict>(
    setting: &Setting<'_>,
    train: impl Fn(&Design, u64) -> Result<M, String>,
) -> Result<(Vec<M>, Vec<f64>), String> {
    let mut predictor = vec![0.0; setting.design.rows()];
    let mut models = Vec::with_capacity(setting.scheme.count);
    for training in training_parts(setting.design, setting.scheme) {
        let TrainingPart { fold, part, out, held_out, .. } = training?;
        let in_fold = |reason: String| format!("without {}: {reason}", setting.scheme.name(fold));
        let model = train(&part, seed_for(setting.seed, Purpose::FusionFolds(fold))).map_err(in_fold)?;
        out.iter().enumerate().for_each(|(place, row)| predictor[*row] = model.predict(held_out.row(place)));
        models.push(model);
    }
    Ok((models, predictor))
}

fn assess(setting: &Setting<'_>, predictor: &[f64], references: &References<'_>) -> Result<FusedPredictions, String> {
    let resampled = Resampled::new(setting.design, predictor, &setting.bootstrap);
    let mut linear_predictor = vec![None; setting.cases];
    setting.design.cases.iter().zip(predictor).for_each(|(case, value)| linear_predictor[*case] = Some(*value));
    Ok(FusedPredictions {
        linear_predictor,
        discrimination: resampled.discrimination()?,
        against_records: compare(setting.design, Ok(&resampled), references.records),
        against_ridge: compare(setting.design, Ok(&resampled), references.ridge),
    })
}
