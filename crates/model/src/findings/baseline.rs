//! Models that clinicians use already, on the same cases.

use serde::{Deserialize, Serialize};

use super::{Comparison, Discrimination, Outcome};

/// One baseline on the cases for which it is computable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaselineFindings {
    /// Its name.
    pub name: String,
    /// Whose it is and of which date.
    pub source: String,
    /// It knows what only the specimen tells: no rival of a model that speaks before the operation.
    pub knows_specimen: bool,
    /// Cases for which it is computable.
    pub cases: usize,
    /// Events among them.
    pub events: usize,
    /// Cases for which it is not, by the first reason found; no value of a case.
    pub not_computable: Vec<Counted>,
    /// Cases for which it is computable, but uncertain.
    pub flagged: Vec<Counted>,
    /// How well it orders its cases.
    pub discrimination: Outcome<Discrimination>,
    /// The records model against it, on the cases that both predict.
    pub records: Outcome<Comparison>,
    /// The model of records and images against it, on the cases that both predict.
    pub records_and_images: Outcome<Comparison>,
}

/// Cases of one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// The reason, as a clause.
    pub reason: String,
    /// How many cases.
    pub cases: usize,
}
