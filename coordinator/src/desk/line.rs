//! A worker's line to a desk in the same process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use renkei_domain::AttemptId;
use renkei_runtime::Clock;
use renkei_stage::{Desk, ShardError, Try};
use tokio_util::sync::CancellationToken;

use super::{Beat, FrontDesk, Leave, Presence, rules};
use crate::error::Refusal;

/// One worker's line: what a worker's own line over the wire does, without the wire.
#[derive(Debug)]
pub struct Line {
    front: Arc<FrontDesk>,
    clock: Arc<dyn Clock>,
    presence: Presence,
    running: Mutex<BTreeMap<AttemptId, Try>>,
}

impl Line {
    /// The line of the worker `presence`, which joins when [`Line::keep`] is polled.
    #[must_use]
    pub fn new(front: Arc<FrontDesk>, clock: Arc<dyn Clock>, presence: Presence) -> Self {
        Self { front, clock, presence, running: Mutex::default() }
    }

    /// Joins and beats as long as this future is polled; ends only where the desk refuses the worker.
    pub async fn keep(&self) -> Result<(), Refusal> {
        self.front.join(self.presence.clone())?;
        loop {
            let running: Vec<Try> = self.running().values().cloned().collect();
            if self.front.beat(&self.presence.executor, false, &running) == Beat::Rejoin {
                self.front.join(self.presence.clone())?;
            }
            self.clock.sleep(rules::BEAT_EVERY).await;
        }
    }

    /// What the worker announces.
    #[must_use]
    pub fn presence(&self) -> &Presence {
        &self.presence
    }

    fn running(&self) -> std::sync::MutexGuard<'_, BTreeMap<AttemptId, Try>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Desk for Line {
    async fn begin(&self, a_try: &Try) -> Result<Option<CancellationToken>, ShardError> {
        loop {
            match self.front.begin(&self.presence.executor, a_try) {
                Leave::Go => break,
                Leave::NotWanted => return Ok(None),
                Leave::Wait(wait) => self.clock.sleep(wait).await,
                Leave::Refused(error) => return Err(error),
            }
        }
        self.running().insert(a_try.attempt.clone(), a_try.clone());
        Ok(Some(self.front.token(&a_try.ticket)))
    }

    async fn end(&self, a_try: &Try, outcome: &Result<(), ShardError>) {
        self.running().remove(&a_try.attempt);
        self.front.end(&self.presence.executor, a_try, outcome);
    }
}
