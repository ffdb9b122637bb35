//! What there is to do: a small run as the planner plans it, and what each of its shards must come to.

use std::collections::BTreeMap;
use std::path::Path;

use renkei_artifacts::Location;
use renkei_cohort::SlideRow;
use renkei_coordinator::planner::{RunPlan, Surveyed, Wish, plan};
use renkei_domain::plan::{Shard, Stage, Work};
use renkei_domain::record::{CommitRecord, Identity};
use renkei_domain::spec::SlideFailure;
use renkei_domain::{CaseId, Digest, ShardId, SlideId, UmPerPx};
use renkei_slide::{Codec, GridWish, Level, SlideFormat, SlideHeader};

use crate::executor::World;

fn slide(name: &str, rows: u32) -> Surveyed {
    let level = Level {
        width: 480,
        height: 240 * rows,
        tile_width: 240,
        tile_height: 240,
        columns: 2,
        rows,
        downsample: 1.0,
        codec: Codec::Jpeg,
    };
    let um_per_px = Some(UmPerPx::new(0.5).unwrap());
    let digest = Digest::of(name.as_bytes());
    let header = SlideHeader { format: SlideFormat::TiledTiff, levels: vec![level], um_per_px, digest, bytes: 1 };
    let row = SlideRow {
        slide_id: SlideId::new(name).unwrap(),
        case_id: CaseId::new("c").unwrap(),
        location: Location::resolve(name, Path::new("/slides")).unwrap(),
        um_per_px: None,
    };
    Surveyed { row, header: Ok(header) }
}

/// A run over one to three slides of a few rows, about ten bands in all.
pub(crate) fn planned(world: &World, name: &str) -> RunPlan {
    let slides: Vec<Surveyed> =
        (0..1 + world.below(3)).map(|n| slide(&format!("{name}-{n}"), 2 + world.below(6) as u32)).collect();
    let grid = GridWish { um_per_px: UmPerPx::new(0.5).unwrap(), tolerance: 0.1, tile_px: 224, stride_px: 224 };
    let wish = Wish { grid, shard_tiles: 2, on_failure: SlideFailure::Quarantine };
    let spec = Digest::of(name.as_bytes());
    let identity = Identity { software: "s".into(), execution_class: "c".into(), spec, inputs: BTreeMap::new() };
    plan(name, identity, &slides, &wish).unwrap()
}

/// The bytes that a shard always comes to.
pub(crate) fn content(stage: Stage, shard: &ShardId) -> Vec<u8> {
    format!("{stage} {shard}").into_bytes()
}

/// Whether a commit is what its shard must come to.
pub(crate) fn is_right(shard: &Shard, record: &CommitRecord, poison: Option<&ShardId>) -> bool {
    let computed = match record.artifacts.as_slice() {
        [entry] => entry.sha256 == Digest::of(&content(shard.stage, &shard.id)) && record.quarantine.is_empty(),
        _ => false,
    };
    let aside = record.artifacts.is_empty() && record.quarantine.len() == 1 && matches!(shard.work, Work::Band(_));
    record.shard == shard.id && record.stage == shard.stage && if poison == Some(&shard.id) { aside } else { computed }
}
