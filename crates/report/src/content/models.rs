//! Fitted models, their accuracy, and what they find where there is nothing.

use serde::{Deserialize, Serialize};

use super::{Estimate, Part};

/// What a model may look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// Hospital records only.
    Records,
    /// Images only, through key features.
    Images,
    /// Both.
    RecordsAndImages,
}

impl ModelKind {
    /// Whether the model's results rest on images, so that the banner belongs to them.
    #[must_use]
    pub fn rests_on_images(self) -> bool {
        matches!(self, Self::Images | Self::RecordsAndImages)
    }
}

/// One fitted model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelResult {
    /// Its name, for example "records and images".
    pub name: String,
    /// What it may look at.
    pub kind: ModelKind,
    /// Method in one sentence, for example "Cox, Efron ties; penalty chosen by nested cross-validation".
    pub method: String,
    /// Cases used.
    pub cases: u64,
    /// Events among them.
    pub events: u64,
    /// The coefficients, in the order to show.
    pub coefficients: Vec<Coefficient>,
    /// Out-of-fold concordance.
    pub c_index: Option<Estimate>,
    /// Out-of-fold cumulative/dynamic AUC.
    pub auc: Vec<HorizonEstimate>,
}

/// One coefficient of a proportional hazards model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// The predictor, with its unit of change, for example "PSA (per doubling)".
    pub predictor: String,
    /// Log hazard ratio; its exponential is shown too.
    pub log_hazard_ratio: Estimate,
    /// p-value of no effect, where the method gives one.
    pub p: Option<f64>,
}

/// An estimate at a horizon.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HorizonEstimate {
    /// Days from the index date.
    pub horizon_days: f64,
    /// The estimate.
    pub estimate: Estimate,
}

/// A measure of one model minus that of another, on the same cases and folds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairedDifference {
    /// What is compared, for example "C" or "AUC at 5 years".
    pub measure: String,
    /// The model of interest.
    pub model: String,
    /// The model it is compared with.
    pub reference: String,
    /// Model minus reference.
    pub difference: Estimate,
    /// The difference relative to the reference, as a fraction (0.1 is 10 %).
    pub relative: Option<Estimate>,
    /// p-value of no difference.
    pub p: Option<f64>,
    /// Whether either model uses images.
    pub rests_on_images: bool,
}

/// What the procedure finds where there is nothing to find.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Nulls {
    /// Outcomes shuffled among cases.
    pub label_permutation: Part<NullResult>,
    /// An encoder with random weights in place of the trained one.
    pub random_encoder: Part<NullResult>,
}

/// A measure under a null, beside the observed one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NullResult {
    /// The measure, for example "out-of-fold C, records and images".
    pub measure: String,
    /// What was observed.
    pub observed: f64,
    /// Mean under the null; for a single replicate, its value.
    pub null_mean: f64,
    /// 2.5th and 97.5th percentile under the null, where there are replicates enough.
    pub null_range: Option<(f64, f64)>,
    /// Share of replicates at least as good as observed: (b + 1) / (m + 1).
    pub p: Option<f64>,
    /// Replicates.
    pub replicates: u64,
    /// Whether images went into the measure.
    pub rests_on_images: bool,
}
