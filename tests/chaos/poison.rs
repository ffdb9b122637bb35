//! A shard that ends every worker which tries it.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::ground::Ground;

/// Played from outside: whichever worker's log says that it begins the shard is killed and started again.
#[test]
fn a_shard_that_kills_three_workers_is_set_aside_and_the_run_goes_on() {
    let Some(mut ground) = Ground::prepare(1, 1) else { return };
    let run = ground.submit("poison");
    let over = AtomicBool::new(false);
    let mut poison = None;
    let mut deaths = 0;
    let mut read = 0;
    while !over.load(Ordering::Relaxed) {
        let log = std::fs::read_to_string(ground.cluster.log("worker-1")).unwrap();
        for line in log[read..].lines() {
            let Some(shard) = begun(line) else { continue };
            if *poison.get_or_insert_with(|| shard.clone()) == shard {
                deaths += 1;
                ground.cluster.kill("worker-1").unwrap();
                ground.cluster.restart_worker("worker-1").unwrap();
            }
        }
        read = log.len();
        let ended = ground.cluster.run(&run).is_ok_and(|now| now["state"] == "sealed" || now["state"] == "stopped");
        over.store(ended, Ordering::Relaxed);
    }
    let end = ground.cluster.follow(&run).unwrap();
    assert_eq!(end["state"], "sealed", "{end}");
    assert_eq!(set_aside(&end), 1, "{end}");
    assert!(deaths >= 3, "{deaths} workers died");
}

/// The embed shard that a line of a worker's log says is begun.
fn begun(line: &str) -> Option<String> {
    if !line.contains("try begins") || !line.contains("stage=embed") {
        return None;
    }
    Some(line.split("shard=").nth(1)?.split_whitespace().next()?.to_owned())
}

fn set_aside(run: &Value) -> u64 {
    run["stages"].as_array().into_iter().flatten().filter_map(|stage| stage["set_aside"].as_u64()).sum()
}
