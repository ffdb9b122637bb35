//! What can go wrong between the wire and the domain.

use renkei_domain::ErrorKind;

/// A message that breaks the contract, or a failure that the other side (or the way there) answered with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// A field holds what it may not.
    #[error("message field '{field}': {fault}")]
    Field {
        /// Path of the field, such as `a_try.ticket.run`.
        field: String,
        /// What is wrong with it and what is needed.
        fault: String,
    },
    /// The failure that a call ended with.
    #[error("{message}")]
    Answer {
        /// What can be done about it.
        kind: ErrorKind,
        /// What happened, in the words of where it happened.
        message: String,
    },
}

impl WireError {
    /// What can be done about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Field { .. } => ErrorKind::Invalid,
            Self::Answer { kind, .. } => *kind,
        }
    }

    pub(crate) fn field(field: &str, fault: impl Into<String>) -> Self {
        Self::Field { field: field.to_owned(), fault: fault.into() }
    }

    #[cfg(feature = "cluster")]
    /// The same fault seen from the message that holds the faulty one in `outer`.
    pub(crate) fn within(self, outer: &str) -> Self {
        match self {
            Self::Field { field, fault } => Self::Field { field: format!("{outer}.{field}"), fault },
            answer @ Self::Answer { .. } => answer,
        }
    }
}
