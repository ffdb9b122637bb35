//! A local cluster of the shipped programs, whose processes a test may kill, stop and wake.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value;

use crate::{Cable, Link, Program, Surroundings, components, repository};

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(50);
/// Looks before something is given up.
const LOOKS: u32 = 2400;

/// A running cluster, stopped when dropped.
#[derive(Debug)]
pub struct LocalCluster {
    program: Program,
    folder: PathBuf,
    /// Processes started again here, by name.
    restarted: BTreeMap<String, Child>,
}

impl LocalCluster {
    /// Starts one in `folder` with `options` of `renkei cluster up`; `None`, said loudly, where etcd, SeaweedFS or the demo's
    /// components are absent.
    pub fn up(program: &Program, folder: &Path, options: &[&str]) -> anyhow::Result<Option<Self>> {
        let weed = repository().join(".renkei/cluster");
        if components().is_none() {
            return Ok(None);
        }
        if !weed.join("weed").exists() || Command::new("etcd").arg("--version").stdout(Stdio::null()).status().is_err()
        {
            eprintln!("skipped: no SeaweedFS (deploy/cluster/fetch) or no etcd (Debian etcd-server)");
            return Ok(None);
        }
        let cluster = Self { program: program.clone(), folder: folder.to_owned(), restarted: BTreeMap::new() };
        let (at, weed) = (folder.display().to_string(), weed.display().to_string());
        let up = ["cluster", "up", "--folder", &at, "--components", &weed];
        let output = program.run(&[&up[..], options].concat())?;
        anyhow::ensure!(output.code == Some(0), "the cluster did not start: {}", output.err);
        Ok(Some(cluster))
    }

    /// The store that specs may name.
    #[must_use]
    pub fn store(&self, name: &str) -> String {
        format!("s3://renkei/{name}")
    }

    /// The file with the store's endpoint and credentials.
    #[must_use]
    pub fn stores(&self) -> String {
        self.folder.join("stores.yaml").display().to_string()
    }

    /// A call of `renkei` as the cluster's user; its output must be JSON.
    pub fn call(&self, arguments: &[&str]) -> anyhow::Result<Value> {
        let client = self.folder.join("client.yaml").display().to_string();
        let output = self.program.run(&[arguments, &["--cluster", &client, "--format", "json"]].concat())?;
        anyhow::ensure!(output.code == Some(0), "renkei {}: {}", arguments.join(" "), output.err);
        serde_json::from_str(&output.out).with_context(|| format!("no JSON: {}", output.out))
    }

    /// Submits a spec and returns the run's id.
    pub fn submit(&self, spec: &Path) -> anyhow::Result<String> {
        let submitted = self.call(&["submit", &spec.display().to_string()])?;
        Ok(submitted["run"].as_str().context("no run")?.to_owned())
    }

    /// Follows a run to its end and returns what is known of it then.
    pub fn follow(&self, run: &str) -> anyhow::Result<Value> {
        self.call(&["watch", run])
    }

    /// The run as the leader sees it now.
    pub fn run(&self, run: &str) -> anyhow::Result<Value> {
        let all = self.call(&["status"])?;
        let found = all.as_array().and_then(|all| all.iter().find(|one| one["run"] == run));
        found.cloned().with_context(|| format!("no run {run} in {all}"))
    }

    /// Waits until `holds` of the run, and returns how it was then.
    pub fn wait_for(&self, run: &str, holds: impl Fn(&Value) -> bool) -> anyhow::Result<Value> {
        let mut last = Value::Null;
        for _ in 0..LOOKS {
            // While leaders change nobody answers.
            if let Ok(now) = self.run(run) {
                if holds(&now) {
                    return Ok(now);
                }
                last = now;
            }
            std::thread::sleep(LOOK);
        }
        anyhow::bail!("waited in vain; at last: {last}")
    }

    /// Kills a process as `kill -9` does.
    pub fn kill(&mut self, name: &str) -> anyhow::Result<()> {
        match self.restarted.remove(name) {
            Some(mut child) => {
                child.kill()?;
                child.wait()?;
                Ok(())
            }
            None => self.signal(name, "KILL"),
        }
    }

    /// Stops (`STOP`) or wakes (`CONT`) a process, or asks it to end (`TERM`).
    pub fn signal(&self, name: &str, signal: &str) -> anyhow::Result<()> {
        let id = match self.restarted.get(name) {
            Some(child) => child.id(),
            None => self.started()?.remove(name).with_context(|| format!("no process {name}"))?,
        };
        let status = Command::new("kill").args(["-s", signal, &id.to_string()]).status()?;
        anyhow::ensure!(status.success(), "kill -s {signal} {name} failed");
        Ok(())
    }

    /// Starts a killed worker again, as it was configured.
    pub fn restart_worker(&mut self, name: &str) -> anyhow::Result<()> {
        self.start("renkei-worker", name, Surroundings::Plain)
    }

    /// Kills a worker and starts it again in other surroundings.
    pub fn move_worker(&mut self, name: &str, to: Surroundings<'_>) -> anyhow::Result<()> {
        self.kill(name)?;
        if let Surroundings::Network(network) = to {
            self.reconfigure(name, "metrics: 127.0.0.1:0", &format!("metrics: {}:0", network.address()))?;
        }
        self.start("renkei-worker", name, to)
    }

    /// Kills a coordinator and starts it again in other surroundings, with the address it had.
    pub fn move_coordinator(&mut self, name: &str, to: Surroundings<'_>) -> anyhow::Result<()> {
        self.kill(name)?;
        let ready: Value = serde_json::from_slice(&std::fs::read(self.folder.join(format!("{name}.ready.json")))?)?;
        let serves = ready["serves"].as_str().context("no address")?;
        self.reconfigure(name, "listen: 127.0.0.1:0", &format!("listen: {serves}"))?;
        self.start("renkei-coordinator", name, to)
    }

    fn start(&mut self, program: &str, name: &str, surroundings: Surroundings<'_>) -> anyhow::Result<()> {
        let log = std::fs::OpenOptions::new().append(true).create(true).open(self.log(name))?;
        let mut command = surroundings.command(&self.program.beside(program)?);
        command.arg("--config").arg(self.folder.join(format!("{name}.yaml")));
        let child = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        self.restarted.insert(name.to_owned(), child);
        Ok(())
    }

    fn reconfigure(&self, name: &str, from: &str, to: &str) -> anyhow::Result<()> {
        let file = self.folder.join(format!("{name}.yaml"));
        let config = std::fs::read_to_string(&file)?;
        anyhow::ensure!(config.contains(from), "{name} is not configured with {from}");
        Ok(std::fs::write(&file, config.replace(from, to))?)
    }

    /// Starts a worker again so that its way to the first coordinator is a cable.
    pub fn rewire_worker(&mut self, name: &str) -> anyhow::Result<Cable> {
        let client = std::fs::read_to_string(self.folder.join("client.yaml"))?;
        let client: Value = serde_norway::from_str(&client)?;
        let url = client["coordinators"][0].as_str().context("no coordinator")?;
        let cable = Cable::to(url.trim_start_matches("https://").parse()?)?;
        self.reconfigure(name, url, &format!("https://{}", cable.at()))?;
        self.move_worker(name, Surroundings::Plain)?;
        Ok(cable)
    }

    /// Waits until these workers, and no others, are there and have told who they are.
    pub fn wait_for_workers(&self, names: &[&str]) -> anyhow::Result<()> {
        let mut last = Value::Null;
        for _ in 0..LOOKS {
            if let Ok(now) = self.call(&["workers"]) {
                let there = now.as_array().into_iter().flatten().filter_map(|one| one["worker"].as_str());
                if there.eq(names.iter().copied()) {
                    return Ok(());
                }
                last = now;
            }
            std::thread::sleep(LOOK);
        }
        anyhow::bail!("waited in vain for workers {names:?}; at last: {last}")
    }

    /// Gives the processes that start from now on a way to the store on which requests can meet faults.
    pub fn link(&self) -> anyhow::Result<Link> {
        let link = Link::beside(Path::new(&self.stores()))?;
        std::fs::rename(link.store_file(), self.stores())?;
        Ok(link)
    }

    /// The log of a process.
    #[must_use]
    pub fn log(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.log"))
    }

    /// Process numbers by name.
    fn started(&self) -> anyhow::Result<BTreeMap<String, u32>> {
        let listed: Vec<Value> = serde_json::from_slice(&std::fs::read(self.folder.join("processes.json"))?)?;
        let one = |process: &Value| Some((process["name"].as_str()?.to_owned(), process["id"].as_u64()? as u32));
        listed.iter().map(|process| one(process).context("a process without name or number")).collect()
    }
}

impl Drop for LocalCluster {
    fn drop(&mut self) {
        // There is nobody to tell in a drop. A stopped process cannot end in good order.
        for (_, mut child) in std::mem::take(&mut self.restarted) {
            let _ = child.kill();
            let _ = child.wait();
        }
        for name in self.started().unwrap_or_default().into_keys() {
            let _ = self.signal(&name, "CONT");
        }
        let _ = self.program.run(&["cluster", "down", "--folder", &self.folder.display().to_string()]);
    }
}
