//! Maps for what every row looks up.

use std::collections::{HashMap, HashSet};

use ahash::RandomState;

/// A map whose hash is quicker than that of std, and seeded at random too, so that no export can be written to make it
/// slow.
pub(crate) type Map<K, V> = HashMap<K, V, RandomState>;

/// A set with the same hash.
pub(crate) type Set<K> = HashSet<K, RandomState>;
