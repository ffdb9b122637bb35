//! An authority that outlives the process that made it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rcgen::{CertificateParams, KeyPair};
use renkei_domain::ErrorKind;
use renkei_runtime::clock::ManualClock;
use renkei_transport::{Authority, CertificateRequest, Credentials, Error, Role};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::trial::{Serving, TOKYO, Trial, around, clock, dial, identity, open_to, valid};

/// A trial's authority, written.
fn kept(trial: &Trial) -> PathBuf {
    let folder = trial.path("authority");
    trial.authority.write(&folder).unwrap();
    folder
}

fn certificate(folder: &Path) -> PathBuf {
    folder.join("authority.pem")
}

fn key(folder: &Path) -> PathBuf {
    folder.join("authority.key.pem")
}

/// Reads what cannot be an authority.
fn refused(folder: &Path) -> Error {
    Authority::read(folder, &*clock()).unwrap_err()
}

#[tokio::test]
async fn an_authority_read_back_is_the_same_to_everybody() {
    let trial = Trial::new();
    let hub = Serving::start(&trial.credentials(Role::Hub, TOKYO), open_to(Role::Hub), clock()).await;
    let again = Authority::read(&kept(&trial), &*clock()).unwrap();
    assert_eq!(again.certificate(), trial.authority.certificate());
    assert_eq!(again.validity().until.unix_millis() / 1000, trial.authority.validity().until.unix_millis() / 1000);
    let (request, site) = (CertificateRequest::new().unwrap(), identity(Role::Site, TOKYO, "it"));
    let signed = again.sign(request.pem(), &site, &[], valid()).unwrap();
    let issued = request.answered(trial.authority.certificate(), &signed, &site).unwrap();
    let credentials = Credentials::read(&trial.write(&issued, "site"), &*clock()).unwrap();
    dial(&credentials, &hub.url()).await.unwrap();
    assert_eq!(hub.callers(), [site]);
}

#[test]
fn its_key_is_for_its_owner_only_and_never_overwritten() {
    let trial = Trial::new();
    let folder = kept(&trial);
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&key(&folder))), (0o700, 0o600));
    let error = Authority::new(TOKYO, valid()).unwrap().write(&folder).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(Authority::read(&folder, &*clock()).unwrap().certificate(), trial.authority.certificate());
    assert!(!format!("{:?}", trial.authority).contains("PRIVATE"));
    std::fs::set_permissions(key(&folder), std::fs::Permissions::from_mode(0o640)).unwrap();
    let error = refused(&folder);
    assert!(matches!(error, Error::KeyExposed { mode: 0o640, .. }), "{error}");
}

#[test]
fn a_key_or_certificate_of_another_authority_is_refused() {
    let (ours, theirs) = (Trial::new(), Trial::new());
    for file in [certificate, key] {
        let folder = ours.path(&format!("{}", file(Path::new("")).display()));
        ours.authority.write(&folder).unwrap();
        let other = ours.path(&format!("other-{}", file(Path::new("")).display()));
        theirs.authority.write(&other).unwrap();
        std::fs::copy(file(&other), file(&folder)).unwrap();
        let error = refused(&folder);
        assert!(matches!(error, Error::NotAPair { .. }), "{error}");
    }
}

fn pem(der: &[u8]) -> String {
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", BASE64_STANDARD.encode(der))
}

#[test]
fn a_certificate_changed_in_any_bit_is_refused() {
    let trial = Trial::new();
    let folder = kept(&trial);
    let der = CertificateDer::from_pem_slice(trial.authority.certificate().as_bytes()).unwrap().to_vec();
    std::fs::write(certificate(&folder), pem(&der)).unwrap();
    Authority::read(&folder, &*clock()).unwrap();
    for (byte, bit) in (0..der.len()).flat_map(|byte| (0..8).map(move |bit| (byte, bit))) {
        let mut changed = der.clone();
        changed[byte] ^= 1 << bit;
        std::fs::write(certificate(&folder), pem(&changed)).unwrap();
        assert!(Authority::read(&folder, &*clock()).is_err(), "byte {byte}, bit {bit}");
    }
}

#[test]
fn a_certificate_that_signs_for_nobody_is_no_authority_s() {
    let trial = Trial::new();
    let folder = kept(&trial);
    let own = KeyPair::generate().unwrap();
    let leaf = trial.issue(Role::Site, TOKYO, valid());
    let selfish = CertificateParams::default().self_signed(&own).unwrap().pem();
    for (pem, private, told) in [
        (leaf.certificate(), leaf.key(), "is not signed with its own key"),
        (&selfish, &own.serialize_pem(), "may not sign certificates"),
    ] {
        std::fs::write(certificate(&folder), pem).unwrap();
        std::fs::write(key(&folder), private).unwrap();
        let error = refused(&folder);
        assert!(matches!(error, Error::NoAuthority { .. }), "{error}");
        assert!(error.to_string().contains(told), "{told}: {error}");
    }
}

#[test]
fn an_authority_out_of_its_time_is_refused_by_the_clock_passed_in() {
    let trial = Trial::new();
    let folder = kept(&trial);
    let later = ManualClock::new(clock().now());
    later.advance(Duration::from_secs(25 * 3600));
    let error = Authority::read(&folder, &later).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("is not valid now"), "{error}");

    let early = trial.path("early");
    Authority::new(TOKYO, around(1, 48)).unwrap().write(&early).unwrap();
    let error = refused(&early);
    assert!(error.to_string().contains("is not valid now"), "{error}");
    Authority::read(&early, &later).unwrap();
}

#[test]
fn missing_broken_and_doubled_files_are_named() {
    let trial = Trial::new();
    for file in [certificate, key] {
        let name = file(Path::new("")).display().to_string();
        let folder = trial.path(&name);
        trial.authority.write(&folder).unwrap();
        std::fs::write(file(&folder), "no PEM").unwrap();
        let error = refused(&folder);
        assert!(matches!(error, Error::Pem { .. }), "{error}");
        assert!(error.to_string().contains(&name), "{error}");
        std::fs::remove_file(file(&folder)).unwrap();
        let error = refused(&folder);
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.to_string().contains(&name), "{error}");
    }
    let folder = kept(&trial);
    let two = trial.authority.certificate().repeat(2);
    std::fs::write(certificate(&folder), two).unwrap();
    let error = refused(&folder);
    assert!(error.to_string().contains("holds more than one certificate"), "{error}");
}
