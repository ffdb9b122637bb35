//! Queries that read and never change anything.

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::error::DataFusionError;
use datafusion::execution::context::SQLOptions;
use datafusion::logical_expr::{Expr, LogicalPlan, Volatility};
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::prelude::SessionContext;
use renkei_artifacts::Location;
use renkei_domain::ErrorKind;

use crate::CohortError;
use crate::source::{Parallelism, register_parquet, session};

/// Answers `sql` over `tables`, each one or more Parquet files of one store, under their names. Names are as the files
/// write them, capitals included; rows have an order only where the query gives one. One batch at least is returned,
/// so that the columns are known even where no row is. Anything but a query is refused.
pub async fn query(tables: Vec<(String, Vec<Location>)>, sql: &str) -> Result<Vec<RecordBatch>, CohortError> {
    let context = session(Parallelism::Processors);
    for (name, files) in &tables {
        register_parquet(&context, name, files).await?;
    }
    let place = "the query";
    let plan = logical_plan(&context, sql, place).await?;
    let plan = physical_plan(&context, &plan, place).await?;
    let schema = plan.schema();
    let mut batches = run(&context, plan, place).await?;
    if batches.is_empty() {
        batches.push(RecordBatch::new_empty(schema));
    }
    Ok(batches)
}

/// Plans one query, read-only; `place` is the field or command it stands in.
pub(crate) async fn logical_plan(context: &SessionContext, sql: &str, place: &str) -> Result<LogicalPlan, CohortError> {
    let plan = context.state().create_logical_plan(sql).await.map_err(|error| wrong_sql(place, &error))?;
    let read_only = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    read_only.verify_plan(&plan).map_err(|error| CohortError::NotReadOnly {
        place: place.to_owned(),
        message: error.strip_backtrace().replace("Error during planning: ", "it has: "),
    })?;
    Ok(plan)
}

/// Checks types and lays out the execution. Up to here DataFusion has seen no row, so its message holds no value.
pub(crate) async fn physical_plan(
    context: &SessionContext,
    plan: &LogicalPlan,
    place: &str,
) -> Result<Arc<dyn ExecutionPlan>, CohortError> {
    context.state().create_physical_plan(plan).await.map_err(|error| wrong_sql(place, &error))
}

/// Runs a plan to its end. DataFusion's own message is withheld, since it quotes the values it failed on.
pub(crate) async fn run(
    context: &SessionContext,
    plan: Arc<dyn ExecutionPlan>,
    place: &str,
) -> Result<Vec<RecordBatch>, CohortError> {
    collect(plan, context.task_ctx()).await.map_err(|error| {
        let (reason, kind) = execution_fault(&error);
        CohortError::Execution { place: place.to_owned(), reason, kind }
    })
}

/// What DataFusion says, for SQL that cannot be planned.
pub(crate) fn wrong_sql(place: &str, error: &DataFusionError) -> CohortError {
    CohortError::Sql { place: place.to_owned(), message: error.strip_backtrace() }
}

fn execution_fault(error: &DataFusionError) -> (&'static str, ErrorKind) {
    match error.find_root() {
        DataFusionError::ArrowError(..) | DataFusionError::Execution(_) => (
            "a value cannot be converted or computed with; use TRY_CAST, or exclude such rows (the value is withheld)",
            ErrorKind::Data,
        ),
        DataFusionError::ParquetError(_) => ("a Parquet file is broken: write it again", ErrorKind::Data),
        DataFusionError::ObjectStore(_) | DataFusionError::IoError(_) => {
            ("the store that holds a table does not answer: try again", ErrorKind::Unavailable)
        }
        DataFusionError::ResourcesExhausted(_) => {
            ("it needs more memory than there is: select less", ErrorKind::Exhausted)
        }
        _ => ("DataFusion could not run it; write it more simply (the message is withheld)", ErrorKind::Invalid),
    }
}

/// Refuses functions such as `random()` and `now()`: the same records must give the same cohort.
pub(crate) fn refuse_volatile(plan: &LogicalPlan, place: &str) -> Result<(), CohortError> {
    let mut found = None;
    let walked = plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expression| {
            expression.apply(|part| {
                if let Expr::ScalarFunction(call) = part
                    && call.func.signature().volatility != Volatility::Immutable
                {
                    found = Some(call.func.name().to_owned());
                    return Ok(TreeNodeRecursion::Stop);
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    });
    walked.map_err(|error| wrong_sql(place, &error))?;
    found.map_or(Ok(()), |function| Err(CohortError::Volatile { place: place.to_owned(), function }))
}
