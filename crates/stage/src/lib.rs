//! A stage as a DataFusion plan: `shard rows -> StageExec`, the one node that coordinator and worker both know.
//!
//! The node is *interior*, with the shards as rows of a source below it: Ballista slices known sources by partition but
//! not unknown leaves, and as a leaf every task ran every shard (16 shards, 256 executions, no error). What it yields
//! does not matter: a stage commits its results to the object store and returns only which shard it finished.

mod codec;
mod desk;
mod exec;
mod executor;
mod host;
mod hosted;
mod rows;
mod runner;
mod ticket;

pub use codec::StageCodec;
pub use desk::{Desk, Try};
pub use exec::StageExec;
pub use executor::ExecutorId;
pub use host::RunHost;
pub use hosted::{HostedRunner, Hosting};
pub use rows::shard_source;
pub use runner::{ShardError, ShardRunner};
pub use ticket::Ticket;
