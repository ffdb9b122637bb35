//! What died attempts left behind is found by listing, and nothing else is touched.

use std::time::Duration;

use futures::TryStreamExt;
use object_store::{ObjectStoreExt, PutPayload};
use renkei_domain::plan::Stage;
use renkei_runtime::Timestamp;
use renkei_runtime::clock::ManualClock;

use super::seals::manifest;
use super::{attempt, object_of};
use crate::gc::{Claim, Tally, find, remove};
use crate::{RunStore, commit};

const HOUR: Duration = Duration::from_secs(3600);

pub(super) async fn only_lost_attempts_of_a_sealed_run_are_removed(store: &RunStore) {
    let (kept, lost) =
        (attempt(store, Stage::Fit, "a1", b"same").await, attempt(store, Stage::Fit, "a2", b"lost it").await);
    commit(store, &kept).await.unwrap();
    let foreign = store.keys().attempts(Stage::Fit).join("notes.txt");
    store.store().put(&foreign, PutPayload::from_static(b"of a person")).await.unwrap();
    store.seal(&manifest(store, vec![kept.clone()], 1)).await.unwrap();
    // The store's own time, so that no two clocks are compared.
    let written = store.store().head(&object_of(&lost)).await.unwrap().last_modified.timestamp_millis();
    let clock = ManualClock::new(Timestamp::from_unix_millis(written).unwrap());

    let young = find(store, Claim::Sealed, HOUR, &clock).await.unwrap();
    assert_eq!((young.orphaned, young.young), (Tally::default(), Tally { objects: 1, bytes: 7 }));
    clock.advance(HOUR);
    let found = find(store, Claim::Sealed, HOUR, &clock).await.unwrap();
    assert_eq!(found.keys().collect::<Vec<_>>(), [object_of(&lost).as_ref()]);
    assert_eq!((found.committed.objects, found.foreign.objects, found.young.objects), (1, 1, 0));
    let before = keys(store).await;
    assert_eq!(remove(store, &found).await.unwrap(), Tally { objects: 1, bytes: 7 });
    assert_eq!(remove(store, &found).await.unwrap().objects, 1, "again is no error");
    let after: Vec<String> = before.into_iter().filter(|key| *key != object_of(&lost).as_ref()).collect();
    assert_eq!(keys(store).await, after);
    assert!(store.get_artifact(&kept.artifacts[0]).await.is_ok());
    let clean = find(store, Claim::Sealed, HOUR, &clock).await.unwrap();
    assert_eq!(clean.orphaned, Tally::default());
}

/// Every key of the run, in order.
async fn keys(store: &RunStore) -> Vec<String> {
    let root = store.keys().manifest();
    let root = root.parts().take(root.parts().count() - 1).collect();
    let objects: Vec<_> = store.store().list(Some(&root)).try_collect().await.unwrap();
    let mut keys: Vec<String> = objects.into_iter().map(|object| object.location.to_string()).collect();
    keys.sort();
    keys
}
