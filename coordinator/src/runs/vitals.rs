//! What workers' beats tell besides that they are alive: tiles by run, memory. Pure.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use renkei_domain::{RunId, WorkerId};
use renkei_proto::workers::Beat;
use renkei_stage::ExecutorId;

/// The time over which a rate is taken.
const WINDOW: Duration = Duration::from_secs(10);

/// What was last told, by worker process and run.
#[derive(Debug, Default)]
pub(super) struct Vitals {
    resident_bytes: BTreeMap<WorkerId, u64>,
    runs: BTreeMap<RunId, Tiles>,
}

/// Tiles of one run.
#[derive(Debug, Default)]
struct Tiles {
    /// Of each worker process since it started; kept when it is gone.
    told: HashMap<ExecutorId, Counts>,
    /// Tiles encoded by all, over the last seconds: the oldest first.
    encoded: VecDeque<(Duration, u64)>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    looked_at: u64,
    encoded: u64,
}

/// How far the tiles of a run are.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct TileProgress {
    /// Tiles looked at for tissue.
    pub(super) looked_at: u64,
    /// Tiles encoded.
    pub(super) encoded: u64,
    /// Tiles encoded in a second, over the last seconds.
    pub(super) per_second: f64,
}

impl Vitals {
    /// Notes what a beat tells at `now` of a monotonic clock.
    pub(super) fn note(&mut self, now: Duration, beat: &Beat) {
        self.resident_bytes.insert(beat.caller.worker.clone(), beat.resident_bytes);
        for progress in &beat.progress {
            let tiles = self.runs.entry(progress.run.clone()).or_default();
            let counts = Counts { looked_at: progress.tiles_looked_at, encoded: progress.tiles_encoded };
            if tiles.told.insert(beat.caller.clone(), counts).is_none() {
                // What it did before this leader heard of it was not done just now.
                tiles.encoded.clear();
            }
            let total = tiles.told.values().map(|counts| counts.encoded).sum();
            tiles.encoded.push_back((now, total));
            while tiles.encoded.get(1).is_some_and(|(at, _)| now.saturating_sub(*at) > WINDOW) {
                tiles.encoded.pop_front();
            }
        }
    }

    /// How far the tiles of `run` are at `now`.
    #[must_use]
    pub(super) fn tiles(&self, now: Duration, run: &RunId) -> TileProgress {
        let Some(tiles) = self.runs.get(run) else { return TileProgress::default() };
        let sum = |of: fn(&Counts) -> u64| tiles.told.values().map(of).sum();
        TileProgress {
            looked_at: sum(|counts| counts.looked_at),
            encoded: sum(|counts| counts.encoded),
            per_second: tiles.rate(now),
        }
    }

    /// Memory that a worker has resident, bytes; 0 where it never said.
    #[must_use]
    pub(super) fn resident_bytes(&self, worker: &WorkerId) -> u64 {
        self.resident_bytes.get(worker).copied().unwrap_or(0)
    }
}

impl Tiles {
    /// Over the last seconds until `now`, so that the rate of workers that fell silent falls to nothing.
    fn rate(&self, now: Duration) -> f64 {
        let (Some((first, before)), Some((last, after))) = (self.encoded.front(), self.encoded.back()) else {
            return 0.0;
        };
        let seconds = now.max(*last).saturating_sub(*first).as_secs_f64();
        if seconds > 0.0 && now.saturating_sub(*last) <= WINDOW {
            after.saturating_sub(*before) as f64 / seconds
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use renkei_proto::workers::{RunProgress, WorkerState};

    use super::*;

    fn run() -> RunId {
        RunId::new("r").unwrap()
    }

    fn beat(worker: &str, incarnation: u64, tiles_encoded: u64) -> Beat {
        Beat {
            caller: ExecutorId { worker: WorkerId::new(worker).unwrap(), incarnation },
            progress: vec![RunProgress { run: run(), tiles_looked_at: 2 * tiles_encoded, tiles_encoded }],
            running: vec![],
            resident_bytes: 7,
            state: WorkerState::Working,
        }
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn counts_add_up_over_workers_and_over_restarts() {
        let mut vitals = Vitals::default();
        for beat in [beat("a", 1, 100), beat("b", 1, 10), beat("a", 2, 5), beat("a", 2, 6)] {
            vitals.note(at(1), &beat);
        }
        let tiles = vitals.tiles(at(1), &run());
        assert_eq!((tiles.looked_at, tiles.encoded), (232, 116));
        assert_eq!(vitals.resident_bytes(&WorkerId::new("a").unwrap()), 7);
        assert_eq!(vitals.tiles(at(1), &RunId::new("other").unwrap()), TileProgress::default());
    }

    #[test]
    fn the_rate_is_of_the_last_seconds_only() {
        let mut vitals = Vitals::default();
        for second in 0..=60 {
            vitals
                .note(at(second), &beat("a", 1, if second < 40 { 1000 * second } else { 40_000 + 10 * (second - 40) }));
        }
        assert_eq!(vitals.tiles(at(60), &run()).per_second, 10.0);
        assert_eq!(vitals.tiles(at(80), &run()).per_second, 0.0, "nobody has said anything for long");
    }

    #[test]
    fn what_a_worker_did_before_this_leader_came_is_no_rate() {
        let mut vitals = Vitals::default();
        vitals.note(at(0), &beat("a", 1, 0));
        vitals.note(at(1), &beat("b", 1, 1_000_000));
        assert_eq!(vitals.tiles(at(1), &run()).per_second, 0.0);
        vitals.note(at(2), &beat("b", 1, 1_000_100));
        assert_eq!(vitals.tiles(at(2), &run()).per_second, 100.0);
    }
}
