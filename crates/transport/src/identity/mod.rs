//! Who holds a certificate: a role in a realm, by name.

mod leaf;

use std::fmt;
use std::str::FromStr;

pub(crate) use leaf::{Leaf, validity};

use crate::error::Unclear;

/// What a holder may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Of a hospital's cluster: serves users and workers.
    Coordinator,
    /// Of a hospital's cluster: does shards.
    Worker,
    /// Of a hospital's cluster: submits, watches, cancels.
    User,
    /// Of a consortium: serves its sites and leads.
    Hub,
    /// Of a consortium: a hospital that computes sums over its own records. It dials the hub; nobody dials it.
    Site,
    /// Of a consortium: proposes studies and reads their results. It dials the hub.
    Lead,
}

impl Role {
    const ALL: [Self; 6] = [Self::Coordinator, Self::Worker, Self::User, Self::Hub, Self::Site, Self::Lead];

    /// As written in a certificate.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Coordinator => "coordinator",
            Self::Worker => "worker",
            Self::User => "user",
            Self::Hub => "hub",
            Self::Site => "site",
            Self::Lead => "lead",
        }
    }

    /// The one role that a holder of this role may dial, in its own realm. Those who serve dial each other.
    #[must_use]
    pub fn dials(self) -> Self {
        match self {
            Self::Coordinator | Self::Worker | Self::User => Self::Coordinator,
            Self::Hub | Self::Site | Self::Lead => Self::Hub,
        }
    }

    /// Whether a holder of this role may be dialled.
    #[must_use]
    pub fn serves(self) -> bool {
        self.dials() == self
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = Unclear;

    fn from_str(text: &str) -> Result<Self, Unclear> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(Unclear("names no role of Renkei"))
    }
}

/// The holder of a certificate, as its one URI name says: `spiffe://<realm>/renkei/<role>/<name>`.
///
/// The realm is whom all processes that speak to each other belong to: a hospital, for the roles of its cluster; a
/// consortium, for a hub, its sites and its leads. So a hospital that takes part in studies is the *name* of a
/// [`Role::Site`], and its realm is the consortium. Realm and name are 1 to 63 lower-case letters, digits, `.`, `-` and `_`, a letter or digit first: one way to write
/// each, safe in logs and keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    role: Role,
    realm: String,
    name: String,
}

impl Identity {
    /// A holder; an error where `realm` or `name` cannot be written in a certificate.
    pub fn new(role: Role, realm: &str, name: &str) -> Result<Self, Unclear> {
        if !is_label(realm) {
            return Err(Unclear("names a realm that is not 1 to 63 of a-z 0-9 . - _"));
        }
        if !is_label(name) {
            return Err(Unclear("names a holder that is not 1 to 63 of a-z 0-9 . - _"));
        }
        Ok(Self { role, realm: realm.to_owned(), name: name.to_owned() })
    }

    /// The holder of a certificate in DER form (as `peer_certs` of tonic gives it), whoever signed it and whenever it
    /// is valid: TLS has checked both. Refuses everything but exactly one URI name of the known form.
    pub fn of_certificate(der: &[u8]) -> Result<Self, Unclear> {
        Leaf::read(der).map(|leaf| leaf.identity)
    }

    /// What the holder is.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// The hospital or the consortium.
    #[must_use]
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// The holder among those of its role and realm.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "spiffe://{}/renkei/{}/{}", self.realm, self.role, self.name)
    }
}

impl FromStr for Identity {
    type Err = Unclear;

    fn from_str(uri: &str) -> Result<Self, Unclear> {
        let rest = uri.strip_prefix("spiffe://").ok_or(Unclear("has a URI name that is no spiffe:// one"))?;
        let parts: Vec<&str> = rest.split('/').collect();
        let [realm, "renkei", role, name] = parts[..] else {
            return Err(Unclear("has a spiffe:// name of another program"));
        };
        Self::new(role.parse()?, realm, name)
    }
}

fn is_label(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=63).contains(&text.len())
        && text.bytes().next().is_some_and(plain)
        && text.bytes().all(|byte| plain(byte) || b".-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for role in Role::ALL {
            let identity = Identity::new(role, "tokyo.example", "w-1").unwrap();
            assert_eq!(identity.to_string().parse(), Ok(identity));
        }
    }

    #[test]
    fn anything_unclear_is_refused() {
        for uri in [
            "",
            "https://tokyo/renkei/worker/w1",
            "SPIFFE://tokyo/renkei/worker/w1",
            "spiffe://tokyo/renkei/worker",
            "spiffe://tokyo/renkei/worker/",
            "spiffe://tokyo/renkei/worker/w1/",
            "spiffe://tokyo/renkei/worker/w1/coordinator",
            "spiffe://tokyo/other/worker/w1",
            "spiffe:///renkei/worker/w1",
            "spiffe://tokyo/renkei/root/w1",
            "spiffe://tokyo/renkei/sites/w1",
            "spiffe://tokyo/renkei/Worker/w1",
            "spiffe://Tokyo/renkei/worker/w1",
            "spiffe://tokyo@osaka/renkei/worker/w1",
            "spiffe://tokyo/renkei/worker/w%31",
            "spiffe://tokyo/renkei/worker/..",
            "spiffe://tokyo/renkei/worker/w1?role=coordinator",
            "spiffe://tokyo/renkei/worker/w1\n",
            "spiffe://tokyo/renkei/worker/ｗ１",
        ] {
            assert!(uri.parse::<Identity>().is_err(), "{uri:?}");
        }
        assert!(Identity::new(Role::User, "tokyo", &"a".repeat(63)).is_ok());
        assert!(Identity::new(Role::User, "tokyo", &"a".repeat(64)).is_err());
    }

    #[test]
    fn only_coordinators_and_hubs_are_dialled_each_by_its_own_side() {
        for (role, server) in [
            (Role::Coordinator, Role::Coordinator),
            (Role::Worker, Role::Coordinator),
            (Role::User, Role::Coordinator),
            (Role::Hub, Role::Hub),
            (Role::Site, Role::Hub),
            (Role::Lead, Role::Hub),
        ] {
            assert_eq!((role.dials(), role.serves()), (server, role == server), "{role}");
        }
    }
}
