//! A study in its folder: changed as a whole, on the disk before anybody hears of it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use renkei_federation::audit::Log;
use renkei_federation::exchange::HubDesk;
use renkei_federation::study::SignedStudy;
use tokio::sync::watch;

use super::report::{UseReport, report};
use super::study::{Standing, Study};
use crate::{Error, Folder, Journal};

const STANDING: &str = "study.json";
const DESK: &str = "desk.bin";
const RESULTS: &str = "results.json";

/// One study of the hub.
#[derive(Debug)]
pub(super) struct Slot {
    folder: Folder,
    study: Mutex<Study>,
    reports: Mutex<Vec<UseReport>>,
    /// Counts changes, for those who wait.
    pub(super) changed: watch::Sender<u64>,
    /// When the open phase began, on the process's clock.
    since: Mutex<Duration>,
}

impl Slot {
    pub(super) fn proposed(folder: Folder, signed: SignedStudy) -> Result<Self, Error> {
        let study = Study::proposed(signed)?;
        folder.put_document(STANDING, &study.standing)?;
        Ok(Self::of(folder, study, Vec::new()))
    }

    /// As it was kept; none where a crash came before the first file.
    pub(super) fn read(folder: Folder) -> Result<Option<Self>, Error> {
        let Some(standing) = folder.document::<Standing>(STANDING)? else { return Ok(None) };
        let study = Study::kept(standing, folder.state::<HubDesk>(DESK)?)?;
        let reports = folder.document(RESULTS)?.unwrap_or_default();
        Ok(Some(Self::of(folder, study, reports)))
    }

    fn of(folder: Folder, study: Study, reports: Vec<UseReport>) -> Self {
        let (study, reports) = (Mutex::new(study), Mutex::new(reports));
        Self { folder, study, reports, changed: watch::channel(0).0, since: Mutex::default() }
    }

    /// The study now.
    pub(super) fn study(&self) -> MutexGuard<'_, Study> {
        self.study.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the study: lines for the log first, then its files, then the study itself, then those who wait. Where any of
    /// it fails, it stays as it was. What sites said in an open phase is not written: they say it again.
    pub(super) fn change(
        &self,
        journal: &Mutex<Journal>,
        now: Duration,
        act: impl FnOnce(&mut Study, &mut Log) -> Result<String, Error>,
    ) -> Result<(), Error> {
        let mut study = self.study();
        let mut next = study.clone();
        let mut journal = journal.lock().unwrap_or_else(PoisonError::into_inner);
        let mut end = journal.end().clone();
        let lines = act(&mut next, &mut end)?;
        journal.write(&lines, end)?;
        drop(journal);
        let position = |study: &Study| study.desk.as_ref().map(HubDesk::position);
        if position(&next) != position(&study) {
            if let Some(desk) = &next.desk {
                self.folder.put_state(DESK, desk)?;
            }
            *self.since.lock().unwrap_or_else(PoisonError::into_inner) = now;
        }
        // After the desk: a study that is done has its results.
        if next.standing != study.standing {
            self.folder.put_document(STANDING, &next.standing)?;
            *self.since.lock().unwrap_or_else(PoisonError::into_inner) = now;
        }
        *study = next;
        self.changed.send_modify(|changes| *changes += 1);
        Ok(())
    }

    /// How long the open phase has gone on.
    pub(super) fn waited(&self, now: Duration) -> Duration {
        now.saturating_sub(*self.since.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reports of all uses that have ended; certificates are made where they are missing, which takes a moment.
    pub(super) fn reports(&self) -> Result<Vec<UseReport>, Error> {
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        let (signed, hash, ended) = {
            let study = self.study();
            let ended = study.desk.as_ref().map_or(&[][..], HubDesk::results);
            (study.standing.signed.clone(), study.hash, ended.get(reports.len()..).unwrap_or_default().to_vec())
        };
        if !ended.is_empty() {
            let mut all = reports.clone();
            all.extend(ended.iter().map(|ended| report(&signed, hash, ended)));
            self.folder.put_document(RESULTS, &all)?;
            *reports = all;
        }
        Ok(reports.clone())
    }
}
