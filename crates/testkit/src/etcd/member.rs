//! One process of etcd.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;

use super::EtcdFiles;

/// Found on the PATH.
pub(super) const PROGRAM: &str = "etcd";

/// The wait between two questions.
pub(super) const POLL: Duration = Duration::from_millis(50);

/// Questions until a member counts as one that never becomes healthy.
const POLLS: u32 = 1200;

/// How long one answer is waited for.
const ANSWER: Duration = Duration::from_secs(1);

/// Where a member listens.
#[derive(Debug, Clone)]
pub(super) struct Ports {
    pub(super) address: Ipv4Addr,
    pub(super) client: u16,
    pub(super) peer: u16,
    /// Health and metrics, in plain HTTP.
    pub(super) health: u16,
}

impl Ports {
    pub(super) fn name(&self) -> String {
        format!("m{}", self.peer)
    }

    pub(super) fn client_url(&self, scheme: &str) -> String {
        format!("{scheme}://{}:{}", self.address, self.client)
    }

    pub(super) fn peer_url(&self) -> String {
        format!("http://{}:{}", self.address, self.peer)
    }
}

/// A member, running or not.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) ports: Ports,
    arguments: Vec<String>,
    log: PathBuf,
    child: Option<Child>,
}

impl Member {
    pub(super) fn new(ports: Ports, scheme: &str, cluster: &str, files: Option<&EtcdFiles>, folder: &Path) -> Self {
        let (client, peer) = (ports.client_url(scheme), ports.peer_url());
        let path = |path: &Path| path.display().to_string();
        let mut arguments = vec![
            format!("--name={}", ports.name()),
            format!("--data-dir={}", path(&folder.join(ports.name()))),
            format!("--listen-client-urls={client}"),
            format!("--advertise-client-urls={client}"),
            format!("--listen-peer-urls={peer}"),
            format!("--initial-advertise-peer-urls={peer}"),
            format!("--listen-metrics-urls=http://{}:{}", ports.address, ports.health),
            format!("--initial-cluster={cluster}"),
        ];
        if let Some(files) = files {
            arguments.push("--client-cert-auth".to_owned());
            arguments.push(format!("--trusted-ca-file={}", path(&files.authority)));
            arguments.push(format!("--cert-file={}", path(&files.certificate)));
            arguments.push(format!("--key-file={}", path(&files.key)));
        }
        let log = folder.join(format!("{}.log", ports.name()));
        Self { ports, arguments, log, child: None }
    }

    pub(super) fn spawn(&mut self) -> anyhow::Result<()> {
        self.kill()?;
        let log = File::create(&self.log)?;
        let mut command = Command::new(PROGRAM);
        command.args(&self.arguments).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.child = Some(command.spawn().context("cannot start etcd")?);
        Ok(())
    }

    /// Asks until the member says that it is healthy, which needs an answer of most members.
    pub(super) fn wait_until_healthy(&mut self) -> anyhow::Result<()> {
        for _ in 0..POLLS {
            let child = self.child.as_mut().context("the member of etcd was not started")?;
            if let Some(status) = child.try_wait()? {
                anyhow::bail!("etcd ended with {status}: {}", self.last_words());
            }
            if self.ask("/health").is_ok_and(|answer| answer.contains(r#""health":"true""#)) {
                return Ok(());
            }
            std::thread::sleep(POLL);
        }
        anyhow::bail!("etcd did not become healthy: {}", self.last_words())
    }

    /// Whether it runs, answers, and says that it leads.
    pub(super) fn leads(&mut self) -> bool {
        let runs = self.child.is_some() && !self.is_stopped().unwrap_or(true);
        runs && self.ask("/metrics").is_ok_and(|answer| answer.lines().any(|line| line == "etcd_server_is_leader 1"))
    }

    pub(super) fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    pub(super) fn pause(&mut self) -> anyhow::Result<()> {
        self.signal("STOP")?;
        // The signal stops one thread after the other.
        for _ in 0..POLLS {
            if self.is_stopped()? {
                return Ok(());
            }
            std::thread::sleep(POLL);
        }
        anyhow::bail!("etcd does not stop")
    }

    pub(super) fn resume(&mut self) -> anyhow::Result<()> {
        self.signal("CONT")
    }

    fn signal(&self, name: &str) -> anyhow::Result<()> {
        let id = self.id()?.to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status()?;
        anyhow::ensure!(status.success(), "kill -s {name} {id} failed");
        Ok(())
    }

    fn id(&self) -> anyhow::Result<u32> {
        Ok(self.child.as_ref().context("the member of etcd was killed")?.id())
    }

    /// Whether every thread is in state `T` (<https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>).
    fn is_stopped(&self) -> anyhow::Result<bool> {
        for thread in fs::read_dir(format!("/proc/{}/task", self.id()?))? {
            let Ok(line) = fs::read_to_string(thread?.path().join("stat")) else { continue };
            if !line.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('T')) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn ask(&self, path: &str) -> io::Result<String> {
        let at = SocketAddr::from((self.ports.address, self.ports.health));
        let mut connection = TcpStream::connect_timeout(&at, ANSWER)?;
        connection.set_read_timeout(Some(ANSWER))?;
        write!(connection, "GET {path} HTTP/1.0\r\nHost: {at}\r\n\r\n")?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        Ok(answer)
    }

    fn last_words(&self) -> String {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        // There is nobody to tell in a drop.
        let _ = self.kill();
    }
}
