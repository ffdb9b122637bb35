//! A disk so small that a test can fill it.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

/// Written at a time while it is filled.
const BLOCK: usize = 1 << 20;

/// A file system in memory (tmpfs(5)), mounted on a folder. It goes when dropped, with all that is on it.
#[derive(Debug)]
pub struct SmallDisk {
    at: PathBuf,
    ballast: PathBuf,
}

impl SmallDisk {
    /// Mounts one of `mebibytes` at `at`; `None`, said loudly, where that is not allowed.
    pub fn mount(at: &Path, mebibytes: u32) -> anyhow::Result<Option<Self>> {
        std::fs::create_dir_all(at)?;
        let size = format!("size={mebibytes}m");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "renkei-test"]).arg(at).stderr(Stdio::null());
        if !mount.status().is_ok_and(|status| status.success()) {
            eprintln!("skipped: no file system can be mounted here (that needs root)");
            return Ok(None);
        }
        Ok(Some(Self { at: at.to_owned(), ballast: at.join("ballast") }))
    }

    /// Leaves no byte free.
    pub fn fill(&self) -> anyhow::Result<()> {
        let mut file = File::create(&self.ballast)?;
        for block in [BLOCK, 1] {
            let bytes = vec![0; block];
            while file.write(&bytes).is_ok_and(|written| written > 0) {}
        }
        Ok(())
    }

    /// Takes away what filled it.
    pub fn free(&self) -> anyhow::Result<()> {
        std::fs::remove_file(&self.ballast).context("it was not filled")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // There is nobody to tell in a drop. Lazily: a process that ends may hold a file for another moment.
        let _ = Command::new("umount").arg("--lazy").arg(&self.at).status();
    }
}
