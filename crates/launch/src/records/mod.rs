//! The records' half of a spec: all that a cohort needs, with neither slides nor an encoder.

mod check;
mod warning;

use std::path::{Path, PathBuf};

use renkei_artifacts::Stores;
use renkei_cohort::{Cohort, Pseudonymiser, Sources, select};
use renkei_domain::spec::RecordsSpec;

pub use check::Check;
pub use warning::Warning;

use crate::{LaunchError, spec};

/// Cohort and endpoint of a spec, and where relative paths in it start.
#[derive(Debug, Clone)]
pub struct RecordsHalf {
    /// The spec.
    pub spec: RecordsSpec,
    /// The folder that relative paths in the spec start from.
    pub base: PathBuf,
}

impl RecordsHalf {
    /// Reads and parses a spec file (YAML), a whole one or one that speaks of records only; unknown fields are refused.
    pub fn read(file: &Path) -> Result<Self, LaunchError> {
        let (spec, base) = spec::read(file)?;
        Ok(Self { spec, base })
    }

    /// Makes the cohort.
    ///
    /// # Errors
    /// The first fault of spec or records; [`RecordsHalf::check`] tells all.
    pub async fn select(&self, stores: &Stores, pseudonyms: &Pseudonymiser) -> Result<Cohort, LaunchError> {
        if let Some(first) = self.spec.faults().into_iter().next() {
            return Err(first.into());
        }
        let (cohort, endpoint) = (&self.spec.cohort, &self.spec.endpoint);
        let sources = Sources::resolve(cohort, &self.base, stores)?;
        Ok(select(cohort, endpoint, &self.spec.model, &sources, pseudonyms).await?)
    }
}
