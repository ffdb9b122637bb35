//! This worker's line to the desk of whoever leads.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use renkei_domain::ErrorKind;
use renkei_proto::workers::{Begin, End, Permission};
use renkei_proto::{WireError, v1};
use renkei_runtime::{Clock, Policy, Seed, retry};
use renkei_stage::{Desk, ExecutorId, ShardError, Try};
use tokio_util::sync::CancellationToken;
use tonic::Request;

use super::leader::{Leader, Leads};
use super::tries::Tries;

/// A worker that cannot reach the desk for this long gives the shard back: `Begin` fails as `Unavailable`.
pub const OUT_OF_REACH_AFTER: Duration = Duration::from_secs(30);
/// How long one question may take. A dead connection is noticed sooner (`renkei_transport::limits`).
const CALL: Duration = Duration::from_secs(5);
/// A desk that says "later" is asked again after this long at the latest.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How long nothing is asked after a question failed.
const PAUSE: Duration = Duration::from_millis(250);
/// How an end is told. Where it cannot be, the shard's commit speaks for itself, and beats show that the try is over.
const TELL: Policy = Policy {
    first_wait: Duration::from_millis(100),
    longest_wait: Duration::from_secs(1),
    tries: 4,
    total: Duration::from_secs(5),
};

/// Asks leave for tries and tells how they ended, wherever the leader is.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) caller: ExecutorId,
    pub(super) leads: Leads,
    pub(super) tries: Arc<Tries>,
    pub(super) clock: Arc<dyn Clock>,
    /// No try begins any more.
    pub(super) draining: CancellationToken,
}

impl Line {
    /// The desk's answer, from whoever leads; asked again until there is one.
    async fn permission(&self, a_try: &Try) -> Result<Permission, ShardError> {
        let asked = self.clock.monotonic();
        let mut leads = self.leads.clone();
        loop {
            let leader = leads.borrow_and_update().clone();
            let failed = match leader {
                Some(leader) => match self.ask(&leader, a_try).await {
                    Ok(permission) => return Ok(permission),
                    Err(error) if error.kind() != ErrorKind::Unavailable => return Err(error.into()),
                    Err(error) => error.into(),
                },
                None => nobody_leads(),
            };
            if self.clock.monotonic() - asked >= OUT_OF_REACH_AFTER {
                return Err(failed);
            }
            tokio::select! {
                paused = self.pause(PAUSE) => paused?,
                Ok(()) = leads.changed() => {}
            }
        }
    }

    async fn ask(&self, leader: &Leader, a_try: &Try) -> Result<Permission, WireError> {
        let begin = v1::BeginRequest::from(Begin { caller: self.caller.clone(), a_try: a_try.clone() });
        leader.desk().begin(timed(begin, CALL)).await?.into_inner().try_into()
    }

    /// Waits, unless this worker is leaving.
    async fn pause(&self, time: Duration) -> Result<(), ShardError> {
        match self.draining.run_until_cancelled(self.clock.sleep(time)).await {
            Some(()) => Ok(()),
            None => Err(leaving()),
        }
    }

    async fn tell(&self, a_try: &Try, outcome: &Result<(), ShardError>) -> Result<(), ShardError> {
        let leader = self.leads.borrow().clone();
        let leader = leader.ok_or_else(nobody_leads)?;
        let (caller, a_try, outcome) = (self.caller.clone(), a_try.clone(), outcome.clone());
        let end = v1::EndRequest::from(End { caller, a_try, outcome });
        leader.desk().end(timed(end, CALL)).await.map_err(WireError::from)?;
        Ok(())
    }
}

fn nobody_leads() -> ShardError {
    ShardError::new(ErrorKind::Unavailable, "no coordinator leads at the moment")
}

/// A shard that is not begun because this worker goes; another may take it.
fn leaving() -> ShardError {
    ShardError::new(ErrorKind::Unavailable, "this worker is leaving and takes no new shards")
}

/// A request that may take `time`.
pub(super) fn timed<T>(message: T, time: Duration) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(time);
    request
}

#[async_trait]
impl Desk for Line {
    async fn begin(&self, a_try: &Try) -> Result<Option<CancellationToken>, ShardError> {
        loop {
            if self.draining.is_cancelled() {
                return Err(leaving());
            }
            match self.permission(a_try).await? {
                Permission::Go => break,
                Permission::NotWanted => return Ok(None),
                Permission::Wait(time) => self.pause(time.min(LONGEST_WAIT)).await?,
                Permission::Refused(error) => return Err(error),
            }
        }
        let Try { ticket, stage, shard, attempt } = a_try;
        tracing::info!(run = %ticket.run, %stage, %shard, %attempt, "try begins");
        Ok(Some(self.tries.begin(a_try)))
    }

    async fn end(&self, a_try: &Try, outcome: &Result<(), ShardError>) {
        let Try { ticket, stage, shard, attempt } = a_try;
        // The failure's text goes to the coordinator only: it may name a slide's file.
        match outcome {
            Ok(()) => tracing::info!(run = %ticket.run, %stage, %shard, %attempt, "shard committed"),
            Err(error) => tracing::warn!(run = %ticket.run, %stage, %shard, %attempt, kind = ?error.kind, "try failed"),
        }
        let jitter = Seed::new(self.caller.incarnation).derive(attempt.as_str());
        let again = |error: &ShardError| error.kind == ErrorKind::Unavailable;
        if let Err(error) = retry(&TELL, self.clock.as_ref(), jitter, again, || self.tell(a_try, outcome)).await {
            tracing::warn!(run = %ticket.run, %stage, %shard, %attempt, %error, "cannot tell the desk how the try ended");
        }
        // In hand until it was told, so that another leader hears of it by a beat, and knows what ends.
        self.tries.end(a_try, outcome);
    }
}
