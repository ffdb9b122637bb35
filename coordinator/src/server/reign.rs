//! Standing by, leading, and standing by again.

use std::sync::Arc;

use renkei_artifacts::Stores;
use renkei_cohort::Pseudonymiser;
use renkei_metastore::MetaStore;
use renkei_runtime::{Clock, SystemAttemptIds};
use tokio_util::sync::CancellationToken;

use super::terms::{Term, Terms};
use crate::RunError;
use crate::config::Config;
use crate::desk::{Expected, FrontDesk};
use crate::engine::ballista::BallistaScheduler;
use crate::lead::{Candidate, Keeper, Leadership};
use crate::ledger::Ledger;
use crate::runs::{Host, Means};

/// What terms are made of.
#[derive(Debug)]
pub(super) struct Reign {
    pub(super) config: Config,
    pub(super) facts: Arc<dyn MetaStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) pseudonyms: Pseudonymiser,
    pub(super) stores: Stores,
    pub(super) scheduler: BallistaScheduler,
    pub(super) terms: Arc<Terms>,
}

/// How a term ended.
enum End {
    /// Another leads, or nobody could see any more that this one does.
    Lost,
    /// The process is to stop.
    Stop,
}

impl Reign {
    /// Stands by and leads in turns until `stop` is cancelled. An error is one that no waiting mends.
    pub(super) async fn until(&self, candidate: &Candidate, stop: &CancellationToken) -> Result<(), RunError> {
        while let Some(begun) = stop.run_until_cancelled(candidate.lead()).await {
            let (leadership, mut keeper) = begun?;
            let end = self.term(&leadership, &mut keeper, stop).await;
            self.terms.set(None);
            if let End::Stop = end {
                if let Err(error) = keeper.resign().await {
                    tracing::warn!(%error, "the next leader has to wait until it sees that this one is gone");
                }
                return Ok(());
            }
        }
        Ok(())
    }

    /// One term. Everything that works for it ends with this call.
    async fn term(&self, leadership: &Leadership, keeper: &mut Keeper, stop: &CancellationToken) -> End {
        let term = Arc::new(self.begin(leadership));
        self.terms.set(Some(Arc::clone(&term)));
        let work = Arc::clone(&term.host).work();
        tokio::select! {
            biased;
            () = stop.cancelled() => End::Stop,
            () = keeper.keep() => End::Lost,
            () = term.desk.reap() => End::Lost,
            () = work => End::Lost,
        }
    }

    fn begin(&self, leadership: &Leadership) -> Term {
        let software = env!("CARGO_PKG_VERSION").to_owned();
        let expected = Expected { software, protocol: renkei_proto::PROTOCOL };
        let desk = Arc::new(FrontDesk::new(expected, Arc::clone(&self.clock)));
        let means = Means {
            ledger: Ledger::led(Arc::clone(&self.facts), leadership.guard()),
            desk: Arc::clone(&desk),
            scheduler: self.scheduler.clone(),
            pseudonyms: self.pseudonyms.clone(),
            stores: self.stores.clone(),
            roots: self.config.roots.clone(),
            most_runs: self.config.limits.runs.get(),
            over: leadership.lost(),
            attempts: Arc::new(SystemAttemptIds),
            clock: Arc::clone(&self.clock),
            leader: self.config.name.clone(),
        };
        Term { epoch: leadership.epoch(), desk, host: Arc::new(Host::new(means)), over: leadership.lost() }
    }
}
