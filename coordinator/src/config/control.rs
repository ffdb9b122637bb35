//! Where facts about runs and leadership are kept.

use std::path::PathBuf;

use renkei_metastore::{EtcdLogin, EtcdOptions, EtcdTls, Key};
use serde::Deserialize;

use super::ConfigError;

/// An etcd that all coordinators of a site share.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// One URL a member.
    pub endpoints: Vec<String>,
    /// Keys lie under this prefix; clusters that share an etcd differ in it.
    pub prefix: String,
    /// Mutual TLS with etcd; without it plain HTTP, which belongs on a loopback address only.
    #[serde(default)]
    pub tls: Option<ControlTls>,
    /// The user of etcd's own access control, where it is on.
    #[serde(default)]
    pub user: Option<ControlUser>,
}

/// Files of mutual TLS with etcd, in PEM.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlTls {
    /// Certificates of the authorities that signed etcd's.
    pub ca: PathBuf,
    /// Our certificate, with its chain.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// A user of etcd.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlUser {
    /// The user's name.
    pub name: String,
    /// The file with the password.
    pub password: PathBuf,
}

impl Control {
    /// What the store of facts is opened with.
    pub fn options(&self) -> Result<EtcdOptions, ConfigError> {
        let prefix = Key::new(&*self.prefix);
        let prefix = prefix.map_err(|error| ConfigError::field("control.prefix", format!("is not usable: {error}")))?;
        let mut options = EtcdOptions::new(self.endpoints.clone(), prefix);
        options.tls = self.tls.as_ref().map(|tls| EtcdTls {
            authority: tls.ca.clone(),
            certificate: tls.certificate.clone(),
            key: tls.key.clone(),
        });
        options.login =
            self.user.as_ref().map(|user| EtcdLogin { user: user.name.clone(), password: user.password.clone() });
        Ok(options)
    }

    pub(super) fn paths(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let tls = self.tls.iter_mut().flat_map(|tls| [&mut tls.ca, &mut tls.certificate, &mut tls.key]);
        tls.chain(self.user.iter_mut().map(|user| &mut user.password))
    }
}
