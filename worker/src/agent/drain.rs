//! Going in good order.

use std::pin::pin;
use std::time::Duration;

use super::Agent;
use crate::StageExecutor;

/// Shards look for the wish to stop between tiles: by then they have.
const STOPPED_WITHIN: Duration = Duration::from_secs(10);

impl Agent {
    /// Takes no new shards and lets those that run finish; those that do not in time are cancelled and tried elsewhere.
    pub(super) async fn drain(&self, executor: StageExecutor) {
        tracing::info!(in_hand = self.pulse.tries.busy(), "draining: no new shards");
        self.draining.cancel();
        let mut finished = pin!(async {
            executor.stop().await;
            self.pulse.tries.none_in_hand().await;
        });
        tokio::select! {
            () = &mut finished => return,
            () = self.clock.sleep(self.settings.drain) => {}
        }
        tracing::warn!(in_hand = self.pulse.tries.busy(), "the time to drain is over: shards are cancelled");
        self.stop.cancel();
        tokio::select! {
            () = finished => {}
            () = self.clock.sleep(STOPPED_WITHIN) => tracing::error!("shards do not stop: they are left where they stand"),
        }
    }
}
