//! Records -> one row a case: `cases` (Parquet) and `cohort` (JSON: attrition, quality, description).

use std::sync::Arc;

use renkei_artifacts::table;
use renkei_cohort::{
    AttritionStep, Cohort, CohortError, QualityFinding, Refusal, VariableDescription, describe, select,
};
use renkei_domain::spec::Predictor;
use renkei_stage::ShardError;
use serde::{Deserialize, Serialize};

use super::defect;
use crate::reading::artifact_error;
use crate::{Attempt, Context};

/// What the report says of the cohort.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CohortSummary {
    /// Who was dropped and why.
    pub attrition: Vec<AttritionStep>,
    /// Faults of the records.
    pub quality: Vec<QualityFinding>,
    /// Columns of the dictionary that may never predict.
    pub barred: Vec<Refusal>,
    /// Each predictor's distribution.
    pub variables: Vec<VariableDescription>,
}

impl CohortSummary {
    /// Describes a cohort.
    ///
    /// # Errors
    /// As [`describe`].
    pub fn of(cohort: Cohort, predictors: &[Predictor]) -> Result<Self, CohortError> {
        let variables = describe(&cohort.cases, predictors)?;
        Ok(Self { attrition: cohort.attrition, quality: cohort.quality, barred: cohort.barred, variables })
    }
}

/// Selects the cohort and writes it.
pub async fn run(context: &Arc<Context>, attempt: &mut Attempt<'_>) -> Result<(), ShardError> {
    let spec = &context.spec;
    let cohort = select(&spec.cohort, &spec.endpoint, &spec.model, &context.sources, &context.pseudonyms);
    let cohort = cohort.await;
    let cohort = cohort.map_err(|error| ShardError::new(error.kind(), error.to_string()))?;
    let rows = cohort.cases.num_rows() as u64;
    let cases = table::write_parquet(std::slice::from_ref(&cohort.cases)).map_err(artifact_error)?;
    attempt.put("cases", "cases.parquet", cases, rows).await?;
    let summary = CohortSummary::of(cohort, &spec.cohort.predictors);
    let summary = summary.map_err(|error| ShardError::new(error.kind(), error.to_string()))?;
    let summary = serde_json::to_vec_pretty(&summary).map_err(defect)?;
    attempt.put("cohort", "cohort.json", summary, 0).await
}
