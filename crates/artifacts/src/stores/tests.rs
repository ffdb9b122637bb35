use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use renkei_domain::ErrorKind;
use tempfile::TempDir;

use super::*;
use crate::Location;

const SECRET: &str = "s3cr3t-that-nobody-may-see";

fn file(text: &str) -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stores.yaml");
    std::fs::write(&file, text).unwrap();
    std::fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    (folder, file)
}

fn good() -> String {
    format!(
        "stores:\n  s3://results:\n    endpoint: http://127.0.0.1:1\n    allow_http: true\n    region: here\n    access_key_id: me\n    secret_access_key: {SECRET}\n"
    )
}

/// The store file's text is refused for `words`, and nothing secret is said.
fn refused(text: &str, words: &[&str]) {
    let (_folder, file) = file(text);
    let error = Stores::read(&file).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    let said = error.to_string();
    assert!(words.iter().all(|word| said.contains(word)), "{said}");
    assert!(!said.contains(SECRET) && !format!("{error:?}").contains(SECRET), "{said}");
}

#[test]
fn a_listed_store_is_opened_once_and_others_are_not() {
    let (_folder, file) = file(&good());
    let stores = Stores::read(&file).unwrap();
    let open = |reference: &str| Location::resolve_with(reference, FilePath::new("/"), &stores);
    let one = open("s3://results/a/b.svs").unwrap();
    let other = open("s3://results/c").unwrap();
    assert_eq!((one.path.as_ref(), other.path.as_ref()), ("a/b.svs", "c"));
    assert!(Arc::ptr_eq(&one.store, &other.store), "one bucket, one pool of connections");
    let sibling = one.sibling("s3://results/d").unwrap();
    assert!(Arc::ptr_eq(&one.store, &sibling.store));
    assert!(open("/srv/slides/a.svs").is_ok(), "the local file system needs no entry");
    let error = open("s3://elsewhere/a").unwrap_err();
    assert!(error.to_string().contains("does not list s3://elsewhere"), "{error}");
    assert!(one.sibling("s3://elsewhere/a").is_err(), "a slide table opens no store that the file does not list");
}

#[test]
fn what_is_wrong_in_a_store_file_is_named_without_its_values() {
    refused(&good().replace("secret_access_key", "secret_acess_key"), &["secret_acess_key", "s3://results"]);
    refused(&good().replace("s3://results", "s3://results/runs"), &["without a path"]);
    refused(&good().replace("s3://results", "ftp://results"), &["ftp://results"]);
    refused(&good().replace("s3://results", &format!("s3://me:{SECRET}@results")), &["not into a URL"]);
    refused(&format!("{SECRET}\n"), &["not understood"]);
    refused(&good().replace("stores:", &format!("{SECRET}:")), &["not understood"]);
    refused(&format!("stores:\n  s3://results: {SECRET}\n"), &["not understood", "line 2"]);
    refused(&format!("stores:\n  s3://results:\n    secret_access_key: [{SECRET}]\n"), &["not understood"]);
}

#[test]
fn a_store_file_that_is_absent_or_open_to_others_is_refused() {
    let (folder, file) = file(&good());
    std::fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
    let error = Stores::read(&file).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert!(error.to_string().contains("640"), "{error}");
    assert_eq!(Stores::read(&folder.path().join("none")).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn nothing_secret_shows_when_parts_are_printed() {
    let (_folder, file) = file(&good());
    let stores = Stores::read(&file).unwrap();
    let location = Location::resolve_with("s3://results/a", FilePath::new("/"), &stores).unwrap();
    let run = renkei_domain::RunId::new("r").unwrap();
    let store = crate::RunStore::new(Arc::clone(&location.store), location.path.clone(), run);
    let variables = [("AWS_SECRET_ACCESS_KEY".to_owned(), SECRET.to_owned())];
    let environment = Stores::with_variables(variables.into_iter());
    for shown in [format!("{stores:?}"), format!("{location:?} {location}"), format!("{store:?} {environment:?}")] {
        assert!(!shown.contains(SECRET), "{shown}");
    }
}

/// `object_store` would take any of these for an option, by their bare names.
#[test]
fn only_variables_meant_for_stores_are_options() {
    let variables = ["TOKEN", "ENDPOINT", "BUCKET", "REGION", "PROXY_URL", "AWS_REGION", "GOOGLE_BUCKET", "AZURE_X"];
    let stores = Stores::with_variables(variables.iter().map(|name| ((*name).to_owned(), "v".to_owned())));
    let Known::Environment(options) = &stores.known else { unreachable!() };
    let names: Vec<&str> = options.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["aws_region", "google_bucket", "azure_x"]);
}

#[test]
fn a_secret_in_a_reference_is_refused_and_not_repeated() {
    let references = [
        format!("s3://me:{SECRET}@results/a"),
        format!("s3://me:{SECRET}/x@results/a"),
        format!("az://c/a?sig={SECRET}"),
    ];
    for reference in &references {
        let error = Location::resolve(reference, FilePath::new("/")).unwrap_err();
        assert!(!error.to_string().contains(SECRET), "{error}");
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
    assert_eq!(shown("az://container@account/a"), "az://container@account/a");
}
