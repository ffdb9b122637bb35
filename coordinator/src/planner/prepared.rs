//! From opened inputs to a plan: every check that can be made before any work.

use renkei_cohort::Pseudonymiser;
use renkei_launch::{Inputs, Selection, identity};
use renkei_slide::Limits;

use super::{RunPlan, Wish, plan, survey};
use crate::RunError;

/// A run that could begin now.
#[derive(Debug)]
pub struct Prepared {
    /// What the spec names, opened.
    pub inputs: Inputs,
    /// Who is in it.
    pub selection: Selection,
    /// What will be done.
    pub plan: RunPlan,
}

impl Prepared {
    /// Selects the cohort, reads the slides' headers and plans. `execution_class` is the class that the shards will be
    /// computed in; it is part of the run's identity.
    pub async fn of(inputs: Inputs, pseudonyms: &Pseudonymiser, execution_class: String) -> Result<Self, RunError> {
        let selection = Selection::of(&inputs, pseudonyms).await?;
        let identity = identity(&inputs, &selection.cohort, pseudonyms, execution_class)?;
        let surveyed = survey(selection.slides.clone(), &Limits::default()).await?;
        let spec = &inputs.launch.spec;
        let wish = Wish {
            grid: inputs.grid_wish(),
            shard_tiles: spec.tiles.shard_tiles(),
            on_failure: spec.slides.on_failure,
        };
        let plan = plan(&spec.name, identity, &surveyed, &wish)?;
        Ok(Self { inputs, selection, plan })
    }
}
