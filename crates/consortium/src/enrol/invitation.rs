//! What the hub's operator gives to somebody who is to become a member.

use std::fmt;

use renkei_domain::Digest;
use renkei_federation::study::Moment;
use renkei_transport::Role;
use serde::{Deserialize, Serialize};

/// What one can be a member as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Member {
    /// A hospital.
    Site,
    /// Somebody who proposes studies.
    Lead,
}

impl Member {
    /// Its role in a certificate.
    #[must_use]
    pub fn role(self) -> Role {
        match self {
            Self::Site => Role::Site,
            Self::Lead => Role::Lead,
        }
    }
}

/// An invitation: whoever has it first becomes this member. Give it away over a channel that both trust, and nowhere else.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invitation {
    /// Version of this document's form: 1.
    pub version: u32,
    /// The consortium.
    pub consortium: String,
    /// What the invited becomes.
    pub member: Member,
    /// By which name.
    pub name: String,
    /// Where members reach the hub: `https://host:port`.
    pub hub: String,
    /// Where the invited reaches it.
    pub enrolment: String,
    /// The certificate of the consortium's authority, in PEM form.
    pub ca: String,
    /// 64 hexadecimal digits that work once.
    pub secret: String,
    /// The last moment on which they do.
    pub until: Moment,
}

impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invitation").field("member", &self.member).field("name", &self.name).finish_non_exhaustive()
    }
}

/// What the invited signs with its own key: that it holds this key, asks with this request, and was given this secret.
pub(super) fn proof(name: &str, secret: &str, request: &str) -> Vec<u8> {
    Digest::of_parts([name.as_bytes(), secret.as_bytes(), request.as_bytes()]).as_bytes().to_vec()
}
