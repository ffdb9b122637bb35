//! Results.

use renkei_stats::{
    competing::AalenJohansen,
    cox::CoxFit,
    discrimination::{Concordance, TimeAuc},
    hazard::HazardFit,
    kmeans::KMeans,
    pca::Components,
    prediction::{Brier, Calibration, NetBenefit},
    survival::{KaplanMeier, LogRank, NelsonAalen},
};
use serde::{Deserialize, Serialize};

/// The result of a method: what the ordinary functions of `renkei-stats` give.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Cox regression. Stratified by site it has no baselines: they stay at the sites.
    Cox(CoxFit),
    /// Elastic-net path.
    Net(NetPath),
    /// Yearly hazard.
    Hazard(HazardFit),
    /// Curves, and their comparison.
    Curves(Curves),
    /// Discrimination and calibration.
    Prediction(Prediction),
    /// Means, variances, histograms and quantiles, one a column.
    Summaries(Vec<Summary>),
    /// Principal components.
    Components(Components),
    /// Clusters.
    KMeans(KMeans),
    /// One fit without each site, in the order of the sites; why there is none where there is none.
    WithoutEach(Vec<Without>),
}

/// An elastic-net path, by descending penalty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetPath {
    /// The models.
    pub points: Vec<NetPoint>,
    /// Least lambda that leaves every coefficient at 0.
    pub largest: f64,
    /// Cases.
    pub cases: u64,
    /// Events.
    pub events: u64,
}

/// The model at one penalty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NetPoint {
    /// The penalty.
    pub lambda: f64,
    /// Log hazard ratios on the scale of the covariates as given.
    pub coefficients: Vec<f64>,
    /// Partial log-likelihood (Breslow), without the penalty.
    pub log_likelihood: f64,
}

/// Curves by group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// One a group.
    pub groups: Vec<GroupCurves>,
    /// Comparison of the groups by the event of interest, where there are several that can be compared.
    pub log_rank: Option<LogRank>,
}

/// The curves of one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroupCurves {
    /// Free of the event of interest; other causes censor.
    pub kaplan_meier: KaplanMeier,
    /// Cumulative hazard of the event of interest.
    pub nelson_aalen: NelsonAalen,
    /// Incidence of each cause, with the others competing.
    pub aalen_johansen: AalenJohansen,
}

/// How good predicted risks are at a horizon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Harrell's C.
    pub concordance: Concordance,
    /// Cumulative/dynamic AUC.
    pub auc: TimeAuc,
    /// Brier score.
    pub brier: Brier,
    /// Calibration by groups of risk.
    pub calibration: Calibration,
    /// Decision curve.
    pub net_benefits: Vec<NetBenefit>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Its name.
    pub name: String,
    /// Rows.
    pub count: u64,
    /// Mean.
    pub mean: f64,
    /// Variance with divisor count - 1; none for one row.
    pub variance: Option<f64>,
    /// Ends of the bins; each holds its own end.
    pub edges: Vec<f64>,
    /// Rows up to the first edge, between edges, and above the last.
    pub histogram: Vec<u64>,
    /// Between which edges the quantiles lie.
    pub quantiles: Vec<Quantile>,
}

/// The least value up to which a share of the rows lies (R `quantile(type = 1)`), as far as the bins tell.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quantile {
    /// The share.
    pub probability: f64,
    /// It is above this edge; none below the first.
    pub above: Option<f64>,
    /// It is this edge or below; none above the last.
    pub up_to: Option<f64>,
}

/// A fit without one site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Without {
    /// The site left out.
    pub site: String,
    /// The result of the others.
    pub outcome: Option<Box<Outcome>>,
    /// Why there is none.
    pub problem: Option<String>,
}
