//! Where bytes are: a store and a path in it, from a URI or from a path relative to the spec.

use std::fmt;
use std::path::{Component, Path as FilePath, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path;
use url::Url;

use crate::stores::shown;
use crate::{ArtifactError, Stores};

/// One object or one prefix in one store.
#[derive(Clone)]
pub struct Location {
    /// The store; shared by everything that lies in it.
    pub store: Arc<dyn ObjectStore>,
    /// The object's path, or the prefix.
    pub path: Path,
    /// What the user wrote, made absolute; for messages that stay at the site.
    pub url: Url,
    /// With what this was opened, and others that it leads to are.
    stores: Stores,
}

impl Location {
    /// Opens what `reference` names with the environment's options: [`Location::resolve_with`] and
    /// [`Stores::from_environment`].
    pub fn resolve(reference: &str, base: &FilePath) -> Result<Self, ArtifactError> {
        Self::resolve_with(reference, base, &Stores::from_environment())
    }

    /// Opens what `reference` names: `file://`, `s3://`, `gs://`, `az://` (endpoint and credentials from `stores`), or a
    /// path, taken relative to the folder `base`. Nothing is asked of the store yet.
    pub fn resolve_with(reference: &str, base: &FilePath, stores: &Stores) -> Result<Self, ArtifactError> {
        let url = absolute_url(reference, base)?;
        let (store, path) = stores.open(&url)?;
        Ok(Self { store, path, url, stores: stores.clone() })
    }

    /// The location of `reference` seen from the folder that holds this object.
    pub fn sibling(&self, reference: &str) -> Result<Self, ArtifactError> {
        if reference.contains("://") || FilePath::new(reference).is_absolute() {
            return Self::resolve_with(reference, FilePath::new("/"), &self.stores);
        }
        let wrong = |reason: String| ArtifactError::Location { reference: reference.to_owned(), reason };
        let mut url = self.url.clone();
        {
            // Segment by segment, so that `#`, `?` and `%` in a file's name stay part of the name.
            let mut segments = url.path_segments_mut().map_err(|()| wrong("its table's URL has no path".to_owned()))?;
            segments.pop();
            for part in reference.split('/') {
                match part {
                    ".." => segments.pop(),
                    other => segments.push(other),
                };
            }
        }
        let path = Path::from_url_path(url.path()).map_err(|error| wrong(error.to_string()))?;
        let own = Path::from_url_path(self.url.path()).map_err(|error| wrong(error.to_string()))?;
        // The store may be rooted at a bucket: keep that part of the path out, as it is of this object's own path.
        let root = own.parts().count().saturating_sub(self.path.parts().count());
        let path = path.parts().skip(root).collect();
        Ok(Self { store: Arc::clone(&self.store), path, url, stores: self.stores.clone() })
    }

    /// The folder on this machine, if the location is on the local file system.
    #[must_use]
    pub fn local_path(&self) -> Option<PathBuf> {
        // Other schemes have paths too.
        if self.url.scheme() == "file" { self.url.to_file_path().ok() } else { None }
    }
}

/// Without the store, which may hold credentials.
impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Location").field(&self.url.as_str()).finish()
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)
    }
}

fn absolute_url(reference: &str, base: &FilePath) -> Result<Url, ArtifactError> {
    let wrong = |reason: &str| ArtifactError::Location { reference: shown(reference), reason: reason.to_owned() };
    if reference.contains("://") {
        return Url::parse(reference).map_err(|error| wrong(&error.to_string()));
    }
    let joined = std::path::absolute(base.join(reference)).map_err(|error| wrong(&error.to_string()))?;
    Url::from_file_path(without_parents(&joined)).map_err(|()| wrong("no absolute path can be made of it"))
}

/// Takes `..` out of an absolute path by its text, since object keys have no parents.
fn without_parents(path: &FilePath) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_path_is_taken_from_the_base() {
        let location = Location::resolve("data/cohort.csv", FilePath::new("/srv/study")).unwrap();
        assert_eq!(location.url.as_str(), "file:///srv/study/data/cohort.csv");
        assert_eq!(location.local_path().unwrap(), PathBuf::from("/srv/study/data/cohort.csv"));
    }

    #[test]
    fn a_sibling_lies_beside_the_object_and_in_its_store() {
        let table = Location::resolve("/srv/study/slides.csv", FilePath::new("/")).unwrap();
        let slide = table.sibling("images/a.svs").unwrap();
        assert_eq!(slide.local_path().unwrap(), PathBuf::from("/srv/study/images/a.svs"));
        assert_eq!(slide.path.as_ref(), "srv/study/images/a.svs");
    }

    #[test]
    fn parents_and_odd_characters_in_names_are_understood() {
        let store = Location::resolve("../results", FilePath::new("/srv/study/input")).unwrap();
        assert_eq!(store.local_path().unwrap(), PathBuf::from("/srv/study/results"));
        let table = Location::resolve("slides.csv", FilePath::new("/srv/study")).unwrap();
        let slide = table.sibling("images/a #1 50%.svs").unwrap();
        assert_eq!(slide.local_path().unwrap(), PathBuf::from("/srv/study/images/a #1 50%.svs"));
        assert_eq!(slide.path.as_ref(), "srv/study/images/a #1 50%.svs");
        let beside = table.sibling("../other/b.svs").unwrap();
        assert_eq!(beside.local_path().unwrap(), PathBuf::from("/srv/other/b.svs"));
    }

    #[test]
    fn an_unknown_scheme_says_what_was_wrong() {
        let error = Location::resolve("ftp://x/y", FilePath::new("/")).unwrap_err().to_string();
        assert!(error.contains("ftp://x/y"), "{error}");
    }
}
