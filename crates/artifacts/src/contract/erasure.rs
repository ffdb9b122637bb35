//! A run that was erased has nothing left but what says so.

use std::sync::Arc;

use futures::TryStreamExt;
use renkei_domain::plan::{SlideRef, Stage};
use renkei_domain::{CaseId, Digest, SlideId, UmPerPx};
use renkei_runtime::Timestamp;

use super::attempt;
use super::seals::manifest;
use crate::gc::Claim;
use crate::{ArtifactError, RunStore, commit, erase};

pub(super) async fn what_a_run_made_goes_and_a_tombstone_stays(store: &RunStore) {
    let (kept, lost) =
        (attempt(store, Stage::Fit, "a1", b"same").await, attempt(store, Stage::Fit, "a2", b"lost it").await);
    commit(store, &kept).await.unwrap();
    let slide = SlideRef {
        slide: SlideId::new("s").unwrap(),
        case: CaseId::new("c").unwrap(),
        url: "file:///somebody.svs".into(),
        digest: Digest::of(b"s"),
        um_per_px: UmPerPx::new(0.5).unwrap(),
    };
    store.record_slides(&[Arc::new(slide)]).await.unwrap();
    let now = Timestamp::from_unix_millis(1_769_850_000_000).unwrap();
    let refused = erase(store, Claim::Sealed, now).await.unwrap_err();
    assert!(matches!(refused, ArtifactError::NotSealed { .. }), "{refused}");
    assert!(store.get_artifact(&kept.artifacts[0]).await.is_ok(), "nothing is removed of a run that may be at work");
    store.seal(&manifest(store, vec![kept.clone()], 1)).await.unwrap();

    let tombstone = erase(store, Claim::Sealed, now).await.unwrap();
    assert_eq!((tombstone.objects, tombstone.erased.as_str()), (3, "2026-01-31T09:00:00.000Z"));
    assert!(tombstone.bytes > kept.artifacts[0].bytes + lost.artifacts[0].bytes);
    let objects: Vec<_> = store.store().list(Some(&store.keys().attempts(Stage::Fit))).try_collect().await.unwrap();
    assert!(objects.is_empty(), "{objects:?}");
    assert_eq!(store.slides().await.unwrap(), None);
    assert_eq!(store.commit_of(Stage::Fit, &kept.shard).await.unwrap(), Some(kept));
    let gone = store.manifest().await.unwrap_err();
    assert!(matches!(gone, ArtifactError::Erased { .. }), "{gone}");

    // An attempt that was still at work writes after the erasure.
    attempt(store, Stage::Fit, "a3", b"late").await;
    let later = Timestamp::from_unix_millis(1_769_860_000_000).unwrap();
    assert_eq!(erase(store, Claim::Sealed, later).await.unwrap(), tombstone, "the first erasure stays the run's");
    let objects: Vec<_> = store.store().list(Some(&store.keys().attempts(Stage::Fit))).try_collect().await.unwrap();
    assert!(objects.is_empty(), "{objects:?}");
}
