//! New cases and how a frozen run looks at them.

use std::path::{Path, PathBuf};

use renkei_artifacts::Stores;
use renkei_cohort::{NewCases, Pseudonymiser, Sources, select_new};
use renkei_domain::spec::{EncoderSpec, NewCasesSpec, RunSpec, SlideFailure, SlideSpec, TissueMethod, TissueSpec};

use crate::{Launch, LaunchError, spec};

/// Where new cases are, and where relative paths to them start.
#[derive(Debug, Clone)]
pub struct NewLaunch {
    /// What is new.
    pub spec: NewCasesSpec,
    /// The folder that relative paths in it start from.
    pub base: PathBuf,
}

impl NewLaunch {
    /// Reads and parses a document of new cases (YAML); unknown fields are refused, those of a run spec among them.
    pub fn read(file: &Path) -> Result<Self, LaunchError> {
        let (spec, base) = spec::read(file)?;
        Ok(Self { spec, base })
    }

    /// Selects the cases by the rules of the frozen run.
    pub async fn select(
        &self,
        frozen: &Launch,
        stores: &Stores,
        pseudonyms: &Pseudonymiser,
    ) -> Result<NewCases, LaunchError> {
        let cohort = self.spec.cohort(&frozen.spec.cohort)?;
        let sources = Sources::resolve(&cohort, &self.base, stores)?;
        Ok(select_new(&cohort, &frozen.spec.endpoint, &sources, pseudonyms).await?)
    }

    /// The frozen run's spec with these slides in the place of its own and `scratch` for a store; none without slides. The
    /// encoder and the tissue model stay where the run had them.
    pub fn of_slides(&self, frozen: &Launch, scratch: &Path) -> Result<Option<Launch>, LaunchError> {
        let Some(slides) = &self.spec.slides else { return Ok(None) };
        let place = |reference: &str| frozen.path(reference).display().to_string();
        let was = &frozen.spec;
        let method = match &was.tissue.method {
            TissueMethod::Onnx { model, threshold } => {
                TissueMethod::Onnx { model: place(model), threshold: *threshold }
            }
            other => other.clone(),
        };
        let spec = RunSpec {
            store: scratch.display().to_string(),
            cohort: self.spec.cohort(&was.cohort)?,
            // One slide that cannot be read must not take the scores of other cases.
            slides: SlideSpec { table: slides.table.clone(), on_failure: SlideFailure::Quarantine },
            encoder: EncoderSpec { folder: place(&was.encoder.folder), ..was.encoder.clone() },
            tissue: TissueSpec { method, ..was.tissue.clone() },
            ..was.clone()
        };
        Ok(Some(Launch { spec, base: self.base.clone() }))
    }
}
