//! Answers calls: through the gate, into the log, onto the disk, and only then out.

use std::sync::{Arc, Mutex, PoisonError};

use renkei_federation::egress::{Gate, History};
use renkei_federation::exchange::{Call, Door, Refusal, SiteDesk};
use renkei_federation::methods::Table;
use renkei_federation::study::SitePolicy;

use super::{Papers, Site};
use crate::wire::{Declined, Said, Why};
use crate::{Error, Folder, Journal};

const GATE: &str = "gate.bin";
const DESK: &str = "desk.bin";

/// The one door of the site, with its files.
#[derive(Debug)]
pub(super) struct Way {
    folder: Folder,
    journal: Journal,
    /// None after something could not be written: what is on the disk counts then.
    gate: Option<Gate>,
}

impl Way {
    pub(super) fn open(folder: Folder, journal: Journal) -> Self {
        Self { folder, journal, gate: None }
    }

    pub(super) fn journal(&mut self) -> &mut Journal {
        &mut self.journal
    }

    fn door(&mut self) -> Result<Door, Error> {
        let gate = match self.gate.take() {
            Some(gate) => gate,
            None => self.folder.state(GATE)?.unwrap_or_else(|| Gate::new(History::default())),
        };
        Ok(Door { gate, log: self.journal.end().clone() })
    }
}

/// One study that runs at the site.
#[derive(Debug)]
pub(super) struct Answerer {
    site: Arc<Site>,
    papers: Papers,
    desk: SiteDesk,
    table: Table,
}

impl Answerer {
    pub(super) fn open(site: Arc<Site>, papers: Papers, policy: SitePolicy, table: Table) -> Result<Self, Error> {
        let desk = match papers.folder().state(DESK)? {
            Some(desk) => desk,
            None => SiteDesk::new(papers.proposal()?, papers.life()?, policy),
        };
        Ok(Self { site, papers, desk, table })
    }

    /// What to say to a call. An error is no answer: nothing was said, and what is on the disk counts.
    pub(super) fn answer(&mut self, call: &Call) -> Result<Said, Error> {
        // People may have withdrawn it since.
        self.desk.set_life(self.papers.life()?);
        let (site, now) = (Arc::clone(&self.site), self.site.moment());
        let mut way = lock(&site.way);
        let mut door = way.door()?;
        let mut rng = renkei_runtime::secrets()?;
        match self.desk.answer(call, (&self.table, &mut door), &site.key, now, &mut rng) {
            Ok(answered) => {
                way.journal.write(&answered.log, door.log)?;
                if !answered.log.is_empty() {
                    way.folder.put_state(GATE, &door.gate)?;
                }
                way.gate = Some(door.gate);
                self.papers.folder().put_state(DESK, &self.desk)?;
                Ok(Said::Reply(Box::new(answered.reply)))
            }
            Err(refusal) => {
                let why = why(&refusal);
                let mut end = door.log;
                let refused = SiteDesk::refused(&call.order, &refusal, &mut end, &site.key, now);
                let line =
                    refused.map_err(|error| Error::refused(renkei_domain::ErrorKind::Internal, error.to_string()))?;
                way.journal.write(&line, end)?;
                way.gate = Some(door.gate);
                tracing::warn!(study = %call.order.study, method_use = call.order.method_use, ?why, "a call was refused; the log says why");
                Ok(Said::Declined(Declined { round: call.terms.round(), attempt: call.terms.attempt(), why }))
            }
        }
    }
}

/// All of a refusal that leaves.
fn why(refusal: &Refusal) -> Why {
    match refusal {
        Refusal::Gate { passes, .. } => Why::Gate { passes: *passes },
        Refusal::Method(_) | Refusal::Release(_) => Why::Data,
        _ => Why::Order,
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
