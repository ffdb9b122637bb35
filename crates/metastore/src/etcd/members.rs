//! Asking a cluster of members so that one that is dead, stopped or cut off does not matter.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use etcd_client::KvClient;
use renkei_runtime::Clock;

use super::EtcdOptions;
use super::answer::Certainty;
use super::link::{Link, Member};
use crate::error::Error;

/// The wait after every member was asked in vain, as while they choose a new leader.
const PAUSE: Duration = Duration::from_millis(100);

/// What may be asked again where the first answer stayed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// A read: as often as there is time.
    Always,
    /// A transaction: only what was certainly not done.
    WhereNotDone,
}

/// The members of one etcd. A call goes to the one that answered last, and to the next where that fails.
#[derive(Debug)]
pub(super) struct Members {
    members: Vec<Member>,
    /// The index of the member to ask first.
    preferred: AtomicUsize,
    options: EtcdOptions,
    /// The key to ask for on a new connection.
    probe: String,
    clock: Arc<dyn Clock>,
}

impl Members {
    /// `options` were checked, so there is at least one endpoint.
    pub(super) fn new(options: EtcdOptions, probe: String, clock: Arc<dyn Clock>) -> Self {
        let members = options.endpoints.iter().cloned().map(Member::new).collect();
        Self { members, preferred: AtomicUsize::new(0), options, probe, clock }
    }

    /// Makes `request` and returns its answer, or the last failure once the time of a call is over.
    pub(super) async fn ask<T, F>(&self, repeat: Repeat, request: impl Fn(KvClient) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, etcd_client::Error>>,
    {
        let end = self.clock.monotonic() + self.options.request_timeout;
        let first = self.preferred.load(Ordering::Relaxed);
        let mut tries = 0;
        loop {
            let at = (first + tries) % self.members.len();
            let failure = match self.ask_one(at, end, repeat, &request).await {
                ControlFlow::Break(result) => return result,
                ControlFlow::Continue(failure) => failure,
            };
            tracing::debug!(error = %failure, "a member of etcd failed, going on with the next");
            if self.left(end) <= PAUSE {
                return Err(failure);
            }
            tries += 1;
            if tries.is_multiple_of(self.members.len()) {
                self.clock.sleep(PAUSE).await;
            }
        }
    }

    /// Asks the member number `at`: what ends the call, or a failure after which another member may be asked.
    async fn ask_one<T, F>(
        &self,
        at: usize,
        end: Duration,
        repeat: Repeat,
        request: &impl Fn(KvClient) -> F,
    ) -> ControlFlow<Result<T, Error>, Error>
    where
        F: Future<Output = Result<T, etcd_client::Error>>,
    {
        let link = match self.link(at, end).await {
            Ok(link) => link,
            Err(failure) if matches!(failure.certainty(), Certainty::Wrong(_)) => {
                return ControlFlow::Break(Err(failure));
            }
            // Nothing but the question of a new connection was asked.
            Err(failure) => return ControlFlow::Continue(failure),
        };
        let share = self.options.request_timeout.div_f64(self.members.len() as f64);
        let answer = self.within(self.left(end).min(share), at, request(link.kv())).await;
        let failure = match answer {
            Ok(answer) => {
                self.prefer(at);
                return ControlFlow::Break(Ok(answer));
            }
            Err(failure) => failure,
        };
        match failure.certainty() {
            Certainty::Wrong(_) => return ControlFlow::Break(Err(failure)),
            Certainty::NotDone => return ControlFlow::Continue(failure),
            Certainty::Unknown => link.abandon(),
        }
        match repeat {
            Repeat::Always => ControlFlow::Continue(failure),
            Repeat::WhereNotDone => {
                self.prefer((at + 1) % self.members.len());
                ControlFlow::Break(Err(failure))
            }
        }
    }

    async fn link(&self, at: usize, end: Duration) -> Result<Link, Error> {
        let limit = self.left(end).min(self.options.connect_timeout);
        let member = &self.members[at];
        tokio::select! {
            link = member.link(&self.options, &self.probe) => link,
            () = self.clock.sleep(limit) => Err(self.silent(at, limit)),
        }
    }

    async fn within<T>(
        &self,
        limit: Duration,
        at: usize,
        request: impl Future<Output = Result<T, etcd_client::Error>>,
    ) -> Result<T, Error> {
        tokio::select! {
            answer = request => {
                answer.map_err(|source| Error::Etcd { endpoint: self.members[at].endpoint.clone(), source })
            }
            () = self.clock.sleep(limit) => Err(self.silent(at, limit)),
        }
    }

    fn silent(&self, at: usize, limit: Duration) -> Error {
        Error::EtcdSilent { endpoint: self.members[at].endpoint.clone(), limit }
    }

    fn left(&self, end: Duration) -> Duration {
        end.saturating_sub(self.clock.monotonic())
    }

    fn prefer(&self, at: usize) {
        if self.preferred.swap(at, Ordering::Relaxed) != at {
            tracing::info!(endpoint = self.members[at].endpoint, "asking another member of etcd first");
        }
    }
}
