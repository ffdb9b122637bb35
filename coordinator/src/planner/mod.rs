//! From slides to shards. Pure but for [`survey`], which reads headers: same input, same shards, always.

mod prepared;
mod shards;
mod survey;

pub use prepared::Prepared;
pub use shards::{SlidePlan, plan_slide};
pub use survey::{Surveyed, survey};

use std::sync::Arc;

use renkei_domain::plan::{Shard, SlideRef, Stage};
use renkei_domain::record::{Identity, Quarantine};
use renkei_domain::spec::SlideFailure;
use renkei_domain::{Digest, RunId};
use renkei_slide::GridWish;

use crate::RunError;

/// Everything a run will do.
#[derive(Debug, Clone)]
pub struct RunPlan {
    /// What people call it.
    pub name: String,
    /// What goes in.
    pub identity: Identity,
    /// Derived from the identity.
    pub run: RunId,
    /// Slides set aside at planning, with the reason.
    pub unreadable: Vec<Quarantine>,
    /// Slides that will be read, in order of their ids.
    pub slides: Vec<Arc<SlideRef>>,
    /// Stages in order, each with its shards in order of their ids.
    pub stages: Vec<(Stage, Vec<Shard>)>,
}

impl RunPlan {
    /// The shards of one stage.
    #[must_use]
    pub fn shards(&self, stage: Stage) -> &[Shard] {
        self.stages.iter().find(|(planned, _)| *planned == stage).map_or(&[], |(_, shards)| shards)
    }

    /// Grid cells to look at.
    #[must_use]
    pub fn cells(&self) -> u64 {
        self.shards(Stage::Embed).iter().map(Shard::units).sum()
    }
}

/// What the plan of slides is made for.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// The grid.
    pub grid: GridWish,
    /// About how many tiles a shard holds.
    pub shard_tiles: u32,
    /// What an unusable slide does.
    pub on_failure: SlideFailure,
}

/// Plans a run over surveyed slides. `identity` holds all inputs but the slides, whose digests are added here.
pub fn plan(name: &str, mut identity: Identity, slides: &[Surveyed], wish: &Wish) -> Result<RunPlan, RunError> {
    let (mut shards, mut planned_slides) = (Vec::new(), Vec::new());
    let mut unreadable = Vec::new();
    for surveyed in slides {
        match plan_slide(surveyed, wish) {
            Ok(planned) => {
                identity.inputs.insert(format!("slide {}", surveyed.row.slide_id.hashed()), planned.slide.digest);
                shards.extend(planned.shards()?);
                planned_slides.push(planned.slide);
            }
            Err(reason) => unreadable.push(Quarantine { slide: surveyed.row.slide_id.hashed(), tile: None, reason }),
        }
    }
    if let Some(first) = unreadable.first()
        && (wish.on_failure == SlideFailure::Stop || shards.is_empty())
    {
        return Err(RunError::Slides { count: unreadable.len(), first: first.reason.clone() });
    }
    unreadable.sort_by(|a, b| a.slide.cmp(&b.slide));
    for fault in &unreadable {
        identity.inputs.insert(format!("slide {}", fault.slide), Digest::of(fault.reason.as_bytes()));
    }
    shards.sort_by(|a, b| a.id.cmp(&b.id));
    planned_slides.sort_by(|a, b| a.slide.cmp(&b.slide));
    let stages = Stage::ALL
        .into_iter()
        .map(|stage| match stage {
            Stage::Embed => Ok((stage, std::mem::take(&mut shards))),
            whole => Ok((stage, vec![Shard::whole(whole)?])),
        })
        .collect::<Result<_, RunError>>()?;
    Ok(RunPlan { name: name.to_owned(), run: identity.run_id()?, identity, unreadable, slides: planned_slides, stages })
}

#[cfg(test)]
mod tests;
