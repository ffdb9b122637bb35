//! Small control facts with compare-and-set: which runs there are and their state, cancel flags, sites, studies.
//!
//! Never live graphs and nothing per shard (DESIGN section 5): those are commits in the object store. A value is a few
//! kilobytes, and a store holds thousands of them, not millions.
//!
//! [`MetaStore`] is what etcd can do in one transaction, so that an embedded run ([`DiskStore`]) and a cluster
//! ([`EtcdStore`]) behave alike. All implementations pass the one suite in `contract`.

#[cfg(feature = "test-util")]
pub mod contract;
pub mod disk;
pub mod error;
pub mod etcd;
pub mod key;
pub mod memory;
pub mod transaction;

use std::fmt::{self, Debug};

use async_trait::async_trait;

pub use disk::DiskStore;
pub use error::Error;
pub use etcd::{EtcdLogin, EtcdOptions, EtcdStore, EtcdTls};
pub use key::{Key, Prefix};
pub use memory::MemoryStore;
pub use transaction::{Guard, Outcome, Write};

/// The state of a store at a moment: grows with every transaction that changes something.
///
/// Each value carries the version of the transaction that last put it. Only order and equality mean something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(i64);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A value and the version of the transaction that put it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned {
    /// What was put, byte for byte.
    pub value: Vec<u8>,
    /// The version to name in [`Guard::VersionIs`] when changing it.
    pub version: Version,
}

/// A small, strongly consistent map: a read sees every transaction that was committed before the read began.
///
/// An error of kind `Unavailable` from [`MetaStore::transact`], or a future dropped before it ended, leaves open whether
/// the transaction was committed: read again before trying again. Guards make a repeated transaction safe.
#[async_trait]
pub trait MetaStore: Send + Sync + Debug {
    /// The value of `key`, or `None` where there is none.
    async fn get(&self, key: &Key) -> Result<Option<Versioned>, Error>;

    /// Everything under `prefix` at one moment, in the byte order of the keys.
    async fn list(&self, prefix: &Prefix) -> Result<Vec<(Key, Versioned)>, Error>;

    /// Checks all `guards`, then does all `writes`, as one step: all or nothing, and nobody sees a part.
    ///
    /// Putting a value equal to the present one is a change; deleting a key that is not there is none. The limits are
    /// those of [`transaction`]; beyond them, or where two writes name one key, the error is of kind `Invalid`.
    async fn transact(&self, guards: &[Guard], writes: &[Write]) -> Result<Outcome, Error>;
}
