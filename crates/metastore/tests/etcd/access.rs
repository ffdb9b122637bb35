//! Certificates, users and permissions.

use std::fs;
use std::path::{Path, PathBuf};

use etcd_client::{Client, Permission};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};
use renkei_domain::ErrorKind;
use renkei_metastore::{EtcdLogin, EtcdOptions, EtcdTls};
use renkei_testkit::{Etcd, EtcdFiles};

use crate::{commit, connect, options, put, value};

/// An authority with its files in a folder.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

impl Authority {
    fn new(folder: &Path, name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = folder.join(name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// The certificate and key of a process on 127.0.0.1.
    fn signs(&self, name: &str) -> (PathBuf, PathBuf) {
        let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let (at, key_at) = (self.folder.join(format!("{name}.pem")), self.folder.join(format!("{name}.key")));
        fs::write(&at, certificate.pem()).unwrap();
        fs::write(&key_at, key.serialize_pem()).unwrap();
        (at, key_at)
    }
}

#[tokio::test]
async fn only_certificates_of_the_authority_come_in_and_only_such_an_etcd_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, other) = (Authority::new(folder.path(), "ours"), Authority::new(folder.path(), "other"));
    let (certificate, key) = ours.signs("etcd");
    let files = EtcdFiles { authority: ours.file(), certificate, key };
    let Some(etcd) = Etcd::start_with_tls(1, &files).unwrap() else { return };
    let with = |authority: PathBuf, (certificate, key): (PathBuf, PathBuf)| EtcdOptions {
        tls: Some(EtcdTls { authority, certificate, key }),
        ..options(etcd.endpoints(), "site")
    };

    let store = connect(with(ours.file(), ours.signs("coordinator"))).await.unwrap();
    commit(&store, &[put("a", "1")]).await;
    assert_eq!(value(&store, "a").await, Some(b"1".to_vec()));

    let stranger = connect(with(ours.file(), other.signs("coordinator"))).await;
    assert_eq!(stranger.unwrap_err().kind(), ErrorKind::Unavailable);
    let deceived = connect(with(other.file(), ours.signs("coordinator"))).await;
    assert_eq!(deceived.unwrap_err().kind(), ErrorKind::Unavailable);
    let plain = etcd.endpoints()[0].replace("https", "http");
    assert_eq!(connect(options(vec![plain], "site")).await.unwrap_err().kind(), ErrorKind::Unavailable);
    let (certificate, _) = ours.signs("one");
    let (_, key) = other.signs("two");
    assert_eq!(connect(with(ours.file(), (certificate, key))).await.unwrap_err().kind(), ErrorKind::Invalid);
}

/// Turns access control on, with a user `renkei` who may use the cluster `site` only.
async fn protect(etcd: &Etcd) {
    let mut root = Client::connect(etcd.endpoints(), None).await.unwrap();
    root.role_add("root").await.unwrap();
    root.user_add("root", "root's password", None).await.unwrap();
    root.user_grant_role("root", "root").await.unwrap();
    root.role_add("site").await.unwrap();
    root.role_grant_permission("site", Permission::read_write("site//").with_prefix()).await.unwrap();
    root.user_add("renkei", "p\u{e4}ss w\u{f6}rd", None).await.unwrap();
    root.user_grant_role("renkei", "site").await.unwrap();
    root.auth_enable().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_user_needs_the_password_and_a_role_and_stays_in_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut etcd) = Etcd::start(1).unwrap() else { return };
    protect(&etcd).await;
    let password = folder.path().join("password");
    fs::write(&password, "p\u{e4}ss w\u{f6}rd\n").unwrap();
    let login = Some(EtcdLogin { user: "renkei".to_owned(), password: password.clone() });
    let as_renkei = |prefix| EtcdOptions { login: login.clone(), ..options(etcd.endpoints(), prefix) };

    let store = connect(as_renkei("site")).await.unwrap();
    commit(&store, &[put("a", "1")]).await;
    for elsewhere in [as_renkei("sit"), as_renkei("site/inner"), as_renkei("other")] {
        assert_eq!(connect(elsewhere).await.unwrap_err().kind(), ErrorKind::Denied);
    }
    assert_eq!(connect(options(etcd.endpoints(), "site")).await.unwrap_err().kind(), ErrorKind::Denied);
    fs::write(&password, "wrong").unwrap();
    let error = connect(as_renkei("site")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
    assert!(!error.to_string().contains("wrong"), "{error}");

    // A token does not outlive the process that gave it.
    fs::write(&password, "p\u{e4}ss w\u{f6}rd").unwrap();
    etcd.kill(0).unwrap();
    etcd.restart(0).unwrap();
    assert_eq!(value(&store, "a").await, Some(b"1".to_vec()));
    commit(&store, &[put("a", "2")]).await;
}
