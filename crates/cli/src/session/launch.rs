//! From a spec to a planned run on this machine.

use std::sync::Arc;

use renkei_coordinator::planner::Prepared;
use renkei_launch::{Inputs, Launch};
use renkei_worker::{Context, Machine, Models};

/// A planned run and the loaded models to run it with.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) prepared: Prepared,
    models: Models,
}

impl Ready {
    /// Opens every source, loads the models, selects the cohort, reads slide headers, and plans.
    pub(crate) async fn of(launch: Launch, machine: &Machine) -> anyhow::Result<Self> {
        let inputs = Inputs::open(launch, &machine.stores)?;
        let models = Models::load(&inputs, machine)?;
        let prepared = Prepared::of(inputs, &machine.pseudonyms, models.class()).await?;
        Ok(Self { prepared, models })
    }

    /// What the stages share.
    pub(crate) fn into_context(self, machine: &Machine) -> Arc<Context> {
        let Prepared { inputs, plan, .. } = self.prepared;
        Arc::new(Context::new(inputs, self.models, machine, plan.identity, plan.run))
    }
}
