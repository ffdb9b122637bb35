//! Whose turn it is, when a slot is free: fair shares by weight over runs.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use renkei_domain::RunId;
use tokio::sync::watch;

use super::Tally;

/// What a run is entitled to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entitlement {
    /// Its share of the slots, relative to the other runs'.
    pub weight: NonZeroU32,
    /// The pool whose workers alone may take its shards; `None`: any worker.
    pub pool: Option<String>,
}

/// The runs that share the slots.
///
/// The next slot goes to the run with the fewest tries per weight, so that long shards count for as long as they take.
/// Where that is equal (none has any, where there is but one slot), turns decide, by start-time fair queueing (Goyal, Vin
/// and Cheng, *Start-time Fair Queuing*, 1996): a turn costs a run 1/weight, and a run that was away gets none after the
/// fact.
#[derive(Debug, Default)]
pub(super) struct Shares {
    runs: BTreeMap<RunId, Share>,
    /// Start of the latest turn.
    now: u64,
}

#[derive(Debug)]
struct Share {
    entitlement: Entitlement,
    /// End of its latest turn.
    served: u64,
    /// Engines of this run that are alive.
    engines: usize,
    /// Its waves under way.
    waves: BTreeMap<u64, watch::Receiver<Tally>>,
}

/// What a turn costs a run of weight 1.
const TURN: u64 = 1 << 32;

impl Shares {
    /// A run takes part from now on, with what it is entitled to; where it does already, the latest word holds.
    pub(super) fn admit(&mut self, run: &RunId, entitlement: Entitlement) {
        let share = self.runs.entry(run.clone()).or_insert_with(|| Share {
            entitlement: entitlement.clone(),
            served: 0,
            engines: 0,
            waves: BTreeMap::new(),
        });
        share.entitlement = entitlement;
        share.engines += 1;
    }

    /// An engine of the run is gone; with the last one, the run is.
    pub(super) fn dismiss(&mut self, run: &RunId) {
        let Some(share) = self.runs.get_mut(run) else { return };
        share.engines -= 1;
        if share.engines == 0 {
            self.runs.remove(run);
        }
    }

    /// A wave of the run is under way.
    pub(super) fn begun(&mut self, run: &RunId, wave: u64, tally: watch::Receiver<Tally>) {
        if let Some(share) = self.runs.get_mut(run) {
            share.waves.insert(wave, tally);
        }
    }

    /// A wave of the run is over.
    pub(super) fn over(&mut self, run: &RunId, wave: u64) {
        if let Some(share) = self.runs.get_mut(run) {
            share.waves.remove(&wave);
        }
    }

    /// Tries of the run in flight, by the desk's word: Ballista hears of an end only after it was asked for more.
    pub(super) fn in_flight(&self, run: &RunId) -> usize {
        self.runs.get(run).map_or(0, |share| share.waves.values().map(|tally| tally.borrow().in_flight).sum())
    }

    /// The pool that `run` asks for (`Some(None)`: any), or `None` for a run that takes no part.
    pub(super) fn pool(&self, run: &RunId) -> Option<Option<&str>> {
        self.runs.get(run).map(|share| share.entitlement.pool.as_deref())
    }

    /// Gives the next slot to one of `waiting`, runs that have shards for it, with their present number of tries.
    pub(super) fn next<'a>(&mut self, waiting: impl Iterator<Item = (&'a RunId, usize)>) -> Option<&'a RunId> {
        let of = |(run, tries): (&'a RunId, usize)| {
            let share = self.runs.get(run)?;
            let weight = u64::from(share.entitlement.weight.get());
            // Compared by cross-multiplication below, as 1/3 has no end in binary.
            Some((run, tries as u64, weight, share.served.max(self.now)))
        };
        let (run, _, weight, start) = waiting.filter_map(of).min_by(|(_, a, wa, sa), (_, b, wb, sb)| {
            (u128::from(*a) * u128::from(*wb), sa).cmp(&(u128::from(*b) * u128::from(*wa), sb))
        })?;
        self.now = start;
        if let Some(share) = self.runs.get_mut(run) {
            share.served = start + TURN / weight;
        }
        Some(run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(name: &str) -> RunId {
        RunId::new(name).unwrap()
    }

    fn shares(weights: &[(&str, u32)]) -> Shares {
        let mut shares = Shares::default();
        for (name, weight) in weights {
            shares.admit(&run(name), Entitlement { weight: NonZeroU32::new(*weight).unwrap(), pool: None });
        }
        shares
    }

    /// Fills `slots` that are all free, with every run of `names` having shards without end.
    fn fill(shares: &mut Shares, names: &[&str], slots: usize) -> Vec<usize> {
        let runs: Vec<_> = names.iter().map(|name| run(name)).collect();
        let mut tries = vec![0; runs.len()];
        for _ in 0..slots {
            let chosen = shares.next(runs.iter().zip(tries.iter().copied())).unwrap();
            tries[runs.iter().position(|run| run == chosen).unwrap()] += 1;
        }
        tries
    }

    #[test]
    fn slots_are_shared_by_weight() {
        assert_eq!(fill(&mut shares(&[("a", 1), ("b", 1)]), &["a", "b"], 8), [4, 4]);
        assert_eq!(fill(&mut shares(&[("a", 3), ("b", 1)]), &["a", "b"], 8), [6, 2]);
        assert_eq!(fill(&mut shares(&[("a", 3), ("b", 1), ("c", 4)]), &["a", "b", "c"], 16), [6, 2, 8]);
    }

    #[test]
    fn a_run_that_has_fewer_than_its_share_comes_first() {
        let mut shares = shares(&[("a", 1), ("b", 1)]);
        let (a, b) = (run("a"), run("b"));
        for _ in 0..5 {
            assert_eq!(shares.next([(&a, 6), (&b, 2)].into_iter()), Some(&b));
        }
    }

    #[test]
    fn with_one_slot_runs_take_turns_by_weight() {
        let mut shares = shares(&[("a", 1), ("b", 2)]);
        let (a, b) = (run("a"), run("b"));
        let turns: Vec<_> = (0..9).map(|_| shares.next([(&a, 0), (&b, 0)].into_iter()) == Some(&b)).collect();
        assert_eq!(turns.iter().filter(|of_b| **of_b).count(), 6, "{turns:?}");
        assert!(turns.windows(4).all(|few| few.contains(&false)), "{turns:?}");
    }

    #[test]
    fn a_run_that_was_away_does_not_make_up_for_it() {
        let mut shares = shares(&[("a", 1), ("late", 1)]);
        let (a, late) = (run("a"), run("late"));
        for _ in 0..100 {
            shares.next([(&a, 0)].into_iter());
        }
        let turns: Vec<_> = (0..10).map(|_| shares.next([(&a, 0), (&late, 0)].into_iter()) == Some(&late)).collect();
        assert_eq!(turns.iter().filter(|of_late| **of_late).count(), 5, "{turns:?}");
    }

    #[test]
    fn tries_are_counted_over_all_waves_under_way() {
        let mut shares = shares(&[("a", 1)]);
        let a = run("a");
        let tally = |in_flight| watch::channel(Tally { in_flight, ..Tally::default() }).1;
        assert_eq!(shares.in_flight(&a), 0);
        shares.begun(&a, 1, tally(2));
        shares.begun(&a, 2, tally(3));
        assert_eq!(shares.in_flight(&a), 5);
        shares.over(&a, 1);
        assert_eq!(shares.in_flight(&a), 3);
    }

    #[test]
    fn a_run_takes_part_as_long_as_it_has_an_engine() {
        let mut shares = shares(&[("a", 1), ("a", 1)]);
        let a = run("a");
        shares.dismiss(&a);
        assert_eq!(shares.next([(&a, 0)].into_iter()), Some(&a));
        assert_eq!(shares.pool(&a), Some(None));
        shares.dismiss(&a);
        assert_eq!(shares.next([(&a, 0)].into_iter()), None);
        assert_eq!(shares.pool(&a), None);
    }
}
