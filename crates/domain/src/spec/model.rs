//! Survival models and how they are validated.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SpecError;

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

impl Default for ModelSpec {
    fn default() -> Self {
        Self { ties: Ties::Efron, folds: 5, bootstrap: 200, permutations: 20 }
    }
}

impl ModelSpec {
    pub(super) fn check(&self) -> Result<(), SpecError> {
        if self.folds < 2 {
            return Err(SpecError::field("model.folds", "must be 2 or more"));
        }
        if self.bootstrap < 20 {
            return Err(SpecError::field("model.bootstrap", "must be 20 or more: fewer replicates give no interval"));
        }
        Ok(())
    }
}
