//! Ids of attempts: random, so that two tries of a task never write under one key (DESIGN section 5).

use std::fmt::Debug;

use renkei_domain::AttemptId;
use uuid::Uuid;

/// Gives every attempt its own id.
pub trait AttemptIds: Send + Sync + Debug {
    /// A version 4 UUID that was never given before.
    fn next(&self) -> AttemptId;
}

/// Ids from the machine's entropy.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemAttemptIds;

impl AttemptIds for SystemAttemptIds {
    fn next(&self) -> AttemptId {
        attempt_id(Uuid::new_v4())
    }
}

/// Ids from a seed, for tests: the same seed gives the same sequence.
#[cfg(feature = "test-util")]
#[derive(Debug)]
pub struct SeededAttemptIds {
    stream: std::sync::Mutex<rand_chacha::ChaCha8Rng>,
}

#[cfg(feature = "test-util")]
impl SeededAttemptIds {
    /// The sequence of `seed`.
    #[must_use]
    pub fn new(seed: crate::Seed) -> Self {
        Self { stream: std::sync::Mutex::new(seed.derive("attempts")) }
    }
}

#[cfg(feature = "test-util")]
impl AttemptIds for SeededAttemptIds {
    fn next(&self) -> AttemptId {
        use rand_chacha::rand_core::Rng as _;

        let mut bytes = [0; 16];
        self.stream.lock().unwrap_or_else(std::sync::PoisonError::into_inner).fill_bytes(&mut bytes);
        attempt_id(uuid::Builder::from_random_bytes(bytes).into_uuid())
    }
}

#[expect(clippy::expect_used, reason = "36 hexadecimal digits and hyphens always make an id")]
fn attempt_id(uuid: Uuid) -> AttemptId {
    AttemptId::new(uuid.to_string()).expect("a UUID is a valid id")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    #[test]
    fn ids_are_version_4_uuids_and_differ() {
        let seeded = SeededAttemptIds::new(Seed::new(1));
        let ids = [SystemAttemptIds.next(), SystemAttemptIds.next(), seeded.next(), seeded.next()];
        for (i, id) in ids.iter().enumerate() {
            assert_eq!(Uuid::parse_str(id.as_str()).unwrap().get_version_num(), 4);
            assert!(!ids[..i].contains(id));
        }
    }

    #[test]
    fn a_seed_fixes_the_sequence() {
        let draw = |seed| SeededAttemptIds::new(Seed::new(seed)).next();
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
