//! Who holds a certificate: a role at a site, by name.

mod leaf;

use std::fmt;
use std::str::FromStr;

pub(crate) use leaf::Leaf;

use crate::error::Unclear;

/// What a holder may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Serves users and workers.
    Coordinator,
    /// Does shards.
    Worker,
    /// Submits, watches, cancels.
    User,
}

impl Role {
    /// As written in a certificate.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Coordinator => "coordinator",
            Self::Worker => "worker",
            Self::User => "user",
        }
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
        let roles = [Self::Coordinator, Self::Worker, Self::User];
        roles.into_iter().find(|role| role.as_str() == text).ok_or(Unclear("names no role of Renkei"))
    }
}

/// The holder of a certificate, as its one URI name says: `spiffe://<site>/renkei/<role>/<name>`.
///
/// Site and name are 1 to 63 lower-case letters, digits, `.`, `-` and `_`, a letter or digit first: one way to write
/// each, safe in logs and keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    role: Role,
    site: String,
    name: String,
}

impl Identity {
    /// A holder; an error where `site` or `name` cannot be written in a certificate.
    pub fn new(role: Role, site: &str, name: &str) -> Result<Self, Unclear> {
        if !is_label(site) {
            return Err(Unclear("names a site that is not 1 to 63 of a-z 0-9 . - _"));
        }
        if !is_label(name) {
            return Err(Unclear("names a holder that is not 1 to 63 of a-z 0-9 . - _"));
        }
        Ok(Self { role, site: site.to_owned(), name: name.to_owned() })
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

    /// The hospital.
    #[must_use]
    pub fn site(&self) -> &str {
        &self.site
    }

    /// The holder among those of its role and site.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "spiffe://{}/renkei/{}/{}", self.site, self.role, self.name)
    }
}

impl FromStr for Identity {
    type Err = Unclear;

    fn from_str(uri: &str) -> Result<Self, Unclear> {
        let rest = uri.strip_prefix("spiffe://").ok_or(Unclear("has a URI name that is no spiffe:// one"))?;
        let parts: Vec<&str> = rest.split('/').collect();
        let [site, "renkei", role, name] = parts[..] else {
            return Err(Unclear("has a spiffe:// name of another program"));
        };
        Self::new(role.parse()?, site, name)
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
        for role in [Role::Coordinator, Role::Worker, Role::User] {
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
}
