//! The numbers that the desk goes by.

use std::time::Duration;

/// How often a worker tells that it is alive, and how often the desk looks who is silent.
pub const BEAT_EVERY: Duration = Duration::from_secs(1);
/// A worker silent for longer than this is lost.
pub const LOST_AFTER: Duration = Duration::from_secs(8);
/// Another process may take the id of a worker that was silent for longer than this: it restarted.
pub const REPLACED_AFTER: Duration = Duration::from_secs(3);
/// A try that its worker's beats have not named for longer than this has ended, and the message was lost.
pub const FORGOTTEN_AFTER: Duration = Duration::from_secs(5);
/// How long a worker waits before it asks for the same leave again.
pub const ASK_AGAIN: Duration = Duration::from_millis(500);
/// So many tries of one shard that ended with a lost worker, and it is set aside.
pub const POISON_DEATHS: u32 = 3;
/// Between two events the desk counts at most this much time: where it was itself stopped, its workers were not silent.
pub const LONGEST_GAP: Duration = Duration::from_secs(2);
