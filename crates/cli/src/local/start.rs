//! Starting a local cluster, step by step; each step is waited for.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use renkei_artifacts::{Location, Stores, probe_conditional_create};
use renkei_runtime::{AttemptIds as _, Clock, SystemAttemptIds};
use serde::{Deserialize, Serialize};

use super::files::{Configs, validity};
use super::processes::Processes;
use super::{etcd, seaweed};
use crate::args::ClusterUpArgs;
use crate::cluster::Cluster;
use crate::session::site_key_file;

/// Time between two looks at something that is being waited for.
const LOOK: Duration = Duration::from_millis(100);
/// Looks before it is given up.
const LOOKS: u32 = 600;

/// A cluster that runs.
#[derive(Debug, Serialize)]
pub(crate) struct Started {
    pub(crate) client: PathBuf,
    pub(crate) stores: PathBuf,
    pub(crate) store: String,
    pub(crate) coordinators: Vec<String>,
    pub(crate) workers: u32,
}

/// What a coordinator writes down once it serves.
#[derive(Deserialize)]
struct Ready {
    /// `host:port`.
    reached_at: String,
}

/// Starts everything; where a step fails, what was started before is stopped again.
pub(crate) async fn up(args: &ClusterUpArgs, clock: &Arc<dyn Clock>) -> anyhow::Result<Started> {
    let folder = std::path::absolute(&args.folder.folder)?;
    let mut processes = Processes::of(&folder)?;
    if let Some(process) = processes.running().next() {
        anyhow::bail!("a cluster runs in {} ({}): stop it with `renkei cluster down`", folder.display(), process.name);
    }
    match start(args, &folder, &mut processes, clock).await {
        Ok(started) => Ok(started),
        Err(error) => {
            processes.stop(clock.as_ref()).await?;
            Err(error.context(format!("the cluster did not start; logs are in {}", folder.display())))
        }
    }
}

async fn start(
    args: &ClusterUpArgs,
    folder: &Path,
    processes: &mut Processes,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<Started> {
    let weed = args.components.join("weed");
    anyhow::ensure!(weed.exists(), "{} is absent: call deploy/cluster/fetch", weed.display());
    let onnxruntime = renkei_inference::locate(args.onnxruntime.as_deref())?;
    clear(folder)?;
    let facts = etcd::start(processes, folder, args.etcd_members, validity(clock.now()))?;
    let stores = seaweed::start(processes, &weed, folder)?;
    let configs = Configs {
        folder,
        authority: Configs::authority(clock.now())?,
        now: clock.now(),
        facts,
        stores: stores.clone(),
        site_key: site_key_file(args.site_key.as_deref())?,
        onnxruntime: std::path::absolute(onnxruntime)?,
    };
    wait(processes, clock, "the object store", async || writable(&stores).await.ok()).await?;
    let mut coordinators = Vec::new();
    for n in 1..=args.coordinators {
        coordinators.push(coordinator(&configs, &format!("coordinator-{n}"), processes, clock).await?);
    }
    for n in 1..=args.workers {
        let name = format!("worker-{n}");
        let config = configs.worker(&name, &coordinators)?;
        processes.start(&name, service("renkei-worker", &config)?)?;
    }
    let client = configs.user(&coordinators)?;
    let cluster = Cluster::open(&client, clock.as_ref())?;
    let all = async || cluster.workers().await.ok().filter(|known| known.len() == args.workers as usize);
    wait(processes, clock, "the workers", all).await?;
    let store = format!("{}/results", seaweed::BUCKET);
    Ok(Started { client, stores, store, coordinators, workers: args.workers })
}

/// Takes away what an earlier cluster left, but for nothing outside its own names. Its folders stay, since somebody may have
/// put a disk of its own at one.
fn clear(folder: &Path) -> anyhow::Result<()> {
    for part in ["tls", "etcd", "objects", "names", "work"] {
        let part = folder.join(part);
        std::fs::create_dir_all(&part)?;
        for entry in std::fs::read_dir(&part)? {
            let entry = entry?;
            let is_folder = entry.file_type()?.is_dir();
            if is_folder { std::fs::remove_dir_all(entry.path()) } else { std::fs::remove_file(entry.path()) }?;
        }
    }
    for file in ["identities.json", "stores.yaml"] {
        match std::fs::remove_file(folder.join(file)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// Whether exactly one of several writers of a key wins in the bucket.
async fn writable(stores: &Path) -> anyhow::Result<()> {
    let location = Location::resolve_with(seaweed::BUCKET, Path::new("/"), &Stores::read(stores)?)?;
    Ok(probe_conditional_create(&location.store, &location.path, &SystemAttemptIds.next()).await?)
}

/// Starts a coordinator and returns its address.
async fn coordinator(
    configs: &Configs<'_>,
    name: &str,
    processes: &mut Processes,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<String> {
    let config = configs.coordinator(name)?;
    let ready = config.with_extension("ready.json");
    if ready.exists() {
        std::fs::remove_file(&ready)?;
    }
    let mut command = service("renkei-coordinator", &config)?;
    command.arg("--ready-file").arg(&ready);
    processes.start(name, command)?;
    let serves = async || serde_json::from_slice::<Ready>(&std::fs::read(&ready).ok()?).ok();
    Ok(format!("https://{}", wait(processes, clock, name, serves).await?.reached_at))
}

/// A program of Renkei that lies beside this one.
fn service(program: &str, config: &Path) -> anyhow::Result<Command> {
    let own = std::env::current_exe()?;
    let program = own.with_file_name(program);
    anyhow::ensure!(program.exists(), "{} is not there: build it with `cargo build --release`", program.display());
    let mut command = Command::new(program);
    command.arg("--config").arg(config);
    Ok(command)
}

/// Asks until there is an answer, as long as every process runs.
async fn wait<T>(
    processes: &Processes,
    clock: &Arc<dyn Clock>,
    what: &str,
    ask: impl AsyncFn() -> Option<T>,
) -> anyhow::Result<T> {
    for _ in 0..LOOKS {
        if let Some(answer) = ask().await {
            return Ok(answer);
        }
        processes.all_run()?;
        clock.sleep(LOOK).await;
    }
    None.with_context(|| format!("waited in vain for {what}"))
}
