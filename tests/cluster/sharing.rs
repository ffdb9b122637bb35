//! Several runs and pools on the same slots.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use renkei_coordinator::engine::{Engine, WaveState};
use renkei_domain::ShardId;
use renkei_domain::plan::{Shard, Stage};
use renkei_stage::{ShardError, ShardRunner};
use tokio_util::sync::CancellationToken;

use crate::ground::{Ground, end_of};

/// Writes down who ran what, in order.
#[derive(Debug)]
struct Diary {
    name: &'static str,
    lines: Arc<Mutex<Vec<(&'static str, ShardId)>>>,
}

#[async_trait]
impl ShardRunner for Diary {
    async fn run(&self, shard: Shard, _: CancellationToken) -> Result<(), ShardError> {
        self.lines.lock().unwrap().push((self.name, shard.id));
        Ok(())
    }
}

fn named(run: &str, count: usize) -> Vec<Shard> {
    let one = |n| Shard { id: ShardId::new(format!("{run}-{n:03}")).unwrap(), ..Shard::whole(Stage::Embed).unwrap() };
    (0..count).map(one).collect()
}

/// Both runs wait for their first slot when the worker comes, so that it is the policy that decides from the start on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_share_one_slot_by_weight() {
    let ground = Ground::new().await;
    let (heavy, light) = (ground.engine("heavy", 3, None), ground.engine("light", 1, None));
    let waves = (heavy.submit(named("heavy", 30)).await.unwrap(), light.submit(named("light", 30)).await.unwrap());
    ground.until_waiting(60).await;
    let lines = Arc::default();
    let _worker = ground.worker("w", &[], 1, Arc::new(Diary { name: "w", lines: Arc::clone(&lines) })).await;
    assert_eq!(end_of(&heavy, waves.0).await, WaveState::Finished);
    assert_eq!(end_of(&light, waves.1).await, WaveState::Finished);
    let lines = lines.lock().unwrap();
    let of_light = |lines: &[(&str, ShardId)]| lines.iter().filter(|(_, id)| id.as_str().starts_with("light")).count();
    assert_eq!(lines.len(), 60);
    for few in lines[..36].chunks(12) {
        assert_eq!(of_light(few), 3, "one in four while both have shards: {few:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pool_takes_what_asks_for_it_and_other_workers_do_not() {
    let ground = Ground::new().await;
    let lines = Arc::default();
    let diary = |name| Arc::new(Diary { name, lines: Arc::clone(&lines) });
    let _workers = (
        ground.worker("gpu", &["gpu", "big"], 1, diary("gpu")).await,
        ground.worker("cpu", &[], 1, diary("cpu")).await,
    );
    let engine = ground.engine("r", 1, Some("gpu"));
    let wave = engine.submit(named("r", 20)).await.unwrap();
    assert_eq!(end_of(&engine, wave).await, WaveState::Finished);
    assert!(lines.lock().unwrap().iter().all(|(worker, _)| *worker == "gpu"));
    assert_eq!(lines.lock().unwrap().len(), 20);
}

/// A run that asks for a pool which nobody is in waits, and holds nobody up; dropped, it leaves nothing behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_nobody_can_take_holds_nobody_up() {
    let ground = Ground::new().await;
    let lines = Arc::default();
    let _worker = ground.worker("w", &[], 1, Arc::new(Diary { name: "w", lines: Arc::clone(&lines) })).await;
    let (stranded, able) = (ground.engine("stranded", 9, Some("tpu")), ground.engine("able", 1, None));
    let waiting = stranded.submit(named("stranded", 5)).await.unwrap();
    let wave = able.submit(named("able", 5)).await.unwrap();
    assert_eq!(end_of(&able, wave).await, WaveState::Finished);
    let mut state = stranded.watch(waiting).unwrap();
    assert_eq!(*state.borrow(), WaveState::Running { done: 0 });
    drop(stranded);
    assert_eq!(*state.wait_for(WaveState::is_over).await.unwrap(), WaveState::Cancelled);
    assert_eq!(lines.lock().unwrap().len(), 5);
}
