//! From the command line to this machine's part in a run, and the site's key.

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::num::NonZeroUsize;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use renkei_artifacts::Stores;
use renkei_cohort::Pseudonymiser;
use renkei_inference::Runtime;
use renkei_runtime::{Clock, MemoryBudget};
use renkei_worker::Machine;

use crate::args::{MachineArgs, StoresArgs};

/// What the command line says of this machine.
pub(crate) fn machine(args: &MachineArgs, stores: Stores, clock: Arc<dyn Clock>) -> anyhow::Result<Machine> {
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    Ok(Machine {
        runtime: Runtime::init(&renkei_inference::locate(args.onnxruntime.as_deref())?)?,
        pseudonyms: site_key(args.site_key.as_deref())?,
        slots: args.threads.unwrap_or(cores),
        memory: MemoryBudget::new(args.memory)?,
        stores,
        clock,
    })
}

/// The stores that a command can open.
pub(crate) fn stores(args: &StoresArgs) -> anyhow::Result<Stores> {
    match &args.stores {
        Some(file) => Ok(Stores::read(file)?),
        None => Ok(Stores::from_environment()),
    }
}

/// The site's key.
pub(crate) fn site_key(file: Option<&Path>) -> anyhow::Result<Pseudonymiser> {
    Ok(Pseudonymiser::from_file(&site_key_file(file)?)?)
}

/// The file of the site's key: the one named, else the one in the user's configuration folder, made at its first use.
pub(crate) fn site_key_file(file: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(file) = file {
        return Ok(std::path::absolute(file)?);
    }
    let file = default_key()?;
    if !file.exists() {
        make_key(&file).with_context(|| format!("cannot make a site key at {}", file.display()))?;
        eprintln!("made a site key at {}: keep a copy, pseudonyms depend on it", file.display());
    }
    Ok(file)
}

fn default_key() -> anyhow::Result<PathBuf> {
    if let Some(folder) = std::env::var_os("XDG_CONFIG_HOME") {
        return Ok(PathBuf::from(folder).join("renkei/site.key"));
    }
    let home =
        std::env::var_os("HOME").context("neither XDG_CONFIG_HOME nor HOME is set: name a key with --site-key")?;
    Ok(PathBuf::from(home).join(".config/renkei/site.key"))
}

fn make_key(file: &Path) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut key = [0; 32];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut key)?;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?.write_all(&key)
}
