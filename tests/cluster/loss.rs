//! Executors that go, in good order or not.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use renkei_coordinator::engine::{Engine, WaveState};
use renkei_domain::plan::Shard;
use renkei_domain::{ShardId, WorkerId};
use renkei_runtime::Clock;
use renkei_runtime::clock::{ManualClock, Timestamp};
use renkei_stage::{ExecutorId, ShardError, ShardRunner};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::door::{poll, registration};
use crate::ground::{Ground, end_of, shards};

/// Commits shards into a common book; stops at a gate on the way.
#[derive(Debug)]
struct Gated {
    gate: Semaphore,
    begun: Notify,
    open: AtomicBool,
    committed: Arc<Mutex<BTreeMap<ShardId, usize>>>,
}

impl Gated {
    fn new(committed: &Arc<Mutex<BTreeMap<ShardId, usize>>>) -> Arc<Self> {
        let (gate, open) = (Semaphore::new(0), AtomicBool::new(false));
        Arc::new(Self { gate, begun: Notify::new(), open, committed: Arc::clone(committed) })
    }

    fn let_all_through(&self) {
        self.open.store(true, Ordering::SeqCst);
        self.gate.close();
    }
}

#[async_trait]
impl ShardRunner for Gated {
    async fn run(&self, shard: Shard, _: CancellationToken) -> Result<(), ShardError> {
        if self.committed.lock().unwrap().contains_key(&shard.id) {
            return Ok(());
        }
        self.begun.notify_one();
        let _ = self.gate.acquire().await;
        assert!(self.open.load(Ordering::SeqCst));
        *self.committed.lock().unwrap().entry(shard.id).or_default() += 1;
        Ok(())
    }
}

/// One worker stands still in mid-shard and vanishes; the other takes over what it had, and what it had finished.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_vanishes_costs_time_and_no_shard() {
    let ground = Ground::new().await;
    let committed = Arc::default();
    let (doomed, steady) = (Gated::new(&committed), Gated::new(&committed));
    steady.let_all_through();
    let first = ground.worker("doomed", &[], 2, doomed.clone()).await;
    let engine = ground.engine("r", 1, None);
    let wave = engine.submit(shards(20)).await.unwrap();
    doomed.begun.notified().await;
    let _second = ground.worker("steady", &[], 2, steady).await;

    drop(first.executor);
    ground.desk.lose(&first.id);
    assert_eq!(end_of(&engine, wave).await, WaveState::Finished);
    let committed = committed.lock().unwrap();
    assert_eq!(committed.len(), 20);
    assert!(committed.values().all(|times| *times == 1), "{committed:?}");
}

/// All workers go, and the wave waits for new ones.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wave_outlives_all_its_workers() {
    let ground = Ground::new().await;
    let committed = Arc::default();
    let (doomed, steady) = (Gated::new(&committed), Gated::new(&committed));
    steady.let_all_through();
    let first = ground.worker("doomed", &[], 1, doomed.clone()).await;
    let engine = ground.engine("r", 1, None);
    let wave = engine.submit(shards(3)).await.unwrap();
    doomed.begun.notified().await;
    drop(first.executor);
    ground.desk.lose(&first.id);
    ground.until_waiting(3).await;
    assert!(!engine.watch(wave).unwrap().borrow().is_over());

    let _second = ground.worker("steady", &[], 1, steady).await;
    assert_eq!(end_of(&engine, wave).await, WaveState::Finished);
    assert_eq!(committed.lock().unwrap().len(), 3);
}

/// A worker that is stopped finishes what it has, takes nothing new, and is gone for the scheduler at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_is_stopped_finishes_what_it_has_and_takes_nothing_new() {
    let ground = Ground::new().await;
    let committed = Arc::default();
    let (leaving, staying) = (Gated::new(&committed), Gated::new(&committed));
    staying.let_all_through();
    let first = ground.worker("leaving", &[], 1, leaving.clone()).await;
    let engine = ground.engine("r", 1, None);
    let wave = engine.submit(shards(10)).await.unwrap();
    leaving.begun.notified().await;
    let mut stopped = std::pin::pin!(first.executor.stop());
    tokio::select! { biased; () = &mut stopped => unreachable!("it has a shard in hand"), () = std::future::ready(()) => {} }
    leaving.let_all_through();
    stopped.await;
    assert_eq!(committed.lock().unwrap().len(), 1, "what it had is finished, nothing new begun");

    let _second = ground.worker("staying", &[], 1, staying).await;
    assert_eq!(end_of(&engine, wave).await, WaveState::Finished);
    let committed = committed.lock().unwrap();
    assert_eq!(committed.len(), 10);
    assert!(committed.values().all(|times| *times == 1), "{committed:?}");
}

/// The answer to a poll was lost. Ballista believes that the executor, which is well, runs the shard, and always would.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shard_that_ballista_lost_track_of_ends_the_wave_by_silence() {
    let clock = Arc::new(ManualClock::new(Timestamp::from_unix_millis(0).unwrap()));
    let ground = Ground::at(clock.clone()).await;
    let id = ExecutorId { worker: WorkerId::new("w").unwrap(), incarnation: 1 };
    let _desk = ground.desk.join(id.clone(), &[]);
    let engine = ground.engine("r", 1, None);
    let wave = engine.submit(shards(1)).await.unwrap();
    ground.until_waiting(1).await;
    let mut client = SchedulerGrpcClient::new(ground.channel().await);
    let lost = client.poll_work(poll(Some(registration(&id.to_string())), 1, vec![])).await.unwrap();
    assert_eq!(lost.into_inner().tasks.len(), 1);

    let mut state = engine.watch(wave).unwrap();
    let silence = async {
        loop {
            clock.advance_to_next_sleeper().await;
        }
    };
    tokio::select! {
        end = state.wait_for(WaveState::is_over) => assert_eq!(*end.unwrap(), WaveState::Finished),
        () = silence => unreachable!(),
    }
    assert!(clock.monotonic() >= Duration::from_secs(15), "{:?}", clock.monotonic());
}
