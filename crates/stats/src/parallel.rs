//! Work shared out to threads; results come in the order of the work, so that they do not depend on the number of threads.

use std::{
    num::NonZero,
    panic::resume_unwind,
    sync::{Mutex, OnceLock, PoisonError},
    thread,
};

/// `work` of every item, in the order of the items. Threads (as many as the process may use) take the next item when they are
/// done with one; a single item is worked on in place.
pub(crate) fn map<I, R>(items: I, work: impl Fn(I::Item) -> R + Sync) -> Vec<R>
where
    I: ExactSizeIterator + Send,
    R: Send,
{
    if items.len() < 2 || threads() < 2 {
        return items.map(work).collect();
    }
    let helpers = threads().min(items.len()) - 1;
    let queue = Mutex::new(items.enumerate());
    let drain = || {
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        std::iter::from_fn(next).map(|(place, item)| (place, work(item))).collect::<Vec<_>>()
    };
    let mut done = thread::scope(|scope| {
        let handles: Vec<_> = (0..helpers).map(|_| scope.spawn(drain)).collect();
        let mut done = drain();
        for handle in handles {
            done.extend(handle.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Asked once: the answer reads the limits of the control group.
fn threads() -> usize {
    static THREADS: OnceLock<usize> = OnceLock::new();
    *THREADS.get_or_init(|| thread::available_parallelism().map_or(1, NonZero::get))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_work() {
        let squares = map(0..1000_usize, |number| {
            // Uneven work, so that threads overtake each other.
            (0..number % 7 * 1000).fold(number * number, |sum, step| std::hint::black_box(sum ^ step ^ step))
        });
        assert_eq!(squares, (0..1000_usize).map(|number| number * number).collect::<Vec<_>>());
        assert!(map(0..0_usize, |number| number).is_empty());
    }

    #[test]
    fn items_may_be_written_to() {
        let mut values = vec![0; 100];
        map(values.chunks_mut(7).enumerate(), |(place, chunk)| chunk.fill(place));
        assert!(values.iter().enumerate().all(|(at, place)| *place == at / 7));
    }
}
