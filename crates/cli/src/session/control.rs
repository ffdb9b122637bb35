//! Where the facts about runs are kept: beside a store on the local file system, else in the user's state folder.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use renkei_artifacts::Location;
use renkei_coordinator::ledger::Ledger;
use renkei_domain::Digest;
use renkei_metastore::DiskStore;

/// The ledger of the runs in `store`.
pub(crate) async fn ledger_of(store: &Location) -> anyhow::Result<Ledger> {
    let folder = match store.local_path() {
        Some(folder) => folder,
        None => state_folder()?.join(Digest::of(store.url.as_str().as_bytes()).short()),
    };
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let facts = DiskStore::open(folder.join("control.sqlite3")).await?;
    Ok(Ledger::new(Arc::new(facts)))
}

fn state_folder() -> anyhow::Result<PathBuf> {
    if let Some(folder) = std::env::var_os("XDG_STATE_HOME") {
        return Ok(PathBuf::from(folder).join("renkei"));
    }
    let home = std::env::var_os("HOME").context("neither XDG_STATE_HOME nor HOME is set: set one of them")?;
    Ok(PathBuf::from(home).join(".local/state/renkei"))
}
