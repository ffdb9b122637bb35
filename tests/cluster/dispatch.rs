//! What Ballista's dispatch costs: shards through the embedded scheduler and executors in this process, over loopback. A shard
//! is empty, or sleeps.
//!
//! `cargo build --workspace --all-features --example dispatch` (add `--release` for figures to quote), then
//! `target/release/examples/dispatch 10000 1024 2 2 0`: shards, shards a wave, workers, slots a worker, seconds a shard.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be made stops")]

#[path = "ground.rs"]
#[expect(dead_code, reason = "the tests use all of it")]
mod ground;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use ground::{Ground, end_of, shards};
use renkei_coordinator::engine::{Engine, WaveState};
use renkei_domain::plan::Shard;
use renkei_runtime::{Clock, SystemClock, resident_bytes};
use renkei_stage::{ShardError, ShardRunner};
use tokio_util::sync::CancellationToken;

/// Sleeps, and counts.
#[derive(Debug)]
struct Asleep {
    time: Duration,
    done: AtomicUsize,
}

#[async_trait]
impl ShardRunner for Asleep {
    async fn run(&self, _: Shard, _: CancellationToken) -> Result<(), ShardError> {
        if !self.time.is_zero() {
            SystemClock::new().sleep(self.time).await;
        }
        self.done.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

#[tokio::main]
async fn main() {
    let mut given = std::env::args().skip(1).map(|text| text.parse::<usize>().unwrap());
    let mut next = |default| given.next().unwrap_or(default);
    let (count, wave, workers, slots, seconds) = (next(1000), next(1024), next(2), next(2), next(0));
    let ground = Ground::new().await;
    let runner = Arc::new(Asleep { time: Duration::from_secs(seconds as u64), done: AtomicUsize::new(0) });
    let mut executors = Vec::new();
    for name in 0..workers {
        let slots = u32::try_from(slots).unwrap();
        executors.push(ground.worker(&format!("w{name}"), &[], slots, runner.clone()).await);
    }
    let (clock, engine) = (SystemClock::new(), ground.engine("run", 1, None));
    let start = clock.monotonic();
    for some in shards(count).chunks(wave.max(1)) {
        let id = engine.submit(some.to_vec()).await.unwrap();
        assert_eq!(end_of(&engine, id).await, WaveState::Finished);
    }
    let taken = clock.monotonic() - start;
    assert_eq!(runner.done.load(Ordering::Relaxed), count);
    let (asleep, taken) = ((seconds * count) as f64 / (workers * slots) as f64, taken.as_secs_f64());
    println!(
        "{count} shards of {seconds} s in waves of {wave}, {workers} workers of {slots} slots, {} build: {taken:.2} s, \
         efficiency {:.3}, {:.2} ms a shard beyond its sleep, {} MiB resident",
        if cfg!(debug_assertions) { "dev" } else { "release" },
        asleep / taken,
        (taken - asleep) * 1e3 / count as f64,
        resident_bytes().map_or(0, |size| size.bytes() >> 20),
    );
}
