//! Networks that lose every packet and tell nobody.

use renkei_testkit::{Network, Surroundings};

use crate::ground::Ground;

#[test]
fn a_worker_cut_off_is_replaced_and_comes_back_once_the_network_is_whole() {
    let Some(mut ground) = Ground::prepare(1, 2) else { return };
    let cable = ground.cluster.rewire_worker("worker-1").unwrap();
    is_replaced_and_comes_back(ground, "cut-off", || cable.cut(), || cable.mend());
}

/// The kernel's own partition: the worker loses coordinator and store together, in the middle of whatever it was sending.
#[test]
fn a_worker_behind_a_dead_network_card_is_replaced_and_comes_back() {
    let Some(network) = Network::make().unwrap() else { return };
    let Some(mut ground) = Ground::prepare(1, 2) else { return };
    ground.cluster.move_worker("worker-1", Surroundings::Network(&network)).unwrap();
    is_replaced_and_comes_back(ground, "partition", || network.cut().unwrap(), || network.mend().unwrap());
}

/// Cuts the way of the first of two workers while it is at work, and mends it once that worker counts as lost.
fn is_replaced_and_comes_back(mut ground: Ground, store: &str, cut: impl FnOnce(), mend: impl FnOnce()) {
    ground.cluster.wait_for_workers(&["worker-1", "worker-2"]).unwrap();
    let run = ground.submit(store);
    ground.at_work(&run, 5);
    cut();
    ground.cluster.wait_for_workers(&["worker-2"]).unwrap();
    mend();
    ground.cluster.wait_for_workers(&["worker-1", "worker-2"]).unwrap();
    ground.ends_well(&run);
}
