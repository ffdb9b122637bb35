//! The rows that the spec's SQL selects, each with the exclusion that it meets first.

use std::collections::BTreeSet;

use arrow::array::{ArrayRef, AsArray as _, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Column, TableReference};
use datafusion::dataframe::DataFrame;
use datafusion::logical_expr::{Expr, ExprSchemable as _, lit, when};
use datafusion::prelude::SessionContext;
use renkei_domain::spec::{Baseline, CohortSpec, EndpointSpec, Exclusion, Known};

use super::carried::carried_columns;
use super::{leakage, refusals};
use crate::CohortError;
use crate::guard::{Lineage, guard_lineage};
use crate::sql::{logical_plan, physical_plan, refuse_volatile, run, wrong_sql};

const QUERY: &str = "`cohort.sql`";
const SELECTION: &str = "the selection (`cohort.sql` or `cohort.exclude`)";
const NEAR_COLUMNS: usize = 5;

/// The columns that the spec speaks of, and for each row the index of the first exclusion that holds.
#[derive(Debug)]
pub(super) struct SelectedRows {
    columns: RecordBatch,
    pub(super) excluded: Vec<Option<usize>>,
}

impl SelectedRows {
    pub(super) fn len(&self) -> usize {
        self.columns.num_rows()
    }

    /// A column that was needed, or one of the dictionary that the query happens to have.
    pub(super) fn column(&self, name: &str) -> Option<&ArrayRef> {
        self.columns.column_by_name(name)
    }

    /// A column that was needed.
    pub(super) fn needed(&self, name: &str) -> Result<&ArrayRef, CohortError> {
        self.column(name).ok_or_else(|| CohortError::Internal(format!("column `{name}` was not selected")))
    }
}

/// A column and the field of the spec that needs it.
pub(super) type Needed<'a> = (&'a str, &'static str);

/// Runs the query and the exclusions in one pass, and keeps only the `needed` columns and those of the dictionary.
///
/// # Errors
/// Everything that planning shows at once: refused predictors, columns that are not there, conditions that cannot be
/// planned; or the first fault beyond.
pub(super) async fn select_rows(
    context: &SessionContext,
    spec: &CohortSpec,
    endpoint: &EndpointSpec,
    baselines: &[Baseline],
    needed: &[Needed<'_>],
) -> Result<SelectedRows, Vec<CohortError>> {
    let query = query(context, spec).await.map_err(|error| vec![error])?;
    let mut faults: Vec<CohortError> = lineage_fault(spec, endpoint, baselines, &query).into_iter().collect();
    let (names, missing) = column_names(spec, needed, &query);
    faults.extend(missing);
    let (conditions, wrong) = conditions(spec, &query);
    faults.extend(wrong);
    if !faults.is_empty() {
        return Err(faults);
    }
    run_selection(context, query, &names, conditions).await.map_err(|error| vec![error])
}

/// Predictors, and columns of baselines, that the query makes of what was known too late, but for those that the spec alone
/// has refused.
fn lineage_fault(
    spec: &CohortSpec,
    endpoint: &EndpointSpec,
    baselines: &[Baseline],
    query: &DataFrame,
) -> Option<CohortError> {
    let refused = refusals(spec, endpoint, baselines);
    let mut more = guard_lineage(spec, endpoint, baselines, &Lineage::of(query.logical_plan()));
    more.retain(|refusal| refused.iter().all(|other| other.predictor != refusal.predictor));
    leakage(more)
}

async fn run_selection(
    context: &SessionContext,
    query: DataFrame,
    names: &[String],
    conditions: Vec<Expr>,
) -> Result<SelectedRows, CohortError> {
    let mut expressions = names.iter().map(|name| the_column(&query, name)).collect::<Result<Vec<_>, _>>()?;
    expressions.push(first_exclusion(conditions)?);
    let selection = query.select(expressions).map_err(|error| wrong_sql(QUERY, &error))?;
    let plan = selection.logical_plan();
    refuse_volatile(plan, SELECTION)?;
    let plan = physical_plan(context, plan, QUERY).await?;
    let schema = plan.schema();
    let batches = run(context, plan, SELECTION).await?;
    let rows = concat_batches(&schema, &batches).map_err(|error| CohortError::Internal(error.to_string()))?;
    let excluded = rows.column(names.len()).as_primitive::<Int64Type>().iter();
    let excluded = excluded.map(|index| index.and_then(|index| usize::try_from(index).ok())).collect();
    let kept: Vec<usize> = (0..names.len()).collect();
    let columns = rows.project(&kept).map_err(|error| CohortError::Internal(error.to_string()))?;
    Ok(SelectedRows { columns, excluded })
}

async fn query(context: &SessionContext, spec: &CohortSpec) -> Result<DataFrame, CohortError> {
    match (&spec.sql, spec.tables.first()) {
        (Some(sql), _) => {
            let plan = logical_plan(context, sql, QUERY).await?;
            Ok(DataFrame::new(context.state(), plan))
        }
        (None, Some(table)) => {
            let found = context.table(TableReference::bare(table.name.as_str())).await;
            found.map_err(|error| wrong_sql("`cohort.tables`", &error))
        }
        (None, None) => Err(CohortError::EmptyTable { table: "cohort.tables".to_owned() }),
    }
}

/// The needed columns and those of the dictionary that the query has, each once; and what is wrong with needed ones.
fn column_names(spec: &CohortSpec, needed: &[Needed<'_>], query: &DataFrame) -> (Vec<String>, Vec<CohortError>) {
    let (mut names, mut faults) = (BTreeSet::new(), Vec::new());
    for &(name, needed_for) in needed {
        faults.extend(check_column(query, name, needed_for).err());
        names.insert(name.to_owned());
    }
    let optional = spec.columns.keys().filter(|name| count(query, name) == 1);
    names.extend(optional.cloned());
    (names.into_iter().collect(), faults)
}

/// The case id, the predictors and what baselines carry, between them the columns of endpoint and hospital where outcomes are
/// asked for.
pub(super) fn needed_columns<'a>(
    spec: &'a CohortSpec,
    outcomes: Option<&'a EndpointSpec>,
    baselines: &'a [Baseline],
) -> Vec<Needed<'a>> {
    let mut needed = vec![(spec.case_id.as_str(), "cohort.case_id")];
    if let Some(endpoint) = outcomes {
        needed.push((&endpoint.time.column, "endpoint.time.column"));
        needed.push((&endpoint.event.column, "endpoint.event.column"));
        needed.extend(spec.hospital.as_deref().map(|hospital| (hospital, "cohort.hospital")));
    }
    let predictors = spec.predictors.iter().map(|predictor| (predictor.column.as_str(), "cohort.predictors"));
    let carried = carried_columns(spec, baselines).into_iter().map(|column| (column, "model.baselines"));
    for (column, needed_for) in predictors.chain(carried) {
        needed.push((column, needed_for));
        if let Some(Known::DayColumn(day)) = spec.columns.get(column).map(|note| &note.known) {
            needed.push((day, "day_column in cohort.columns"));
        }
    }
    needed
}

fn count(query: &DataFrame, name: &str) -> usize {
    query.schema().fields().iter().filter(|field| field.name() == name).count()
}

fn check_column(query: &DataFrame, name: &str, needed_for: &str) -> Result<(), CohortError> {
    let (column, needed_for) = (name.to_owned(), needed_for.to_owned());
    match count(query, name) {
        1 => Ok(()),
        0 => {
            let names = query.schema().fields().iter().map(|field| field.name().as_str());
            let place = "the selected rows".to_owned();
            Err(CohortError::NoColumn { column, needed_for, place, near: nearest(name, names) })
        }
        count => Err(CohortError::AmbiguousColumn { column, needed_for, count }),
    }
}

/// The names most like `wanted`, by edits, capitals apart.
pub(crate) fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Vec<String> {
    use datafusion::common::utils::datafusion_strsim::levenshtein;
    let wanted = wanted.to_lowercase();
    let mut names: Vec<(usize, &str)> = names.map(|name| (levenshtein(&wanted, &name.to_lowercase()), name)).collect();
    names.sort_unstable();
    names.into_iter().take(NEAR_COLUMNS).map(|(_, name)| name.to_owned()).collect()
}

fn the_column(query: &DataFrame, name: &str) -> Result<Expr, CohortError> {
    let found = query.schema().iter().find(|(_, field)| field.name() == name);
    let column = found.map(|(qualifier, field)| Column::new(qualifier.cloned(), field.name()));
    column.map(|column| Expr::Column(column).alias(name)).ok_or_else(|| CohortError::Internal(format!("no `{name}`")))
}

/// The condition of each exclusion, in order; and what is wrong with those that cannot be one.
fn conditions(spec: &CohortSpec, query: &DataFrame) -> (Vec<Expr>, Vec<CohortError>) {
    let (mut planned, mut faults) = (Vec::with_capacity(spec.exclude.len()), Vec::new());
    for exclusion in &spec.exclude {
        match condition(exclusion, query) {
            Ok(condition) => planned.push(condition),
            Err(fault) => faults.push(fault),
        }
    }
    (planned, faults)
}

fn condition(exclusion: &Exclusion, query: &DataFrame) -> Result<Expr, CohortError> {
    let place = format!("exclusion `{}`", exclusion.reason);
    let wrong = |error| wrong_sql(&place, &error);
    let condition = query.parse_sql_expr(&exclusion.condition).map_err(wrong)?;
    let data_type = condition.get_type(query.schema()).map_err(wrong)?;
    if data_type != DataType::Boolean {
        let message = format!("the condition gives {data_type}, and must be true or false");
        return Err(CohortError::Sql { place, message });
    }
    Ok(condition)
}

/// The index of the first exclusion that is true of a row; null where none is.
fn first_exclusion(conditions: Vec<Expr>) -> Result<Expr, CohortError> {
    let nobody = lit(datafusion::scalar::ScalarValue::Int64(None));
    conditions.into_iter().enumerate().rev().try_fold(nobody, |otherwise, (index, condition)| {
        when(condition, lit(index as i64)).otherwise(otherwise).map_err(|error| wrong_sql("`cohort.exclude`", &error))
    })
}
