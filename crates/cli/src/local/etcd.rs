//! etcd, for facts.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use super::ports;
use super::processes::Processes;

/// Starts one member and returns its URL.
pub(super) fn start(processes: &mut Processes, folder: &Path) -> anyhow::Result<String> {
    let [client, peer] = ports::free()?;
    let (client, peer) = (format!("http://127.0.0.1:{client}"), format!("http://127.0.0.1:{peer}"));
    let mut command = Command::new("etcd");
    command.arg("--name=renkei").arg("--data-dir").arg(folder.join("etcd")).args([
        format!("--listen-client-urls={client}"),
        format!("--advertise-client-urls={client}"),
        format!("--listen-peer-urls={peer}"),
        format!("--initial-advertise-peer-urls={peer}"),
        format!("--initial-cluster=renkei={peer}"),
    ]);
    processes.start("etcd", command).context("etcd is Debian's package etcd-server")?;
    Ok(client)
}
