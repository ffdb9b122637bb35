//! What runs of this coordinator may read and write.
//!
//! A spec names places that the coordinator and its workers open with *their* rights. Users may send any spec, so every
//! place must lie below a root that the site's operator named. Compared are names: a link that lies within a root is
//! followed wherever it leads.

use std::path::{Component, Path};

use renkei_cohort::SlideRow;
use renkei_domain::spec::TissueMethod;
use renkei_launch::Launch;
use serde::Deserialize;
use url::Url;

/// URLs below which everything that a run reads or writes must lie: `file:///srv/studies/`, `s3://results/renkei/`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct Roots(Vec<Url>);

/// A place outside every root.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{field}` names a place outside the roots of this coordinator ({roots}): move it below one of them, or ask the operator for another root"
)]
pub struct Outside {
    /// Path of the field in the spec, with dots.
    pub field: String,
    /// All roots.
    pub roots: String,
}

impl TryFrom<Vec<String>> for Roots {
    type Error = String;

    fn try_from(texts: Vec<String>) -> Result<Self, String> {
        if texts.is_empty() {
            return Err("`roots` is empty: name the URLs below which runs may read and write".to_owned());
        }
        texts.iter().map(|text| root(text)).collect::<Result<_, _>>().map(Self)
    }
}

fn root(text: &str) -> Result<Url, String> {
    let refused = |fault: &str| format!("root `{text}` {fault}");
    let url = Url::parse(text).map_err(|_| refused("is no URL: write file:///folder/ or s3://bucket/prefix/"))?;
    match plain(&url) {
        true => Ok(url),
        false => Err(refused("has a user, `?`, `#` or an encoded slash: a root is scheme, bucket and path only")),
    }
}

impl Roots {
    /// Whether everything that the spec names lies below a root; the first field that does not is the error.
    pub fn check(&self, launch: &Launch) -> Result<(), Outside> {
        let (spec, base) = (&launch.spec, launch.base.as_path());
        self.admit("store", location(&spec.store, base))?;
        for (i, table) in spec.cohort.tables.iter().enumerate() {
            self.admit(&format!("cohort.tables[{i}].uri"), location(&table.uri, base))?;
        }
        if let Some(opt_outs) = &spec.cohort.opt_outs {
            self.admit("cohort.opt_outs", location(opt_outs, base))?;
        }
        self.admit("slides.table", location(&spec.slides.table, base))?;
        self.admit("encoder.folder", location(&spec.encoder.folder, base))?;
        if let TissueMethod::Onnx { model, .. } = &spec.tissue.method {
            self.admit("tissue.method.onnx.model", location(model, base))?;
        }
        Ok(())
    }

    /// Whether every slide of the slide table lies below a root, also those of cases that are not selected.
    pub fn check_slides(&self, slides: &[SlideRow]) -> Result<(), Outside> {
        slides.iter().try_for_each(|slide| {
            let field = format!("slides.table, slide {}", slide.slide_id.hashed());
            self.admit(&field, Some(slide.location.url.clone()))
        })
    }

    fn admit(&self, field: &str, place: Option<Url>) -> Result<(), Outside> {
        if place.is_some_and(|place| plain(&place) && self.0.iter().any(|root| is_below(&place, root))) {
            return Ok(());
        }
        let roots: Vec<&str> = self.0.iter().map(Url::as_str).collect();
        Err(Outside { field: field.to_owned(), roots: roots.join(", ") })
    }
}

/// Where a reference of the spec leads: a URL, or a path from the folder `base`. The same as `Location::resolve` opens.
fn location(reference: &str, base: &Path) -> Option<Url> {
    if reference.contains("://") { Url::parse(reference).ok() } else { file(&base.join(reference)) }
}

/// The URL of an absolute path, `..` taken out by its text.
fn file(path: &Path) -> Option<Url> {
    let mut clean = std::path::PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                clean.pop();
            }
            Component::CurDir => {}
            other => clean.push(other),
        }
    }
    Url::from_file_path(clean).ok()
}

/// Nothing but scheme, host and path, and no slash that only shows when the path is decoded.
fn plain(url: &Url) -> bool {
    let path = url.path().to_ascii_lowercase();
    let hidden = ["%2f", "%5c", "\\"].iter().any(|slash| path.contains(slash));
    let user = !url.username().is_empty() || url.password().is_some();
    !hidden && !user && url.query().is_none() && url.fragment().is_none() && !url.cannot_be_a_base()
}

/// By whole segments: `s3://b/study` is not above `s3://b/study-2`.
fn is_below(place: &Url, root: &Url) -> bool {
    if place.scheme() != root.scheme() || place.host_str() != root.host_str() || place.port() != root.port() {
        return false;
    }
    if root.scheme() == "file" {
        // One path can be written as several URLs; what counts is the path.
        let (Ok(place), Ok(root)) = (place.to_file_path(), root.to_file_path()) else { return false };
        return place.starts_with(root) && !place.components().any(|part| part == Component::ParentDir);
    }
    let segments = |url: &Url| url.path().trim_end_matches('/').split('/').map(str::to_owned).collect::<Vec<_>>();
    segments(place).starts_with(&segments(root))
}

#[cfg(test)]
mod tests;
