//! Who may call what.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::identity::Role;

/// Paths and who may call them. What is not listed, nobody may call.
///
/// A path is a whole service (`/renkei.v1.Runs/`) or one method (`/renkei.v1.Runs/Submit`), never part of a name, so
/// that no rule opens a service that happens to begin alike. A method's own rule replaces its service's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules(BTreeMap<String, Callers>);

/// Who may call a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Callers {
    /// Holders of these roles.
    Roles(Vec<Role>),
    /// Whoever calls, whose name nobody asks.
    Anyone,
}

impl Rules {
    /// No rule: nobody may call anything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds that exactly `roles` may call `path`; with no role, a method stays shut within an open service.
    /// An error where `path` is no path of gRPC or has a rule already.
    pub fn allow(self, path: &str, roles: &[Role]) -> Result<Self, Error> {
        self.add(path, Callers::Roles(roles.to_vec()))
    }

    /// Adds that anyone may call `path`, for [`crate::enrolment_server`] only. Errors as those of [`Rules::allow`].
    pub fn allow_anyone(self, path: &str) -> Result<Self, Error> {
        self.add(path, Callers::Anyone)
    }

    fn add(mut self, path: &str, callers: Callers) -> Result<Self, Error> {
        let refused = |fault| Err(Error::Rule { path: path.to_owned(), fault });
        let Some((service, method)) = path.strip_prefix('/').and_then(|rest| rest.split_once('/')) else {
            return refused("names neither /service/ nor /service/method");
        };
        if service.is_empty() || method.contains('/') {
            return refused("names neither /service/ nor /service/method");
        }
        if self.0.insert(path.to_owned(), callers).is_some() {
            return refused("is given twice");
        }
        Ok(self)
    }

    /// An error where a rule admits others than roles that dial `server`.
    pub(super) fn suit(&self, server: Role) -> Result<(), Error> {
        self.hold("admits others than roles that dial this server", |callers| match callers {
            Callers::Roles(roles) => roles.iter().all(|role| role.dials() == server),
            Callers::Anyone => false,
        })
    }

    /// An error where a rule names roles: callers without a certificate have none.
    pub(super) fn suit_anyone(&self) -> Result<(), Error> {
        self.hold("names roles, and callers of this server show no certificate", |callers| match callers {
            Callers::Roles(roles) => roles.is_empty(),
            Callers::Anyone => true,
        })
    }

    fn hold(&self, fault: &'static str, suits: impl Fn(&Callers) -> bool) -> Result<(), Error> {
        let path = self.0.iter().find(|(_, callers)| !suits(callers)).map(|(path, _)| path.clone());
        path.map_or(Ok(()), |path| Err(Error::Rule { path, fault }))
    }

    /// The rule for a call of `path` and whom it admits.
    pub(super) fn of(&self, path: &str) -> Option<(&str, &Callers)> {
        let service = path.rfind('/').and_then(|at| path.get(..=at))?;
        let (rule, callers) = self.0.get_key_value(path).or_else(|| self.0.get_key_value(service))?;
        Some((rule, callers))
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
            .and_then(|rules| rules.allow_anyone("/renkei.v1.Enrolment/Enrol"))
            .unwrap()
    }

    #[test]
    fn a_service_a_method_and_a_method_shut_within_a_service() {
        let rules = rules();
        let of = |path| rules.of(path).map(|(_, callers)| callers.clone());
        assert_eq!(of("/renkei.v1.Runs/Submit"), Some(Callers::Roles(vec![Role::User])));
        assert_eq!(of("/renkei.v1.Runs/Erase"), Some(Callers::Roles(vec![])));
        assert_eq!(of("/renkei.v1.Workers/Beat"), Some(Callers::Roles(vec![Role::Worker])));
        assert_eq!(of("/renkei.v1.Enrolment/Enrol"), Some(Callers::Anyone));
    }

    #[test]
    fn whatever_is_not_listed_has_no_rule() {
        for path in [
            "",
            "/",
            "*",
            "/renkei.v1.Workers/Leave",
            "/renkei.v1.Enrolment/Revoke",
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
            assert!(matches!(rules().allow_anyone(path), Err(Error::Rule { .. })), "{path}");
        }
    }
}
