//! The endpoint protocol: from canonical records to one outcome a person.

mod courses;
mod decide;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Int64Array, RecordBatch, StringArray};
use datafusion::common::TableReference;
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;
use renkei_domain::spec::RecurrenceRule;

use crate::CohortError;
use crate::sql::wrong_sql;
use courses::{Origin, courses};
use decide::{Course, Verdict, decide};

const PLACE: &str = "`cohort.recurrence`";

/// Makes the rule's table of outcomes and shows it to SQL under its name; see [`RecurrenceRule`] for its columns. It reads the
/// tables `person`, `procedure` and `measurement`, and `drug`, `visit` and `condition` where the spec has them.
pub(crate) async fn register(context: &SessionContext, rule: &RecurrenceRule) -> Result<(), CohortError> {
    let courses = courses(context, rule).await?;
    let table = outcomes(&courses, rule).map_err(|error| CohortError::Internal(error.to_string()))?;
    let table = MemTable::try_new(table.schema(), vec![vec![table]]).map_err(|error| wrong_sql(PLACE, &error))?;
    let name = TableReference::bare(rule.table.as_str());
    context.register_table(name, Arc::new(table)).map_err(|error| wrong_sql(PLACE, &error))?;
    Ok(())
}

fn outcomes(
    courses: &BTreeMap<String, (Origin, Course)>,
    rule: &RecurrenceRule,
) -> Result<RecordBatch, arrow::error::ArrowError> {
    let verdicts: Vec<Verdict> = courses.values().map(|(_, course)| decide(rule, course)).collect();
    let numbers = |of: fn(&Verdict) -> i64| Arc::new(Int64Array::from_iter_values(verdicts.iter().map(of))) as ArrayRef;
    let said = verdicts.iter().map(|verdict| verdict.outcome.to_string());
    RecordBatch::try_from_iter([
        ("person_id", Arc::new(StringArray::from_iter_values(courses.keys())) as ArrayRef),
        ("origin", Arc::new(Date32Array::from_iter_values(courses.values().map(|(origin, _)| origin.0)))),
        ("outcome", Arc::new(StringArray::from_iter_values(said))),
        ("days", numbers(|verdict| verdict.days)),
        ("days_free", numbers(|verdict| verdict.days_free)),
        ("marker_values", numbers(|verdict| verdict.values)),
    ])
}
