//! Shows that the leader is alive, and notices when it leads no more.

use std::sync::Arc;
use std::time::Duration;

use renkei_metastore::{MetaStore, Outcome};
use renkei_runtime::Clock;

use super::{BEAT_EVERY, Leadership, MARGIN, TAKE_OVER_AFTER, fact};
use crate::RunError;

/// The heart of a term. Where it is dropped or not polled, others take over.
#[derive(Debug)]
#[must_use = "a leader that does not beat is overtaken"]
pub struct Keeper {
    store: Arc<dyn MetaStore>,
    clock: Arc<dyn Clock>,
    leadership: Leadership,
    /// When the last beat that is known to have arrived was sent: earlier than anybody can have seen it.
    shown: Duration,
}

impl Drop for Keeper {
    /// Nobody shows the term any more.
    fn drop(&mut self) {
        self.leadership.lost.cancel();
    }
}

impl Keeper {
    pub(super) fn new(
        store: Arc<dyn MetaStore>,
        clock: Arc<dyn Clock>,
        leadership: Leadership,
        shown: Duration,
    ) -> Self {
        Self { store, clock, leadership, shown }
    }

    /// Beats until the term is lost; [`Leadership::lost`] is cancelled by then.
    pub async fn keep(&mut self) {
        let clock = Arc::clone(&self.clock);
        let mut lost = false;
        while !lost {
            let left = (self.shown + TAKE_OVER_AFTER - MARGIN).saturating_sub(clock.monotonic());
            lost = tokio::select! {
                biased;
                () = clock.sleep(left) => true,
                overtaken = self.beat() => overtaken,
            };
        }
        tracing::warn!(epoch = self.leadership.epoch, "no longer leading");
        self.leadership.lost.cancel();
    }

    /// Ends the term in good order: whoever stands by takes over at once.
    pub async fn resign(self) -> Result<(), RunError> {
        self.leadership.lost.cancel();
        let write = fact::put_beat(self.leadership.epoch, true)?;
        // Where the guard fails another leads already.
        let _outcome = self.store.transact(&[self.leadership.guard()], &[write]).await?;
        Ok(())
    }

    /// Waits for the next beat's time and sends it; whether another leads. A failure is no sign of either: the deadline
    /// in [`Keeper::keep`] decides.
    async fn beat(&mut self) -> bool {
        self.clock.sleep(BEAT_EVERY).await;
        let sent = self.clock.monotonic();
        match self.send().await {
            Ok(Outcome::Committed { .. }) => self.shown = sent,
            Ok(Outcome::GuardFailed { .. }) => return true,
            Err(error) => tracing::warn!(%error, "a beat may not have arrived"),
        }
        false
    }

    async fn send(&self) -> Result<Outcome, RunError> {
        let write = fact::put_beat(self.leadership.epoch, false)?;
        Ok(self.store.transact(&[self.leadership.guard()], &[write]).await?)
    }
}
