//! What the canonical tables say of each person who had the first treatment, in days from it.

use std::collections::BTreeMap;

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type};
use datafusion::common::ScalarValue;
use datafusion::prelude::SessionContext;
use renkei_domain::spec::RecurrenceRule;

use super::PLACE;
use super::decide::{Course, Day, Level};
use crate::CohortError;
use crate::sql::{logical_plan, physical_plan, run, wrong_sql};

/// The day of the first treatment, in days after 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin(pub(super) i32);

/// Tables that only some sources fill, with the columns that say when something was seen of a person.
const OPTIONAL: [(&str, &[&str]); 3] =
    [("drug", &["start_date"]), ("visit", &["start_date", "end_date"]), ("condition", &["start_date"])];

type Courses = BTreeMap<String, (Origin, Course)>;

pub(super) async fn courses(context: &SessionContext, rule: &RecurrenceRule) -> Result<Courses, CohortError> {
    let tables = Tables { context };
    let mut courses = tables.origins(rule).await?;
    tables.add_marker(&mut courses, rule).await?;
    tables.add_treatment(&mut courses, rule).await?;
    tables.add_deaths(&mut courses).await?;
    tables.add_last_seen(&mut courses).await?;
    Ok(courses)
}

struct Tables<'a> {
    context: &'a SessionContext,
}

impl Tables<'_> {
    async fn origins(&self, rule: &RecurrenceRule) -> Result<Courses, CohortError> {
        let sql = "SELECT person_id, MIN(CAST(start_date AS DATE)) FROM procedure \
                   WHERE concept = $1 AND start_date IS NOT NULL GROUP BY person_id";
        let mut courses = Courses::new();
        for batch in self.rows(sql, &[rule.after.procedure()]).await? {
            for (person, day) in days(&batch) {
                courses.insert(person.to_owned(), (Origin(day), Course::default()));
            }
        }
        Ok(courses)
    }

    /// Of several values on one day the highest comes last, so that the order does not depend on the files'.
    async fn add_marker(&self, courses: &mut Courses, rule: &RecurrenceRule) -> Result<(), CohortError> {
        let sql = "SELECT person_id, CAST(time AS DATE) AS day, CAST(value AS DOUBLE) AS value, comparator FROM measurement \
                   WHERE concept = $1 AND time IS NOT NULL AND value IS NOT NULL ORDER BY person_id, day, value, comparator";
        for batch in self.rows(sql, &[&rule.marker]).await? {
            let values = batch.column(2).as_primitive::<Float64Type>();
            let comparators = batch.column(3).as_string::<i32>();
            for (row, (person, day)) in days(&batch).enumerate() {
                let Some((origin, course)) = courses.get_mut(person) else { continue };
                let below = !comparators.is_null(row) && comparators.value(row).starts_with('<');
                let level = if below { Level::Below(values.value(row)) } else { Level::Is(values.value(row)) };
                if let Some(day) = since(*origin, day) {
                    course.marker.push((day, level));
                }
            }
        }
        Ok(())
    }

    async fn add_treatment(&self, courses: &mut Courses, rule: &RecurrenceRule) -> Result<(), CohortError> {
        for table in ["procedure", "drug"] {
            if !self.has(table)? {
                continue;
            }
            let sql = format!(
                "SELECT person_id, CAST(start_date AS DATE) FROM {table} WHERE concept = $1 AND start_date IS NOT NULL"
            );
            for concept in &rule.further_treatment {
                self.each(&sql, &[concept], courses, |course, day| course.treated.push(day)).await?;
            }
        }
        courses.values_mut().for_each(|(_, course)| course.treated.sort_unstable());
        Ok(())
    }

    async fn add_deaths(&self, courses: &mut Courses) -> Result<(), CohortError> {
        let sql = "SELECT person_id, MIN(CAST(death_date AS DATE)) FROM person WHERE death_date IS NOT NULL GROUP BY person_id";
        self.each(sql, &[], courses, |course, day| course.died = Some(day)).await
    }

    async fn add_last_seen(&self, courses: &mut Courses) -> Result<(), CohortError> {
        let mut seen = vec![
            "SELECT person_id, CAST(time AS DATE) AS day FROM measurement".to_owned(),
            "SELECT person_id, CAST(start_date AS DATE) AS day FROM procedure".to_owned(),
        ];
        for (table, columns) in OPTIONAL {
            if self.has(table)? {
                seen.extend(
                    columns
                        .iter()
                        .map(|column| format!("SELECT person_id, CAST({column} AS DATE) AS day FROM {table}")),
                );
            }
        }
        let sql = format!(
            "SELECT person_id, MAX(day) FROM ({}) AS seen WHERE day IS NOT NULL GROUP BY person_id",
            seen.join(" UNION ALL ")
        );
        self.each(&sql, &[], courses, |course, day| course.last_seen = day).await
    }

    /// Calls `on` for each row of person and day that is of a course and not before its origin.
    async fn each(
        &self,
        sql: &str,
        given: &[&str],
        courses: &mut Courses,
        on: impl Fn(&mut Course, Day),
    ) -> Result<(), CohortError> {
        for batch in self.rows(sql, given).await? {
            for (person, day) in days(&batch) {
                let Some((origin, course)) = courses.get_mut(person) else { continue };
                if let Some(day) = since(*origin, day) {
                    on(course, day);
                }
            }
        }
        Ok(())
    }

    fn has(&self, table: &str) -> Result<bool, CohortError> {
        self.context.table_exist(table).map_err(|error| wrong_sql(PLACE, &error))
    }

    async fn rows(&self, sql: &str, given: &[&str]) -> Result<Vec<RecordBatch>, CohortError> {
        let plan = logical_plan(self.context, sql, PLACE).await?;
        let given: Vec<ScalarValue> = given.iter().map(|text| ScalarValue::from(*text)).collect();
        let plan = plan.with_param_values(given).map_err(|error| wrong_sql(PLACE, &error))?;
        let plan = physical_plan(self.context, &plan, PLACE).await?;
        run(self.context, plan, PLACE).await?.iter().map(plain).collect()
    }
}

/// The same with every text as `Utf8`: readers give views of their pages.
fn plain(batch: &RecordBatch) -> Result<RecordBatch, CohortError> {
    let text = |column: &ArrayRef| match column.data_type() {
        DataType::Utf8View | DataType::LargeUtf8 | DataType::Null => cast(column, &DataType::Utf8),
        _ => Ok(column.clone()),
    };
    let columns = batch.columns().iter().map(text).collect::<Result<Vec<_>, _>>();
    let named = |columns: Vec<ArrayRef>| {
        RecordBatch::try_from_iter(batch.schema().fields().iter().map(|field| field.name().clone()).zip(columns))
    };
    columns.and_then(named).map_err(|error| CohortError::Internal(error.to_string()))
}

/// The first two columns: person and day.
fn days(batch: &RecordBatch) -> impl Iterator<Item = (&str, i32)> {
    let persons = batch.column(0).as_string::<i32>();
    let days = batch.column(1).as_primitive::<Date32Type>();
    (0..batch.num_rows()).map(move |row| (persons.value(row), days.value(row)))
}

/// Days from the origin; nothing for what was before it.
fn since(origin: Origin, day: i32) -> Option<Day> {
    let days = i64::from(day) - i64::from(origin.0);
    (days >= 0).then_some(days)
}
