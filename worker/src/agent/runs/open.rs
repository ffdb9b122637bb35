//! From a ticket to everything that the shards of its run share, if this worker can compute them as planned.

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use object_store::ObjectStoreExt as _;
use renkei_artifacts::{ArtifactError, Location, RunStore, Stores};
use renkei_domain::record::Identity;
use renkei_domain::spec::TissueMethod;
use renkei_domain::{Digest, ErrorKind, RunId, WorkerId};
use renkei_inference::{CARD_FILE, MODEL_FILE};
use renkei_launch::{Inputs, Launch, LaunchError, own_identity};
use renkei_stage::{ShardError, Ticket};

use super::cache::{Cache, Piece};
use crate::reading::artifact_error;
use crate::{Context, Machine, Models};

/// Opens the ticket's run on `worker`.
pub(super) async fn open(
    ticket: &Ticket,
    worker: &WorkerId,
    machine: &Machine,
    cache: &Cache,
) -> Result<Context, ShardError> {
    let fit = Fit { worker: worker.clone(), run: ticket.run.clone() };
    let location = Location::resolve_with(&ticket.store, Path::new("/"), &machine.stores).map_err(artifact_error)?;
    let store = RunStore::new(Arc::clone(&location.store), location.path.clone(), ticket.run.clone());
    let identity = store.identity().await.map_err(artifact_error)?.ok_or_else(|| gone(&ticket.run, "identity"))?;
    if identity.run_id().ok().as_ref() != Some(&ticket.run) {
        let what =
            format!("the identity of run {} gives another id: it was changed, so nothing is computed", ticket.run);
        return Err(ShardError::new(ErrorKind::Data, what));
    }
    fit.same_software(&identity)?;
    let launch = store.launch::<Launch>().await.map_err(artifact_error)?.ok_or_else(|| gone(&ticket.run, "spec"))?;
    let here = here(&launch, &identity, &machine.stores, cache).await?;
    let opening = Opening { fit, identity, launch, here, location, machine: machine.clone() };
    match tokio::task::spawn_blocking(|| opening.finish()).await {
        Ok(context) => context,
        Err(error) => Err(ShardError::new(ErrorKind::Internal, format!("opening a run failed: {error}"))),
    }
}

fn gone(run: &RunId, what: &str) -> ShardError {
    ShardError::new(ErrorKind::NotFound, format!("run {run} has no {what} in its store: was it removed?"))
}

/// The launch as it is opened on this machine: with copies of the models that lie in an object store.
async fn here(launch: &Launch, identity: &Identity, stores: &Stores, cache: &Cache) -> Result<Launch, ShardError> {
    let mut here = launch.clone();
    let locate = |reference: &str| Location::resolve_with(reference, &launch.base, stores).map_err(artifact_error);
    let planned = |name: &str| identity.inputs.get(name).copied().unwrap_or(Digest::of(b""));
    let folder = launch.spec.encoder.folder.trim_end_matches('/');
    here.spec.encoder.folder = match on_this_machine(&locate(folder)?) {
        Some(path) => path,
        None => {
            let (card, model) = (locate(&format!("{folder}/{CARD_FILE}"))?, locate(&format!("{folder}/{MODEL_FILE}"))?);
            let card = Piece { name: CARD_FILE, digest: read(&card).await?, from: card };
            let model = Piece { name: MODEL_FILE, digest: planned("encoder"), from: model };
            cache.copy_of(&[card, model]).await?.to_string_lossy().into_owned()
        }
    };
    if let TissueMethod::Onnx { model, .. } = &mut here.spec.tissue.method {
        let from = locate(model)?;
        *model = match on_this_machine(&from) {
            Some(path) => path,
            None => {
                let piece = Piece { name: MODEL_FILE, digest: planned("tissue model"), from };
                cache.copy_of(&[piece]).await?.join(MODEL_FILE).to_string_lossy().into_owned()
            }
        };
    }
    Ok(here)
}

/// The path of what lies on the local file system.
fn on_this_machine(location: &Location) -> Option<String> {
    let path = (location.url.scheme() == "file").then(|| location.local_path())?;
    path.map(|path| path.to_string_lossy().into_owned())
}

/// The digest of a small object.
async fn read(location: &Location) -> Result<Digest, ShardError> {
    let store_error = |error: object_store::Error| artifact_error(ArtifactError::from(error));
    let object = location.store.get(&location.path).await.map_err(store_error)?;
    Ok(Digest::of(&object.bytes().await.map_err(store_error)?))
}

/// What a run is opened from, once all of it is on this machine.
struct Opening {
    fit: Fit,
    identity: Identity,
    launch: Launch,
    /// The launch with this machine's paths.
    here: Launch,
    location: Location,
    machine: Machine,
}

impl Opening {
    /// Reads and compares the inputs, then loads the models. Blocks for as long as that takes.
    fn finish(self) -> Result<Context, ShardError> {
        let Self { fit, identity, launch, here, location, machine } = self;
        let unopened = |error: LaunchError| fit.lacks(error.kind(), &error);
        let mut inputs = Inputs::open(here.clone(), &machine.stores).map_err(unopened)?;
        // The identity is that of the spec as written, whatever is called differently here.
        inputs.launch = launch.clone();
        let own = own_identity(&inputs, &machine.pseudonyms, identity.execution_class.clone()).map_err(unopened)?;
        fit.same(&own, &identity)?;
        inputs.launch = here;
        let models = Models::load(&inputs, &machine).map_err(|error| fit.lacks(error.kind(), &error))?;
        fit.same(&Identity { execution_class: models.class(), ..identity.clone() }, &identity)?;
        (inputs.launch, inputs.store) = (launch, location);
        Ok(Context::new(inputs, models, &machine, identity, fit.run))
    }
}

/// Whether a worker can compute a run as it was planned. Where not, the refusal is of kind [`ErrorKind::Conflict`]: not
/// here, but perhaps on another worker.
struct Fit {
    worker: WorkerId,
    run: RunId,
}

impl Fit {
    /// Asked before anything that another version may have written is read.
    fn same_software(&self, planned: &Identity) -> Result<(), ShardError> {
        let ours = env!("CARGO_PKG_VERSION");
        if planned.software == ours {
            return Ok(());
        }
        Err(self.refusal(&format!("software {ours} instead of {}", planned.software)))
    }

    /// Refuses where what this worker has (`own`) is not what the run was planned with.
    fn same(&self, own: &Identity, planned: &Identity) -> Result<(), ShardError> {
        let mut planned = planned.clone();
        planned.inputs.retain(|name, _| own.inputs.contains_key(name));
        let found = own.differences(&planned);
        if found.is_empty() { Ok(()) } else { Err(self.refusal(&found.join(", "))) }
    }

    /// What this machine lacks, another may have; what may pass by waiting stays so.
    fn lacks(&self, kind: ErrorKind, error: &dyn Display) -> ShardError {
        if kind.retryable() { ShardError::new(kind, error.to_string()) } else { self.refusal(error) }
    }

    fn refusal(&self, why: &dyn Display) -> ShardError {
        let Self { worker, run } = self;
        let what = format!("worker {worker} cannot compute run {run} as it was planned: {why}");
        ShardError::new(ErrorKind::Conflict, what)
    }
}
