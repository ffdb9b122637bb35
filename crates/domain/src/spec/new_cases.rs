//! New cases for a frozen run: only what is new. What predicts, how, and what is predicted comes from the run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CohortSpec, SPEC_VERSION, SpecError, TableSource};

/// Where new cases are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCasesSpec {
    /// Version of this document's form: 1.
    pub version: u32,
    /// Their records.
    pub cohort: NewRecords,
    /// Their slides; without it every case is scored by its records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slides: Option<NewSlides>,
}

/// Tables of new cases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRecords {
    /// Source tables, each visible to `sql` under its name.
    pub tables: Vec<TableSource>,
    /// One query that yields one row a case with the run's case id and predictors, under the run's names. Without it the
    /// run's own query is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
    /// The site's list of persons whose records may not be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opt_outs: Option<String>,
}

/// Slides of new cases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSlides {
    /// The slide table, as in a run spec.
    pub table: String,
}

impl NewCasesSpec {
    /// The cohort of these cases by the rules of a frozen run's `cohort`.
    ///
    /// # Errors
    /// The first fault that can be seen without opening a source.
    pub fn cohort(&self, frozen: &CohortSpec) -> Result<CohortSpec, SpecError> {
        if self.version != SPEC_VERSION {
            return Err(SpecError::Version(self.version));
        }
        if frozen.opt_outs.is_some() && self.cohort.opt_outs.is_none() {
            let reason = "is missing: the run leaves out who opted out, so name the site's list here too";
            return Err(SpecError::field("cohort.opt_outs", reason));
        }
        let cohort = CohortSpec {
            tables: self.cohort.tables.clone(),
            // The rule reads the tables that the run's own query reads; another query has other tables.
            recurrence: frozen.recurrence.clone().filter(|_| self.cohort.sql.is_none()),
            sql: self.cohort.sql.clone().or_else(|| frozen.sql.clone()),
            opt_outs: self.cohort.opt_outs.clone(),
            ..frozen.clone()
        };
        cohort.faults().into_iter().next().map_or(Ok(cohort), Err)
    }
}
