//! From what a user submits, or what an earlier leader left, to a plan.

use std::path::{Path, PathBuf};

use renkei_artifacts::{Location, RunStore, Stores, probe_conditional_create};
use renkei_cohort::{Pseudonymiser, slide_table};
use renkei_domain::RunId;
use renkei_domain::record::Identity;
use renkei_domain::spec::RunSpec;
use renkei_inference::ExecutionClass;
use renkei_launch::{Inputs, Launch, LaunchError};
use renkei_proto::runs::Submission;
use renkei_runtime::AttemptIds;
use url::Url;

use super::HostError;
use crate::config::Roots;
use crate::planner::{Prepared, RunPlan};

/// A run that can begin.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) plan: RunPlan,
    pub(super) store: Location,
}

/// What plans are made with.
#[derive(Debug)]
pub(super) struct Drawing<'a> {
    pub(super) roots: &'a Roots,
    pub(super) stores: &'a Stores,
    pub(super) pseudonyms: &'a Pseudonymiser,
}

impl Planned {
    /// The run's objects.
    pub(super) fn objects(&self) -> RunStore {
        objects(&self.store, &self.plan.run)
    }
}

fn objects(store: &Location, run: &RunId) -> RunStore {
    RunStore::new(store.store.clone(), store.path.clone(), run.clone())
}

/// The spec that a user sent, with the name that the user gave; unknown fields are refused.
pub(super) fn launch(submission: &Submission) -> Result<Launch, HostError> {
    let mut spec: RunSpec =
        serde_json::from_str(&submission.spec_json).map_err(|error| HostError::Spec(error.to_string()))?;
    if let Some(name) = &submission.name {
        spec.name.clone_from(name);
    }
    spec.check().map_err(|error| HostError::Spec(error.to_string()))?;
    Ok(Launch { spec, base: base(&submission.base_url)? })
}

fn base(url: &str) -> Result<PathBuf, HostError> {
    let url = Url::parse(url).map_err(|_| HostError::Base("is no absolute URL"))?;
    url.to_file_path().map_err(|()| HostError::Base("names no folder of a file system"))
}

impl Drawing<'_> {
    /// Checks a new run whole, plans it for machines of the class `machine`, tries its store and keeps there what the
    /// next leader needs to go on with it.
    pub(super) async fn submitted(
        &self,
        launch: Launch,
        machine: &str,
        attempts: &dyn AttemptIds,
    ) -> Result<Planned, HostError> {
        self.roots.check(&launch)?;
        let class = ExecutionClass::of_machine(machine, launch.spec.encoder.batch as usize);
        let prepared = self.prepared(launch, class).await?;
        let store = &prepared.inputs.store;
        probe_conditional_create(&store.store, &store.path, &attempts.next()).await?;
        let kept = objects(store, &prepared.plan.run);
        kept.record_launch(&prepared.inputs.launch).await?;
        kept.record_identity(&prepared.plan.identity).await?;
        Ok(Planned { store: store.clone(), plan: prepared.plan })
    }

    /// Plans a run that an earlier leader, or this one, began; refused where anything that goes in differs.
    pub(super) async fn again(&self, run: &RunId, store: &str) -> Result<Planned, HostError> {
        let forgotten = |what| HostError::Forgotten { store: store.to_owned(), what };
        let location = Location::resolve_with(store, Path::new("/"), self.stores)?;
        let kept = objects(&location, run);
        let launch: Launch = kept.launch().await?.ok_or_else(|| forgotten("launch"))?;
        let identity: Identity = kept.identity().await?.ok_or_else(|| forgotten("identity"))?;
        self.roots.check(&launch)?;
        let prepared = self.prepared(launch, identity.execution_class.clone()).await?;
        let differences = prepared.plan.identity.differences(&identity);
        if !differences.is_empty() {
            return Err(HostError::Changed { differences });
        }
        Ok(Planned { store: location, plan: prepared.plan })
    }

    async fn prepared(&self, launch: Launch, class: String) -> Result<Prepared, HostError> {
        let inputs = Inputs::open(launch, self.stores)?;
        // Before a header is read: why one cannot be read would tell of places that are nobody's business.
        let slides = slide_table(&inputs.slide_table, self.pseudonyms).await.map_err(LaunchError::from)?;
        self.roots.check_slides(&slides)?;
        // Boxed: what reads records and headers makes a future of many kilobytes.
        Ok(Box::pin(Prepared::of(inputs, self.pseudonyms, class)).await?)
    }
}
