//! What the analysis is given.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// The cases of one cohort, in a fixed order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// Follow-up in years from the origin to the event or to censoring, above zero, one a case.
    pub time_years: Vec<f64>,
    /// Whether the event was seen (else: censored), one a case.
    pub event: Vec<bool>,
    /// Predictors from the records.
    pub records: Records,
    /// Tile counts, if there are slides.
    pub images: Option<Images>,
    /// Where each case was treated, if the study says so: then hospitals are held out in turn.
    pub hospitals: Option<Hospitals>,
}

/// The hospital of every case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hospitals {
    /// Names of the hospitals, ascending, each once.
    pub names: Vec<String>,
    /// Place of its hospital in `names`, one a case.
    pub of_case: Vec<usize>,
}

impl Hospitals {
    /// From the name of each case's hospital.
    pub fn new<'a>(of_case: impl IntoIterator<Item = &'a str> + Clone) -> Self {
        let names: BTreeSet<&str> = of_case.clone().into_iter().collect();
        let place: BTreeMap<&str, usize> = names.iter().enumerate().map(|(place, name)| (*name, place)).collect();
        Self {
            of_case: of_case.into_iter().map(|name| place[name]).collect(),
            names: names.into_iter().map(str::to_owned).collect(),
        }
    }
}

/// The design matrix of the records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Records {
    /// Cases by columns, row-major; no intercept column. NaN where a case has no value of the predictor (all columns of its
    /// group), which the settings must allow; every other value is finite.
    pub values: Vec<f64>,
    /// The columns.
    pub columns: Vec<Column>,
}

/// One column of the design matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Name of the column, for example `gleason=4+3`.
    pub name: String,
    /// Name of the predictor that it belongs to, for example `gleason`; the columns of one predictor are tested together.
    pub group: String,
}

/// How many tiles of every case fall into every key feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Images {
    /// Cases by key features, row-major. A case whose counts are all 0 has no tile and stays out of the image models.
    pub counts: Vec<u64>,
    /// Number of key features.
    pub key_features: usize,
}

impl Images {
    /// Tile counts of one case.
    pub(crate) fn row(&self, case: usize) -> &[u64] {
        &self.counts[case * self.key_features..(case + 1) * self.key_features]
    }
}
