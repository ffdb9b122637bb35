//! Joining, and going to the next coordinator.

use std::time::Duration;

use renkei_domain::ErrorKind;
use renkei_proto::PROTOCOL;
use renkei_runtime::Clock as _;
use renkei_transport::Role;
use renkei_worker::agent::OUT_OF_REACH_AFTER;

use crate::coordinator::Heard;
use crate::trial::{Trial, a_try};

#[tokio::test]
async fn a_worker_says_what_it_is_to_the_one_that_leads() {
    let trial = Trial::new();
    let (standby, leader) = (trial.coordinator("c1", 0), trial.coordinator("c2", 4));
    standby.stand_by();
    let worker = trial.worker(&[&standby, &leader]);
    let _running = worker.run();
    let joined = leader.join(1).await;
    assert_eq!((joined.caller.to_string(), joined.protocol), ("w1/0000000000000007".to_owned(), PROTOCOL));
    assert_eq!((joined.equipment.slots, joined.equipment.memory_bytes), (2, 64 << 20));
    assert_eq!(joined.equipment.execution_class.as_deref(), Some("onnxruntime=x;threads=1"));
    let beat = leader.beat(|_| true).await;
    assert_eq!((beat.progress[0].tiles_looked_at, beat.progress[0].tiles_encoded), (5, 3));
    assert!(beat.resident_bytes > 0 && beat.running.is_empty());
    let leads = worker.agent.leads().borrow().clone().unwrap();
    assert_eq!((leads.url.as_str(), leads.epoch), (leader.url.as_str(), 4));
    assert!(standby.so_far().is_empty());
}

#[tokio::test]
async fn a_refusal_for_good_ends_the_worker_with_the_reason() {
    for why in ["worker w1 is of version 2, this coordinator of version 1", "worker w1 has another execution class"] {
        let trial = Trial::new();
        let leader = trial.coordinator("c1", 1);
        leader.follow(|script| script.refusal = Some((ErrorKind::Invalid, why)));
        let worker = trial.worker(&[&leader]);
        worker.time_flies();
        let error = worker.run().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert_eq!(error.to_string(), format!("the coordinator {} refuses this worker: {why}", leader.url));
        assert_eq!(leader.so_far().len(), 1, "asked again");
    }
}

#[tokio::test]
async fn an_id_that_is_taken_is_waited_for() {
    let trial = Trial::new();
    let leader = trial.coordinator("c1", 1);
    leader.follow(|script| script.refusal = Some((ErrorKind::Conflict, "another process is worker w1")));
    let worker = trial.worker(&[&leader]);
    worker.time_flies();
    let error = worker.run().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(worker.clock.monotonic() >= Duration::from_secs(30), "its forerunner had no time to be given up");

    let worker = trial.worker(&[&leader]);
    worker.time_flies();
    let asked = leader.so_far().len();
    let _running = worker.run();
    leader.join(asked + 2).await;
    leader.follow(|script| script.refusal = None);
    leader.beat(|_| true).await;
}

#[tokio::test]
async fn a_certificate_of_another_role_may_not_join() {
    let trial = Trial::new();
    let leader = trial.coordinator("c1", 1);
    let worker = trial.worker_as(Role::User, std::slice::from_ref(&leader.url));
    worker.time_flies();
    let error = worker.run().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert!(leader.so_far().is_empty());
}

#[tokio::test]
async fn where_another_leads_the_worker_goes_there_and_its_shard_goes_on() {
    for falls in [false, true] {
        let trial = Trial::new();
        let (first, second) = (trial.coordinator("c1", 1), trial.coordinator("c2", 2));
        second.stand_by();
        let worker = trial.worker(&[&first, &second]);
        let _running = worker.run();
        let shard = worker.try_shard(1);
        worker.bench.begun(1).await;
        worker.time_flies();
        first.beat(|beat| beat.running.len() == 1).await;
        second.follow(|script| script.leads = true);
        if falls {
            first.fall()
        } else {
            first.stand_by()
        };
        let named = second.beat(|beat| beat.running.len() == 1).await;
        assert_eq!(named.running[0].ticket.epoch, 1, "the try that the first coordinator allowed");
        worker.bench.finish();
        shard.await.unwrap().unwrap();
        let end = second.end().await;
        assert_eq!((end.a_try, end.outcome), (named.running[0].clone(), Ok(())));
        second.beat(|beat| beat.running.is_empty()).await;
    }
}

#[tokio::test]
async fn a_worker_that_was_forgotten_joins_again_and_keeps_its_shard() {
    let trial = Trial::new();
    let leader = trial.coordinator("c1", 1);
    let worker = trial.worker(&[&leader]);
    let _running = worker.run();
    leader.join(1).await;
    let shard = worker.try_shard(1);
    worker.bench.begun(1).await;
    leader.follow(|script| script.rejoin = true);
    worker.clock.advance_to_next_sleeper().await;
    leader.join(2).await;
    let after = |heard: &[Heard]| {
        let at = heard.iter().rposition(|one| matches!(one, Heard::Join(_)))?;
        heard[at..].iter().find_map(|one| if let Heard::Beat(beat) = one { Some(beat.clone()) } else { None })
    };
    assert_eq!(leader.heard(after).await.running.len(), 1);
    worker.bench.finish();
    shard.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_desk_out_of_reach_gives_the_shard_back_after_a_while() {
    let trial = Trial::new();
    let nobody = trial.coordinator("c1", 1);
    let worker = trial.worker(&[&nobody]);
    nobody.fall();
    worker.time_flies();
    let _running = worker.run();
    let hosting = worker.agent.hosting();
    let asked = worker.clock.monotonic();
    let error = hosting.desk.begin(&a_try(1, "a")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable);
    let waited = worker.clock.monotonic() - asked;
    assert!((OUT_OF_REACH_AFTER..2 * OUT_OF_REACH_AFTER).contains(&waited), "{waited:?}");
    hosting.desk.end(&a_try(1, "a"), &Err(error)).await;
}
