//! Which role may call what.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::identity::Role;

/// Paths and the roles that may call them. What is not listed, nobody may call.
///
/// A path is a whole service (`/renkei.v1.Runs/`) or one method (`/renkei.v1.Runs/Submit`), never part of a name, so
/// that no rule opens a service that happens to begin alike. A method's own rule replaces its service's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules(BTreeMap<String, Vec<Role>>);

impl Rules {
    /// No rule: nobody may call anything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds that exactly `roles` may call `path`; with no role, a method stays shut within an open service.
    /// An error where `path` is no path of gRPC or has a rule already.
    pub fn allow(mut self, path: &str, roles: &[Role]) -> Result<Self, Error> {
        let refused = |fault| Err(Error::Rule { path: path.to_owned(), fault });
        let Some((service, method)) = path.strip_prefix('/').and_then(|rest| rest.split_once('/')) else {
            return refused("names neither /service/ nor /service/method");
        };
        if service.is_empty() || method.contains('/') {
            return refused("names neither /service/ nor /service/method");
        }
        if self.0.insert(path.to_owned(), roles.to_vec()).is_some() {
            return refused("is given twice");
        }
        Ok(self)
    }

    /// An error where a rule admits a role that does not dial `server`.
    pub(super) fn suit(&self, server: Role) -> Result<(), Error> {
        let foreign = self.0.iter().find(|(_, roles)| roles.iter().any(|role| role.dials() != server));
        foreign.map_or(Ok(()), |(path, _)| {
            Err(Error::Rule { path: path.clone(), fault: "admits a role that never dials this server" })
        })
    }

    /// The rule for a call of `path` and the roles that it admits.
    pub(super) fn of(&self, path: &str) -> Option<(&str, &[Role])> {
        let service = path.rfind('/').and_then(|at| path.get(..=at))?;
        let (rule, roles) = self.0.get_key_value(path).or_else(|| self.0.get_key_value(service))?;
        Some((rule, roles))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        Rules::new()
            .allow("/renkei.v1.Runs/", &[Role::User])
            .and_then(|rules| rules.allow("/renkei.v1.Runs/Erase", &[]))
            .and_then(|rules| rules.allow("/renkei.v1.Workers/Beat", &[Role::Worker]))
            .unwrap()
    }

    #[test]
    fn a_service_a_method_and_a_method_shut_within_a_service() {
        let rules = rules();
        let of = |path| rules.of(path).map(|(_, roles)| roles.to_vec());
        assert_eq!(of("/renkei.v1.Runs/Submit"), Some(vec![Role::User]));
        assert_eq!(of("/renkei.v1.Runs/Erase"), Some(vec![]));
        assert_eq!(of("/renkei.v1.Workers/Beat"), Some(vec![Role::Worker]));
    }

    #[test]
    fn whatever_is_not_listed_has_no_rule() {
        for path in [
            "",
            "/",
            "*",
            "/renkei.v1.Workers/Leave",
            "/renkei.v1.RunsOfOthers/Submit",
            "/renkei.v1.Runs",
            "/Renkei.v1.Runs/Submit",
            "/x/renkei.v1.Runs/Submit",
            "/renkei.v1.Runs/Submit/more",
            "/renkei.v1.Runs//Submit",
            "/renkei.v1.Runs%2FSubmit",
            "renkei.v1.Runs/Submit",
        ] {
            assert_eq!(rules().of(path), None, "{path}");
        }
    }

    #[test]
    fn rules_that_mean_nothing_or_come_twice_are_refused() {
        for path in ["", "/", "//", "/renkei", "renkei.v1.Runs/", "/renkei.v1.Runs/a/b", "/renkei.v1.Runs/"] {
            assert!(matches!(rules().allow(path, &[Role::User]), Err(Error::Rule { .. })), "{path}");
        }
    }
}
