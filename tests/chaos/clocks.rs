//! Wall clocks that jump, as they do when somebody sets them or a machine wakes up.

use renkei_testkit::{LocalCluster, Surroundings, WallClock};

use crate::ground::Ground;

#[test]
fn a_workers_clock_that_jumps_ahead_and_back_changes_no_byte() {
    jumps("worker-clock", |cluster, to| cluster.move_worker("worker-1", to).unwrap());
}

#[test]
fn a_leaders_clock_that_jumps_ahead_and_back_changes_no_byte() {
    jumps("leader-clock", |cluster, to| cluster.move_coordinator("coordinator-1", to).unwrap());
}

/// Has a wall clock jump while the process that `move_it` puts under it is at work.
fn jumps(store: &str, move_it: impl FnOnce(&mut LocalCluster, Surroundings<'_>)) {
    let Some(mut ground) = Ground::prepare(1, 2) else { return };
    let Some(clock) = WallClock::make(&ground.study.input()).unwrap() else { return };
    move_it(&mut ground.cluster, Surroundings::Clock(&clock));
    ground.cluster.wait_for_workers(&["worker-1", "worker-2"]).unwrap();
    let run = ground.submit(store);
    ground.at_work(&run, 5);
    clock.shift("+10m").unwrap();
    ground.at_work(&run, 15);
    clock.shift("+0").unwrap();
    ground.ends_well(&run);
}
