//! Who tries which shard: workers, tries in flight, how they ended, and shards that kill whoever tries them.
//!
//! An engine decides who *may* try a shard; the desk knows who *does*. [`Book`] is the pure state machine, [`FrontDesk`]
//! the thin shell with a clock around it, [`Line`] a worker's line to it within one process. A server of the wire calls
//! the same methods of [`FrontDesk`].

mod book;
mod front;
mod line;
mod presence;
mod verdict;

pub use book::{Beat, Book, Leave, Task, WaveName, WorkerView, rules};
pub use front::FrontDesk;
pub use line::Line;
pub use presence::{Expected, Presence};
pub use verdict::{NoVerdicts, Verdicts};
