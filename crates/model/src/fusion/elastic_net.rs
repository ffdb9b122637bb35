//! One elastic-net Cox model of records and key features.

use renkei_stats::{
    Predictors, StatsError,
    elastic_net::{ElasticNetSettings, cross_validate},
    resample::stratified_folds,
};

use super::Predict;
use crate::{
    ElasticNetFold,
    design::Design,
    fit::{sum_of_products, variances},
};

/// Share of the lasso: half, so that of key features that go together all may stay (Zou and Hastie 2005).
pub(super) const ALPHA: f64 = 0.5;

/// The model of a training part.
pub(super) struct ElasticNet {
    lambda: f64,
    /// One a column of the design; 0 for a column that did not vary.
    coefficients: Vec<f64>,
    /// The linear predictor at the means of the training part.
    centre: f64,
}

/// Fits the path on the part and takes the penalty with the lowest cross-validated deviance in it. Records are not penalised.
pub(super) fn train(part: &Design, folds: usize, seed: u64) -> Result<ElasticNet, StatsError> {
    let variances = variances(part);
    let kept: Vec<usize> = (0..part.columns).filter(|column| variances[*column] > 0.0).collect();
    if !kept.iter().any(|column| *column >= part.shrunk_from) {
        return Err(StatsError::Empty { what: "the list of key features that vary" });
    }
    let values: Vec<f64> =
        (0..part.rows()).flat_map(|row| kept.iter().map(move |column| part.row(row)[*column])).collect();
    let factors = kept.iter().map(|column| if *column < part.shrunk_from { 0.0 } else { 1.0 }).collect();
    let settings = ElasticNetSettings { alpha: ALPHA, penalty_factors: Some(factors), ..ElasticNetSettings::default() };
    // A fold needs an event to tell anything, and the standard error over folds needs three.
    let fold = stratified_folds(&part.event, folds.max(3).min(part.events()), seed)?;
    let predictors = Predictors::new(&values, kept.len())?;
    let found =
        cross_validate(&part.outcomes()?, &predictors, None, &settings, &fold).map_err(|e| in_part(e, &kept))?;
    let chosen = &found.path.points[found.lowest];
    let mut coefficients = vec![0.0; part.columns];
    kept.iter().zip(&chosen.coefficients).for_each(|(column, value)| coefficients[*column] = *value);
    let rows = part.rows() as f64;
    let centre = (0..part.rows()).map(|row| sum_of_products(&coefficients, part.row(row))).sum::<f64>() / rows;
    Ok(ElasticNet { lambda: chosen.lambda, coefficients, centre })
}

/// The same error with the column of the part in place of that of the fit.
fn in_part(error: StatsError, kept: &[usize]) -> StatsError {
    match error {
        StatsError::Constant { column } => StatsError::Constant { column: kept[column] },
        StatsError::InfiniteCoefficient { column } => StatsError::InfiniteCoefficient { column: kept[column] },
        other => other,
    }
}

impl ElasticNet {
    /// What it chose among the columns from `first` on.
    pub(super) fn chosen(&self, first: usize) -> ElasticNetFold {
        let weights = self.coefficients[first..].iter().enumerate();
        let key_features = weights.filter(|(_, weight)| **weight != 0.0).map(|(key_feature, _)| key_feature).collect();
        ElasticNetFold { lambda: self.lambda, key_features }
    }
}

impl Predict for ElasticNet {
    fn predict(&self, row: &[f64]) -> f64 {
        sum_of_products(&self.coefficients, row) - self.centre
    }
}
