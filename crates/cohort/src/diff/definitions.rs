//! Two specs, field by field.

use std::collections::{BTreeMap, BTreeSet};

use renkei_domain::spec::RecordsSpec;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::CohortError;

/// How deep a path goes before the rest is one text: `cohort.columns.psa` is one entry.
const DEPTH: usize = 3;
/// What tells the entries of a list apart: tables have a name, predictors a column, exclusions a reason.
const KEYS: [&str; 3] = ["name", "column", "reason"];

/// Something that differs; none where a side has no such thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What it is.
    pub what: String,
    /// What A has.
    pub a: Option<String>,
    /// What B has.
    pub b: Option<String>,
}

/// Every field of cohort and endpoint that differs, by path. The order of predictors, exclusions and tables does not count.
pub(super) fn changes(a: &RecordsSpec, b: &RecordsSpec) -> Result<Vec<Change>, CohortError> {
    Ok(compare(&fields(a)?, &fields(b)?))
}

/// What differs between two tables of texts.
pub(super) fn compare(a: &BTreeMap<String, String>, b: &BTreeMap<String, String>) -> Vec<Change> {
    let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let differ = names.into_iter().filter(|name| a.get(*name) != b.get(*name));
    let change = |name: &String| Change { what: name.clone(), a: a.get(name).cloned(), b: b.get(name).cloned() };
    differ.map(change).collect()
}

/// Why figures of the two must not be compared as one. Columns and units differ from hospital to hospital and say nothing
/// of what is predicted; the values that count as the event do so only where they stand in a column of one name.
pub(super) fn mismatch(a: &RecordsSpec, b: &RecordsSpec) -> Option<String> {
    const MUST_NOT: &str = "their figures must not be compared as one";
    let (one, other) = (&a.endpoint, &b.endpoint);
    if one.name.trim() != other.name.trim() {
        return Some(format!("A predicts {}, B {}: {MUST_NOT}", one.name.trim(), other.name.trim()));
    }
    let sorted = |values: &[String]| values.iter().cloned().collect::<BTreeSet<_>>();
    let events = one.event.column == other.event.column
        && (sorted(&one.event.event) != sorted(&other.event.event)
            || sorted(&one.event.censored) != sorted(&other.event.censored));
    let differing: Vec<&str> = [
        (one.origin.trim() != other.origin.trim(), "the origin"),
        (a.cohort.recurrence != b.cohort.recurrence, "the rule of recurrence"),
        (events, "what counts as the event"),
    ]
    .into_iter()
    .filter_map(|(differs, what)| differs.then_some(what))
    .collect();
    let what = differing.join(" and ");
    (!differing.is_empty()).then(|| format!("A and B predict {}, but {what} differs: {MUST_NOT}", one.name.trim()))
}

fn fields(spec: &RecordsSpec) -> Result<BTreeMap<String, String>, CohortError> {
    let mut fields = BTreeMap::new();
    let internal = |error: serde_json::Error| CohortError::Internal(error.to_string());
    walk(&["cohort"], &serde_json::to_value(&spec.cohort).map_err(internal)?, &mut fields);
    walk(&["endpoint"], &serde_json::to_value(&spec.endpoint).map_err(internal)?, &mut fields);
    Ok(fields)
}

fn walk(path: &[&str], value: &Value, into: &mut BTreeMap<String, String>) {
    let deeper =
        |key: &str, value: &Value, into: &mut BTreeMap<String, String>| walk(&[path, &[key]].concat(), value, into);
    match value {
        Value::Object(object) if path.len() < DEPTH => object.iter().for_each(|(key, value)| deeper(key, value, into)),
        Value::Array(entries) if path.len() < DEPTH && entries.iter().all(|entry| key(entry).is_some()) => {
            for (name, rest) in entries.iter().filter_map(key) {
                deeper(name, &rest, into);
            }
        }
        // Two exclusions may go by one reason.
        value => {
            let all = into.entry(path.join(".")).or_default();
            *all = if all.is_empty() { said(value) } else { format!("{all}; {}", said(value)) };
        }
    }
}

/// What an entry of a list goes by, and the rest of it.
fn key(entry: &Value) -> Option<(&str, Value)> {
    let (field, name) = KEYS.iter().find_map(|field| Some((field, entry.get(field)?.as_str()?)))?;
    let rest = entry.as_object()?.iter().filter(|(other, _)| other != field);
    Some((name, rest.map(|(other, value)| (other.clone(), value.clone())).collect()))
}

fn said(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Array(values) => values.iter().map(said).collect::<Vec<_>>().join(", "),
        Value::Object(object) => said_object(object),
        scalar => scalar.to_string(),
    }
}

fn said_object(object: &Map<String, Value>) -> String {
    let field = |(name, value): (&String, &Value)| match value {
        Value::Object(object) => format!("{name} ({})", said_object(object)),
        value => format!("{name} {}", said(value)),
    };
    object.iter().map(field).collect::<Vec<_>>().join(", ")
}
