//! What can go wrong between records and cases. No message holds a record's value: rows are given by number.

use std::fmt::Write as _;

use renkei_artifacts::ArtifactError;
use renkei_domain::ErrorKind;
use renkei_records::{OptOutError, SecretError};

use crate::guard::Refusal;
use crate::select::AttritionStep;

/// A failure to make a cohort, a slide list or a design matrix.
#[derive(Debug, thiserror::Error)]
pub enum CohortError {
    /// A table's reference names no store.
    #[error("table `{table}`: {source}")]
    Location {
        /// The table.
        table: String,
        /// Why its reference cannot be opened.
        source: ArtifactError,
    },
    /// A table is not where the spec says.
    #[error("table `{table}` is not at {location}: check its `uri`")]
    NoTable {
        /// The table.
        table: String,
        /// Where it was looked for.
        location: String,
    },
    /// The list of opt-outs is not where the spec says.
    #[error("the list of opt-outs is not at {location}: check `cohort.opt_outs`; nobody is selected without it")]
    NoOptOuts {
        /// Where it was looked for.
        location: String,
    },
    /// The list of opt-outs holds something else.
    #[error("`cohort.opt_outs`: {0}")]
    OptOuts(#[from] OptOutError),
    /// The store that holds a table failed.
    #[error("table `{table}` cannot be read: {source}")]
    Store {
        /// The table.
        table: String,
        /// The store's error.
        source: object_store::Error,
    },
    /// Neither the spec nor the file's name says how a table is stored.
    #[error("table `{table}` ends in none of .csv, .tsv and .parquet: say `format: csv`, `tsv` or `parquet`")]
    UnknownFormat {
        /// The table.
        table: String,
    },
    /// A CSV or TSV file that does not hold what it must.
    #[error("table `{table}`: {fault}")]
    Csv {
        /// The table.
        table: String,
        /// What is wrong, and in which row.
        fault: CsvFault,
    },
    /// A Parquet file that cannot be opened.
    #[error("table `{table}` is not a readable Parquet file: write it again, or say `format: csv`")]
    Parquet {
        /// The table.
        table: String,
    },
    /// A table with no row.
    #[error("table `{table}` has no row: check its `uri` and how it was exported")]
    EmptyTable {
        /// The table.
        table: String,
    },
    /// A column that something needs is not there.
    #[error("there is no column `{column}` ({needed_for}) in {place}{}", near_columns(.near))]
    NoColumn {
        /// The column.
        column: String,
        /// Who needs it: a field of the spec.
        needed_for: String,
        /// Where it was looked for.
        place: String,
        /// The columns with the most similar names.
        near: Vec<String>,
    },
    /// Two columns of the query have the name of one that is needed.
    #[error("the selected rows have {count} columns named `{column}` ({needed_for}): give each its own name with AS")]
    AmbiguousColumn {
        /// The column.
        column: String,
        /// Who needs it.
        needed_for: String,
        /// How many have the name.
        count: usize,
    },
    /// A predictor has the name of one of the columns that every table of cases has.
    #[error(
        "a predictor cannot be named `{column}`, which the table of cases uses itself: rename it with AS in `cohort.sql`"
    )]
    ReservedColumn {
        /// The name.
        column: String,
    },
    /// A column's type fits no use that is made of it.
    #[error("column `{column}` holds {found}, which cannot be used as {wanted}: convert it in `cohort.sql`")]
    ColumnType {
        /// The column.
        column: String,
        /// Its type.
        found: String,
        /// What was wanted.
        wanted: &'static str,
    },
    /// SQL that cannot be planned.
    #[error("{place}: {message}")]
    Sql {
        /// The field of the spec or the command it stands in.
        place: String,
        /// What DataFusion says.
        message: String,
    },
    /// SQL that would change something.
    #[error("{place}: only queries are allowed here, and {message}")]
    NotReadOnly {
        /// The field of the spec or the command it stands in.
        place: String,
        /// What was tried.
        message: String,
    },
    /// SQL whose answer is not the same every time.
    #[error("{place} calls `{function}`, which does not give the same value every time: write the value itself")]
    Volatile {
        /// The field of the spec.
        place: String,
        /// The function.
        function: String,
    },
    /// A query that was planned and then failed on the rows.
    #[error("{place} failed on the rows: {reason}")]
    Execution {
        /// The field of the spec or the command.
        place: String,
        /// The kind of fault, without any value.
        reason: &'static str,
        /// What the caller can do about it.
        kind: ErrorKind,
    },
    /// Several rows have one case id.
    #[error(
        "{cases} case ids occur in more than one row ({rows} rows in all): make `cohort.sql` give one row a case, \
         or exclude the others"
    )]
    DuplicateCases {
        /// Distinct ids that occur more than once.
        cases: usize,
        /// Rows that have one of these ids.
        rows: usize,
    },
    /// Case ids that are said to be pseudonyms and cannot be.
    #[error(
        "{rows} values of the column `{column}` are no pseudonyms (32 hex digits): leave `cohort.case_ids` out, so that they \
         become some"
    )]
    NotPseudonyms {
        /// The column of case ids.
        column: String,
        /// Rows with such a value.
        rows: usize,
    },
    /// Predictors that may not predict.
    #[error("{}", refusals(.0))]
    Leakage(Vec<Refusal>),
    /// Nobody is left.
    #[error("no case is left:\n{}check the exclusions and the endpoint's values", attrition_lines(.0))]
    NoCases(Vec<AttritionStep>),
    /// Nobody had the event.
    #[error("none of the {cases} cases had the event `{endpoint}`: check `endpoint.event.event`")]
    NoEvent {
        /// Cases in the cohort.
        cases: usize,
        /// The endpoint's name.
        endpoint: String,
    },
    /// Nobody was followed as long as a horizon asks.
    #[error(
        "the horizon of {horizon} years is longer than the longest follow-up, {longest:.2} years: remove it from \
         `endpoint.horizons_years`"
    )]
    HorizonTooLong {
        /// The horizon in years.
        horizon: f64,
        /// The longest follow-up in years.
        longest: f64,
    },
    /// A cell of the slide table that cannot be used.
    #[error("slide table: `{column}` in data row {row} {reason}")]
    SlideCell {
        /// The column.
        column: &'static str,
        /// The row, counted from 1 after the header.
        row: usize,
        /// What is wrong and what to do.
        reason: &'static str,
    },
    /// Slide ids that occur more than once.
    #[error("slide table: {count} slide ids occur more than once, first in data row {row}: one row a slide is needed")]
    DuplicateSlides {
        /// Distinct ids that occur more than once.
        count: usize,
        /// The first row that repeats an id, counted from 1 after the header.
        row: usize,
    },
    /// A predictor that is the same for every case.
    #[error(
        "predictor `{column}` is the same for every case, so it can predict nothing: remove it from `cohort.predictors`"
    )]
    ConstantPredictor {
        /// The predictor.
        column: String,
    },
    /// A predictor of the table of cases that cannot be transformed.
    #[error("predictor `{column}` is not positive under log2 in row {row} of the cases: select the cohort again")]
    UnusableCell {
        /// The predictor.
        column: String,
        /// The row of the table of cases, counted from 1.
        row: usize,
    },
    /// The pseudonym secret cannot be used.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A defect of this crate.
    #[error("columns could not be put together: {0}; please report this")]
    Internal(String),
}

/// What is wrong with a CSV or TSV file. Rows are counted from 1 after the header, comment lines apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CsvFault {
    /// Bytes that are no UTF-8 text; row 0 is the header.
    #[error(
        "data row {row} is not UTF-8 text (row 0 is the header): convert the file, e.g. with `iconv -f CP932 -t UTF-8`"
    )]
    NotUtf8 {
        /// The row.
        row: u64,
    },
    /// A row with more or fewer fields than the header.
    #[error(
        "data row {row} has {found} fields and the header has {expected}: look for an unquoted separator or a lost line end"
    )]
    Ragged {
        /// The row.
        row: u64,
        /// Its fields.
        found: usize,
        /// The header's fields.
        expected: usize,
    },
    /// Two columns of one name.
    #[error("columns {first} and {second} of the header have the same name: rename one")]
    SameName {
        /// The first, counted from 1.
        first: usize,
        /// The second.
        second: usize,
    },
    /// A row that does not end.
    #[error("data row {row} is longer than {limit} bytes: look for a quotation mark that is never closed")]
    TooLong {
        /// The row.
        row: u64,
        /// The longest row accepted, in bytes.
        limit: usize,
    },
}

impl CohortError {
    /// What the caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Location { source, .. } => source.kind(),
            Self::Store { source, .. } => store_kind(source),
            Self::Execution { kind, .. } => *kind,
            Self::NoTable { .. } | Self::NoOptOuts { .. } | Self::NoColumn { .. } => ErrorKind::NotFound,
            Self::Secret(error) => error.kind(),
            Self::Csv { .. }
            | Self::Parquet { .. }
            | Self::EmptyTable { .. }
            | Self::DuplicateCases { .. }
            | Self::SlideCell { .. }
            | Self::DuplicateSlides { .. }
            | Self::UnusableCell { .. } => ErrorKind::Data,
            Self::Internal(_) => ErrorKind::Internal,
            _ => ErrorKind::Invalid,
        }
    }
}

fn store_kind(error: &object_store::Error) -> ErrorKind {
    use object_store::Error as E;
    match error {
        E::NotFound { .. } => ErrorKind::NotFound,
        E::PermissionDenied { .. } | E::Unauthenticated { .. } => ErrorKind::Denied,
        E::InvalidPath { .. } | E::NotSupported { .. } | E::NotImplemented { .. } => ErrorKind::Invalid,
        _ => ErrorKind::Unavailable,
    }
}

fn near_columns(near: &[String]) -> String {
    if near.is_empty() {
        return String::new();
    }
    let names: Vec<String> = near.iter().map(|name| format!("`{name}`")).collect();
    format!("; the nearest are {}", names.join(", "))
}

fn refusals(refused: &[Refusal]) -> String {
    refused.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn attrition_lines(steps: &[AttritionStep]) -> String {
    steps.iter().fold(String::new(), |mut text, step| {
        let _ = writeln!(text, "  {}: {} removed, {} remain", step.reason, step.removed, step.remaining);
        text
    })
}
