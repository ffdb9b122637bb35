//! The canonical form of a spec, its hash, and the lead's signature on it.

use crate::keys::{Identity, Purpose, Signature};
use std::fmt;
use std::str::FromStr;

use ed25519_dalek::SigningKey;
use renkei_domain::Digest;
use serde::{Deserialize, Serialize};

use super::{StudyError, StudySpec};

/// SHA-256 of the canonical form of a spec: what people sign and sites approve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SpecHash(Digest);

impl SpecHash {
    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl FromStr for SpecHash {
    type Err = <Digest as FromStr>::Err;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl fmt::Display for SpecHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StudySpec {
    /// The canonical form (RFC 8785): one spec, one sequence of bytes, whatever the order of fields or the spacing.
    ///
    /// # Errors
    /// When a number has no JSON form (not finite), which no parsed spec holds.
    pub fn canonical(&self) -> Result<Vec<u8>, StudyError> {
        serde_json_canonicalizer::to_vec(self).map_err(StudyError::Canonical)
    }

    /// SHA-256 of the canonical form.
    ///
    /// # Errors
    /// As [`StudySpec::canonical`].
    pub fn hash(&self) -> Result<SpecHash, StudyError> {
        Ok(SpecHash(Digest::of(&self.canonical()?)))
    }
}

/// A spec with the signature of its lead.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedStudy {
    /// The spec.
    pub spec: StudySpec,
    /// The lead's signature on its hash.
    pub lead: Signature,
}

impl SignedStudy {
    /// Signs `spec` as its lead.
    ///
    /// # Errors
    /// When the spec has faults, or `key` is not the lead's that it names.
    pub fn sign(spec: StudySpec, key: &SigningKey) -> Result<Self, StudyError> {
        let lead = Purpose::Proposal.sign(key, spec.hash()?.as_bytes());
        let signed = Self { spec, lead };
        signed.verified()?;
        Ok(signed)
    }

    /// The hash of the spec, once the content and the lead's signature are found good.
    ///
    /// # Errors
    /// What is wrong with the content, or that the lead did not sign this.
    pub fn verified(&self) -> Result<SpecHash, StudyError> {
        let faults = self.spec.faults();
        if !faults.is_empty() {
            return Err(StudyError::Content { document: "study spec", faults });
        }
        let hash = self.spec.hash()?;
        let lead: &Identity = &self.spec.lead.identity;
        if Purpose::Proposal.verify(lead, hash.as_bytes(), &self.lead) {
            Ok(hash)
        } else {
            Err(StudyError::Signature(format!("the lead, {}", self.spec.lead.name)))
        }
    }
}
