//! What makes two runs the same run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Digest, RunId};

/// Everything that goes into a run. Equal identity: resume. Anything else is another run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Renkei's version.
    pub software: String,
    /// ONNX Runtime build, provider, processor features: within one class results are equal to the byte.
    pub execution_class: String,
    /// The spec without its name and its store.
    pub spec: Digest,
    /// Every input by name: tables, the slide table, slides, the encoder, the pseudonym key's fingerprint.
    pub inputs: BTreeMap<String, Digest>,
}

impl Identity {
    /// Digest of all of it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut parts = vec![self.software.as_bytes(), self.execution_class.as_bytes(), self.spec.as_bytes()];
        for (name, digest) in &self.inputs {
            parts.push(name.as_bytes());
            parts.push(digest.as_bytes());
        }
        Digest::of_parts(parts)
    }

    /// The run's id: the first 16 digits of the identity's digest.
    pub fn run_id(&self) -> Result<RunId, crate::IdError> {
        RunId::new(self.digest().short())
    }

    /// What differs from `other`, in words, for "this is a new run because …".
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let mut found = Vec::new();
        if self.software != other.software {
            found.push(format!("software {} instead of {}", self.software, other.software));
        }
        if self.execution_class != other.execution_class {
            found.push(format!("execution class {} instead of {}", self.execution_class, other.execution_class));
        }
        if self.spec != other.spec {
            found.push("the spec".to_owned());
        }
        for (name, digest) in &self.inputs {
            match other.inputs.get(name) {
                None => found.push(format!("{name} is new")),
                Some(before) if before != digest => found.push(format!("{name} has other content")),
                Some(_) => {}
            }
        }
        found.extend(
            other.inputs.keys().filter(|name| !self.inputs.contains_key(*name)).map(|name| format!("{name} is gone")),
        );
        found
    }
}
