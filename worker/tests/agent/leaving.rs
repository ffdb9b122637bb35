//! Draining, and leaving.

use std::time::Duration;

use renkei_domain::ErrorKind;
use renkei_stage::ShardError;

use crate::coordinator::{Heard, is_draining};
use crate::trial::{DRAIN, Trial, a_try};

#[tokio::test]
async fn a_draining_worker_says_so_at_once_finishes_what_runs_and_leaves() {
    let trial = Trial::new();
    let leader = trial.coordinator("c1", 1);
    let worker = trial.worker(&[&leader]);
    let running = worker.run();
    leader.beat(|_| true).await;
    let shard = worker.try_shard(1);
    worker.bench.begun(1).await;
    worker.shutdown.request();
    // No time passes in this test.
    leader.beat(is_draining).await;
    let error = worker.agent.hosting().desk.begin(&a_try(1, "late")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable, "another worker may take it");
    assert!(!running.is_finished());
    worker.bench.finish();
    shard.await.unwrap().unwrap();
    running.await.unwrap().unwrap();
    let heard = leader.so_far();
    assert!(matches!(heard.last(), Some(Heard::Leave(_))), "{:?}", heard.last());
    assert!(heard.iter().any(|one| matches!(one, Heard::End(end) if end.outcome == Ok(()))));
    assert!(!heard.iter().any(|one| matches!(one, Heard::Begin(begin) if begin.a_try == a_try(1, "late"))));
}

#[tokio::test]
async fn what_does_not_finish_in_time_is_cancelled_and_left_to_others() {
    let trial = Trial::new();
    let leader = trial.coordinator("c1", 1);
    let worker = trial.worker(&[&leader]);
    let running = worker.run();
    leader.beat(|_| true).await;
    let shard = worker.try_shard(1);
    worker.bench.begun(1).await;
    worker.shutdown.request();
    leader.beat(is_draining).await;
    let last = Duration::from_secs(1);
    worker.clock.advance(DRAIN - last);
    assert!(!shard.is_finished());
    worker.clock.advance(last);
    running.await.unwrap().unwrap();
    assert_eq!(shard.await.unwrap().unwrap_err().kind, ErrorKind::Fenced);
    assert_eq!(leader.end().await.outcome, Err(ShardError::cancelled()));
    assert!(matches!(leader.so_far().last(), Some(Heard::Leave(_))));
}

#[tokio::test]
async fn a_worker_that_never_found_a_coordinator_goes_too() {
    let trial = Trial::new();
    let nobody = trial.coordinator("c1", 1);
    nobody.stand_by();
    let worker = trial.worker(&[&nobody]);
    worker.time_flies();
    let running = worker.run();
    worker.shutdown.request();
    running.await.unwrap().unwrap();
}
