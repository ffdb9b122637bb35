//! Cancelling, and going on.

use crate::ground::{Ground, embedded};

#[test]
fn a_cancelled_run_stops_and_goes_on_when_submitted_again() {
    let Some(mut ground) = Ground::prepare(1, 2) else { return };
    let run = ground.submit("cancelled");
    ground.at_work(&run, 3);
    ground.cluster.call(&["cancel", &run]).unwrap();
    let stopped = ground.cluster.wait_for(&run, |now| now["state"] == "cancelled").unwrap();
    assert!(in_flight(&stopped) == 0 && embedded(&stopped) >= 3, "{stopped}");
    assert_eq!(ground.submit("cancelled"), run, "the same inputs are the same run");
    ground.ends_well(&run);
}

#[test]
fn a_run_that_nobody_submitted_cannot_be_cancelled() {
    let Some(ground) = Ground::prepare(1, 1) else { return };
    let error = ground.cluster.call(&["cancel", "nobody-knows-it"]).unwrap_err().to_string();
    assert!(error.contains("nobody-knows-it"), "{error}");
}

fn in_flight(run: &serde_json::Value) -> u64 {
    run["stages"].as_array().into_iter().flatten().filter_map(|stage| stage["in_flight"].as_u64()).sum()
}
