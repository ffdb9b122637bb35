//! Workers that die, sleep, leave and come.

use crate::ground::Ground;

#[test]
fn an_undisturbed_run_equals_the_embedded_one() {
    let Some(mut ground) = Ground::prepare(1, 2) else { return };
    let run = ground.submit("undisturbed");
    ground.ends_well(&run);
    // Submitted again, it is finished already.
    assert_eq!(ground.submit("undisturbed"), run);
    ground.ends_well(&run);
}

#[test]
fn a_killed_worker_costs_no_shard() {
    let Some(mut ground) = Ground::prepare(1, 2) else { return };
    let run = ground.submit("killed");
    ground.at_work(&run, 5);
    ground.cluster.kill("worker-1").unwrap();
    ground.ends_well(&run);
}

#[test]
fn a_worker_that_sleeps_and_wakes_commits_nothing_twice() {
    let Some(mut ground) = Ground::prepare(1, 2) else { return };
    let run = ground.submit("asleep");
    ground.at_work(&run, 5);
    ground.cluster.signal("worker-1", "STOP").unwrap();
    // It counts as lost once the other worker has gone on with what it had.
    ground.cluster.wait_for(&run, |now| now["state"] == "sealed").unwrap();
    ground.cluster.signal("worker-1", "CONT").unwrap();
    ground.ends_well(&run);
}

#[test]
fn all_workers_gone_and_new_ones_coming_is_a_pause() {
    let Some(mut ground) = Ground::prepare(1, 2) else { return };
    let run = ground.submit("gone");
    ground.at_work(&run, 3);
    ground.cluster.kill("worker-1").unwrap();
    ground.cluster.signal("worker-2", "TERM").unwrap();
    ground.cluster.restart_worker("worker-1").unwrap();
    ground.ends_well(&run);
}
