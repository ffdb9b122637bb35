//! What differs between two specs, in words, for a reviewer who approved the one and is asked about the other.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::{StudyError, StudySpec};

/// One difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The field, list members by their names (`methods 'headline' max_rounds`).
    pub field: String,
    /// What stood there; none where the field is new.
    pub before: Option<Value>,
    /// What stands there; none where the field is gone.
    pub after: Option<Value>,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => write!(f, "{}: {before} becomes {after}", self.field),
            (None, Some(after)) => write!(f, "{}: new, {after}", self.field),
            (Some(before), None) => write!(f, "{}: gone, was {before}", self.field),
            (None, None) => write!(f, "{}: unchanged", self.field),
        }
    }
}

/// Every difference between two specs, in the order of field names; empty exactly when their hashes are equal.
///
/// # Errors
/// When a spec has no JSON form, which no parsed spec is.
pub fn differences(before: &StudySpec, after: &StudySpec) -> Result<Vec<Change>, StudyError> {
    let value = |spec: &StudySpec| serde_json::to_value(spec).map_err(StudyError::Canonical);
    let mut found = Vec::new();
    compare("", Some(&value(before)?), Some(&value(after)?), &mut found);
    Ok(found)
}

fn compare(field: &str, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Change>) {
    match (before, after) {
        (Some(b), Some(a)) if b == a => {}
        (Some(Value::Object(b)), Some(Value::Object(a))) => {
            let keys: BTreeSet<&String> = b.keys().chain(a.keys()).collect();
            keys.into_iter().for_each(|key| compare(&below(field, key), b.get(key), a.get(key), found));
        }
        (Some(Value::Array(b)), Some(Value::Array(a))) => match (names(b), names(a)) {
            (Some(old), Some(new)) => named_members(field, (b, &old), (a, &new), found),
            _ => found.push(change(field, before, after)),
        },
        _ => found.push(change(field, before, after)),
    }
}

/// Compares the members of two lists by name; a change of their order alone is a difference too.
fn named_members(field: &str, (b, old): (&[Value], &[&str]), (a, new): (&[Value], &[&str]), found: &mut Vec<Change>) {
    let start = found.len();
    let member = |list: &[Value], names: &[&str], name: &str| {
        names.iter().position(|other| *other == name).and_then(|at| list.get(at).cloned())
    };
    for name in old.iter().copied().chain(new.iter().copied()).collect::<BTreeSet<&str>>() {
        let (before, after) = (member(b, old, name), member(a, new, name));
        compare(&below(field, &format!("'{name}'")), before.as_ref(), after.as_ref(), found);
    }
    let common = |list: &[&str], other: &[&str]| -> Vec<String> {
        list.iter().filter(|name| other.contains(name)).map(|name| (*name).to_owned()).collect()
    };
    let (before, after) = (common(old, new), common(new, old));
    if before != after || found.len() == start {
        found.push(change(&below(field, "order"), Some(&before.into()), Some(&after.into())));
    }
}

fn names(list: &[Value]) -> Option<Vec<&str>> {
    list.iter().map(|member| member.get("name").and_then(Value::as_str)).collect()
}

fn change(field: &str, before: Option<&Value>, after: Option<&Value>) -> Change {
    Change { field: field.to_owned(), before: before.cloned(), after: after.cloned() }
}

fn below(field: &str, key: &str) -> String {
    if field.is_empty() { key.to_owned() } else { format!("{field} {key}") }
}
