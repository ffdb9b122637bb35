//! What the hub's operator gives to somebody who is to become a member.

use std::fmt;

use rand::CryptoRng;
use renkei_domain::{Digest, ErrorKind};
use renkei_federation::study::{Moment, SiteName};
use renkei_transport::Role;
use serde::{Deserialize, Serialize};

use super::Book;
use crate::{Error, Folder};

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

/// Where the invited finds the consortium.
#[derive(Debug, Clone)]
pub struct Whereabouts {
    /// The consortium.
    pub consortium: String,
    /// Where members reach the hub: `https://host:port`.
    pub hub: String,
    /// Where the invited reaches it.
    pub enrolment: String,
    /// The certificate of the consortium's authority, in PEM form.
    pub ca: String,
}

/// Draws an invitation and writes it into the book in the hub's folder, whether the hub runs or not.
pub fn invite(
    hub: &Folder,
    at: Whereabouts,
    (member, name): (Member, &str),
    until: Moment,
    rng: &mut impl CryptoRng,
) -> Result<Invitation, Error> {
    if member == Member::Site {
        SiteName::try_from(name.to_owned()).map_err(|error| Error::refused(ErrorKind::Invalid, error))?;
    }
    let mut secret = [0; 32];
    rng.fill_bytes(&mut secret);
    let secret = hex::encode(secret);
    Book::change(hub, |book| {
        book.add((member, name), &secret, until);
        Ok(())
    })?;
    let Whereabouts { consortium, hub, enrolment, ca } = at;
    Ok(Invitation { version: 1, consortium, member, name: name.to_owned(), hub, enrolment, ca, secret, until })
}
