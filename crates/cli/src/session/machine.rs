//! What this machine gives: ONNX Runtime, the site's key, cores, memory.

use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use renkei_cohort::Pseudonymiser;
use renkei_inference::Runtime;
use renkei_runtime::MemoryBudget;

use crate::args::MachineArgs;

/// This machine's part in a run.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) runtime: Runtime,
    pub(crate) pseudonyms: Pseudonymiser,
    pub(crate) slots: usize,
    pub(crate) memory: MemoryBudget,
}

impl Machine {
    pub(crate) fn open(args: &MachineArgs) -> anyhow::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            runtime: Runtime::init(&renkei_inference::locate(args.onnxruntime.as_deref())?)?,
            pseudonyms: site_key(args.site_key.as_deref())?,
            slots: args.threads.unwrap_or(cores).max(1),
            memory: MemoryBudget::new(args.memory)?,
        })
    }
}

/// The site's key: the file named, else the one in the user's configuration folder, which is made at its first use.
pub(crate) fn site_key(file: Option<&Path>) -> anyhow::Result<Pseudonymiser> {
    if let Some(file) = file {
        return Ok(Pseudonymiser::from_file(file)?);
    }
    let file = default_key()?;
    if !file.exists() {
        make_key(&file).with_context(|| format!("cannot make a site key at {}", file.display()))?;
        eprintln!("made a site key at {}: keep a copy, pseudonyms depend on it", file.display());
    }
    Ok(Pseudonymiser::from_file(&file)?)
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
