//! A store that lives and dies with its process: for tests and for work that need not resume.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::error::Error;
use crate::key::{Key, Prefix};
use crate::transaction::{self, Guard, Outcome, Write};
use crate::{MetaStore, Version, Versioned};

/// Facts in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    version: i64,
    facts: BTreeMap<String, Versioned>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code under this lock can panic half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl MetaStore for MemoryStore {
    async fn get(&self, key: &Key) -> Result<Option<Versioned>, Error> {
        Ok(self.state().facts.get(key.as_str()).cloned())
    }

    async fn list(&self, prefix: &Prefix) -> Result<Vec<(Key, Versioned)>, Error> {
        let (start, end) = prefix.range();
        let range = (Bound::Included(start), Bound::Excluded(end));
        let state = self.state();
        Ok(state.facts.range::<str, _>(range).map(|(key, fact)| (Key::stored(key.clone()), fact.clone())).collect())
    }

    async fn transact(&self, guards: &[Guard], writes: &[Write]) -> Result<Outcome, Error> {
        transaction::check(guards, writes)?;
        let mut state = self.state();
        let present = |key: &Key| Ok::<_, Error>(state.facts.get(key.as_str()).map(|fact| fact.version));
        if let Some(failed) = transaction::failed_guard(guards, present)? {
            return Ok(failed);
        }
        let next = Version(state.version + 1);
        for write in writes {
            let changed = match write {
                Write::Put { key, value } => {
                    state.facts.insert(key.as_str().to_owned(), Versioned { value: value.clone(), version: next });
                    true
                }
                Write::Delete { key } => state.facts.remove(key.as_str()).is_some(),
            };
            if changed {
                state.version = next.0;
            }
        }
        Ok(Outcome::Committed { version: Version(state.version) })
    }
}
