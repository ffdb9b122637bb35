//! What a report says, as plain values. Every number is computed elsewhere; this crate only sets it in type.
//!
//! Times are days from the index date, hazards are natural logarithms, intervals are 95 % unless a field says otherwise,
//! slide coordinates are level-0 pixels with the origin at the top left.

mod base64_bytes;
mod baselines;
mod cohort;
mod image;
mod importance;
mod key_features;
mod models;
mod slides;
mod survival;
mod validation;
mod yearly;

use serde::{Deserialize, Serialize};

pub use baselines::Baseline;
pub use cohort::{
    AttritionStep, CohortTable, CohortVariable, GroupCounts, LeakageRefusal, LevelCounts, QualityFinding, Quartiles,
    VariableSummary,
};
pub use image::{EncodedImage, MediaType, RgbImage, TissueMask};
pub use importance::{ImportanceAt, ImportanceSection, LandmarkModel, RankChange};
pub use key_features::{Chosen, KeyFeature, KeyFeatures};
pub use models::{Coefficient, HorizonEstimate, ModelKind, ModelResult, NullResult, Nulls, PairedDifference};
pub use slides::{RiskScale, RiskSurface, SlideView, TileRisk};
pub use survival::{CurvePoint, LogRank, SurvivalCurve, SurvivalSection};
pub use validation::{
    CalibrationAt, CalibrationPoint, DecisionPoint, HorizonSupport, HospitalResult, ModelValidation, ValidationSection,
};
pub use yearly::{LikelihoodRatioTest, YearlyEffects};

/// All that one report shows, in the order in which it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportContent {
    /// The heading, for example the study's title.
    pub title: String,
    /// A warning repeated on every figure and table that rests on images, for example that the demo planted the link.
    pub banner: Option<String>,
    /// Which run this is.
    pub identity: RunIdentity,
    /// Where each part of the data comes from and whether it is real.
    pub sources: Vec<DataSource>,
    /// Who was dropped and why, first step first.
    pub attrition: Vec<AttritionStep>,
    /// Predictors that the leakage guard refused.
    pub refusals: Vec<LeakageRefusal>,
    /// Faults found in the records.
    pub quality: Vec<QualityFinding>,
    /// Who remains.
    pub cohort: CohortTable,
    /// Kaplan-Meier curves of the endpoint.
    pub survival: Part<SurvivalSection>,
    /// The fitted models, for example records only, images only, records and images.
    pub models: Vec<ModelResult>,
    /// Paired differences between models on the same cases.
    pub differences: Vec<PairedDifference>,
    /// Models that clinicians use already, beside the study's own.
    #[serde(default)]
    pub baselines: Vec<Baseline>,
    /// How far held-out predictions can be relied on.
    pub validation: Part<ValidationSection>,
    /// Does the pattern of predictors differ by year?
    pub yearly: Part<YearlyEffects>,
    /// Which predictors matter at which horizon.
    pub importance: Part<ImportanceSection>,
    /// Clusters of tiles found without labels.
    pub key_features: Part<KeyFeatures>,
    /// The slides shown, with their risk surfaces.
    pub slides: Part<Vec<SlideView>>,
    /// What the same procedure finds where there is nothing to find.
    pub nulls: Nulls,
    /// What was not done, and what limits what was done: one sentence each.
    pub limitations: Vec<String>,
    /// How to make this report again.
    pub provenance: Provenance,
}

/// A part of the report that may be missing, and then says why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part<T> {
    /// It was done.
    Done(T),
    /// It was not done, or could not be.
    Absent {
        /// Why, as a full sentence for the reader.
        reason: String,
    },
}

impl<T> Part<T> {
    /// An absent part with its reason, a full sentence.
    #[must_use]
    pub fn absent(reason: impl Into<String>) -> Self {
        Self::Absent { reason: reason.into() }
    }
}

/// Which run made the report: all that decides its bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunIdentity {
    /// The run's id.
    pub run_id: String,
    /// Digest of the run's spec.
    pub spec_digest: String,
    /// The tile encoder, where images were used.
    pub encoder: Option<EncoderIdentity>,
    /// Execution class: ONNX Runtime build, provider and processor features.
    pub execution_class: String,
    /// Version of Renkei.
    pub software_version: String,
    /// Merkle root over the run's logical content, once the run is sealed.
    pub merkle_root: Option<String>,
}

/// The tile encoder, from its card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EncoderIdentity {
    /// Its name.
    pub name: String,
    /// SHA-256 of its model file.
    pub digest: String,
    /// Its licence.
    pub licence: String,
}

/// One body of data behind the report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataSource {
    /// What it is, for example "hospital records".
    pub name: String,
    /// Whether it describes patients.
    pub nature: DataNature,
    /// One sentence: origin, licence, what was made up.
    pub statement: String,
}

/// Whether data describes patients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataNature {
    /// Measured on patients.
    Real,
    /// Made by a program.
    Synthetic,
    /// Real material to which a program added a known link between predictor and outcome.
    Planted,
}

/// How to make the report again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// The command, as typed.
    pub command: String,
    /// Further sentences, for example where the tables lie.
    pub notes: Vec<String>,
}

/// An estimate with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Lower and upper end of the 95 % interval; `None` where the method gives none (a penalised fit, for example).
    pub interval: Option<(f64, f64)>,
}

impl Estimate {
    /// An estimate with a 95 % interval.
    #[must_use]
    pub fn with_interval(value: f64, low: f64, high: f64) -> Self {
        Self { value, interval: Some((low, high)) }
    }

    /// An estimate without an interval.
    #[must_use]
    pub fn bare(value: f64) -> Self {
        Self { value, interval: None }
    }

    /// The same on another scale, by a rising function (for example `f64::exp` from log hazard to hazard ratio).
    #[must_use]
    pub fn map(self, rising: impl Fn(f64) -> f64) -> Self {
        Self { value: rising(self.value), interval: self.interval.map(|(low, high)| (rising(low), rising(high))) }
    }
}
