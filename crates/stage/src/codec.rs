//! A stage's plan on the wire between coordinator and worker.

use std::sync::Arc;

use datafusion::error::{DataFusionError, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};

use crate::exec::Duty;
use crate::{HostedRunner, Hosting, StageExec, Ticket};

/// First byte of a node that the inner codec wrote.
const INNER: u8 = 0;
/// First byte of a [`StageExec`]; the version and the ticket as JSON follow.
const STAGE: u8 = 1;
/// Version of what follows [`STAGE`]. Coordinator and workers are upgraded together, so only equal ones talk.
const VERSION: u8 = 1;

/// Writes a [`StageExec`] as its ticket, and leaves every other node to the engine's own codec.
#[derive(Debug)]
pub struct StageCodec {
    inner: Arc<dyn PhysicalExtensionCodec>,
    hosting: Option<Hosting>,
}

impl StageCodec {
    /// For a coordinator: what it reads carries a ticket still and runs nowhere.
    #[must_use]
    pub fn coordinator(inner: Arc<dyn PhysicalExtensionCodec>) -> Self {
        Self { inner, hosting: None }
    }

    /// For a worker: what it reads runs its shards with `hosting`.
    #[must_use]
    pub fn worker(inner: Arc<dyn PhysicalExtensionCodec>, hosting: Hosting) -> Self {
        Self { inner, hosting: Some(hosting) }
    }

    fn stage(&self, bytes: &[u8], inputs: &[Arc<dyn ExecutionPlan>]) -> Result<Arc<dyn ExecutionPlan>> {
        let [input] = inputs else { return Err(refused("a stage has exactly one input")) };
        let ticket: Ticket = match bytes {
            [VERSION, ticket @ ..] => serde_json::from_slice(ticket).map_err(|error| refused(error.to_string()))?,
            _ => {
                return Err(refused(
                    "a stage was written by another version: upgrade coordinator and workers together",
                ));
            }
        };
        let duty = match &self.hosting {
            None => Duty::Carry(ticket),
            Some(hosting) => {
                let stop = hosting.stop.clone();
                Duty::Run(Arc::new(HostedRunner::new(hosting.clone(), ticket)), stop)
            }
        };
        Ok(Arc::new(StageExec::over(Arc::clone(input), duty)))
    }
}

impl PhysicalExtensionCodec for StageCodec {
    fn try_decode(
        &self,
        buf: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        ctx: &TaskContext,
        proto_converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match buf {
            [INNER, rest @ ..] => self.inner.try_decode(rest, inputs, ctx, proto_converter),
            [STAGE, rest @ ..] => self.stage(rest, inputs),
            _ => Err(refused("a plan node is of no known kind: upgrade coordinator and workers together")),
        }
    }

    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        buf: &mut Vec<u8>,
        proto_converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        let Some(stage) = node.downcast_ref::<StageExec>() else {
            buf.push(INNER);
            let mut rest = Vec::new();
            self.inner.try_encode(node, &mut rest, proto_converter)?;
            buf.append(&mut rest);
            return Ok(());
        };
        let ticket = stage.ticket().ok_or_else(|| refused("a stage that runs here does not travel"))?;
        buf.extend([STAGE, VERSION]);
        serde_json::to_writer(buf, ticket).map_err(|error| refused(error.to_string()))
    }
}

fn refused(why: impl Into<String>) -> DataFusionError {
    DataFusionError::Plan(why.into())
}

#[cfg(test)]
mod tests;
