//! Survival models and how they are validated.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Baseline, Predictor, SpecError, baselines};

/// Survival models and their validation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ModelSpec {
    /// How tied event times enter the Cox likelihood.
    pub ties: Ties,
    /// Folds of the cross-validation that held-out predictions come from.
    pub folds: u32,
    /// Bootstrap replicates behind intervals and the calibrated test of year-specific effects.
    pub bootstrap: u32,
    /// Label permutations behind the null of the image model; 0 leaves it out.
    pub permutations: u32,
    /// What is done about predictors without a value.
    #[serde(skip_serializing_if = "Missing::is_default")]
    pub missing: Missing,
    /// Imputations, where `missing` is `multiple_imputation`.
    #[serde(skip_serializing_if = "is_default_imputations")]
    pub imputations: u32,
    /// Models that clinicians use already, to compare with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub baselines: Vec<Baseline>,
}

/// How tied event times enter the Cox likelihood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Ties {
    /// Efron 1977, R's default.
    Efron,
    /// Breslow 1974.
    Breslow,
}

/// What is done about predictors without a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Only cases with every predictor are analysed.
    #[default]
    CompleteCases,
    /// The median, or the most common level of a category.
    Median,
    /// The same, and a column that says which cases had no value.
    Indicator,
    /// Drawn several times by chained equations; results are pooled (Rubin 1987).
    MultipleImputation,
}

impl Missing {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Imputations unless the spec says otherwise.
const IMPUTATIONS: u32 = 20;

fn is_default_imputations(imputations: &u32) -> bool {
    *imputations == IMPUTATIONS
}

impl Default for ModelSpec {
    fn default() -> Self {
        Self {
            ties: Ties::Efron,
            folds: 5,
            bootstrap: 200,
            permutations: 20,
            missing: Missing::default(),
            imputations: IMPUTATIONS,
            baselines: Vec::new(),
        }
    }
}

impl ModelSpec {
    /// Everything that is wrong without opening a source; `predictors` are those of the cohort.
    pub(super) fn faults(&self, predictors: &[Predictor]) -> Vec<SpecError> {
        let mut faults = Vec::new();
        if self.folds < 2 {
            faults.push(SpecError::field("model.folds", "must be 2 or more"));
        }
        if self.bootstrap < 20 {
            let reason = "must be 20 or more: fewer replicates give no interval";
            faults.push(SpecError::field("model.bootstrap", reason));
        }
        if self.imputations < 2 {
            let reason = "must be 2 or more: one imputation does not show how uncertain it is";
            faults.push(SpecError::field("model.imputations", reason));
        }
        faults.extend(baselines::faults(&self.baselines, predictors));
        faults
    }
}
