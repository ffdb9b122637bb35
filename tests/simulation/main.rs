//! A cluster in one thread, without clocks and without chance: planner, ledger, election, desk and driver as they are,
//! over a simulated network, stores, engine and workers that fail in every way that a seed decides.
//!
//! Every seed is one schedule of message loss, delay, reordering and duplication, of crashes and pauses, of stores that do
//! not answer. In each the run must end with the very content of a run without faults. A failing seed is printed;
//! `RENKEI_SEED=n cargo test --test simulation` replays it with its trace, `RENKEI_SEEDS=n` tries n seeds.

#![expect(clippy::unwrap_used, reason = "whole files of test code: a failed unwrap is a failed test")]

mod cluster;
mod coordinator;
mod engine;
mod executor;
mod faults;
mod verdict;
mod wire;
mod work;
mod worker;

use std::sync::atomic::{AtomicU64, Ordering};

use wire::Breakage;

/// Seeds of an ordinary call.
const SEEDS: u64 = 1500;

#[test]
fn no_schedule_loses_or_doubles_a_shard() {
    if let Some(seed) = number("RENKEI_SEED") {
        let report = cluster::run(seed, true, Breakage::None).unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
        eprintln!("seed {seed}: {report:?}");
        return;
    }
    let seeds = number("RENKEI_SEEDS").unwrap_or(SEEDS);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicU64::new(0);
    let sum = std::thread::scope(|scope| {
        let worker = || {
            let mut sum = cluster::Report::default();
            while let Some(seed) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|seed| *seed < seeds) {
                match cluster::run(seed, false, Breakage::None) {
                    Ok(report) => sum.add(&report),
                    Err(fault) => panic!("seed {seed}: {fault}\nreplay with RENKEI_SEED={seed}"),
                }
            }
            sum
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        threads.into_iter().fold(cluster::Report::default(), |mut sum, thread| {
            sum.add(&thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            sum
        })
    });
    eprintln!("{seeds} seeds: {sum:?}");
    sum.assert_that_faults_happened(seeds);
}

#[test]
fn a_seed_gives_the_same_schedule_each_time() {
    for seed in [3, 5, 8] {
        let run = || cluster::run(seed, false, Breakage::None).unwrap();
        assert_eq!(run(), run());
    }
}

/// A simulation that finds nothing wrong where something is proves nothing elsewhere.
#[test]
fn what_is_broken_on_purpose_is_found() {
    for (breakage, told) in
        [(Breakage::GuardsIgnored, "led"), (Breakage::CreateOverwrites, "was sealed with another commit")]
    {
        let found = (0..300).find_map(|seed| cluster::run(seed, false, breakage).err());
        let found = found.unwrap_or_else(|| panic!("{breakage:?} was not found"));
        eprintln!("{breakage:?}: {found}");
        assert!(found.contains(told), "{breakage:?}: {found}");
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}
