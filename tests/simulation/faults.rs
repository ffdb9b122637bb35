//! What goes wrong, and when.

use std::time::Duration;

use renkei_domain::WorkerId;
use renkei_runtime::Clock;

use crate::cluster::{Cluster, WORKERS};
use crate::executor::World;
use crate::wire::Weather;

/// One thing that goes wrong.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fault {
    WorkerCrashes { worker: u64 },
    WorkerSleeps { worker: u64, time: Duration },
    WorkerCutOff { worker: u64, time: Duration },
    CoordinatorCrashes { seat: usize },
    CoordinatorSleeps { seat: usize, time: Duration },
    CoordinatorCutOff { seat: usize, time: Duration },
    FactsAway { time: Duration },
    ObjectsAway { time: Duration },
}

/// The weather of a seed: a third of all seeds has a calm network, so that single faults are seen by themselves.
pub(crate) fn weather(world: &World) -> Weather {
    let calm = world.chance(0.33);
    let up_to = |most: f64| if calm { 0.0 } else { most * world.below(1000) as f64 / 1000.0 };
    Weather { lost: up_to(0.08), doubled: up_to(0.1), store_fault: up_to(0.04), delay_ms: 2 + world.below(300) }
}

/// The faults of a seed with their times. A shard is set aside when three workers were lost with it, whatever ended them; so
/// that only a poison shard is, two workers at most are lost for other reasons, and one where there is poison.
pub(crate) fn schedule(world: &World, poison: bool) -> Vec<(Duration, Fault)> {
    let mut workers_left = if poison { 1 } else { 2 };
    let count = world.below(7);
    let mut faults = Vec::new();
    for _ in 0..count {
        let time = world.millis(500, 60_000);
        let (worker, seat) = (world.below(WORKERS), world.below(2) as usize);
        let fault = match world.below(8) {
            0 => Fault::WorkerCrashes { worker },
            1 => Fault::WorkerSleeps { worker, time },
            2 => Fault::WorkerCutOff { worker, time },
            3 => Fault::CoordinatorCrashes { seat },
            4 => Fault::CoordinatorSleeps { seat, time },
            5 => Fault::CoordinatorCutOff { seat, time },
            6 => Fault::FactsAway { time: time / 2 },
            _ => Fault::ObjectsAway { time: time / 3 },
        };
        if matches!(fault, Fault::WorkerCrashes { .. } | Fault::WorkerSleeps { .. } | Fault::WorkerCutOff { .. }) {
            if workers_left == 0 {
                continue;
            }
            workers_left -= 1;
        }
        faults.push((world.millis(0, 40_000), fault));
    }
    faults.sort_by_key(|(at, _)| *at);
    faults
}

/// Lets the faults happen.
pub(crate) async fn happen(cluster: Cluster, faults: Vec<(Duration, Fault)>) {
    let world = cluster.world().clone();
    for (at, fault) in faults {
        world.sleep(at.saturating_sub(world.monotonic())).await;
        world.say(|| format!("{fault:?}"));
        cluster.report(|report| report.faults += 1);
        let until = |time: Duration| world.monotonic() + time;
        let name = |worker: u64| WorkerId::new(format!("w{worker}")).unwrap();
        match fault {
            Fault::WorkerCrashes { worker } => cluster.crash_worker(&name(worker)),
            Fault::WorkerSleeps { worker, time } => world.pause(cluster.worker_process(&name(worker)), time),
            Fault::WorkerCutOff { worker, time } => cluster.cut_off(cluster.worker_process(&name(worker)), until(time)),
            Fault::CoordinatorCrashes { seat } => cluster.crash_coordinator(seat),
            Fault::CoordinatorSleeps { seat, time } => world.pause(*cluster.seat(seat).process.lock().unwrap(), time),
            Fault::CoordinatorCutOff { seat, time } => {
                let process = *cluster.seat(seat).process.lock().unwrap();
                cluster.cut_off(process, until(time));
            }
            Fault::FactsAway { time } => cluster.wire().outages.lock().unwrap().facts = until(time),
            Fault::ObjectsAway { time } => cluster.wire().outages.lock().unwrap().objects = until(time),
        }
    }
}
