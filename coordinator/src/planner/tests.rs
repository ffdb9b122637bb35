use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use renkei_artifacts::Location;
use renkei_cohort::SlideRow;
use renkei_domain::plan::Work;
use renkei_domain::{CaseId, SlideId, UmPerPx};
use renkei_slide::{Codec, Level, SlideFormat, SlideHeader};

use super::*;

fn slide(name: &str, width: u32, height: u32) -> Surveyed {
    let level = Level {
        width,
        height,
        tile_width: 240,
        tile_height: 240,
        columns: width.div_ceil(240),
        rows: height.div_ceil(240),
        downsample: 1.0,
        codec: Codec::Jpeg,
    };
    let header = SlideHeader {
        format: SlideFormat::TiledTiff,
        levels: vec![level],
        um_per_px: Some(UmPerPx::new(0.5).unwrap()),
        digest: Digest::of(name.as_bytes()),
        bytes: 1,
    };
    let row = SlideRow {
        slide_id: SlideId::new(name).unwrap(),
        case_id: CaseId::new("c").unwrap(),
        location: Location::resolve(name, Path::new("/slides")).unwrap(),
        um_per_px: None,
    };
    Surveyed { row, header: Ok(header) }
}

fn wish(shard_tiles: u32, on_failure: SlideFailure) -> Wish {
    let grid = GridWish { um_per_px: UmPerPx::new(0.5).unwrap(), tolerance: 0.1, tile_px: 224, stride_px: 224 };
    Wish { grid, shard_tiles, on_failure }
}

fn identity() -> Identity {
    Identity { software: "t".into(), execution_class: "t".into(), spec: Digest::of(b""), inputs: BTreeMap::new() }
}

fn planned(slides: &[Surveyed], shard_tiles: u32) -> RunPlan {
    plan("t", identity(), slides, &wish(shard_tiles, SlideFailure::Quarantine)).unwrap()
}

proptest! {
    #[test]
    fn every_tile_lies_in_exactly_one_shard(width in 224u32..20_000, height in 224u32..20_000, tiles in 1u32..5_000) {
        let plan = planned(&[slide("a", width, height)], tiles);
        let mut next = 0;
        let mut cells = 0;
        for shard in plan.shards(Stage::Embed) {
            let Work::Band(band) = &shard.work else { panic!("embed comes in bands") };
            prop_assert_eq!(band.grid_rows.start, next);
            next = band.grid_rows.end;
            cells += band.cells;
        }
        prop_assert_eq!(next, height / 224);
        prop_assert_eq!(cells, u64::from(width / 224) * u64::from(height / 224));
    }
}

#[test]
fn shards_of_a_slide_do_not_depend_on_the_other_slides_or_their_order() {
    let (a, b) = (slide("a", 5000, 5000), slide("b", 3000, 9000));
    let alone = planned(std::slice::from_ref(&a), 100);
    let (first, second) = (planned(&[a.clone(), b.clone()], 100), planned(&[b, a], 100));
    assert_eq!(first.stages, second.stages);
    assert_eq!(first.run, second.run);
    assert_ne!(first.run, alone.run);
    assert!(alone.shards(Stage::Embed).iter().all(|shard| first.shards(Stage::Embed).contains(shard)));
}

#[test]
fn a_slide_without_resolution_is_set_aside_with_advice_or_stops_the_run() {
    let mut bad = slide("bad", 5000, 5000);
    if let Ok(header) = &mut bad.header {
        header.um_per_px = None;
    }
    let slides = [slide("a", 5000, 5000), bad];
    let plan_of = |on_failure| plan("t", identity(), &slides, &wish(100, on_failure));
    let plan = plan_of(SlideFailure::Quarantine).unwrap();
    assert_eq!(plan.unreadable.len(), 1);
    assert!(plan.unreadable[0].reason.contains("um_per_px"), "{}", plan.unreadable[0].reason);
    assert!(matches!(plan_of(SlideFailure::Stop), Err(RunError::Slides { count: 1, .. })));
}

#[test]
fn a_slide_smaller_than_a_tile_is_set_aside() {
    let plan = planned(&[slide("a", 5000, 5000), slide("tiny", 200, 5000)], 100);
    assert!(plan.unreadable[0].reason.contains("smaller than one tile"));
}

/// A slide's row whose store is `store`.
fn lying_in(store: std::sync::Arc<dyn object_store::ObjectStore>) -> SlideRow {
    let mut row = slide("a.svs", 1, 1).row;
    row.location.store = store;
    row
}

#[tokio::test]
async fn a_store_that_is_away_sets_no_slide_aside() {
    use std::sync::Arc;

    use object_store::memory::InMemory;
    use object_store::{ObjectStoreExt as _, PutPayload};
    use renkei_artifacts::fault::{FaultyStore, GetFault};
    use renkei_runtime::SystemClock;
    use renkei_slide::Limits;

    let inner = Arc::new(InMemory::new());
    let gone = lying_in(inner.clone());
    inner.put(&gone.location.path, PutPayload::from_static(b"no slide at all")).await.unwrap();
    let broken = survey(vec![gone.clone()], &Limits::default()).await.unwrap();
    assert!(broken[0].header.is_err(), "broken bytes are the slide's own fault");
    let faulty = Arc::new(FaultyStore::new(inner, Arc::new(SystemClock::new())));
    faulty.next_get(GetFault::Status(503));
    let error = survey(vec![lying_in(faulty)], &Limits::default()).await.unwrap_err();
    assert_eq!(error.kind(), renkei_domain::ErrorKind::Unavailable, "{error}");
}
