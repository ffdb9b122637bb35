//! A worker process: finds who leads, joins, beats, pulls shards, asks leave, computes, commits.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use renkei_artifacts::{Committed, RunStore, commit};
use renkei_coordinator::desk::{Beat, Leave, Presence, WaveName, rules};
use renkei_domain::plan::Shard;
use renkei_domain::record::{CommitRecord, RECORD_VERSION};
use renkei_domain::{AttemptId, ErrorKind};
use renkei_runtime::Clock;
use renkei_stage::{ExecutorId, ShardError, Ticket, Try};
use tokio_util::sync::CancellationToken;

use crate::cluster::Cluster;
use crate::coordinator::Term;
use crate::executor::Process;
use crate::work::content;

/// Shards at once.
const SLOTS: u32 = 2;
/// Tries of a request to the desk before a worker gives it up.
const ASKS: u32 = 5;
/// Tries of one shard within its slot.
const TRIES: u32 = 3;

#[derive(Clone)]
pub(crate) struct Worker {
    cluster: Cluster,
    process: Process,
    presence: Presence,
    /// Which coordinator answered last.
    leader: Arc<AtomicUsize>,
    running: Arc<Mutex<BTreeMap<AttemptId, (Try, CancellationToken)>>>,
}

/// Starts a worker's tasks.
pub(crate) fn start(cluster: &Cluster, process: Process, presence: Presence) {
    let worker =
        Worker { cluster: cluster.clone(), process, presence, leader: Arc::default(), running: Arc::default() };
    for _ in 0..SLOTS {
        let worker = worker.clone();
        cluster.world().spawn(process, async move { worker.slot().await });
    }
    cluster.world().spawn(process, async move { worker.beat().await });
}

impl Worker {
    fn executor(&self) -> &ExecutorId {
        &self.presence.executor
    }

    /// Asks whoever led last; where that one does not answer or leads no more, the next is asked next time.
    async fn ask<T: Send + 'static>(&self, request: impl Fn(&Term) -> T + Send + Sync + 'static) -> Option<T> {
        let at = self.leader.load(Ordering::SeqCst);
        let seat = self.cluster.seat(at).clone();
        let to = *seat.process.lock().unwrap();
        let request = move || {
            let term = seat.term.lock().unwrap().clone();
            term.map(|term| request(&term))
        };
        let answer = self.cluster.wire().call(self.process, to, request).await.flatten();
        if answer.is_none() {
            self.leader.store((at + 1) % self.cluster.seats(), Ordering::SeqCst);
        }
        answer
    }

    async fn beat(&self) {
        loop {
            let running: Vec<Try> = self.running.lock().unwrap().values().map(|(a_try, _)| a_try.clone()).collect();
            let executor = self.executor().clone();
            match self.ask(move |term| term.front.beat(&executor, false, &running)).await {
                Some(Beat::Known { cancelled }) => self.stop(&cancelled),
                Some(Beat::Rejoin) => {
                    let presence = self.presence.clone();
                    self.ask(move |term| term.front.join(presence.clone())).await;
                }
                None => {}
            }
            self.cluster.world().sleep(rules::BEAT_EVERY).await;
        }
    }

    fn stop(&self, cancelled: &[WaveName]) {
        for (a_try, token) in self.running.lock().unwrap().values() {
            if cancelled.contains(&WaveName::from(&a_try.ticket)) {
                token.cancel();
            }
        }
    }

    async fn slot(&self) {
        let world = self.cluster.world();
        loop {
            let executor = self.executor().clone();
            let handed = self.ask(move |term| {
                let engines: Vec<_> = term.engines.lock().unwrap().values().cloned().collect();
                engines.iter().find_map(|engine| engine.poll(&executor))
            });
            let Some(Some((ticket, place, shard))) = handed.await else {
                world.sleep(world.millis(200, 1500)).await;
                continue;
            };
            let well = self.tries(&ticket, &shard).await;
            for _ in 0..2 {
                let ticket = ticket.clone();
                let told = self.ask(move |term| {
                    if let Some(engine) = term.engines.lock().unwrap().get(&ticket.run) {
                        engine.done(ticket.wave, place, well);
                    }
                });
                if told.await.is_some() {
                    break;
                }
            }
        }
    }

    async fn tries(&self, ticket: &Ticket, shard: &Shard) -> bool {
        let world = self.cluster.world();
        for _ in 0..TRIES {
            let attempt = AttemptId::new(format!("t{:016x}", world.number())).unwrap();
            let a_try = Try { ticket: ticket.clone(), stage: shard.stage, shard: shard.id.clone(), attempt };
            let outcome = match self.begin(&a_try).await {
                Ok(None) => return true,
                Ok(Some(cancel)) => self.compute(ticket, shard, &cancel).await,
                Err(error) => Err(error),
            };
            self.running.lock().unwrap().remove(&a_try.attempt);
            let retry = outcome.as_ref().err().map(|error| error.kind.retryable());
            self.end(&a_try, outcome).await;
            match retry {
                None => return true,
                Some(false) => return false,
                Some(true) => world.sleep(world.millis(100, 2000)).await,
            }
        }
        false
    }

    async fn begin(&self, a_try: &Try) -> Result<Option<CancellationToken>, ShardError> {
        let mut asks = 0;
        loop {
            let (executor, asked) = (self.executor().clone(), a_try.clone());
            match self.ask(move |term| term.front.begin(&executor, &asked)).await {
                Some(Leave::Go) => {
                    let token = CancellationToken::new();
                    self.running.lock().unwrap().insert(a_try.attempt.clone(), (a_try.clone(), token.clone()));
                    return Ok(Some(token));
                }
                Some(Leave::NotWanted) => return Ok(None),
                Some(Leave::Wait(wait)) => self.cluster.world().sleep(wait).await,
                Some(Leave::Refused(error)) => return Err(error),
                None if asks == ASKS => return Err(ShardError::new(ErrorKind::Unavailable, "no desk answers")),
                None => asks += 1,
            }
        }
    }

    async fn end(&self, a_try: &Try, outcome: Result<(), ShardError>) {
        for _ in 0..ASKS {
            let (executor, a_try, outcome) = (self.executor().clone(), a_try.clone(), outcome.clone());
            if self.ask(move |term| term.front.end(&executor, &a_try, &outcome)).await.is_some() {
                return;
            }
        }
    }

    /// As a stage's runner does it: look, compute, write, commit.
    async fn compute(&self, ticket: &Ticket, shard: &Shard, cancel: &CancellationToken) -> Result<(), ShardError> {
        let world = self.cluster.world();
        let failed = |error: renkei_artifacts::ArtifactError| ShardError::new(error.kind(), error.to_string());
        let store = RunStore::new(self.cluster.objects(self.process), "p".into(), ticket.run.clone());
        if store.commit_of(shard.stage, &shard.id).await.map_err(failed)?.is_some() {
            return Ok(());
        }
        for _ in 0..1 + world.below(6) {
            world.sleep(world.millis(20, 500)).await;
            if cancel.is_cancelled() {
                return Err(ShardError::cancelled());
            }
        }
        if self.cluster.is_poison(&shard.id) {
            world.say(|| format!("{} dies of {}", self.presence.executor, shard.id));
            self.cluster.crash_worker(&self.presence.executor.worker);
            std::future::pending::<()>().await;
        }
        let attempt = AttemptId::new(format!("a{:016x}", world.number())).unwrap();
        let bytes = content(shard.stage, &shard.id);
        let entry = store.put_artifact(shard, &attempt, "t", "t.parquet", bytes, 1).await.map_err(failed)?;
        let record = CommitRecord {
            version: RECORD_VERSION,
            run: ticket.run.clone(),
            stage: shard.stage,
            shard: shard.id.clone(),
            attempt,
            epoch: ticket.epoch,
            artifacts: vec![entry],
            quarantine: vec![],
            input: None,
            started: "0".into(),
            committed: world.now().to_string(),
        };
        match commit(&store, &record).await.map_err(failed)? {
            Committed::Won => {}
            Committed::Again => self.cluster.report(|report| report.met_itself += 1),
            Committed::Yielded => self.cluster.report(|report| report.yielded += 1),
        }
        Ok(())
    }
}
