//! The processes of a local cluster: started so that they outlive this one, and stopped one by one, never others.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use renkei_runtime::Clock;
use serde::{Deserialize, Serialize};

/// Time between looks at a process that was asked to end.
const LOOK: Duration = Duration::from_millis(100);
/// Looks until a process is ended by force: longer than a worker's drain in `files`.
const LOOKS: u32 = 200;

/// A process, by its number and the moment it began, since numbers are given out again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Process {
    /// What it is.
    pub(crate) name: String,
    id: u32,
    /// Clock ticks after boot (`proc_pid_stat(5)`, field 22).
    began: u64,
}

/// What was started, in order, written down as soon as it was.
#[derive(Debug)]
pub(crate) struct Processes {
    file: PathBuf,
    started: Vec<Process>,
}

impl Processes {
    /// Those of the cluster in `folder`; none where there is none.
    pub(crate) fn of(folder: &Path) -> anyhow::Result<Self> {
        let file = folder.join("processes.json");
        let started = match std::fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).with_context(|| format!("{} is not valid", file.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", file.display())),
        };
        Ok(Self { file, started })
    }

    /// Those that still run.
    pub(crate) fn running(&self) -> impl Iterator<Item = &Process> {
        self.started.iter().filter(|process| process.runs())
    }

    /// Starts `command` in a session of its own; what it prints goes to `<name>.log` beside the list.
    pub(super) fn start(&mut self, name: &str, mut command: Command) -> anyhow::Result<()> {
        use std::os::unix::process::CommandExt as _;
        let log = self.file.with_file_name(format!("{name}.log"));
        let log = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).process_group(0);
        let child = command.spawn().with_context(|| format!("cannot start {name} ({:?})", command.get_program()))?;
        let began = began(child.id()).with_context(|| format!("{name} ended at once: see its log"))?;
        self.started.push(Process { name: name.to_owned(), id: child.id(), began });
        Ok(std::fs::write(&self.file, serde_json::to_vec_pretty(&self.started)?)?)
    }

    /// Fails, with the end of its log, where a started process has ended.
    pub(super) fn all_run(&self) -> anyhow::Result<()> {
        let Some(ended) = self.started.iter().find(|process| !process.runs()) else { return Ok(()) };
        let log = self.file.with_file_name(format!("{}.log", ended.name));
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        anyhow::bail!("{} ended: {}", ended.name, lines[lines.len().saturating_sub(5)..].join("\n"))
    }

    /// Asks all to end, the last started first, and ends by force what does not. Returns the names.
    pub(crate) async fn stop(self, clock: &dyn Clock) -> anyhow::Result<Vec<String>> {
        let mut stopped = Vec::new();
        for process in self.started.iter().rev().filter(|process| process.runs()) {
            process.signal("TERM")?;
            let mut looks = 0;
            while process.runs() {
                clock.sleep(LOOK).await;
                looks += 1;
                if looks == LOOKS {
                    process.signal("KILL")?;
                }
            }
            stopped.push(process.name.clone());
        }
        match std::fs::remove_file(&self.file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(stopped),
        }
    }
}

impl Process {
    fn runs(&self) -> bool {
        began(self.id) == Some(self.began)
    }

    fn signal(&self, name: &str) -> anyhow::Result<()> {
        // Asked again right before, so that no other process that was given the number is met.
        if self.runs() {
            Command::new("kill").args(["-s", name, &self.id.to_string()]).status()?;
        }
        Ok(())
    }
}

/// When a process began; `None` where there is none, or only what is left of one that ended.
fn began(id: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name, in brackets, may hold blanks; state is the first field after it, the beginning the twentieth.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    if fields.next()? == "Z" {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use renkei_runtime::SystemClock;

    use super::*;

    #[tokio::test]
    async fn what_was_started_is_stopped_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let mut other = Command::new("sleep").arg("600").spawn().unwrap();
        let mut processes = Processes::of(folder.path()).unwrap();
        let mut sleep = Command::new("sleep");
        sleep.arg("600");
        processes.start("sleeper", sleep).unwrap();
        processes.all_run().unwrap();
        let mut read = Processes::of(folder.path()).unwrap();
        assert_eq!(read.running().count(), 1);
        // A list from before a restart of the machine: the number is another process's now.
        read.started.push(Process { name: "stale".to_owned(), id: other.id(), began: 1 });
        assert!(read.all_run().is_err());
        assert_eq!(read.stop(&SystemClock::new()).await.unwrap(), ["sleeper"]);
        assert!(other.try_wait().unwrap().is_none(), "a process that was not started here goes on");
        other.kill().unwrap();
        other.wait().unwrap();
        assert_eq!(Processes::of(folder.path()).unwrap().running().count(), 0);
    }
}
