//! What the cluster stands on fails: etcd and the store fall silent, the way to the store is bad.

use std::time::Duration;

use crate::ground::Ground;

/// How long a server is silent: that is the fault, not a wait for something.
const SILENCE: Duration = Duration::from_secs(30);

#[test]
fn an_etcd_silent_for_half_a_minute_is_a_pause() {
    let Some(ground) = Ground::prepare(2, 2) else { return };
    is_a_pause(
        ground,
        "etcd-silent",
        |ground| ground.cluster.signal("etcd-1", "STOP").unwrap(),
        |ground| ground.cluster.signal("etcd-1", "CONT").unwrap(),
    );
}

#[test]
fn a_store_silent_for_half_a_minute_is_a_pause() {
    let Some(ground) = Ground::prepare(1, 2) else { return };
    is_a_pause(
        ground,
        "store-silent",
        |ground| ground.cluster.signal("seaweedfs", "STOP").unwrap(),
        |ground| ground.cluster.signal("seaweedfs", "CONT").unwrap(),
    );
}

#[test]
fn an_etcd_that_loses_one_of_three_members_is_no_pause() {
    let Some(mut ground) = Ground::with(&["--etcd-members", "3"]) else { return };
    let run = ground.submit("member-lost");
    ground.at_work(&run, 5);
    ground.cluster.kill("etcd-1").unwrap();
    ground.ends_well(&run);
}

#[test]
fn a_store_with_a_full_disk_is_a_pause() {
    let Some(ground) = Ground::on_small_disk() else { return };
    is_a_pause(
        ground,
        "full",
        |ground| ground.disk.as_ref().unwrap().fill().unwrap(),
        |ground| ground.disk.as_ref().unwrap().free().unwrap(),
    );
}

#[test]
fn a_bad_way_from_the_workers_to_the_store_costs_no_shard() {
    let Some(mut ground) = Ground::prepare(1, 2) else { return };
    let link = ground.cluster.link().unwrap();
    for worker in ["worker-1", "worker-2"] {
        ground.cluster.kill(worker).unwrap();
        ground.cluster.restart_worker(worker).unwrap();
    }
    link.disturb();
    let run = ground.submit("bad-way");
    ground.ends_well(&run);
    assert!(link.faults() > 30, "only {} requests met a fault", link.faults());
}

/// Has a server fail for a while in the middle of a run.
fn is_a_pause(mut ground: Ground, store: &str, fail: impl FnOnce(&Ground), heal: impl FnOnce(&Ground)) {
    let run = ground.submit(store);
    ground.at_work(&run, 5);
    fail(&ground);
    std::thread::sleep(SILENCE);
    heal(&ground);
    ground.ends_well(&run);
}
