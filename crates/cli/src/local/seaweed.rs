//! SeaweedFS, for objects over the S3 protocol.

use std::path::{Path, PathBuf};
use std::process::Command;

use renkei_runtime::{AttemptIds as _, SystemAttemptIds};
use serde_json::json;

use super::files::write_secret;
use super::ports;
use super::processes::Processes;

/// The one bucket; the first object makes it.
pub(super) const BUCKET: &str = "s3://renkei";
/// Four services, each with a port for HTTP and one for gRPC.
const SERVICES: [&str; 4] = ["master", "volume", "filer", "s3"];

/// Starts the server with credentials made for it; returns the file that lists the store with them.
pub(super) fn start(processes: &mut Processes, program: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let ports = ports::free(2 * SERVICES.len())?;
    // Names apart from bytes: the filer's database never writes again once its own disk was full (it must be restarted).
    let (data, names) = (folder.join("objects"), folder.join("names"));
    std::fs::create_dir_all(&data)?;
    std::fs::create_dir_all(&names)?;
    let (key, secret) = (SystemAttemptIds.next().to_string(), SystemAttemptIds.next().to_string());
    let identities = folder.join("identities.json");
    let may = ["Admin", "Read", "Write", "List", "Tagging"];
    let credentials = json!([{ "accessKey": key, "secretKey": secret }]);
    let identity = json!({ "name": "renkei", "credentials": credentials, "actions": may });
    write_secret(&identities, &json!({ "identities": [identity] }).to_string())?;
    let mut command = Command::new(program);
    command.args(["-logtostderr=true", "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"]);
    for (service, ports) in SERVICES.iter().zip(ports.chunks_exact(2)) {
        command.args([format!("-{service}.port={}", ports[0]), format!("-{service}.port.grpc={}", ports[1])]);
    }
    let path = |flag: &str, path: &Path| format!("-{flag}={}", path.display());
    command.args([
        path("dir", &data),
        path("master.dir", &names),
        path("s3.config", &identities),
        path("filer.localSocket", &folder.join("filer.sock")),
        path("s3.localSocket", &folder.join("s3.sock")),
    ]);
    // No other doors; nothing told to its makers; its one member elects itself at once.
    command.args([
        "-s3.iam=false",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-master.telemetry=false",
        "-master.electionTimeout=1s",
        "-master.heartbeatInterval=100ms",
        "-master.volumeSizeLimitMB=64",
        "-volume.max=20",
    ]);
    processes.start("seaweedfs", command)?;
    let stores = folder.join("stores.yaml");
    let endpoint = format!("http://127.0.0.1:{}", ports[6]);
    write_secret(
        &stores,
        &format!(
            "stores:\n  {BUCKET}:\n    endpoint: {endpoint}\n    allow_http: true\n    region: us-east-1\n    \
             access_key_id: {key}\n    secret_access_key: {secret}\n"
        ),
    )?;
    Ok(stores)
}
