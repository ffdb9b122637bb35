//! What every engine must do, as tests that each implementation runs. Failures panic, as assertions do.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a contract suite is test code that other crates' tests call")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use renkei_domain::plan::{Shard, Stage};
use renkei_domain::{ErrorKind, ShardId};
use renkei_stage::{ShardError, ShardRunner};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{Engine, WaveId, WaveState};

/// Runs the whole suite on engines made by `make`.
pub async fn run_all(make: impl Fn(Arc<dyn ShardRunner>) -> Arc<dyn Engine>) {
    every_shard_runs_once(&make).await;
    a_passing_failure_is_tried_again(&make).await;
    a_failure_for_good_fails_the_wave_and_keeps_its_kind(&make).await;
    a_panic_fails_the_wave_and_not_the_process(&make).await;
    cancel_stops_what_runs_and_what_waits(&make).await;
    waves_run_side_by_side(&make).await;
    an_empty_wave_finishes(&make).await;
}

type Make<'a> = &'a dyn Fn(Arc<dyn ShardRunner>) -> Arc<dyn Engine>;

/// What the runner does with the n-th try (from 1) of a shard.
type Script = Box<dyn Fn(&ShardId, u32) -> Step + Send + Sync>;

enum Step {
    Commit,
    Fail(ErrorKind),
    Panic,
    WaitForCancel,
}

struct Scripted {
    script: Script,
    tries: Mutex<BTreeMap<ShardId, u32>>,
    started: Notify,
    stopped: Mutex<u32>,
}

impl std::fmt::Debug for Scripted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scripted")
    }
}

impl Scripted {
    fn new(script: impl Fn(&ShardId, u32) -> Step + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self {
            script: Box::new(script),
            tries: Mutex::default(),
            started: Notify::new(),
            stopped: Mutex::default(),
        })
    }

    fn tries(&self) -> BTreeMap<ShardId, u32> {
        self.tries.lock().unwrap().clone()
    }
}

#[async_trait]
impl ShardRunner for Scripted {
    async fn run(&self, shard: Shard, cancel: CancellationToken) -> Result<(), ShardError> {
        let tries = {
            let mut all = self.tries.lock().unwrap();
            let tries = all.entry(shard.id.clone()).or_default();
            *tries += 1;
            *tries
        };
        self.started.notify_one();
        match (self.script)(&shard.id, tries) {
            Step::Commit => Ok(()),
            Step::Fail(kind) => Err(ShardError::new(kind, "scripted")),
            Step::Panic => panic!("scripted"),
            Step::WaitForCancel => {
                cancel.cancelled().await;
                *self.stopped.lock().unwrap() += 1;
                Err(ShardError::cancelled())
            }
        }
    }
}

fn shards(count: usize) -> Vec<Shard> {
    (0..count)
        .map(|n| Shard { id: ShardId::new(format!("s{n:04}")).unwrap(), ..Shard::whole(Stage::Embed).unwrap() })
        .collect()
}

async fn end_of(engine: &Arc<dyn Engine>, wave: WaveId) -> WaveState {
    let mut state = engine.watch(wave).unwrap();
    state.wait_for(WaveState::is_over).await.unwrap().clone()
}

/// The guard against engines that run every partition of an unknown leaf in every task: starts = shards.
async fn every_shard_runs_once(make: Make<'_>) {
    let runner = Scripted::new(|_, _| Step::Commit);
    let engine = make(runner.clone());
    let wave = engine.submit(shards(16)).await.unwrap();
    assert_eq!(end_of(&engine, wave).await, WaveState::Finished);
    assert_eq!(runner.tries().values().sum::<u32>(), 16, "one start a shard");
    assert_eq!(runner.tries().len(), 16);
}

async fn a_passing_failure_is_tried_again(make: Make<'_>) {
    let runner = Scripted::new(|id, tries| match (id.as_str(), tries) {
        ("s0002", 1) => Step::Fail(ErrorKind::Unavailable),
        _ => Step::Commit,
    });
    let engine = make(runner.clone());
    let wave = engine.submit(shards(4)).await.unwrap();
    assert_eq!(end_of(&engine, wave).await, WaveState::Finished);
    assert_eq!(runner.tries()[&ShardId::new("s0002").unwrap()], 2);
}

async fn a_failure_for_good_fails_the_wave_and_keeps_its_kind(make: Make<'_>) {
    let runner = Scripted::new(|id, _| if id.as_str() == "s0001" { Step::Fail(ErrorKind::Data) } else { Step::Commit });
    let engine = make(runner.clone());
    let wave = engine.submit(shards(4)).await.unwrap();
    let WaveState::Failed(error) = end_of(&engine, wave).await else { panic!("the wave must fail") };
    assert_eq!(error.kind, ErrorKind::Data);
    assert_eq!(runner.tries()[&ShardId::new("s0001").unwrap()], 1, "not tried again");
}

async fn a_panic_fails_the_wave_and_not_the_process(make: Make<'_>) {
    let engine = make(Scripted::new(|id, _| if id.as_str() == "s0000" { Step::Panic } else { Step::Commit }));
    let wave = engine.submit(shards(2)).await.unwrap();
    let WaveState::Failed(error) = end_of(&engine, wave).await else { panic!("the wave must fail") };
    assert_eq!(error.kind, ErrorKind::Internal);
}

async fn cancel_stops_what_runs_and_what_waits(make: Make<'_>) {
    let runner = Scripted::new(|_, _| Step::WaitForCancel);
    let engine = make(runner.clone());
    let wave = engine.submit(shards(64)).await.unwrap();
    runner.started.notified().await;
    engine.cancel(wave).await;
    assert_eq!(end_of(&engine, wave).await, WaveState::Cancelled);
    let started = runner.tries().len() as u32;
    assert_eq!(*runner.stopped.lock().unwrap(), started, "nothing of a cancelled wave runs on");
    assert!(started < 64, "shards that waited were not begun");
}

async fn waves_run_side_by_side(make: Make<'_>) {
    let runner = Scripted::new(|id, _| if id.as_str() == "s0000" { Step::WaitForCancel } else { Step::Commit });
    let engine = make(runner.clone());
    let blocked = engine.submit(shards(1)).await.unwrap();
    let free = engine.submit(shards(4).split_off(1)).await.unwrap();
    assert_eq!(end_of(&engine, free).await, WaveState::Finished);
    engine.cancel(blocked).await;
    assert_eq!(end_of(&engine, blocked).await, WaveState::Cancelled);
}

async fn an_empty_wave_finishes(make: Make<'_>) {
    let engine = make(Scripted::new(|_, _| Step::Commit));
    let wave = engine.submit(vec![]).await.unwrap();
    assert_eq!(end_of(&engine, wave).await, WaveState::Finished);
}
