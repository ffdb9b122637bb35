//! Which run's turn it is. Pure.

use std::cmp::Reverse;

use renkei_domain::RunId;

use crate::ledger::RunFact;

/// A run that waits for its turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Waiting {
    /// The run.
    pub(super) run: RunId,
    /// Higher first.
    pub(super) priority: i32,
    /// When it was submitted, UTC, RFC 3339: older first.
    pub(super) at: String,
}

impl From<&RunFact> for Waiting {
    fn from(fact: &RunFact) -> Self {
        let (priority, at) = match &fact.submission {
            Some(submission) => (submission.priority, &submission.at),
            None => (0, &fact.since),
        };
        Self { run: fact.run.clone(), priority, at: at.clone() }
    }
}

/// Runs that wait, in the order in which they will begin.
#[derive(Debug, Default)]
pub(super) struct Queue(Vec<Waiting>);

impl Queue {
    /// Puts a run in its place. A run that waits already takes the place that it is given now.
    pub(super) fn push(&mut self, waiting: Waiting) {
        self.remove(&waiting.run);
        let order = |waiting: &Waiting| (Reverse(waiting.priority), waiting.at.clone(), waiting.run.clone());
        let place = self.0.partition_point(|other| order(other) < order(&waiting));
        self.0.insert(place, waiting);
    }

    /// Takes the run whose turn it is, where one more may begin.
    pub(super) fn next(&mut self, under_way: usize, most: usize) -> Option<Waiting> {
        (under_way < most && !self.0.is_empty()).then(|| self.0.remove(0))
    }

    /// Takes a run out; whether it waited.
    pub(super) fn remove(&mut self, run: &RunId) -> bool {
        let before = self.0.len();
        self.0.retain(|waiting| waiting.run != *run);
        self.0.len() < before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(run: &str, priority: i32, at: &str) -> Waiting {
        Waiting { run: RunId::new(run).unwrap(), priority, at: at.to_owned() }
    }

    fn drain(queue: &mut Queue) -> Vec<String> {
        std::iter::from_fn(|| queue.next(0, 1)).map(|waiting| waiting.run.to_string()).collect()
    }

    #[test]
    fn the_most_urgent_comes_first_then_the_oldest() {
        let mut queue = Queue::default();
        for (run, priority, at) in [("a", 0, "t3"), ("b", 0, "t1"), ("c", 5, "t9"), ("d", -1, "t0"), ("e", 0, "t2")] {
            queue.push(waiting(run, priority, at));
        }
        assert_eq!(drain(&mut queue), ["c", "b", "e", "a", "d"]);
    }

    #[test]
    fn a_run_waits_once_and_can_be_taken_out() {
        let mut queue = Queue::default();
        queue.push(waiting("a", 0, "t1"));
        queue.push(waiting("b", 0, "t2"));
        queue.push(waiting("a", -3, "t1"));
        assert!(queue.remove(&RunId::new("b").unwrap()));
        assert!(!queue.remove(&RunId::new("b").unwrap()));
        assert_eq!(drain(&mut queue), ["a"]);
    }

    #[test]
    fn nothing_begins_while_all_places_are_taken() {
        let mut queue = Queue::default();
        queue.push(waiting("a", 0, "t1"));
        assert_eq!(queue.next(2, 2), None);
        assert_eq!(queue.next(1, 2).map(|waiting| waiting.run.to_string()).as_deref(), Some("a"));
    }
}
