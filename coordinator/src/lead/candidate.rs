//! A coordinator that would lead.

use std::sync::Arc;
use std::time::Duration;

use renkei_metastore::{Guard, MetaStore, Outcome, Version};
use renkei_runtime::Clock;
use tokio_util::sync::CancellationToken;

use super::fact::{self, Leader, Seen};
use super::{Keeper, LOOK_EVERY, Leadership, TAKE_OVER_AFTER};
use crate::RunError;

/// Stands by, and takes over when nobody leads.
#[derive(Debug, Clone)]
pub struct Candidate {
    store: Arc<dyn MetaStore>,
    clock: Arc<dyn Clock>,
    name: String,
    address: String,
    process: u64,
}

/// What a candidate saw last, and since when it has not changed.
#[derive(Debug)]
struct Watch {
    sign: (Option<Version>, Option<Version>),
    since: Duration,
}

impl Candidate {
    /// The process `process` (drawn at random) of the coordinator `name`, which others reach at `address`.
    #[must_use]
    pub fn new(store: Arc<dyn MetaStore>, clock: Arc<dyn Clock>, name: String, address: String, process: u64) -> Self {
        Self { store, clock, name, address, process }
    }

    /// Waits until this process leads. The [`Keeper`] must be polled from then on: it shows that this process is alive.
    ///
    /// A store that does not answer is asked again; an error is for good: a fact that cannot be read, or a store that
    /// refuses.
    pub async fn lead(&self) -> Result<(Leadership, Keeper), RunError> {
        let mut watch: Option<Watch> = None;
        loop {
            match self.look(&mut watch).await {
                Ok(Some(term)) => return Ok(term),
                Ok(None) => {}
                Err(error) if error.kind().retryable() => tracing::warn!(%error, "cannot see who leads"),
                Err(error) => return Err(error),
            }
            self.clock.sleep(LOOK_EVERY).await;
        }
    }

    /// Looks once, and takes over where that is due.
    async fn look(&self, watch: &mut Option<Watch>) -> Result<Option<(Leadership, Keeper)>, RunError> {
        let seen = fact::look(self.store.as_ref()).await?;
        let (sign, now) = (seen.sign(), self.clock.monotonic());
        if watch.as_ref().is_none_or(|watch| watch.sign != sign) {
            *watch = Some(Watch { sign, since: now });
        }
        let silent = watch.as_ref().map_or(Duration::ZERO, |watch| now - watch.since);
        // An own takeover of which the answer was lost, or an own term that is over: nobody need wait for its end.
        let own = seen.leader.as_ref().is_some_and(|(leader, _)| leader.process == self.process);
        if own || seen.is_vacant() || silent >= TAKE_OVER_AFTER {
            return self.take_over(&seen).await;
        }
        Ok(None)
    }

    async fn take_over(&self, seen: &Seen) -> Result<Option<(Leadership, Keeper)>, RunError> {
        let asked = self.clock.monotonic();
        let epoch = seen.leader.as_ref().map_or(0, |(leader, _)| leader.epoch) + 1;
        let leader =
            Leader { version: 1, epoch, name: self.name.clone(), address: self.address.clone(), process: self.process };
        let writes = [fact::put_leader(&leader)?, fact::put_beat(epoch, false)?];
        match self.store.transact(&[fact::unchanged(seen)?], &writes).await? {
            Outcome::GuardFailed { .. } => Ok(None),
            Outcome::Committed { version } => {
                let guard = Guard::VersionIs { key: fact::epoch_key()?, version };
                let leadership = Leadership { epoch, guard, lost: CancellationToken::new() };
                tracing::info!(name = self.name, epoch, "leading");
                let (store, clock) = (Arc::clone(&self.store), Arc::clone(&self.clock));
                Ok(Some((leadership.clone(), Keeper::new(store, clock, leadership, asked))))
            }
        }
    }
}
