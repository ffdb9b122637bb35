//! Leave for a shard, and its end.

use std::time::Duration;

use renkei_domain::ErrorKind;
use renkei_proto::workers::{Permission, Wave};
use renkei_stage::ShardError;

use crate::coordinator::{Heard, beats};
use crate::trial::{Trial, a_try, ticket};

#[tokio::test]
async fn leave_is_asked_for_until_it_is_given_or_denied() {
    let trial = Trial::new();
    let leader = trial.coordinator("c1", 1);
    let refusal = ShardError::new(ErrorKind::Fenced, "another coordinator leads this run now");
    let script = [
        Permission::Wait(Duration::from_millis(500)),
        Permission::Wait(Duration::MAX),
        Permission::Go,
        Permission::NotWanted,
        Permission::Refused(refusal.clone()),
    ];
    leader.follow(|leader| leader.permissions.extend(script));
    let worker = trial.worker(&[&leader]);
    let _running = worker.run();
    leader.beat(|_| true).await;
    worker.time_flies();
    let desk = worker.agent.hosting().desk;
    assert!(desk.begin(&a_try(1, "a")).await.unwrap().is_some());
    let asked =
        leader.so_far().into_iter().filter_map(|one| if let Heard::Begin(begin) = one { Some(begin) } else { None });
    let attempts: Vec<_> = asked.map(|begin| begin.a_try).collect();
    assert_eq!(attempts, vec![a_try(1, "a"); 3], "asked under one name");
    assert!(desk.begin(&a_try(1, "b")).await.unwrap().is_none());
    assert_eq!(desk.begin(&a_try(1, "c")).await.unwrap_err(), refusal);
    let beat = leader.beat(|beat| !beat.running.is_empty()).await;
    assert_eq!(beat.running, [a_try(1, "a")], "only what has leave is in hand");
}

#[tokio::test]
async fn a_cancelled_wave_stops_its_shard_within_two_beats_and_no_other() {
    let trial = Trial::new();
    let leader = trial.coordinator("c1", 1);
    let worker = trial.worker(&[&leader]);
    let _running = worker.run();
    leader.beat(|_| true).await;
    let (cancelled, other) = (worker.try_shard(1), worker.try_shard(2));
    worker.bench.begun(2).await;
    leader.follow(|script| script.cancelled = vec![Wave::from(&ticket(1))]);
    let before = beats(&leader.so_far());
    for beat in 1..=2 {
        worker.clock.advance_to_next_sleeper().await;
        leader.heard(|heard| (beats(heard) >= before + beat).then_some(())).await;
    }
    // Time stands still from here on: two beats were enough.
    assert_eq!(cancelled.await.unwrap().unwrap_err().kind, ErrorKind::Fenced);
    let end = leader.end().await;
    assert_eq!((end.a_try.ticket, end.outcome), (ticket(1), Err(ShardError::cancelled())));
    assert!(!other.is_finished());
    worker.bench.finish();
    other.await.unwrap().unwrap();
}
