//! Where the columns of a query come from: a column that was known too late is not made fit by a new name.

use std::collections::BTreeSet;

use datafusion::common::Column;
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan};
use renkei_domain::spec::{Baseline, CohortSpec, EndpointSpec, Known};

use super::{Refusal, inputs, of_baseline};

/// The source columns, by name, that each of a query's columns is computed from.
#[derive(Debug)]
pub(crate) struct Lineage(Vec<(String, BTreeSet<String>)>);

impl Lineage {
    /// Follows every output column of `plan` down to the tables. Rows that were left out by a condition leave no trace
    /// here: only values are followed.
    pub(crate) fn of(plan: &LogicalPlan) -> Self {
        let names = plan.schema().fields().iter().map(|field| field.name().clone());
        Self(names.zip(origins(plan)).collect())
    }

    fn of_column(&self, name: &str) -> BTreeSet<&str> {
        let same = self.0.iter().filter(|(column, _)| column == name);
        same.flat_map(|(_, origin)| origin.iter().map(String::as_str)).collect()
    }
}

/// Predictors that the query computes from a column that was known after the index date, or from everything that the
/// endpoint's time or event is computed from; and columns of baselines alike, but that what only the specimen tells may be
/// known late. Sharing a part with the time is no fault: age at surgery and follow-up both count from the day of surgery.
pub(crate) fn guard_lineage(
    spec: &CohortSpec,
    endpoint: &EndpointSpec,
    baselines: &[Baseline],
    lineage: &Lineage,
) -> Vec<Refusal> {
    let late = spec.columns.iter().filter(|(_, note)| note.known == Known::AfterIndex);
    let late: BTreeSet<&str> = late.map(|(column, _)| column.as_str()).collect();
    let outcomes = [&endpoint.time.column, &endpoint.event.column].map(|column| (column, lineage.of_column(column)));
    let of_late = |column: &str| {
        let origin = lineage.of_column(column);
        let found = origin.intersection(&late).next()?;
        Some(format!("is computed from `{found}`, which was known only on or after the index date"))
    };
    let of_outcome = |column: &str| {
        let origin = lineage.of_column(column);
        let (found, _) = outcomes.iter().find(|(_, outcome)| !outcome.is_empty() && outcome.is_subset(&origin))?;
        Some(format!("is computed from what the endpoint's `{found}` is computed from"))
    };
    let mut refused: Vec<Refusal> = Vec::new();
    for predictor in &spec.predictors {
        let reason = of_late(&predictor.column).or_else(|| of_outcome(&predictor.column));
        refused.extend(reason.map(|reason| Refusal::new(&predictor.column, reason)));
    }
    for (baseline, input, column) in inputs(baselines) {
        let reason = of_late(column).filter(|_| !input.of_specimen()).or_else(|| of_outcome(column));
        if let Some(reason) = reason.filter(|_| refused.iter().all(|other| other.predictor != column)) {
            refused.push(Refusal::new(column, of_baseline(reason, baseline, input)));
        }
    }
    refused
}

/// The origins of each output column of a plan, in the order of its schema.
fn origins(plan: &LogicalPlan) -> Vec<BTreeSet<String>> {
    let width = plan.schema().fields().len();
    match plan {
        LogicalPlan::TableScan(scan) => {
            scan.projected_schema.fields().iter().map(|field| BTreeSet::from([field.name().clone()])).collect()
        }
        LogicalPlan::Projection(projection) => of_expressions(&projection.expr, plan),
        LogicalPlan::Aggregate(aggregate) => {
            let expressions: Vec<Expr> = aggregate.group_expr.iter().chain(&aggregate.aggr_expr).cloned().collect();
            let found = of_expressions(&expressions, plan);
            if found.len() == width { found } else { everything(plan, width) }
        }
        LogicalPlan::Window(window) => {
            let mut found = origins(&window.input);
            found.extend(of_expressions(&window.window_expr, plan));
            found
        }
        LogicalPlan::Union(_) => side_by_side(plan, width),
        LogicalPlan::Join(join) if join.left.schema().fields().len() == width => origins(&join.left),
        LogicalPlan::SubqueryAlias(_)
        | LogicalPlan::Filter(_)
        | LogicalPlan::Sort(_)
        | LogicalPlan::Limit(_)
        | LogicalPlan::Distinct(_)
        | LogicalPlan::Repartition(_)
        | LogicalPlan::Join(_) => {
            let found: Vec<_> = plan.inputs().into_iter().flat_map(origins).collect();
            if found.len() == width { found } else { everything(plan, width) }
        }
        _ => everything(plan, width),
    }
}

/// For a node whose columns cannot be told apart: each may come from anything below.
fn everything(plan: &LogicalPlan, width: usize) -> Vec<BTreeSet<String>> {
    let all: BTreeSet<String> = plan.inputs().into_iter().flat_map(origins).flatten().collect();
    vec![all; width]
}

fn side_by_side(plan: &LogicalPlan, width: usize) -> Vec<BTreeSet<String>> {
    let mut merged = vec![BTreeSet::new(); width];
    for input in plan.inputs() {
        merged.iter_mut().zip(origins(input)).for_each(|(into, from)| into.extend(from));
    }
    merged
}

fn of_expressions(expressions: &[Expr], plan: &LogicalPlan) -> Vec<BTreeSet<String>> {
    let inputs: Vec<(&LogicalPlan, Vec<BTreeSet<String>>)> =
        plan.inputs().into_iter().map(|input| (input, origins(input))).collect();
    let of_column = |column: &Column| {
        inputs.iter().find_map(|(input, found)| found.get(input.schema().maybe_index_of_column(column)?).cloned())
    };
    let of_expression = |expression: &Expr| {
        let mut found: BTreeSet<String> =
            expression.column_refs().into_iter().filter_map(of_column).flatten().collect();
        found.extend(of_subqueries(expression));
        found
    };
    expressions.iter().map(of_expression).collect()
}

fn of_subqueries(expression: &Expr) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // The walk itself cannot fail: the closure never does.
    let _ = expression.apply(|part| {
        let plan = match part {
            Expr::ScalarSubquery(subquery) => Some(&subquery.subquery),
            Expr::InSubquery(test) => Some(&test.subquery.subquery),
            Expr::Exists(test) => Some(&test.subquery.subquery),
            _ => None,
        };
        found.extend(plan.into_iter().flat_map(|plan| origins(plan)).flatten());
        Ok(TreeNodeRecursion::Continue)
    });
    found
}
