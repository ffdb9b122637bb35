//! What every engine must do, as tests that each implementation runs. Failures panic, as assertions do.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a contract suite is test code that other crates' tests call")]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use renkei_domain::plan::{Shard, Stage};
use renkei_domain::{ErrorKind, ShardId};
use renkei_stage::{ShardError, ShardRunner};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::{Engine, WaveId, WaveState};

/// Runs the whole suite on engines made by `make`, each with two slots or more.
pub async fn run_all(make: impl AsyncFn(Arc<dyn ShardRunner>) -> Arc<dyn Engine>) {
    every_shard_runs_once(&make).await;
    passing_failures_are_tried_again(&make).await;
    failures_for_good_fail_the_wave_and_keep_their_kind(&make).await;
    a_panic_fails_the_wave_and_not_the_process(&make).await;
    a_failed_wave_is_over_when_nothing_of_it_runs(&make).await;
    cancel_stops_what_runs_and_what_waits(&make).await;
    waves_run_side_by_side(&make).await;
    an_empty_wave_finishes(&make).await;
    unknown_waves_are_said_to_be(&make).await;
}

/// What the runner does with the n-th try (from 1) of a shard.
type Script = Box<dyn Fn(&ShardId, u32) -> Step + Send + Sync>;

enum Step {
    Commit,
    Fail(ErrorKind),
    Panic,
    WaitForCancel,
    /// Fails once a shard runs that [`Step::OutliveAFailure`] is for.
    FailBeside(ErrorKind),
    /// Commits long after another shard failed.
    OutliveAFailure,
}

struct Scripted {
    script: Script,
    tries: Mutex<BTreeMap<ShardId, u32>>,
    started: Notify,
    failed: Notify,
    outliving: Notify,
    running: AtomicUsize,
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
            failed: Notify::new(),
            outliving: Notify::new(),
            running: AtomicUsize::new(0),
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
        let _running = Running::of(&self.running);
        match (self.script)(&shard.id, tries) {
            Step::Commit => Ok(()),
            Step::Fail(kind) => Err(ShardError::new(kind, "scripted")),
            Step::FailBeside(kind) => {
                self.outliving.notified().await;
                self.failed.notify_one();
                Err(ShardError::new(kind, "scripted"))
            }
            Step::Panic => panic!("scripted"),
            Step::WaitForCancel => {
                cancel.cancelled().await;
                *self.stopped.lock().unwrap() += 1;
                Err(ShardError::cancelled())
            }
            Step::OutliveAFailure => {
                self.outliving.notify_one();
                self.failed.notified().await;
                for _ in 0..10_000 {
                    tokio::task::yield_now().await;
                }
                Ok(())
            }
        }
    }
}

/// Counts what runs, whichever way it ends.
struct Running<'a>(&'a AtomicUsize);

impl<'a> Running<'a> {
    fn of(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
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
async fn every_shard_runs_once(make: &impl AsyncFn(Arc<dyn ShardRunner>) -> Arc<dyn Engine>) {
    let runner = Scripted::new(|_, _| Step::Commit);
    let engine = make(runner.clone()).await;
    let wave = engine.submit(shards(16)).await.unwrap();
    assert_eq!(end_of(&engine, wave).await, WaveState::Finished);
    assert_eq!(runner.tries().values().sum::<u32>(), 16, "one start a shard");
    assert_eq!(runner.tries().len(), 16);
}

async fn passing_failures_are_tried_again(make: &impl AsyncFn(Arc<dyn ShardRunner>) -> Arc<dyn Engine>) {
    let runner = Scripted::new(|id, tries| match (id.as_str(), tries) {
        ("s0001", 1) => Step::Fail(ErrorKind::Exhausted),
        ("s0002", 1) => Step::Fail(ErrorKind::Unavailable),
        _ => Step::Commit,
    });
    let engine = make(runner.clone()).await;
    let wave = engine.submit(shards(4)).await.unwrap();
    assert_eq!(end_of(&engine, wave).await, WaveState::Finished);
    assert_eq!(runner.tries().into_values().collect::<Vec<_>>(), [1, 2, 2, 1]);
}

/// `Fenced` is left out: it says that whoever asked has lost the lead, and who follows decides.
async fn failures_for_good_fail_the_wave_and_keep_their_kind(
    make: &impl AsyncFn(Arc<dyn ShardRunner>) -> Arc<dyn Engine>,
) {
    use ErrorKind::{Conflict, Data, Denied, Internal, Invalid, NotFound};
    for kind in [Invalid, NotFound, Conflict, Data, Denied, Internal] {
        let runner = Scripted::new(move |id, _| match id.as_str() {
            "s0001" => Step::Fail(kind),
            _ => Step::Commit,
        });
        let engine = make(runner.clone()).await;
        let wave = engine.submit(shards(4)).await.unwrap();
        let WaveState::Failed(error) = end_of(&engine, wave).await else { panic!("the wave must fail") };
        assert_eq!(error, ShardError::new(kind, "scripted"));
        assert_eq!(runner.tries()[&ShardId::new("s0001").unwrap()], 1, "not tried again");
    }
}

async fn a_panic_fails_the_wave_and_not_the_process(make: &impl AsyncFn(Arc<dyn ShardRunner>) -> Arc<dyn Engine>) {
    let script = |id: &ShardId, _| if id.as_str() == "s0000" { Step::Panic } else { Step::Commit };
    let engine = make(Scripted::new(script)).await;
    let wave = engine.submit(shards(2)).await.unwrap();
    let WaveState::Failed(error) = end_of(&engine, wave).await else { panic!("the wave must fail") };
    assert_eq!(error.kind, ErrorKind::Internal);
}

async fn a_failed_wave_is_over_when_nothing_of_it_runs(make: &impl AsyncFn(Arc<dyn ShardRunner>) -> Arc<dyn Engine>) {
    let runner = Scripted::new(|id, _| match id.as_str() {
        "s0000" => Step::OutliveAFailure,
        "s0001" => Step::FailBeside(ErrorKind::Data),
        _ => Step::Commit,
    });
    let engine = make(runner.clone()).await;
    let wave = engine.submit(shards(64)).await.unwrap();
    assert!(matches!(end_of(&engine, wave).await, WaveState::Failed(_)));
    assert_eq!(runner.running.load(Ordering::SeqCst), 0, "a wave that is over runs on");
}

async fn cancel_stops_what_runs_and_what_waits(make: &impl AsyncFn(Arc<dyn ShardRunner>) -> Arc<dyn Engine>) {
    let runner = Scripted::new(|_, _| Step::WaitForCancel);
    let engine = make(runner.clone()).await;
    let wave = engine.submit(shards(64)).await.unwrap();
    runner.started.notified().await;
    engine.cancel(wave).await;
    assert_eq!(end_of(&engine, wave).await, WaveState::Cancelled);
    let started = runner.tries().len() as u32;
    assert_eq!(*runner.stopped.lock().unwrap(), started, "nothing of a cancelled wave runs on");
    assert!(started < 64, "shards that waited were not begun");
}

async fn waves_run_side_by_side(make: &impl AsyncFn(Arc<dyn ShardRunner>) -> Arc<dyn Engine>) {
    let runner = Scripted::new(|id, _| if id.as_str() == "s0000" { Step::WaitForCancel } else { Step::Commit });
    let engine = make(runner.clone()).await;
    let blocked = engine.submit(shards(1)).await.unwrap();
    let free = engine.submit(shards(4).split_off(1)).await.unwrap();
    assert_eq!(end_of(&engine, free).await, WaveState::Finished);
    engine.cancel(blocked).await;
    assert_eq!(end_of(&engine, blocked).await, WaveState::Cancelled);
}

async fn an_empty_wave_finishes(make: &impl AsyncFn(Arc<dyn ShardRunner>) -> Arc<dyn Engine>) {
    let engine = make(Scripted::new(|_, _| Step::Commit)).await;
    let wave = engine.submit(vec![]).await.unwrap();
    assert_eq!(end_of(&engine, wave).await, WaveState::Finished);
}

async fn unknown_waves_are_said_to_be(make: &impl AsyncFn(Arc<dyn ShardRunner>) -> Arc<dyn Engine>) {
    let engine = make(Scripted::new(|_, _| Step::Commit)).await;
    assert!(engine.watch(WaveId(1_000_000)).is_none());
    engine.cancel(WaveId(1_000_000)).await;
}
