//! What is wrong with a document, where, and in words that its writer can act upon.

use std::fmt;

/// One thing wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field, as a path (`methods[0].max_rounds`).
    pub field: String,
    /// What is wrong with it, and what would do.
    pub what: String,
}

impl Fault {
    pub(super) fn new(field: impl Into<String>, what: impl Into<String>) -> Self {
        Self { field: field.into(), what: what.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.what)
    }
}

/// Why a document of a study cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StudyError {
    /// No JSON of the shape: an unknown, missing or mistyped field, with line and column.
    #[error("{document}: {source}")]
    Shape {
        /// Which document: "study spec", "site policy".
        document: &'static str,
        /// The parser's words.
        source: serde_json::Error,
    },
    /// The shape is right, the content is not.
    #[error("{document}: {}", listed(.faults))]
    Content {
        /// Which document.
        document: &'static str,
        /// Everything found wrong.
        faults: Vec<Fault>,
    },
    /// The canonical form could not be written.
    #[error("canonical form: {0}")]
    Canonical(serde_json::Error),
    /// A signature that is not of this key over this document.
    #[error("the signature of {0} does not belong to this document")]
    Signature(String),
}

fn listed(faults: &[Fault]) -> String {
    faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("; ")
}

/// Parses `text` as one JSON document and nothing after it, then lets `faults` find what is wrong in its content.
pub(super) fn parsed<T: serde::de::DeserializeOwned>(
    document: &'static str,
    text: &str,
    faults: impl Fn(&T) -> Vec<Fault>,
) -> Result<T, StudyError> {
    let value: T = serde_json::from_str(text).map_err(|source| StudyError::Shape { document, source })?;
    let faults = faults(&value);
    if faults.is_empty() { Ok(value) } else { Err(StudyError::Content { document, faults }) }
}
