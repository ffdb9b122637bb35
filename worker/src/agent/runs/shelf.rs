//! Which runs stay open.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use renkei_domain::RunId;
use renkei_stage::Ticket;
use tokio::sync::OnceCell;

/// A run for which no shard came for this long is closed.
pub(super) const IDLE: Duration = Duration::from_secs(300);
/// Runs that nobody computes on are closed, the longest idle first, while more than this many are open: each holds encoder
/// sessions.
pub(super) const MOST: usize = 4;

/// Where a run is opened, by the first that comes, and found open by the others.
pub(super) type Place<R> = Arc<OnceCell<Arc<R>>>;

/// Open runs, by id and store.
#[derive(Debug)]
pub(super) struct Shelf<R> {
    places: BTreeMap<(RunId, String), Kept<R>>,
}

#[derive(Debug)]
struct Kept<R> {
    place: Place<R>,
    came: Duration,
}

impl<R> Default for Shelf<R> {
    fn default() -> Self {
        Self { places: BTreeMap::new() }
    }
}

impl<R> Kept<R> {
    /// Whether a shard computes on the run, or waits for it to open.
    fn in_use(&self) -> bool {
        Arc::strong_count(&self.place) > 1 || self.place.get().is_some_and(|run| Arc::strong_count(run) > 1)
    }
}

impl<R> Shelf<R> {
    /// The place of a ticket's run, for which a shard came at `now`.
    pub(super) fn place(&mut self, ticket: &Ticket, now: Duration) -> Place<R> {
        let key = (ticket.run.clone(), ticket.store.clone());
        let kept = self.places.entry(key).or_insert_with(|| Kept { place: Place::default(), came: now });
        kept.came = now;
        Arc::clone(&kept.place)
    }

    /// How many runs are open.
    pub(super) fn open(&self) -> usize {
        self.places.values().filter(|kept| kept.place.initialized()).count()
    }

    /// Closes what nobody needs at `now`; the ids of what was open.
    pub(super) fn tidy(&mut self, now: Duration) -> Vec<RunId> {
        let mut unused: Vec<_> = self.places.iter().filter(|(_, kept)| !kept.in_use()).collect();
        unused.sort_by_key(|(_, kept)| kept.came);
        let surplus = self.places.len().saturating_sub(MOST);
        let close = |(i, kept): (usize, &Kept<R>)| i < surplus || now.saturating_sub(kept.came) > IDLE;
        let closed: Vec<_> = unused
            .into_iter()
            .enumerate()
            .filter(|(i, (_, kept))| close((*i, kept)))
            .map(|(_, (key, kept))| (key.clone(), kept.place.initialized()))
            .collect();
        for (key, _) in &closed {
            self.places.remove(key);
        }
        closed.into_iter().filter(|(_, open)| *open).map(|((run, _), _)| run).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket(run: &str) -> Ticket {
        Ticket { run: RunId::new(run).unwrap(), store: "memory:///".into(), epoch: 1, wave: 1 }
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    async fn opened(shelf: &mut Shelf<&'static str>, run: &'static str, now: u64) -> Arc<&'static str> {
        Arc::clone(shelf.place(&ticket(run), at(now)).get_or_init(async || Arc::new(run)).await)
    }

    fn names(runs: &[RunId]) -> Vec<&str> {
        runs.iter().map(RunId::as_str).collect()
    }

    #[tokio::test]
    async fn a_run_is_opened_once_and_closed_when_no_shard_came_for_long() {
        let mut shelf = Shelf::default();
        let first = opened(&mut shelf, "r", 0).await;
        assert!(Arc::ptr_eq(&first, &opened(&mut shelf, "r", 10).await));
        assert_eq!((shelf.open(), names(&shelf.tidy(at(1000))).len()), (1, 0), "closed under a shard");
        drop(first);
        assert!(shelf.tidy(at(310)).is_empty());
        assert_eq!(names(&shelf.tidy(at(311))), ["r"]);
        assert_eq!(shelf.open(), 0);
    }

    #[tokio::test]
    async fn of_too_many_the_longest_idle_go_and_none_that_is_computed_on() {
        let mut shelf = Shelf::default();
        let _busy = opened(&mut shelf, "a", 0).await;
        for (i, run) in ["b", "c", "d", "e", "f"].into_iter().enumerate() {
            opened(&mut shelf, run, 10 - i as u64).await;
        }
        assert_eq!(names(&shelf.tidy(at(20))), ["f", "e"]);
        assert!(shelf.tidy(at(20)).is_empty());
    }

    #[test]
    fn a_run_that_is_being_opened_stays() {
        let mut shelf = Shelf::<()>::default();
        let opening = shelf.place(&ticket("r"), at(0));
        shelf.tidy(at(1000));
        assert!(Arc::ptr_eq(&opening, &shelf.place(&ticket("r"), at(1000))), "two would open it");
        drop(opening);
        assert!(shelf.tidy(at(2000)).is_empty(), "it never opened");
        assert!(shelf.places.is_empty());
    }
}
