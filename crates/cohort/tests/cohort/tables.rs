//! A small study whose tables and spec each test changes in one place.

use std::path::Path;

use renkei_artifacts::Stores;
use renkei_cohort::{Cohort, CohortError, Pseudonymiser, Sources, select, try_select};
use renkei_domain::spec::{CohortSpec, EndpointSpec, ModelSpec};
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const MEN: &str = "\
id,psa,stage,months,relapse,day
ann-01,4.0,T2,12,1,-3
ann-02,8.0,T3,24,0,-5
ann-03,2.0,T2,36,1,-1
ann-04,16.0,T2,48,0,0
";

pub(crate) struct Study {
    pub(crate) folder: TempDir,
    pub(crate) spec: Value,
    pub(crate) endpoint: Value,
    pub(crate) model: Value,
}

pub(crate) fn pseudonyms() -> Pseudonymiser {
    Pseudonymiser::new(b"a secret of the site, for tests only").unwrap()
}

impl Study {
    pub(crate) fn of(csv: impl AsRef<[u8]>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("men.csv"), csv).unwrap();
        let spec = json!({
            "tables": [{"name": "men", "uri": "men.csv"}],
            "case_id": "id",
            "columns": {"psa": {"known": "before_index", "plausible": [0.1, 100.0]}, "stage": {"known": "before_index"}},
            "predictors": [
                {"column": "psa", "kind": "number", "transform": "log2"},
                {"column": "stage", "kind": "category"}
            ]
        });
        let endpoint = json!({
            "name": "recurrence", "origin": "radical prostatectomy",
            "time": {"column": "months", "unit": "months"},
            "event": {"column": "relapse", "event": ["1"], "censored": ["0"]},
            "horizons_years": [1.0]
        });
        Self { folder, spec, endpoint, model: json!({}) }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) async fn select(&self) -> Result<Cohort, CohortError> {
        run_with(&self.spec, &self.endpoint, &self.model, self.path()).await
    }

    pub(crate) async fn try_select(&self) -> (Option<Cohort>, Vec<CohortError>) {
        let spec: CohortSpec = serde_json::from_value(self.spec.clone()).unwrap();
        let endpoint: EndpointSpec = serde_json::from_value(self.endpoint.clone()).unwrap();
        let sources = Sources::resolve(&spec, self.path(), &Stores::from_environment()).unwrap();
        let model: ModelSpec = serde_json::from_value(self.model.clone()).unwrap();
        try_select(&spec, &endpoint, &model, &sources, &pseudonyms()).await
    }

    pub(crate) async fn error(&self) -> CohortError {
        match self.select().await {
            Ok(_) => panic!("the selection should have failed"),
            Err(error) => error,
        }
    }
}

pub(crate) async fn run(spec: &Value, endpoint: &Value, base: &Path) -> Result<Cohort, CohortError> {
    run_with(spec, endpoint, &json!({}), base).await
}

/// The same with baselines, or another way with missing predictors.
pub(crate) async fn run_with(
    spec: &Value,
    endpoint: &Value,
    model: &Value,
    base: &Path,
) -> Result<Cohort, CohortError> {
    let spec: CohortSpec = serde_json::from_value(spec.clone()).unwrap();
    let endpoint: EndpointSpec = serde_json::from_value(endpoint.clone()).unwrap();
    let model: ModelSpec = serde_json::from_value(model.clone()).unwrap();
    let sources = Sources::resolve(&spec, base, &Stores::from_environment())?;
    select(&spec, &endpoint, &model, &sources, &pseudonyms()).await
}

/// Reason, removed and remaining of each step.
pub(crate) fn steps(cohort: &Cohort) -> Vec<(&str, u64, u64)> {
    cohort.attrition.iter().map(|step| (step.reason.as_str(), step.removed, step.remaining)).collect()
}

/// Column, what is wrong, and how often.
pub(crate) fn findings(cohort: &Cohort) -> Vec<(String, String, u64)> {
    cohort.quality.iter().map(|found| (found.column.clone(), found.rule.to_string(), found.count)).collect()
}
