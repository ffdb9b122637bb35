//! What the analysis found: plain structs that serialise, with everything that a report shows.

mod baseline;
mod calibration;
mod comparison;
mod fusion;
mod horizons;
mod impact;
mod missing;
mod models;
mod null;
mod outcome;
mod risk_groups;
mod selection;
mod validation;
mod year_effects;

pub use baseline::{BaselineFindings, Counted};
pub use calibration::{HorizonCalibration, HospitalCalibration};
pub use comparison::{Comparison, Difference, HorizonDifference};
pub use fusion::{ElasticNetFold, ElasticNetFusion, FusedPredictions, Fusion, LateFusion};
pub use horizons::{HorizonImportance, Importance, ImportanceByHorizon, Landmark, RankChange};
pub use impact::{Impact, Impacts, Untestable};
pub use missing::{MissingInformation, MissingPredictor, MissingValues};
pub use models::{Coefficient, GroupTest, KeyFeatureWeights, Model, Penalty, Significance};
pub use null::PermutationNull;
pub use outcome::Outcome;
pub use risk_groups::{Curve, CurveStep, RiskBand, RiskGroup, RiskGroups};
pub use selection::{Relevance, Selection, Stability};
pub use validation::{
    Discrimination, Estimate, Fold, HorizonAuc, HorizonProbability, HospitalConcordance, InHospital, TimeDependentAuc,
    Validation,
};
pub use year_effects::{EffectByYear, EffectsByYear, YearEffects};

use serde::{Deserialize, Serialize};

/// Everything that [`crate::analyse`] found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// How it was done, one sentence a line, for the report's method section.
    pub method: Vec<String>,
    /// Who was analysed.
    pub cohort: Cohort,
    /// Cross-validation fold of every case, from 0, in the order of the input.
    pub folds: Vec<usize>,
    /// Where hospitals were held out in turn: their names, by number of the fold.
    #[serde(default)]
    pub hospitals: Option<Vec<String>>,
    /// Predictors without a value; none where every case has every predictor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<MissingValues>,
    /// Cox model of the records, on all cases.
    pub records: Outcome<Model>,
    /// Ridge Cox model of the key features, on the cases with tiles.
    pub images: Outcome<Model>,
    /// Cox model of records and key features together, on the cases with tiles.
    pub records_and_images: Outcome<Model>,
    /// Records and images against records alone, held-out, on the cases with tiles.
    pub joint_against_records: Outcome<Comparison>,
    /// Images alone against records alone, held-out, on the cases with tiles.
    pub images_against_records: Outcome<Comparison>,
    /// Records and images joined in other ways; none in findings made before there were any, or without usable images.
    #[serde(default)]
    pub fusion: Option<Fusion>,
    /// Kaplan-Meier curve of all cases.
    pub survival: Curve,
    /// Thirds of the held-out linear predictor of the best-informed model, with their curves.
    pub risk_groups: Outcome<RiskGroups>,
    /// Whether the effects of the records differ by year.
    pub year_effects: YearEffects,
    /// Effects of the records from each horizon to the next, among those still at risk; empty in findings made before there
    /// were any.
    #[serde(default)]
    pub landmarks: Vec<Landmark>,
    /// What each predictor adds at every horizon; none in findings made before there was any.
    #[serde(default)]
    pub importance: Option<ImportanceByHorizon>,
    /// Key features one by one.
    pub impacts: Outcome<Impacts>,
    /// Key features that are chosen again and again; none as `fusion`.
    #[serde(default)]
    pub selection: Option<Selection>,
    /// What the image model reaches when outcomes are shuffled.
    pub permutation_null: Outcome<PermutationNull>,
    /// What clinicians use already, in the spec's order; added by [`crate::baseline::with_baselines`].
    #[serde(default)]
    pub baselines: Vec<BaselineFindings>,
}

/// Counts of the cohort.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cohort {
    /// Cases.
    pub cases: usize,
    /// Events among them.
    pub events: usize,
    /// Median follow-up in years by the reverse Kaplan-Meier estimate (Schemper and Smith 1996); none when fewer than half of
    /// the cases were censored on that scale.
    pub median_follow_up_years: Option<f64>,
    /// Longest follow-up in years.
    pub longest_follow_up_years: f64,
    /// Cases with at least one tile.
    pub cases_with_tiles: usize,
    /// Events among the cases with tiles.
    pub events_with_tiles: usize,
    /// Cases left out of the image models because they have no tile.
    pub cases_without_tiles: usize,
}
