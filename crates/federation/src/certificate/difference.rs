//! How far two results are from each other.

use serde_json::Value;

use crate::methods::{MethodError, Outcome};

/// Fields that tell how a result was reached, not what it is.
const MEANS: [&str; 2] = ["iterations", "rounds"];

/// The largest difference between two results over all their numbers, each in units of the number itself where that is above
/// 1 in size; infinite where one has what the other lacks.
///
/// # Errors
/// `Terms` where a result cannot be written down.
pub fn difference(one: &Outcome, other: &Outcome) -> Result<f64, MethodError> {
    let write = |outcome: &Outcome| {
        serde_json::to_value(outcome).map_err(|error| MethodError::terms("result", error.to_string()))
    };
    Ok(between(&write(one)?, &write(other)?))
}

fn between(one: &Value, other: &Value) -> f64 {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() / b.abs().max(1.0),
            _ => f64::INFINITY,
        },
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).map(|(a, b)| between(a, b)).fold(0.0, f64::max)
        }
        (Value::Object(a), Value::Object(b)) if a.len() == b.len() => {
            let fields = a.iter().filter(|(name, _)| !MEANS.contains(&name.as_str()));
            fields.map(|(name, a)| b.get(name).map_or(f64::INFINITY, |b| between(a, b))).fold(0.0, f64::max)
        }
        _ if one == other => 0.0,
        _ => f64::INFINITY,
    }
}
