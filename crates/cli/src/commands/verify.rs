//! `renkei verify`: every byte of a sealed run against its manifest.

use std::process::ExitCode;

use renkei_domain::ErrorKind;
use renkei_domain::record::{CommitRecord, Manifest};
use serde::Serialize;

use crate::args::{Format, OfRun};
use crate::display;
use crate::session::OpenedRun;

#[derive(Debug, Serialize)]
struct Verified {
    run: String,
    shards: usize,
    artifacts: usize,
    bytes: u64,
    faults: Vec<String>,
    merkle_root: String,
}

pub(crate) async fn verify(of: OfRun, format: Format) -> anyhow::Result<ExitCode> {
    let opened = OpenedRun::find(&of).await?;
    let manifest = opened.manifest().await?;
    let verified = check(&opened, &manifest).await?;
    display::print(format, &verified, text)?;
    let good = verified.faults.is_empty();
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(ErrorKind::Data.exit_code()) })
}

async fn check(opened: &OpenedRun, manifest: &Manifest) -> anyhow::Result<Verified> {
    let mut verified = Verified {
        run: manifest.run.to_string(),
        shards: 0,
        artifacts: 0,
        bytes: 0,
        faults: Vec::new(),
        merkle_root: manifest.merkle_root.to_string(),
    };
    if Manifest::root_of(&manifest.identity, &manifest.stages) != manifest.merkle_root {
        verified.faults.push("the manifest's Merkle root is not that of its contents".to_owned());
    }
    if manifest.identity.run_id()? != manifest.run {
        verified.faults.push("the run's id is not that of its identity".to_owned());
    }
    for commit in manifest.stages.iter().flat_map(|stage| &stage.commits) {
        verified.shards += 1;
        shard(opened, commit, &mut verified).await?;
    }
    Ok(verified)
}

async fn shard(opened: &OpenedRun, commit: &CommitRecord, verified: &mut Verified) -> anyhow::Result<()> {
    let kept = opened.store.commit_of(commit.stage, &commit.shard).await?;
    if kept.as_ref() != Some(commit) {
        verified.faults.push(format!("{} {}: the commit record is not the manifest's", commit.stage, commit.shard));
    }
    for entry in &commit.artifacts {
        match opened.store.get_artifact(entry).await {
            Ok(bytes) => {
                verified.artifacts += 1;
                verified.bytes += bytes.len() as u64;
            }
            Err(error) => verified.faults.push(error.to_string()),
        }
    }
    Ok(())
}

fn text(verified: &Verified) -> String {
    let head = format!(
        "run {}: {} shards, {} objects, {} bytes",
        verified.run, verified.shards, verified.artifacts, verified.bytes
    );
    if verified.faults.is_empty() {
        format!("{head}: all as committed\nMerkle root {}", verified.merkle_root)
    } else {
        format!("{head}\n{} faults:\n  {}", verified.faults.len(), verified.faults.join("\n  "))
    }
}
