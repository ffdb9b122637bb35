//! A real etcd for tests: one member or several, each a process that a test may kill, stop and wake.

mod member;

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::Context as _;
use tempfile::TempDir;

use member::{Member, Ports};

/// Tries to start, each on other ports: another process may take a port between its choice and its use.
const TRIES: u32 = 3;

/// Polls for a leader, [`member::POLL`] apart.
const LEADER_POLLS: u32 = 600;

/// Files in PEM by which etcd's members show themselves to clients and know them.
#[derive(Debug, Clone)]
pub struct EtcdFiles {
    /// The authority that signed the certificates of clients.
    pub authority: PathBuf,
    /// The members' certificate, for 127.0.0.1 or 127.0.1.1 to 127.0.1.9; it must serve clients and be one, since
    /// etcd calls itself with it.
    pub certificate: PathBuf,
    /// The private key of [`EtcdFiles::certificate`].
    pub key: PathBuf,
}

/// A running etcd. Its processes and files end with it.
#[derive(Debug)]
pub struct Etcd {
    members: Vec<Member>,
    scheme: &'static str,
    /// After the members, so that they end before their files.
    _folder: TempDir,
}

impl Etcd {
    /// Starts `members` of them (1 on 127.0.0.1, more on 127.0.1.1 and so on) and waits until all are healthy; `None`,
    /// said loudly, where there is no program `etcd`.
    pub fn start(members: u8) -> anyhow::Result<Option<Self>> {
        Self::start_with(members, None)
    }

    /// As [`Etcd::start`], with mutual TLS for clients.
    pub fn start_with_tls(members: u8, files: &EtcdFiles) -> anyhow::Result<Option<Self>> {
        Self::start_with(members, Some(files))
    }

    fn start_with(members: u8, files: Option<&EtcdFiles>) -> anyhow::Result<Option<Self>> {
        if Command::new(member::PROGRAM).arg("--version").stdout(Stdio::null()).status().is_err() {
            eprintln!("skipped: there is no etcd; install Debian's etcd-server");
            return Ok(None);
        }
        let mut tries = 1;
        loop {
            match Self::launch(members, files) {
                Err(error) if tries < TRIES && error.to_string().contains("address already in use") => tries += 1,
                started => return started.map(Some),
            }
        }
    }

    fn launch(members: u8, files: Option<&EtcdFiles>) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let scheme = if files.is_some() { "https" } else { "http" };
        let ports = free_ports(members)?;
        let cluster: Vec<String> = ports.iter().map(|ports| format!("{}={}", ports.name(), ports.peer_url())).collect();
        let cluster = cluster.join(",");
        let member = |ports| Member::new(ports, scheme, &cluster, files, folder.path());
        let mut members: Vec<Member> = ports.into_iter().map(member).collect();
        for member in &mut members {
            member.spawn()?;
        }
        for member in &mut members {
            member.wait_until_healthy()?;
        }
        Ok(Self { members, scheme, _folder: folder })
    }

    /// The URLs of all members, the killed ones too.
    #[must_use]
    pub fn endpoints(&self) -> Vec<String> {
        self.members.iter().map(|member| member.ports.client_url(self.scheme)).collect()
    }

    /// The index of the member that leads; waits while none does. Killed and stopped members are not asked.
    pub fn leader(&mut self) -> anyhow::Result<usize> {
        for _ in 0..LEADER_POLLS {
            if let Some(leader) = self.members.iter_mut().position(Member::leads) {
                return Ok(leader);
            }
            std::thread::sleep(member::POLL);
        }
        anyhow::bail!("no member of etcd leads")
    }

    /// Kills a member as `kill -9` does.
    pub fn kill(&mut self, member: usize) -> anyhow::Result<()> {
        self.member(member)?.kill()
    }

    /// Starts a killed member again, with the files it had, and waits until it is healthy.
    pub fn restart(&mut self, member: usize) -> anyhow::Result<()> {
        let member = self.member(member)?;
        member.spawn()?;
        member.wait_until_healthy()
    }

    /// Stops a member (`SIGSTOP`) and returns once nothing of it runs: connections stay open, and nobody answers.
    pub fn pause(&mut self, member: usize) -> anyhow::Result<()> {
        self.member(member)?.pause()
    }

    /// Wakes a stopped member (`SIGCONT`) and waits until it is healthy.
    pub fn resume(&mut self, member: usize) -> anyhow::Result<()> {
        let member = self.member(member)?;
        member.resume()?;
        member.wait_until_healthy()
    }

    fn member(&mut self, index: usize) -> anyhow::Result<&mut Member> {
        self.members.get_mut(index).with_context(|| format!("etcd has no member {index}"))
    }
}

/// Three free ports a member. All are held until the last is chosen, so that none is chosen twice.
fn free_ports(members: u8) -> anyhow::Result<Vec<Ports>> {
    let mut held = Vec::new();
    let mut chosen = Vec::new();
    for i in 0..members {
        let address = if members == 1 { Ipv4Addr::LOCALHOST } else { Ipv4Addr::new(127, 0, 1, i + 1) };
        let mut port = || -> anyhow::Result<u16> {
            held.push(TcpListener::bind((address, 0))?);
            Ok(held.last().context("no listener")?.local_addr()?.port())
        };
        chosen.push(Ports { address, client: port()?, peer: port()?, health: port()? });
    }
    Ok(chosen)
}
