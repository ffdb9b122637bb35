//! Leaders that die or sleep while others stand by.

use crate::ground::Ground;

#[test]
fn a_killed_leader_is_replaced_and_the_run_goes_on() {
    let Some(mut ground) = Ground::prepare(2, 2) else { return };
    let run = ground.submit("leaderless");
    ground.at_work(&run, 5);
    let leader = leader(&ground, &run);
    ground.cluster.kill(&leader).unwrap();
    ground.ends_well(&run);
    assert_ne!(self::leader(&ground, &run), leader);
}

#[test]
fn a_leader_that_sleeps_and_wakes_seals_nothing() {
    let Some(mut ground) = Ground::prepare(2, 2) else { return };
    let run = ground.submit("sleeping-leader");
    ground.at_work(&run, 5);
    let before = leader(&ground, &run);
    ground.cluster.signal(&before, "STOP").unwrap();
    ground.cluster.wait_for(&run, |now| now["leader"] != before.as_str() && now["state"] == "running").unwrap();
    ground.cluster.signal(&before, "CONT").unwrap();
    ground.ends_well(&run);
    assert_ne!(leader(&ground, &run), before);
}

fn leader(ground: &Ground, run: &str) -> String {
    ground.cluster.run(run).unwrap()["leader"].as_str().unwrap().to_owned()
}
