//! Models that clinicians use already, and what the study's models add to them.

use serde::{Deserialize, Serialize};

use super::{Estimate, HorizonEstimate, PairedDifference};

/// One such model on the cases for which it is computable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// Its name.
    pub name: String,
    /// Whose it is and of which date.
    pub source: String,
    /// Whether it knows what only the specimen tells.
    pub knows_specimen: bool,
    /// Cases for which it is computable.
    pub cases: u64,
    /// Events among them.
    pub events: u64,
    /// Why it is not computable for others, with the number of cases of each reason.
    pub not_computable: Vec<(String, u64)>,
    /// Why it is uncertain for some, with the number of cases of each reason.
    pub flagged: Vec<(String, u64)>,
    /// Its concordance on its cases; none where there is no figure.
    pub c_index: Option<Estimate>,
    /// Its cumulative/dynamic AUC on its cases.
    pub auc: Vec<HorizonEstimate>,
    /// Each model of the study less this one, on the cases that both predict.
    pub differences: Vec<PairedDifference>,
    /// Why there are no figures or no differences: full clauses.
    pub missing: Vec<String>,
}
