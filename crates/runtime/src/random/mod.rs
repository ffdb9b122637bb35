//! Randomness, as something passed in: seeded streams for the science, attempt ids for the engine,
//! and what keys and masks are drawn from.

mod attempt;
mod secret;
mod seed;

#[cfg(feature = "test-util")]
pub use attempt::SeededAttemptIds;
pub use attempt::{AttemptIds, SystemAttemptIds};
pub use rand_chacha::ChaCha8Rng;
pub use secret::secrets;
pub use seed::Seed;
