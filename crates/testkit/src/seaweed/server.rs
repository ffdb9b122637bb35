//! The server's process.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;

/// Four services, each with a port for HTTP and one for gRPC.
const SERVICES: [&str; 4] = ["master", "volume", "filer", "s3"];

/// A server, running or not.
#[derive(Debug)]
pub(super) struct Server {
    program: PathBuf,
    arguments: Vec<String>,
    /// HTTP and gRPC of each service.
    ports: Vec<(u16, u16)>,
    log: PathBuf,
    child: Option<Child>,
}

impl Server {
    pub(super) fn new(program: &Path, folder: &Path, identities: &Path) -> anyhow::Result<Self> {
        let data = folder.join("data");
        fs::create_dir(&data)?;
        let ports = free_ports()?;
        let path = |path: &Path| path.display().to_string();
        let mut arguments: Vec<String> =
            ["-logtostderr=true", "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"]
                .map(Into::into)
                .into();
        for (service, (http, grpc)) in SERVICES.iter().zip(&ports) {
            arguments.push(format!("-{service}.port={http}"));
            arguments.push(format!("-{service}.port.grpc={grpc}"));
        }
        arguments.extend([
            format!("-dir={}", path(&data)),
            format!("-s3.config={}", path(identities)),
            format!("-filer.localSocket={}", path(&folder.join("filer.sock"))),
            format!("-s3.localSocket={}", path(&folder.join("s3.sock"))),
        ]);
        // No other doors; nothing told to its makers; one member elects itself at once, so that a restart takes seconds.
        let fixed = [
            "-s3.iam=false",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-master.telemetry=false",
            "-master.electionTimeout=1s",
            "-master.heartbeatInterval=100ms",
            "-master.volumeSizeLimitMB=64",
            "-volume.max=20",
        ];
        arguments.extend(fixed.map(Into::into));
        Ok(Self { program: program.to_owned(), arguments, ports, log: folder.join("weed.log"), child: None })
    }

    /// Where S3 is spoken.
    pub(super) fn s3(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.ports[3].0))
    }

    pub(super) fn endpoint(&self) -> String {
        format!("http://{}", self.s3())
    }

    pub(super) fn spawn(&mut self) -> anyhow::Result<()> {
        self.kill()?;
        let log = File::create(&self.log)?;
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.child = Some(command.spawn().context("cannot start SeaweedFS")?);
        Ok(())
    }

    /// An error with the server's last words where it has ended.
    pub(super) fn still_runs(&mut self) -> anyhow::Result<()> {
        let child = self.child.as_mut().context("SeaweedFS was not started")?;
        match child.try_wait()? {
            Some(status) => anyhow::bail!("SeaweedFS ended with {status}: {}", self.last_words()),
            None => Ok(()),
        }
    }

    pub(super) fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    pub(super) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub(super) fn last_words(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(8)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // There is nobody to tell in a drop.
        let _ = self.kill();
        // It makes these in a fixed folder, named by port, and leaves them.
        for (service, (_, grpc)) in SERVICES.iter().zip(&self.ports) {
            let _ = fs::remove_file(format!("/tmp/seaweedfs-{service}-grpc-{grpc}.sock"));
        }
    }
}

/// Two free ports a service. All are held until the last is chosen, so that none is chosen twice.
fn free_ports() -> anyhow::Result<Vec<(u16, u16)>> {
    let mut held = Vec::new();
    let mut port = || -> anyhow::Result<u16> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        held.push(listener);
        Ok(port)
    };
    SERVICES.iter().map(|_| Ok((port()?, port()?))).collect()
}
