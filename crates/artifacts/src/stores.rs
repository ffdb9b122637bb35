//! The stores that a process can open: endpoints and credentials, kept apart from specs, plans and messages.

mod file;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path as FilePath;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use object_store::aws::AmazonS3ConfigKey;
use object_store::azure::AzureConfigKey;
use object_store::gcp::GoogleConfigKey;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreScheme};
use url::{Position, Url};

use crate::ArtifactError;

/// Prefixes of the environment variables that are options of a store. Without them `object_store` would take a variable
/// called `TOKEN`, meant for something else, for a credential and send it.
const PREFIXES: [&str; 3] = ["aws_", "azure_", "google_"];

/// Names and values, as `object_store` knows them.
type Options = Vec<(String, String)>;

/// Which stores can be opened, and with what. Each is opened once and shared; clones share too.
///
/// A service reads a file that its configuration names ([`Stores::read`]) and opens nothing that the file does not list. A
/// person's command takes the environment's variables ([`Stores::from_environment`]) for every store.
#[derive(Clone)]
pub struct Stores {
    known: Known,
    opened: Arc<Mutex<BTreeMap<String, Arc<dyn ObjectStore>>>>,
}

#[derive(Clone)]
enum Known {
    /// The same options for every store.
    Environment(Arc<Options>),
    /// Options by the store's URL.
    File { file: Arc<FilePath>, stores: Arc<BTreeMap<String, Options>> },
}

impl Stores {
    /// Takes `AWS_*`, `AZURE_*` and `GOOGLE_*` of this process's environment as options of every store.
    #[must_use]
    pub fn from_environment() -> Self {
        Self::with_variables(std::env::vars())
    }

    fn with_variables(variables: impl Iterator<Item = (String, String)>) -> Self {
        let named = variables.map(|(name, value)| (name.to_ascii_lowercase(), value));
        let options = named.filter(|(name, _)| PREFIXES.iter().any(|prefix| name.starts_with(prefix))).collect();
        Self { known: Known::Environment(Arc::new(options)), opened: Arc::default() }
    }

    /// Reads a file that lists stores with their options; the environment plays no part then.
    ///
    /// ```yaml
    /// stores:
    ///   s3://results:            # scheme and bucket or container
    ///     endpoint: http://127.0.0.1:8333
    ///     allow_http: true
    ///     access_key_id: ...
    ///     secret_access_key: ...
    /// ```
    /// Options are called as in `object_store` (`AmazonS3ConfigKey`, `GoogleConfigKey`, `AzureConfigKey`).
    ///
    /// # Errors
    /// A file that is absent, that others can read, or that holds something else; an option that its store does not have.
    pub fn read(file: &FilePath) -> Result<Self, ArtifactError> {
        let known = Known::File { file: Arc::from(file), stores: Arc::new(file::read(file)?) };
        Ok(Self { known, opened: Arc::default() })
    }

    /// Opens the store that `url` lies in; with it the path inside.
    pub(crate) fn open(&self, url: &Url) -> Result<(Arc<dyn ObjectStore>, Path), ArtifactError> {
        let wrong = |reason: String| ArtifactError::Location { reference: shown(url.as_str()), reason };
        refuse_secrets(url).map_err(|reason| wrong(reason.to_owned()))?;
        let (scheme, path) = ObjectStoreScheme::parse(url).map_err(|error| wrong(error.to_string()))?;
        let root = root(url);
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = opened.get(&root) {
            return Ok((Arc::clone(store), path));
        }
        let options = self.options(&scheme, &root)?.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let (store, _) = object_store::parse_url_opts(url, options).map_err(|error| wrong(error.to_string()))?;
        let store: Arc<dyn ObjectStore> = Arc::from(store);
        opened.insert(root, Arc::clone(&store));
        Ok((store, path))
    }

    fn options(&self, scheme: &ObjectStoreScheme, root: &str) -> Result<&[(String, String)], ArtifactError> {
        if matches!(scheme, ObjectStoreScheme::Local | ObjectStoreScheme::Memory) {
            return Ok(&[]);
        }
        match &self.known {
            Known::Environment(options) => Ok(options),
            Known::File { file, stores } => match stores.get(root) {
                Some(options) => Ok(options),
                None => Err(ArtifactError::StoreOptions {
                    file: file.to_path_buf(),
                    reason: format!("it does not list {root}, so that store is not opened: add it"),
                }),
            },
        }
    }
}

/// Names only: values may be secrets.
impl fmt::Debug for Stores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.known {
            Known::Environment(options) => f.debug_list().entries(options.iter().map(|(name, _)| name)).finish(),
            Known::File { file, stores } => {
                f.debug_struct("Stores").field("file", file).field("stores", &stores.keys()).finish()
            }
        }
    }
}

/// Scheme and bucket: what one connection pool and one set of options serve.
fn root(url: &Url) -> String {
    url[..Position::BeforePath].to_owned()
}

/// Whether stores of `scheme` have an option called `name`.
fn is_option(scheme: &ObjectStoreScheme, name: &str) -> bool {
    match scheme {
        ObjectStoreScheme::AmazonS3 => AmazonS3ConfigKey::from_str(name).is_ok(),
        ObjectStoreScheme::GoogleCloudStorage => GoogleConfigKey::from_str(name).is_ok(),
        ObjectStoreScheme::MicrosoftAzure => AzureConfigKey::from_str(name).is_ok(),
        _ => false,
    }
}

/// A reference goes into specs, plans and messages, so nothing secret may be in it.
fn refuse_secrets(url: &Url) -> Result<(), &'static str> {
    if url.password().is_some() {
        return Err("credentials belong into the environment or the store file, not into a URL");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("what follows `?` or `#` is no part of a key: write %3F or %23, and credentials elsewhere");
    }
    Ok(())
}

/// The reference without what may be a secret: `user:password@`, and what follows `?`.
pub(crate) fn shown(reference: &str) -> String {
    let Some((scheme, rest)) = reference.split_once("://").filter(|(scheme, _)| *scheme != "file") else {
        return reference.to_owned();
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    match rest.rsplit_once('@') {
        Some((user, host)) if user.contains(':') => format!("{scheme}://…@{host}"),
        _ => format!("{scheme}://{rest}"),
    }
}

#[cfg(test)]
mod tests;
