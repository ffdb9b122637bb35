//! Who opens runs on a worker.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use crate::{ShardError, ShardRunner, Ticket};

/// Opens the run that a ticket names, once, and keeps it open while shards of it come.
#[async_trait]
pub trait RunHost: Send + Sync + Debug {
    /// The runner of the ticket's run. Refuses a run whose inputs (encoder, software, execution class, site key) differ
    /// from what this worker has, saying which.
    async fn runner(&self, ticket: &Ticket) -> Result<Arc<dyn ShardRunner>, ShardError>;
}
