//! etcd, for facts: one member or several, with mutual TLS under an authority of its own, so that no certificate of the
//! cluster's users or workers opens it.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use renkei_transport::{Authority, Files, Identity, Role, Validity};

use super::ports;
use super::processes::Processes;

/// Whom its certificates name instead of a hospital.
const AUTHORITY: &str = "facts";

/// How coordinators reach it.
#[derive(Debug)]
pub(super) struct Facts {
    /// One URL a member.
    pub(super) endpoints: Vec<String>,
    /// What a coordinator shows to it.
    pub(super) tls: Files,
}

/// Starts `members` of them.
pub(super) fn start(
    processes: &mut Processes,
    folder: &Path,
    members: u32,
    validity: Validity,
) -> anyhow::Result<Facts> {
    let authority = Authority::new(AUTHORITY, validity)?;
    let files = |name: &str| -> anyhow::Result<Files> {
        // Members are servers, and clients of each other: a coordinator's certificate is both.
        let identity = Identity::new(Role::Coordinator, AUTHORITY, name)?;
        let issued = authority.issue(&identity, &["127.0.0.1"], validity)?;
        Ok(issued.write(&folder.join("tls").join(AUTHORITY).join(name))?)
    };
    let ports = ports::free(2 * members as usize)?;
    let member = |(pair, n): (&[u16], u32)| Member {
        name: format!("etcd-{n}"),
        client: format!("https://127.0.0.1:{}", pair[0]),
        peer: format!("https://127.0.0.1:{}", pair[1]),
    };
    let members: Vec<Member> = ports.chunks_exact(2).zip(1..).map(member).collect();
    let all: Vec<String> = members.iter().map(|member| format!("{}={}", member.name, member.peer)).collect();
    for member in &members {
        let command = member.command(&folder.join("etcd"), &files(&member.name)?, &all.join(","));
        processes.start(&member.name, command).context("etcd is Debian's package etcd-server")?;
    }
    Ok(Facts { endpoints: members.into_iter().map(|member| member.client).collect(), tls: files("client")? })
}

struct Member {
    name: String,
    /// Where coordinators call.
    client: String,
    /// Where the other members call.
    peer: String,
}

impl Member {
    fn command(&self, data: &Path, files: &Files, cluster: &str) -> Command {
        let Self { name, client, peer } = self;
        let mut command = Command::new("etcd");
        command.arg(format!("--name={name}")).arg("--data-dir").arg(data.join(name)).args([
            format!("--listen-client-urls={client}"),
            format!("--advertise-client-urls={client}"),
            format!("--listen-peer-urls={peer}"),
            format!("--initial-advertise-peer-urls={peer}"),
            format!("--initial-cluster={cluster}"),
        ]);
        for of in ["", "peer-"] {
            command.arg(format!("--{of}client-cert-auth"));
            let named = [("trusted-ca-file", &files.ca), ("cert-file", &files.certificate), ("key-file", &files.key)];
            for (flag, file) in named {
                command.arg(format!("--{of}{flag}={}", file.display()));
            }
        }
        command
    }
}
