//! From a spec to a planned run: every check that can be made before any work.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use anyhow::Context as _;
use renkei_artifacts::{Location, RunStore};
use renkei_cohort::{Cohort, Sources, case_ids, match_slides, select, slide_table};
use renkei_coordinator::planner::{RunPlan, Wish, plan, survey};
use renkei_domain::record::Identity;
use renkei_domain::spec::{RunSpec, TissueMethod};
use renkei_domain::{CaseId, Digest};
use renkei_inference::{EncoderPool, MaskModel, ProviderChoice, SessionOptions};
use renkei_runtime::{Clock, SystemAttemptIds};
use renkei_slide::Limits;
use renkei_worker::{Context, grid_wish};
use serde::{Deserialize, Serialize};

use super::Machine;

/// A spec and the folder that its relative paths start from; kept with the run, so that it can be resumed by its id.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Launch {
    pub(crate) spec: RunSpec,
    pub(crate) base: PathBuf,
}

/// A planned run and the parts to run it with.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) launch: Launch,
    pub(crate) location: Location,
    pub(crate) plan: RunPlan,
    pub(crate) cohort: Cohort,
    pub(crate) slides: usize,
    pub(crate) slides_without_case: usize,
    pub(crate) cases_without_slide: usize,
    sources: Sources,
    encoder: EncoderPool,
    mask: Option<MaskModel>,
}

impl Launch {
    /// Reads a spec file.
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read the spec {}", file.display()))?;
        let spec: RunSpec =
            serde_norway::from_str(&text).with_context(|| format!("the spec {} is not valid", file.display()))?;
        let base = file.parent().map(Path::to_path_buf).unwrap_or_default();
        Ok(Self { spec, base: std::path::absolute(base).context("the current folder is gone")? })
    }

    /// Opens every source, selects the cohort, reads slide headers, and plans.
    pub(crate) async fn prepare(self, machine: &Machine) -> anyhow::Result<Prepared> {
        let spec = &self.spec;
        spec.check()?;
        let location = Location::resolve(&spec.store, &self.base)?;
        let encoder = self.encoder(machine)?;
        let mask = self.mask(machine)?;
        let sources = Sources::resolve(&spec.cohort, &self.base)?;
        let cohort = select(&spec.cohort, &spec.endpoint, &sources, &machine.pseudonyms).await?;
        renkei_worker::stages::fit::check(spec, &cohort.cases)?;
        let cases: BTreeSet<CaseId> = case_ids(&cohort.cases)?.into_iter().collect();
        let table = Location::resolve(&spec.slides.table, &self.base)?;
        let matched = match_slides(slide_table(&table, &machine.pseudonyms).await?, &cases);
        let (slides, without_case, without_slide) =
            (matched.slides.len(), matched.slides_without_case, matched.cases_without_slide);
        anyhow::ensure!(
            slides > 0,
            "no slide of {} belongs to a selected case: compare its case_id column with the cohort's",
            spec.slides.table
        );
        let surveyed = survey(matched.slides, &Limits::default()).await;
        let identity = self.identity(&encoder, mask.as_ref(), &cohort, machine)?;
        let plan = plan(&spec.name, identity, &surveyed, &self.wish(&encoder))?;
        Ok(Prepared {
            location,
            plan,
            cohort,
            slides,
            slides_without_case: without_case,
            cases_without_slide: without_slide,
            sources,
            encoder,
            mask,
            launch: self,
        })
    }

    fn folder(&self, reference: &str) -> PathBuf {
        self.base.join(reference)
    }

    fn encoder(&self, machine: &Machine) -> anyhow::Result<EncoderPool> {
        let options =
            SessionOptions { provider: ProviderChoice::Cpu, intra_threads: 1, batch: self.spec.encoder.batch as usize };
        let sessions = machine.slots.try_into().unwrap_or(std::num::NonZeroUsize::MIN);
        Ok(EncoderPool::load(&self.folder(&self.spec.encoder.folder), &machine.runtime, options, sessions)?)
    }

    fn mask(&self, machine: &Machine) -> anyhow::Result<Option<MaskModel>> {
        match &self.spec.tissue.method {
            TissueMethod::Onnx { model, .. } => Ok(Some(MaskModel::load(&self.folder(model), &machine.runtime)?)),
            TissueMethod::Otsu | TissueMethod::Everything => Ok(None),
        }
    }

    fn wish(&self, encoder: &EncoderPool) -> Wish {
        Wish {
            grid: grid_wish(encoder.card(), &self.spec.tiles),
            shard_tiles: self.spec.tiles.shard_tiles(),
            on_failure: self.spec.slides.on_failure,
        }
    }

    /// Everything that decides the result, but for the slides, which the planner adds.
    fn identity(
        &self,
        encoder: &EncoderPool,
        mask: Option<&MaskModel>,
        cohort: &Cohort,
        machine: &Machine,
    ) -> anyhow::Result<Identity> {
        let nameless = RunSpec { name: "-".to_owned(), store: "-".to_owned(), ..self.spec.clone() };
        let mut inputs: std::collections::BTreeMap<String, Digest> =
            cohort.source_digests.iter().map(|(name, digest)| (format!("table {name}"), *digest)).collect();
        inputs.insert("encoder".to_owned(), encoder.card().sha256);
        inputs.insert("site key".to_owned(), Digest::of(machine.pseudonyms.case_id("fingerprint").as_str().as_bytes()));
        if let Some(mask) = mask {
            inputs.insert("tissue model".to_owned(), mask.digest());
        }
        Ok(Identity {
            software: env!("CARGO_PKG_VERSION").to_owned(),
            execution_class: encoder.class().to_string(),
            spec: Digest::of(&serde_json::to_vec(&nameless)?),
            inputs,
        })
    }
}

impl Prepared {
    /// Features a tile.
    pub(crate) fn feature_width(&self) -> usize {
        self.encoder.card().output.width
    }

    /// The run's objects.
    pub(crate) fn store(&self) -> RunStore {
        RunStore::new(Arc::clone(&self.location.store), self.location.path.clone(), self.plan.run.clone())
    }

    /// What the stages share, under the epoch `epoch`.
    pub(crate) fn into_context(self, machine: Machine, clock: Arc<dyn Clock>, epoch: u64) -> Context {
        Context {
            store: self.store(),
            identity: self.plan.identity,
            spec: self.launch.spec,
            sources: self.sources,
            pseudonyms: machine.pseudonyms,
            encoder: self.encoder,
            mask: self.mask.map(Mutex::new),
            memory: machine.memory,
            limits: Limits::default(),
            slides: Default::default(),
            clock,
            attempts: Arc::new(SystemAttemptIds),
            epoch,
            progress: Default::default(),
        }
    }
}
