//! Other ways of joining records and images.

use serde::{Deserialize, Serialize};

use super::{Comparison, Discrimination, Outcome};

/// Records and images joined in two other ways, held out in the folds of the ridge model `records_and_images`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fusion {
    /// Early: one elastic-net Cox model of records and key features, which leaves key features out.
    pub elastic_net: Outcome<ElasticNetFusion>,
    /// Late: a Cox model of two linear predictors, that of the records model and that of the image model.
    pub late: Outcome<LateFusion>,
}

/// The joint elastic net (Simon and others 2011); the records are not penalised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ElasticNetFusion {
    /// Share of the lasso in the penalty.
    pub alpha: f64,
    /// What each fold's training part chose; nothing where the fold has no case with tiles.
    pub folds: Vec<ElasticNetFold>,
    /// How well it predicts.
    pub held_out: FusedPredictions,
}

/// What the elastic net chose without one fold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ElasticNetFold {
    /// The penalty that cross-validation inside the training part chose, on the scale of R's glmnet.
    pub lambda: f64,
    /// Key features with a weight other than 0, in their order.
    pub key_features: Vec<usize>,
}

/// The combination of two models.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LateFusion {
    /// By fold: weights of the records model's and of the image model's linear predictor.
    pub weights: Vec<[f64; 2]>,
    /// How well it predicts.
    pub held_out: FusedPredictions,
}

/// Held-out predictions of a joined model, with what they are worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FusedPredictions {
    /// Linear predictor of every case in the order of the input, none for a case without tiles.
    pub linear_predictor: Vec<Option<f64>>,
    /// C and AUC.
    pub discrimination: Discrimination,
    /// Against records alone, on the cases with tiles.
    pub against_records: Outcome<Comparison>,
    /// Against the ridge model of records and images.
    pub against_ridge: Outcome<Comparison>,
}
