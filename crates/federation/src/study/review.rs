//! What a reviewer of a site says about a spec, signed.

use crate::keys::{Identity, Purpose, Signature};
use std::fmt;

use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use super::{Moment, SiteName, SitePolicy, SpecHash};

/// A reviewer's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// This study may run here.
    Approve,
    /// It may not.
    Reject,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
        })
    }
}

/// A signed answer of one reviewer of one site about one spec.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// The spec.
    pub study: SpecHash,
    /// The site it is given for.
    pub site: SiteName,
    /// The reviewer's key.
    pub reviewer: Identity,
    /// The answer.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Moment,
    /// The reviewer's signature on all of the above.
    pub signature: Signature,
}

/// Why a review does not count.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// It is about another spec: the document was changed, or this is another study.
    #[error("the review is about study {0}, not about this one")]
    OtherStudy(SpecHash),
    /// It was given for another site.
    #[error("the review was given for site {0}")]
    OtherSite(SiteName),
    /// The key is not among the site's reviewers.
    #[error("key {0} is not among the reviewers of this site")]
    NoReviewer(String),
    /// The signature is not over this.
    #[error("the signature of key {0} does not belong to this review")]
    Signature(String),
}

impl Review {
    /// Signs an answer.
    #[must_use]
    pub fn sign(
        key: &SigningKey,
        study: SpecHash,
        site: SiteName,
        verdict: Verdict,
        reason: impl Into<String>,
        at: Moment,
    ) -> Self {
        let (reviewer, reason) = (Identity::of(key), reason.into());
        let message = message(study, &site, verdict, &reason, at);
        Self { study, site, reviewer, verdict, reason, at, signature: Purpose::Review.sign(key, &message) }
    }

    /// Whether this is a listed reviewer's own answer about `study` for the policy's site.
    ///
    /// # Errors
    /// Why it does not count.
    pub fn verify(&self, study: SpecHash, policy: &SitePolicy) -> Result<(), ReviewError> {
        if self.study != study {
            return Err(ReviewError::OtherStudy(self.study));
        }
        if self.site != policy.site {
            return Err(ReviewError::OtherSite(self.site.clone()));
        }
        if policy.reviewer(&self.reviewer).is_none() {
            return Err(ReviewError::NoReviewer(self.reviewer.short()));
        }
        let message = message(self.study, &self.site, self.verdict, &self.reason, self.at);
        if Purpose::Review.verify(&self.reviewer, &message, &self.signature) {
            Ok(())
        } else {
            Err(ReviewError::Signature(self.reviewer.short()))
        }
    }
}

/// What is signed. No part but the last can hold a line feed.
fn message(study: SpecHash, site: &SiteName, verdict: Verdict, reason: &str, at: Moment) -> Vec<u8> {
    format!("{study}\n{site}\n{verdict}\n{}\n{reason}", at.0).into_bytes()
}
