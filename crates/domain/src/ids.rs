//! Names of things, each its own type, so that a slide's id can never be passed for a case's.
//!
//! ```compile_fail
//! use renkei_domain::{CaseId, SlideId};
//! fn of_case(_: &CaseId) {}
//! of_case(&SlideId::new("s1").unwrap());
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Digest;

/// Why a text cannot be an id.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum IdError {
    /// Nothing but white space.
    #[error("{what} is empty")]
    Empty {
        /// The kind of id.
        what: &'static str,
    },
    /// Longer than [`MAX_ID_BYTES`].
    #[error("{what} is longer than {MAX_ID_BYTES} bytes")]
    TooLong {
        /// The kind of id.
        what: &'static str,
    },
    /// Holds a control character.
    #[error("{what} holds a control character")]
    Control {
        /// The kind of id.
        what: &'static str,
    },
}

/// The longest id accepted, in bytes of UTF-8.
pub const MAX_ID_BYTES: usize = 256;

fn checked(what: &'static str, text: String) -> Result<String, IdError> {
    if text.trim().is_empty() {
        Err(IdError::Empty { what })
    } else if text.len() > MAX_ID_BYTES {
        Err(IdError::TooLong { what })
    } else if text.chars().any(char::is_control) {
        Err(IdError::Control { what })
    } else {
        Ok(text)
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks and takes `text`: not empty, at most [`MAX_ID_BYTES`], no control characters.
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                checked($what, text.into()).map(Self)
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The id as it may appear in an object key or a log: a hash, since ids that users supply can carry names.
            #[must_use]
            pub fn hashed(&self) -> String {
                Digest::of(self.0.as_bytes()).short()
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// One patient, pseudonymous: the keyed hash made at the door, never the hospital's own number.
    CaseId,
    "case id"
);
id!(
    /// One whole-slide image, as the slide table names it.
    SlideId,
    "slide id"
);
id!(
    /// One execution over a cohort: derived from the identity of everything that goes in.
    RunId,
    "run id"
);
id!(
    /// The smallest schedulable piece of a stage's input; stable under re-planning.
    ShardId,
    "shard id"
);
id!(
    /// The n-th try of a task: random, so that two tries never write under one key.
    AttemptId,
    "attempt id"
);
id!(
    /// One worker process: chosen by whoever starts it, unique in its cluster.
    WorkerId,
    "worker id"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_long_and_control_texts_are_refused() {
        assert_eq!(CaseId::new("  "), Err(IdError::Empty { what: "case id" }));
        assert_eq!(CaseId::new("x".repeat(257)), Err(IdError::TooLong { what: "case id" }));
        assert_eq!(SlideId::new("a\nb"), Err(IdError::Control { what: "slide id" }));
    }

    #[test]
    fn deserialising_checks_too() {
        assert!(serde_json::from_str::<SlideId>("\"\"").is_err());
    }
}
