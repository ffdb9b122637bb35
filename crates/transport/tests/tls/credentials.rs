//! What a process finds out about its own files at start.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use renkei_domain::ErrorKind;
use renkei_runtime::clock::ManualClock;
use renkei_transport::{Authority, Credentials, Error, Files, Role};

use crate::trial::{ROLES, TOKYO, Trial, around, clock, identity, valid};

fn written(trial: &Trial) -> Files {
    trial.write(&trial.issue(Role::Worker, TOKYO, valid()), "worker")
}

fn refused(files: &Files) -> Error {
    Credentials::read(files, &*clock()).unwrap_err()
}

fn assert_names(error: &Error, path: &Path, what_to_do: &str) {
    let text = error.to_string();
    assert!(text.contains(path.to_str().unwrap()) && text.contains(what_to_do), "{text}");
}

#[test]
fn good_files_say_who_this_process_is_and_until_when() {
    let trial = Trial::new();
    for role in ROLES {
        let validity = valid();
        let files = trial.write(&trial.issue(role, TOKYO, validity), role.as_str());
        let credentials = Credentials::read(&files, &*clock()).unwrap();
        assert_eq!(*credentials.identity(), identity(role, TOKYO, "it"));
        assert_eq!(credentials.until().unix_millis(), validity.until.unix_millis() / 1000 * 1000);
        let shown = format!("{credentials:?}");
        assert!(!shown.contains("PRIVATE"), "{shown}");
    }
}

#[test]
fn files_are_named_in_configuration_as_ca_certificate_and_key() {
    let files: Files = serde_norway::from_str("{ca: a.pem, certificate: b.pem, key: c.pem}").unwrap();
    assert_eq!(files, Files { ca: "a.pem".into(), certificate: "b.pem".into(), key: "c.pem".into() });
    assert!(serde_norway::from_str::<Files>("{ca: a, certificate: b, key: c, verify: false}").is_err());
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let trial = Trial::new();
    let files = written(&trial);
    for mode in [0o644, 0o640, 0o604, 0o620] {
        std::fs::set_permissions(&files.key, std::fs::Permissions::from_mode(mode)).unwrap();
        let error = refused(&files);
        assert!(matches!(error, Error::KeyExposed { mode: found, .. } if found == mode), "{error}");
        assert_names(&error, &files.key, "chmod 600");
        assert_eq!(error.kind(), ErrorKind::Denied);
    }
}

#[test]
fn a_certificate_out_of_its_time_says_so_at_start() {
    let trial = Trial::new();
    let files = trial.write(&trial.issue(Role::User, TOKYO, around(-48, -1)), "over");
    let error = refused(&files);
    assert!(matches!(error, Error::Expired { .. }), "{error}");
    assert_names(&error, &files.certificate, "ask the certificate authority");

    let files = trial.write(&trial.issue(Role::User, TOKYO, around(1, 48)), "early");
    let error = refused(&files);
    assert!(matches!(error, Error::NotYetValid { .. }), "{error}");
    assert_names(&error, &files.certificate, "check this machine's clock");

    // By the clock that was passed in, not by the machine's.
    let later = ManualClock::new(clock().now());
    later.advance(Duration::from_secs(2 * 3600));
    Credentials::read(&files, &later).unwrap();
}

#[test]
fn files_that_do_not_belong_together_are_refused() {
    let trial = Trial::new();
    let files = written(&trial);
    let other = trial.write(&trial.issue(Role::Worker, TOKYO, valid()), "other");
    let error = refused(&Files { key: other.key, ..files.clone() });
    assert!(matches!(error, Error::NotAPair { .. }), "{error}");
    assert_names(&error, &files.certificate, "the pair that was issued together");

    let ca = trial.authority.certificate();
    let theirs = Authority::new(TOKYO, valid()).unwrap();
    let path = files.ca.with_file_name("theirs.pem");
    std::fs::write(&path, theirs.certificate()).unwrap();
    let error = refused(&Files { ca: path.clone(), ..files.clone() });
    assert!(matches!(error, Error::Untrusted { .. }), "{error}");
    assert_names(&error, &path, "every peer would refuse it");

    // A bundle of both trusts both.
    std::fs::write(&path, format!("{}{ca}", theirs.certificate())).unwrap();
    Credentials::read(&Files { ca: path, ..files }, &*clock()).unwrap();
}

#[test]
fn the_authority_s_own_certificate_names_no_holder() {
    let trial = Trial::new();
    let files = written(&trial);
    let error = refused(&Files { certificate: files.ca.clone(), ..files.clone() });
    assert!(matches!(error, Error::Holder { .. }), "{error}");
    assert_names(&error, &files.ca, "has no URI name; it needs one URI name spiffe://");
}

#[test]
fn missing_and_broken_files_are_named() {
    let trial = Trial::new();
    let files = written(&trial);
    let missing = files.ca.with_file_name("none.pem");
    let error = refused(&Files { key: missing.clone(), ..files.clone() });
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_names(&error, &missing, "check the path");

    for text in ["", "no PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let broken = files.ca.with_file_name("broken.pem");
        std::fs::write(&broken, text).unwrap();
        std::fs::set_permissions(&broken, std::fs::Permissions::from_mode(0o600)).unwrap();
        for files in [
            Files { ca: broken.clone(), ..files.clone() },
            Files { certificate: broken.clone(), ..files.clone() },
            Files { key: broken.clone(), ..files.clone() },
        ] {
            let error = refused(&files);
            assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
            assert_names(&error, &broken, "");
        }
    }
}
