//! What every process of Renkei needs from its surroundings, passed in and never ambient: the time, randomness,
//! the wish to stop, retries and a bound on memory.
//!
//! Only this crate may read the machine's clock or its entropy. Everything above takes a [`clock::Clock`],
//! a [`random::Seed`] or [`random::AttemptIds`], so that a test decides what time it is and what is drawn.

pub mod clock;
pub mod error;
pub mod memory;
pub mod random;
pub mod retry;
pub mod shutdown;
pub mod size;

pub use clock::{Clock, SystemClock, Timestamp};
pub use error::Error;
pub use memory::{MemoryBudget, Permit, resident_bytes};
pub use random::{AttemptIds, Seed, SystemAttemptIds, secrets};
pub use retry::{Policy, retry};
pub use shutdown::Shutdown;
pub use size::ByteSize;
