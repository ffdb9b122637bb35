use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use object_store::memory::InMemory;
use object_store::path::Path;
use renkei_artifacts::commit;
use renkei_domain::plan::Shard;
use renkei_domain::record::{CommitRecord, Identity};
use renkei_domain::{AttemptId, Digest, ErrorKind, ShardId};
use renkei_metastore::MemoryStore;
use renkei_runtime::SystemClock;
use renkei_stage::{ShardError, ShardRunner};

use super::*;
use crate::desk::NoVerdicts;
use crate::engine::LocalEngine;

mod puppet;

/// Commits every shard, but for those that it forgets the first `forgets` times.
#[derive(Debug)]
struct Forgetful {
    store: RunStore,
    forgets: AtomicU32,
    attempts: AtomicU32,
}

#[async_trait]
impl ShardRunner for Forgetful {
    async fn run(&self, shard: Shard, _: CancellationToken) -> Result<(), ShardError> {
        let forgets = self.forgets.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        if forgets {
            return Ok(());
        }
        let number = self.attempts.fetch_add(1, Ordering::SeqCst);
        commit(&self.store, &record(&self.store, &shard, number)).await.unwrap();
        Ok(())
    }
}

fn record(store: &RunStore, shard: &Shard, attempt: u32) -> CommitRecord {
    CommitRecord {
        version: RECORD_VERSION,
        run: store.run().clone(),
        stage: shard.stage,
        shard: shard.id.clone(),
        attempt: AttemptId::new(format!("a{attempt}")).unwrap(),
        epoch: 1,
        artifacts: vec![],
        quarantine: vec![],
        input: None,
        started: "0".into(),
        committed: "1".into(),
    }
}

fn plan(shards: usize) -> RunPlan {
    let identity =
        Identity { software: "t".into(), execution_class: "t".into(), spec: Digest::of(b""), inputs: BTreeMap::new() };
    let embed = (0..shards)
        .map(|n| Shard { id: ShardId::new(format!("s{n:05}")).unwrap(), ..Shard::whole(Stage::Embed).unwrap() });
    RunPlan {
        name: "t".into(),
        run: identity.run_id().unwrap(),
        identity,
        unreadable: vec![],
        slides: vec![],
        stages: vec![(Stage::Embed, embed.collect()), (Stage::Fit, vec![Shard::whole(Stage::Fit).unwrap()])],
    }
}

async fn drive(store: &RunStore, plan: &RunPlan, forgets: u32) -> Result<Manifest, RunError> {
    let clock = Arc::new(SystemClock::new());
    let runner = Forgetful { store: store.clone(), forgets: forgets.into(), attempts: 0.into() };
    let engine = LocalEngine::new(Arc::new(runner), clock.clone(), 4);
    let ledger = Ledger::new(Arc::new(MemoryStore::new()));
    let hold = ledger.take(&plan.run, "t", vec![], "now".into()).await?;
    let (verdicts, stop) = (&NoVerdicts, CancellationToken::new());
    let driver = Driver { store, engine: &engine, verdicts, ledger: &ledger, clock: clock.as_ref(), wave: WAVE, stop };
    driver.execute(plan, hold, &|_| ()).await
}

fn store(plan: &RunPlan) -> RunStore {
    RunStore::new(Arc::new(InMemory::new()), Path::from("p"), plan.run.clone())
}

/// More shards than a wave holds, and an engine that says "finished" without having done everything.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_lies_costs_time_and_not_truth() {
    let plan = plan(2 * WAVE + 17);
    let (honest, lying) = (store(&plan), store(&plan));
    let first = drive(&honest, &plan, 0).await.unwrap();
    let second = drive(&lying, &plan, 500).await.unwrap();
    assert_eq!(first.stage(Stage::Embed).len(), 2 * WAVE + 17);
    assert_eq!(first.merkle_root, second.merkle_root);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_does_nothing_is_given_up_and_what_it_did_stays() {
    let plan = plan(10);
    let store = store(&plan);
    let error = drive(&store, &plan, 1_000_000).await.unwrap_err();
    assert!(matches!(error, RunError::NoProgress { missing: 10, .. }), "{error}");
    drive(&store, &plan, 0).await.unwrap();
}
