//! The engine of one run.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use renkei_domain::ErrorKind;
use renkei_domain::plan::Shard;
use renkei_stage::{ShardError, StageExec, Ticket};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::policy::job_name;
use super::wave::Wave;
use super::{BallistaScheduler, Entitlement, Shares};
use crate::engine::{Engine, WaveId, WaveState};

/// Words from Ballista about one wave that may wait to be read; what does not fit is asked for later.
const STATUSES: usize = 16;

/// Submits the waves of one run to the scheduler. Dropping it cancels them.
#[derive(Debug)]
pub struct BallistaEngine {
    scheduler: BallistaScheduler,
    /// The ticket of wave 0, which there is none of.
    ticket: Ticket,
    waves: Mutex<HashMap<WaveId, (watch::Receiver<WaveState>, CancellationToken)>>,
    /// Cancelled when the engine is dropped.
    dropped: CancellationToken,
}

fn lock(shares: &Mutex<Shares>) -> MutexGuard<'_, Shares> {
    shares.lock().unwrap_or_else(PoisonError::into_inner)
}

impl BallistaEngine {
    pub(super) fn new(scheduler: BallistaScheduler, ticket: Ticket, entitlement: Entitlement) -> Self {
        lock(&scheduler.shares).admit(&ticket.run, entitlement);
        Self { scheduler, ticket, waves: Mutex::default(), dropped: CancellationToken::new() }
    }

    /// Hands the wave to Ballista, and whoever follows it to the runtime.
    async fn start(
        &self,
        shards: &[Shard],
        wave: u64,
        state: watch::Sender<WaveState>,
        cancel: CancellationToken,
    ) -> Result<(), ShardError> {
        let ticket = Ticket { wave, ..self.ticket.clone() };
        let defect = |error: &dyn std::fmt::Display| ShardError::new(ErrorKind::Internal, error.to_string());
        let plan = StageExec::ticketed(shards, ticket.clone()).map_err(|error| defect(&error))?;
        let (sender, statuses) = mpsc::channel(STATUSES);
        let (scheduler, session) = (self.scheduler.scheduler.clone(), self.scheduler.session.clone());
        let tries = self.scheduler.tries.clone();
        let tally = tries.open(&ticket);
        let shares = self.scheduler.shares.clone();
        lock(&shares).begun(&ticket.run, wave, tally.clone());
        match scheduler.0.submit_physical_plan(&job_name(&ticket), session, plan, Some(sender)).await {
            Ok(job) => {
                let clock = self.scheduler.clock.clone();
                let run = ticket.run.clone();
                let under_way = Wave { scheduler, tries, clock, ticket, job, cancel };
                tokio::spawn(async move {
                    let end = under_way.follow(statuses, tally, &state).await;
                    lock(&shares).over(&run, wave);
                    state.send_replace(end);
                });
                Ok(())
            }
            Err(error) => {
                tries.close(&ticket);
                tries.forget(&ticket);
                lock(&shares).over(&ticket.run, wave);
                Err(defect(&error))
            }
        }
    }
}

#[async_trait]
impl Engine for BallistaEngine {
    async fn submit(&self, shards: Vec<Shard>) -> Result<WaveId, ShardError> {
        let id = WaveId(self.scheduler.next_wave());
        let cancel = self.dropped.child_token();
        let (sender, state) = watch::channel(WaveState::Running { done: 0 });
        if shards.is_empty() {
            // Ballista never ends a plan without partitions.
            sender.send_replace(WaveState::Finished);
        } else {
            self.start(&shards, id.0, sender, cancel.clone()).await?;
        }
        self.waves.lock().unwrap_or_else(PoisonError::into_inner).insert(id, (state, cancel));
        Ok(id)
    }

    fn watch(&self, wave: WaveId) -> Option<watch::Receiver<WaveState>> {
        self.waves.lock().unwrap_or_else(PoisonError::into_inner).get(&wave).map(|(state, _)| state.clone())
    }

    async fn cancel(&self, wave: WaveId) {
        if let Some((_, cancel)) = self.waves.lock().unwrap_or_else(PoisonError::into_inner).get(&wave) {
            cancel.cancel();
        }
    }
}

impl Drop for BallistaEngine {
    fn drop(&mut self) {
        self.dropped.cancel();
        lock(&self.scheduler.shares).dismiss(&self.ticket.run);
    }
}
