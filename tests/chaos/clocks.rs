//! Wall clocks that jump, as they do when somebody sets them or a machine wakes up.

use renkei_testkit::{Surroundings, WallClock};

use crate::ground::Ground;

#[test]
fn a_workers_clock_that_jumps_ahead_and_back_changes_no_byte() {
    let Some(mut ground) = Ground::prepare(1, 2) else { return };
    let Some(clock) = WallClock::make(&ground.study.input()).unwrap() else { return };
    ground.cluster.move_worker("worker-1", Surroundings::Clock(&clock)).unwrap();
    ground.cluster.wait_for_workers(&["worker-1", "worker-2"]).unwrap();
    let run = ground.submit("worker-clock");
    ground.at_work(&run, 5);
    clock.shift("+10m").unwrap();
    ground.at_work(&run, 15);
    clock.shift("+0").unwrap();
    ground.ends_well(&run);
}

#[test]
fn a_leaders_clock_that_jumps_ahead_and_back_changes_no_byte() {
    let Some(mut ground) = Ground::prepare(1, 2) else { return };
    let Some(clock) = WallClock::make(&ground.study.input()).unwrap() else { return };
    ground.cluster.move_coordinator("coordinator-1", Surroundings::Clock(&clock)).unwrap();
    ground.cluster.wait_for_workers(&["worker-1", "worker-2"]).unwrap();
    let run = ground.submit("leader-clock");
    ground.at_work(&run, 5);
    clock.shift("+10m").unwrap();
    ground.at_work(&run, 15);
    clock.shift("+0").unwrap();
    ground.ends_well(&run);
}
