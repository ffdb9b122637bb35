//! A study, its undisturbed result, and a cluster to disturb.

use std::path::Path;

use renkei_testkit::{LocalCluster, SmallDisk, Study, manifest_in};
use serde_json::Value;

/// A shard each: enough that a fault meets the run at work.
const SLIDES: usize = 40;
/// Size of a small disk: the server keeps its volumes there, and a run of this study needs a few of it.
const DISK_MIB: u32 = 256;

/// What every test here stands on.
pub(crate) struct Ground {
    pub(crate) cluster: LocalCluster,
    /// Under the cluster's objects, where there is one. After the cluster, so that nobody uses it when it goes.
    pub(crate) disk: Option<SmallDisk>,
    pub(crate) study: Study,
    /// Merkle root of the embedded run.
    root: String,
}

impl Ground {
    /// A cluster with so many coordinators and workers; `None`, said loudly, where a component is absent.
    pub(crate) fn prepare(coordinators: u32, workers: u32) -> Option<Self> {
        let (coordinators, workers) = (coordinators.to_string(), workers.to_string());
        Self::with(&["--coordinators", &coordinators, "--workers", &workers])
    }

    /// A cluster with these options; `None`, said loudly, where a component is absent.
    pub(crate) fn with(options: &[&str]) -> Option<Self> {
        Self::in_folder(options, |_| Some(None))
    }

    /// A cluster whose objects have a disk of their own; `None`, said loudly, where none can be mounted.
    pub(crate) fn on_small_disk() -> Option<Self> {
        Self::in_folder(&[], |folder| Some(Some(SmallDisk::mount(&folder.join("objects"), DISK_MIB).unwrap()?)))
    }

    /// Runs the study embedded, then starts a cluster in a folder in which `mount` may have mounted a disk.
    fn in_folder(options: &[&str], mount: impl FnOnce(&Path) -> Option<Option<SmallDisk>>) -> Option<Self> {
        let mut study = Study::of_slides(SLIDES).unwrap()?;
        let folder = study.input().with_file_name("cluster");
        let disk = mount(&folder)?;
        let store = study.with_store("embedded").unwrap();
        let arguments = study.run_arguments();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = study.program.run(&arguments).unwrap();
        assert_eq!(output.code, Some(0), "{}", output.err);
        let root = manifest_in(&store).unwrap().merkle_root.to_string();
        let cluster = LocalCluster::up(&study.program, &folder, options).unwrap()?;
        Some(Self { cluster, disk, study, root })
    }

    /// Submits the study with a store of its own in the bucket; returns the run.
    pub(crate) fn submit(&mut self, store: &str) -> String {
        self.study.spec.store = self.cluster.store(store);
        self.study.write(&self.study.spec).unwrap();
        self.cluster.submit(&self.study.run_yaml()).unwrap()
    }

    /// Waits until `committed` shards of the embed stage are committed.
    pub(crate) fn at_work(&self, run: &str, committed: u64) {
        self.cluster.wait_for(run, |now| embedded(now) >= committed).unwrap();
    }

    /// Follows the run to its end, which must be that of the embedded one, whole, and without leftovers.
    pub(crate) fn ends_well(&self, run: &str) {
        let end = self.cluster.follow(run).unwrap();
        assert_eq!(end["state"], "sealed", "{end}");
        assert!(end["says"].as_str().unwrap().ends_with(&self.root), "{end}\nnot {}", self.root);
        let (store, stores) = (self.study.spec.store.clone(), self.cluster.stores());
        let of_run = ["--run", run, "--store", &store, "--stores", &stores];
        let verified = self.study.program.run(&[&["verify"][..], &of_run[..]].concat()).unwrap();
        assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.err);
        let gc = ["gc", "--grace-seconds", "0", "--format", "json"];
        self.study.program.run(&[&gc[..], &of_run[..]].concat()).unwrap();
        let again = self.study.program.run(&[&gc[..], &of_run[..]].concat()).unwrap();
        let left: Value = serde_json::from_str(&again.out).unwrap();
        assert_eq!((&left["orphaned"]["objects"], &left["foreign"]["objects"]), (&0.into(), &0.into()), "{left}");
    }
}

/// Shards of the embed stage that are committed.
pub(crate) fn embedded(run: &Value) -> u64 {
    let stages = run["stages"].as_array().into_iter().flatten();
    stages.filter(|stage| stage["stage"] == "embed").filter_map(|stage| stage["committed"].as_u64()).sum()
}
