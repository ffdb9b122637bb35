//! Records: where they are, who is selected, what each column means and when it was known.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{RecurrenceRule, SpecError};

/// Tables of records and the rule that makes cases of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CohortSpec {
    /// Source tables, each visible to `sql` under its name.
    pub tables: Vec<TableSource>,
    /// How a table of outcomes is made of canonical records, for `sql`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurrence: Option<RecurrenceRule>,
    /// One query that yields one row a case, with the case id, the endpoint's columns and the predictors.
    /// Without it the first table is taken whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
    /// The site's list of persons whose records may not be used, as `renkei cohort exclude` writes it: a path relative to
    /// the spec, or a store URI. They leave before every other exclusion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opt_outs: Option<String>,
    /// Named exclusions, applied in order to the query's rows; each is a line of the attrition table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Exclusion>,
    /// The column that identifies a case. It is replaced by a keyed hash at the door.
    pub case_id: String,
    /// What that column holds.
    #[serde(default, skip_serializing_if = "CaseIds::are_numbers")]
    pub case_ids: CaseIds,
    /// The column that says at which hospital a case was treated. With it every hospital is held out in turn instead of folds
    /// drawn at random; a row without a hospital leaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hospital: Option<String>,
    /// The data dictionary: what is known of each column. A predictor without an entry is refused.
    #[serde(default)]
    pub columns: BTreeMap<String, ColumnNote>,
    /// What may predict.
    pub predictors: Vec<Predictor>,
}

/// What the column of case ids holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CaseIds {
    /// The hospital's own numbers, which the site's key makes pseudonyms of.
    #[default]
    Numbers,
    /// Pseudonyms made with the site's key already, as in the tables of `renkei records import`.
    Pseudonyms,
}

impl CaseIds {
    // serde hands over a reference.
    fn are_numbers(&self) -> bool {
        *self == Self::Numbers
    }
}

/// One reason to leave cases out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    /// Shown in the attrition table.
    pub reason: String,
    /// SQL condition over the query's columns; rows for which it is true leave.
    #[serde(rename = "where")]
    pub condition: String,
}

/// One table of records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TableSource {
    /// The table's name in SQL.
    pub name: String,
    /// Path relative to the spec, or a store URI.
    pub uri: String,
    /// CSV or TSV with a header line, or Parquet; without it the file's extension decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<TableFormat>,
    /// An ASCII character; lines of CSV and TSV that begin with it are no rows, as `#` in files of cBioPortal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<char>,
}

/// How a table is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TableFormat {
    /// Comma-separated values with a header line; empty and `NA` fields are missing.
    Csv,
    /// The same with tabs for commas.
    Tsv,
    /// Apache Parquet.
    Parquet,
}

/// One entry of the data dictionary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnNote {
    /// When the value was known, relative to the index date (for prostatectomy: the operation).
    pub known: Known,
    /// What it is, for the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Unit as UCUM writes it, e.g. `ng/mL`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Smallest and largest plausible value; outside is counted in the data-quality table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plausible: Option<(f64, f64)>,
}

/// When a value was known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// Before the index date: may predict.
    BeforeIndex,
    /// On the index date or after it: may never predict.
    AfterIndex,
    /// The named column holds the day of measurement relative to the index date; a positive day may never predict.
    DayColumn(String),
}

/// One predictor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Predictor {
    /// The column of the selected rows.
    pub column: String,
    /// Number or category.
    pub kind: PredictorKind,
    /// Applied to numbers before the fit.
    #[serde(default)]
    pub transform: Transform,
}

/// How a predictor enters the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PredictorKind {
    /// One coefficient per unit (after the transform).
    Number,
    /// One coefficient per level against the most frequent level.
    Category,
}

/// A transform of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// As it is.
    #[default]
    None,
    /// Base-2 logarithm: a coefficient per doubling. Values must be positive.
    Log2,
}

impl CohortSpec {
    /// What the list of opt-outs is called among a run's tables.
    pub const OPT_OUTS: &str = "opt_outs";

    /// Everything that is wrong without opening a source.
    pub(super) fn faults(&self) -> Vec<SpecError> {
        let mut faults = Vec::new();
        if self.tables.is_empty() {
            faults.push(SpecError::field("cohort.tables", "is empty: name at least one table of records"));
        }
        let mut names: BTreeSet<&str> = self.opt_outs.iter().map(|_| Self::OPT_OUTS).collect();
        for table in &self.tables {
            if !names.insert(table.name.as_str()) {
                faults.push(SpecError::field("cohort.tables", format!("names `{}` twice", table.name)));
            }
            faults.extend(table.fault());
        }
        if let Some(rule) = &self.recurrence {
            faults.extend(rule.faults());
            if !names.insert(rule.table.as_str()) {
                faults.push(SpecError::field(
                    "cohort.recurrence.table",
                    format!("is `{}`, another table's name", rule.table),
                ));
            }
        }
        let mut columns = BTreeSet::new();
        if self.hospital.as_ref().is_some_and(|hospital| *hospital == self.case_id) {
            faults.push(SpecError::field("cohort.hospital", "is the column of `cohort.case_id`: name another"));
        }
        for predictor in &self.predictors {
            if self.hospital.as_ref() == Some(&predictor.column) {
                faults.push(SpecError::field(
                    "cohort.predictors",
                    format!(
                        "names `{}`, the column of hospitals: a hospital held out has no coefficient",
                        predictor.column
                    ),
                ));
            }
            if !columns.insert(&predictor.column) {
                faults.push(SpecError::field("cohort.predictors", format!("names `{}` twice", predictor.column)));
            }
            if predictor.kind == PredictorKind::Category && predictor.transform != Transform::None {
                faults.push(SpecError::field(
                    format!("cohort.predictors.{}.transform", predictor.column),
                    "applies to numbers only: remove it or set `kind: number`",
                ));
            }
        }
        faults
    }
}

impl TableSource {
    fn fault(&self) -> Option<SpecError> {
        let sign = self.comment?;
        let fits = sign.is_ascii_graphic() && sign != '"' && sign != ',';
        let reason = "must be one visible ASCII character, such as `#`, that is no quotation mark and no comma";
        (!fits).then(|| SpecError::field(format!("cohort.tables.{}.comment", self.name), reason))
    }
}
