//! The worker's own folder.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use std::time::Duration;

use renkei_runtime::Clock;

use crate::WorkerError;

/// A process that was killed holds its folder until the last of its threads has gone.
const FORERUNNER_GOES_WITHIN: Duration = Duration::from_secs(10);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(100);

/// `work_dir`, held by this process until it is dropped.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// The system lets go of it when the process ends, however it ends.
    _lock: File,
}

impl Folder {
    /// Takes the folder as [`Self::take`] does; a forerunner that has just been killed has time to go.
    pub(super) async fn take_over(path: &Path, clock: &dyn Clock) -> Result<Self, WorkerError> {
        let asked = clock.monotonic();
        loop {
            match Self::take(path) {
                Err(WorkerError::FolderTaken { .. }) if clock.monotonic() - asked < FORERUNNER_GOES_WITHIN => {
                    clock.sleep(LOOK).await;
                }
                taken => return taken,
            }
        }
    }

    /// Takes the folder, made where it is absent, and empties the engine's scratch in it; an error where another process
    /// has it.
    fn take(path: &Path) -> Result<Self, WorkerError> {
        let own = |what, path: &Path| {
            let path = path.to_owned();
            move |source| WorkerError::Own { what, path, source }
        };
        fs::create_dir_all(path).map_err(own("make the folder", path))?;
        let lock = File::create(path.join("lock")).map_err(own("write in", path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(WorkerError::FolderTaken { folder: path.to_owned() }),
            Err(TryLockError::Error(source)) => return Err(own("lock", path)(source)),
        }
        let folder = Self { path: path.to_owned(), _lock: lock };
        match fs::remove_dir_all(folder.scratch()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(own("empty", &folder.scratch())(error));
            }
            _ => {}
        }
        for part in [folder.scratch(), folder.encoders()] {
            fs::create_dir_all(&part).map_err(own("make the folder", &part))?;
        }
        Ok(folder)
    }

    /// For the engine; empty at start.
    pub(super) fn scratch(&self) -> PathBuf {
        self.path.join("scratch")
    }

    /// For copies of encoders; kept.
    pub(super) fn encoders(&self) -> PathBuf {
        self.path.join("encoders")
    }
}

#[cfg(test)]
mod tests {
    use renkei_runtime::clock::{ManualClock, Timestamp};

    use super::*;

    #[tokio::test]
    async fn a_forerunner_has_time_to_go_and_a_neighbour_keeps_the_folder() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("w1");
        let clock = ManualClock::new(Timestamp::from_unix_millis(0).unwrap());
        let time_flies = async {
            loop {
                clock.advance_to_next_sleeper().await;
            }
        };
        let held = Folder::take(&path).unwrap();
        let taken =
            tokio::select! { taken = Folder::take_over(&path, &clock) => taken, () = time_flies => unreachable!() };
        assert!(matches!(taken.unwrap_err(), WorkerError::FolderTaken { .. }));
        assert!(clock.monotonic() >= FORERUNNER_GOES_WITHIN);
        let (taken, ()) = tokio::join!(Folder::take_over(&path, &clock), async {
            drop(held);
            clock.advance_to_next_sleeper().await;
        });
        taken.unwrap();
    }

    #[test]
    fn a_folder_is_held_once_its_scratch_emptied_and_its_copies_kept() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("w1");
        let held = Folder::take(&path).unwrap();
        for part in [held.scratch(), held.encoders()] {
            fs::write(part.join("left"), "x").unwrap();
        }
        let taken = Folder::take(&path).unwrap_err();
        assert!(matches!(taken, WorkerError::FolderTaken { .. }), "{taken}");
        drop(held);
        let again = Folder::take(&path).unwrap();
        assert!(!again.scratch().join("left").exists());
        assert!(again.encoders().join("left").exists());
    }
}
