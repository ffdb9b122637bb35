//! Workers that die in the moment of a commit, on either side of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use renkei_testkit::{LinkFault, LinkRequest};

use crate::ground::{Ground, embedded};

/// What became of the commit that a worker was waiting for when it died.
#[derive(Debug, Clone, Copy)]
enum Commit {
    Written,
    Refused,
}

#[test]
fn a_worker_that_dies_before_it_hears_that_its_commit_is_written_costs_no_shard() {
    dies_at_a_commit("commit-written", Commit::Written);
}

#[test]
fn a_worker_that_dies_when_its_commit_did_not_reach_the_store_costs_no_shard() {
    dies_at_a_commit("commit-refused", Commit::Refused);
}

/// Lets five commits of tiles pass, then has the next meet its fate and kills the worker before it can ask again.
fn dies_at_a_commit(store: &str, fate: Commit) {
    let Some(mut ground) = Ground::prepare(1, 1) else { return };
    let link = ground.cluster.link().unwrap();
    ground.cluster.kill("worker-1").unwrap();
    ground.cluster.restart_worker("worker-1").unwrap();
    let seen = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&seen);
    link.plan(move |request| {
        let before = if is_commit(request) { counted.fetch_add(1, Ordering::SeqCst) } else { return None };
        (before >= 5).then_some(match fate {
            Commit::Written => LinkFault::CutAnswer,
            Commit::Refused => LinkFault::Status(503),
        })
    });
    let run = ground.submit(store);
    while seen.load(Ordering::SeqCst) < 6 {
        std::thread::yield_now();
    }
    ground.cluster.kill("worker-1").unwrap();
    link.plan(|_| None);
    ground.cluster.restart_worker("worker-1").unwrap();
    ground.ends_well(&run);
    assert!(embedded(&ground.cluster.run(&run).unwrap()) > 5);
}

fn is_commit(request: &LinkRequest) -> bool {
    request.method == "PUT" && request.conditional && request.target.contains("/commits/embed/")
}
