//! The sign of life: joins, beats, and goes to the next coordinator when one is lost.

use std::sync::Arc;
use std::time::Duration;

use renkei_proto::workers::{Beat, Directives, WorkerState};
use renkei_proto::{WireError, v1};
use renkei_runtime::{Clock, resident_bytes};
use renkei_stage::ExecutorId;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::join::Joining;
use super::leader::Leader;
use super::line::timed;
use super::runs::OpenRuns;
use super::tries::Tries;
use crate::WorkerError;

/// How long a beat may take; after this another leader is looked for. Three fit into the silence after which a worker is lost.
const CALL: Duration = Duration::from_secs(2);

/// Keeps this worker known to whoever leads.
#[derive(Debug)]
pub(super) struct Pulse {
    pub(super) joining: Joining,
    pub(super) leads: watch::Sender<Option<Leader>>,
    pub(super) tries: Arc<Tries>,
    pub(super) runs: Arc<dyn OpenRuns>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) draining: CancellationToken,
}

/// Why a beat was the last one to its leader.
enum Lost {
    /// The leader has forgotten this worker.
    Forgotten,
    /// It does not answer, or no longer leads.
    Silent(WireError),
}

impl Pulse {
    /// Joins and beats as long as this future is polled; ends only where a leader refuses this worker for good.
    pub(super) async fn keep(&self) -> WorkerError {
        loop {
            let leader = match self.joining.join().await {
                Ok(leader) => leader,
                Err(error) => return error,
            };
            tracing::info!(coordinator = leader.url, name = leader.name, epoch = leader.epoch, "joined");
            self.leads.send_replace(Some(leader.clone()));
            match self.beat_until_lost(&leader).await {
                Lost::Forgotten => tracing::warn!(coordinator = leader.url, "asked to join again"),
                Lost::Silent(error) => {
                    tracing::warn!(coordinator = leader.url, %error, "lost the coordinator: looking for the one that leads");
                    self.leads.send_replace(None);
                }
            }
        }
    }

    /// Says goodbye to whoever leads. Nobody need hear it: silence says the same, later.
    pub(super) async fn leave(&self) {
        let leader = self.leads.borrow().clone();
        let Some(leader) = leader else { return };
        let caller = v1::LeaveRequest::from(self.caller().clone());
        if let Err(status) = leader.desk().leave(timed(caller, CALL)).await {
            tracing::warn!(reason = %WireError::from(status), "cannot say goodbye");
        }
    }

    fn caller(&self) -> &ExecutorId {
        &self.joining.announcement.caller
    }

    async fn beat_until_lost(&self, leader: &Leader) -> Lost {
        let mut told = false;
        loop {
            self.runs.tidy();
            match self.beat(leader).await {
                Err(error) => return Lost::Silent(error),
                Ok(Directives { please_rejoin: true, .. }) => return Lost::Forgotten,
                Ok(Directives { cancelled, .. }) => self.tries.stop(&cancelled),
            }
            let rest = self.clock.sleep(leader.beat_interval);
            if told {
                rest.await;
            } else {
                // That this worker drains is told at once.
                told = self.draining.run_until_cancelled(rest).await.is_none();
            }
        }
    }

    async fn beat(&self, leader: &Leader) -> Result<Directives, WireError> {
        let state = if self.draining.is_cancelled() { WorkerState::Draining } else { WorkerState::Working };
        let beat = Beat {
            caller: self.caller().clone(),
            progress: self.runs.progress(),
            resident_bytes: resident_bytes().map_or(0, |bytes| bytes.bytes()),
            state,
            running: self.tries.running(),
        };
        let answer = leader.desk().beat(timed(v1::BeatRequest::from(beat), CALL)).await?;
        answer.into_inner().try_into()
    }
}
