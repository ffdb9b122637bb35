//! The file that lists stores with their options.

use std::collections::BTreeMap;
use std::path::Path as FilePath;

use object_store::ObjectStoreScheme;
use serde::Deserialize;
use url::Url;

use super::{Options, is_option, refuse_secrets, root, shown};
use crate::ArtifactError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoreFile {
    stores: BTreeMap<String, BTreeMap<String, Value>>,
}

/// YAML writes `true` and `5` without quotes.
#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Flag(bool),
    Number(u64),
    Text(String),
}

impl From<Value> for String {
    fn from(value: Value) -> Self {
        match value {
            Value::Flag(flag) => flag.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Text(text) => text,
        }
    }
}

/// Options by store, checked as far as can be without opening one.
pub(super) fn read(file: &FilePath) -> Result<BTreeMap<String, Options>, ArtifactError> {
    let unreadable = |source| ArtifactError::StoreFile { file: file.to_owned(), source };
    refuse_exposed(file, &std::fs::metadata(file).map_err(unreadable)?)?;
    let text = std::fs::read_to_string(file).map_err(unreadable)?;
    parse(&text).map_err(|reason| ArtifactError::StoreOptions { file: file.to_owned(), reason })
}

#[cfg(unix)]
fn refuse_exposed(file: &FilePath, metadata: &std::fs::Metadata) -> Result<(), ArtifactError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(ArtifactError::StoreFileExposed { file: file.to_owned(), mode }) }
}

#[cfg(not(unix))]
fn refuse_exposed(_file: &FilePath, _metadata: &std::fs::Metadata) -> Result<(), ArtifactError> {
    Ok(())
}

fn parse(text: &str) -> Result<BTreeMap<String, Options>, String> {
    let file: StoreFile = serde_norway::from_str(text).map_err(|error| not_understood(&error))?;
    file.stores.into_iter().map(|(url, options)| store(&url, options)).collect()
}

/// Where, but not what: the parser's own words can quote a value, and that may be a secret.
fn not_understood(error: &serde_norway::Error) -> String {
    let place = error.location().map(|at| format!("line {}, column {}: ", at.line(), at.column())).unwrap_or_default();
    format!("{place}not understood; it should hold `stores:`, under it store URLs, under each its options by name")
}

fn store(url: &str, options: BTreeMap<String, Value>) -> Result<(String, Options), String> {
    let parsed = Url::parse(url).map_err(|error| format!("`{}`: {error}", shown(url)))?;
    refuse_secrets(&parsed).map_err(|reason| format!("`{}`: {reason}", shown(url)))?;
    let (scheme, path) =
        ObjectStoreScheme::parse(&parsed).map_err(|_| format!("`{url}` is not s3://, gs:// or az:// with a bucket"))?;
    if path.parts().next().is_some() {
        return Err(format!("`{url}`: options are for a whole bucket, so name it without a path"));
    }
    let mut checked = Options::with_capacity(options.len());
    for (name, value) in options {
        let name = name.to_ascii_lowercase();
        if !is_option(&scheme, &name) {
            return Err(format!("{url}: `{name}` is no option of such a store"));
        }
        checked.push((name, value.into()));
    }
    Ok((root(&parsed), checked))
}
