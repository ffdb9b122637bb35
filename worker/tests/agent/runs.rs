//! Opening runs by their tickets, with a real encoder; skipped where ONNX Runtime is absent.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use renkei_artifacts::{Location, RunStore, Stores};
use renkei_cohort::Pseudonymiser;
use renkei_domain::record::Identity;
use renkei_domain::spec::RunSpec;
use renkei_domain::{Digest, ErrorKind, WorkerId};
use renkei_inference::Runtime;
use renkei_launch::{Inputs, Launch, own_identity};
use renkei_runtime::MemoryBudget;
use renkei_runtime::clock::{ManualClock, Timestamp};
use renkei_stage::{RunHost as _, Ticket};
use renkei_worker::agent::runs::{OpenRuns as _, Runs};
use renkei_worker::{Machine, Models};
use tempfile::TempDir;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn runtime() -> Option<Runtime> {
    let fetched = repository().join(".renkei/demo/onnxruntime/libonnxruntime.so");
    let library = std::env::var_os("RENKEI_ONNXRUNTIME").map_or(fetched, PathBuf::from);
    if !library.exists() {
        eprintln!("skipped: no ONNX Runtime library; call deploy/demo/fetch or set RENKEI_ONNXRUNTIME");
        return None;
    }
    Some(Runtime::init(&library).unwrap())
}

/// A machine, and a launch whose encoder lies in `encoder`.
struct Scene {
    folder: TempDir,
    machine: Machine,
    launch: Launch,
    /// The launch with an encoder on this machine, for what the planner would say.
    planned: Launch,
}

impl Scene {
    async fn new(in_a_store: bool) -> Option<Self> {
        let clock = Arc::new(ManualClock::new(Timestamp::from_unix_millis(0).unwrap()));
        let machine = Machine {
            runtime: runtime()?,
            pseudonyms: Pseudonymiser::new(&[1; 32]).unwrap(),
            slots: NonZeroUsize::MIN,
            memory: MemoryBudget::new("64MiB".parse().unwrap()).unwrap(),
            stores: Stores::from_environment(),
            clock,
        };
        let folder = tempfile::tempdir().unwrap();
        let here = repository().join("crates/testkit/fixtures/pooling");
        let encoder = if in_a_store { "memory:///encoders/pooling".to_owned() } else { here.display().to_string() };
        let launch = Launch { spec: spec(&encoder), base: folder.path().to_owned() };
        let planned = Launch { spec: spec(&here.display().to_string()), base: folder.path().to_owned() };
        let scene = Self { folder, machine, launch, planned };
        if in_a_store {
            for name in ["card.yaml", "model.onnx"] {
                let to = scene.locate(&format!("{encoder}/{name}"));
                to.store
                    .put_opts(&to.path, std::fs::read(here.join(name)).unwrap().into(), Default::default())
                    .await
                    .unwrap();
            }
        }
        Some(scene)
    }

    fn locate(&self, reference: &str) -> Location {
        Location::resolve_with(reference, Path::new("/"), &self.machine.stores).unwrap()
    }

    /// What the planner would write down, but for records and slides.
    fn identity(&self) -> Identity {
        let mut inputs = Inputs::open(self.planned.clone(), &self.machine.stores).unwrap();
        let class = Models::load(&inputs, &self.machine).unwrap().class();
        inputs.launch = self.launch.clone();
        let mut identity = own_identity(&inputs, &self.machine.pseudonyms, class).unwrap();
        identity.inputs.insert("table men".to_owned(), Digest::of(b"men"));
        identity
    }

    /// Writes a run of this identity down, and gives its ticket.
    async fn ticket(&self, identity: &Identity) -> Ticket {
        let (run, store) = (identity.run_id().unwrap(), format!("file://{}", self.folder.path().join("out").display()));
        let location = self.locate(&store);
        let kept = RunStore::new(Arc::clone(&location.store), location.path, run.clone());
        kept.record_identity(identity).await.unwrap();
        kept.record_launch(&self.launch).await.unwrap();
        Ticket { run, store, epoch: 1, wave: 1 }
    }

    fn runs(&self) -> Runs {
        Runs::new(WorkerId::new("w1").unwrap(), self.machine.clone(), self.folder.path().join("copies"))
    }
}

fn spec(encoder: &str) -> RunSpec {
    serde_json::from_value(serde_json::json!({
        "version": 1, "name": "t", "store": "out", "seed": 1,
        "cohort": {
            "tables": [{"name": "men", "uri": "men.csv"}],
            "case_id": "id",
            "columns": {"psa": {"known": "before_index"}},
            "predictors": [{"column": "psa", "kind": "number"}]
        },
        "endpoint": {
            "name": "recurrence", "origin": "prostatectomy",
            "time": {"column": "months", "unit": "months"},
            "event": {"column": "r", "event": ["1"], "censored": ["0"]},
            "horizons_years": [1.0, 5.0]
        },
        "slides": {"table": "slides.csv"},
        "encoder": {"folder": encoder}
    }))
    .unwrap()
}

#[tokio::test]
async fn a_run_is_opened_once_for_the_tickets_of_all_coordinators() {
    let Some(scene) = Scene::new(false).await else { return };
    let ticket = scene.ticket(&scene.identity()).await;
    let runs = scene.runs();
    let later = Ticket { epoch: 2, wave: 9, ..ticket.clone() };
    let (first, second) = tokio::join!(runs.runner(&ticket), runs.runner(&later));
    let (_first, _second) = (first.unwrap(), second.unwrap());
    assert_eq!((runs.open(), runs.progress().len()), (1, 1));
}

#[tokio::test]
async fn an_encoder_in_an_object_store_is_copied_and_compared() {
    let Some(scene) = Scene::new(true).await else { return };
    let identity = scene.identity();
    scene.runs().runner(&scene.ticket(&identity).await).await.unwrap();
    let mut other = identity;
    other.inputs.insert("encoder".to_owned(), Digest::of(b"another"));
    let error = scene.runs().runner(&scene.ticket(&other).await).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Conflict);
    assert!(error.message.contains("pooling/model.onnx holds other bytes"), "{error}");
}

#[tokio::test]
async fn a_run_that_was_planned_with_something_else_is_refused_by_its_name() {
    let Some(scene) = Scene::new(false).await else { return };
    type Change = fn(&mut Identity);
    let changes: [(Change, &str); 5] = [
        (|run| _ = run.inputs.insert("encoder".to_owned(), Digest::of(b"another")), "encoder has other content"),
        (|run| _ = run.inputs.insert("site key".to_owned(), Digest::of(b"another")), "site key has other content"),
        (|run| run.software = "0.0.9".to_owned(), "instead of 0.0.9"),
        (|run| run.execution_class = "onnxruntime=another".to_owned(), "instead of onnxruntime=another"),
        (|run| run.spec = Digest::of(b"another"), "the spec"),
    ];
    let runs = scene.runs();
    for (change, said) in changes {
        let mut identity = scene.identity();
        change(&mut identity);
        let error = runs.runner(&scene.ticket(&identity).await).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Conflict, "another worker may take it");
        let begins = error.message.starts_with("worker w1 cannot compute run");
        assert!(begins && error.message.ends_with(said), "{said}: {error}");
    }
    assert_eq!(runs.open(), 0);
    let nowhere = Ticket { run: renkei_domain::RunId::new("none").unwrap(), ..scene.ticket(&scene.identity()).await };
    assert_eq!(runs.runner(&nowhere).await.unwrap_err().kind, ErrorKind::NotFound);
}
