//! Immutable objects: keys, Parquet tables, commits by conditional create, manifests.
//!
//! One builder ([`key`]) makes every object key. A shard's result counts once its small commit record exists, and that
//! record is written by conditional create only ([`commit()`]), so that no engine's mistake can count a shard twice.

mod commit;
#[cfg(any(test, feature = "test-util"))]
pub mod contract;
mod erase;
pub mod error;
#[cfg(any(test, feature = "test-util"))]
pub mod fault;
pub mod gc;
pub mod key;
pub mod location;
mod probe;
mod run_store;
mod stores;
pub mod table;

pub use commit::{Committed, commit};
pub use erase::erase;
pub use error::ArtifactError;
pub use location::Location;
pub use probe::probe_conditional_create;
pub use run_store::{Created, RunStore};
pub use stores::Stores;
