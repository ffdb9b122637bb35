use std::sync::Arc;

use object_store::ObjectStoreExt;
use object_store::memory::InMemory;
use proptest::prelude::*;
use renkei_runtime::clock::ManualClock;

use super::*;
use crate::contract::attempt;
use crate::{Committed, commit};

const HOUR: Duration = Duration::from_secs(3600);

fn at(millis: i64) -> Timestamp {
    Timestamp::from_unix_millis(millis).unwrap()
}

/// An object, and whether a commit names it.
fn object() -> impl Strategy<Value = (Stored, bool)> {
    let shard = prop::option::weighted(0.8, (0u8..4).prop_map(|shard| ShardId::new(shard.to_string()).unwrap()));
    (shard, 0u32..1_000_000, 0u64..100, -50i64..150, any::<bool>()).prop_map(|(shard, key, bytes, modified, named)| {
        (Stored { key: Path::from(format!("k/{key}")), bytes, modified: at(modified), shard }, named)
    })
}

fn objects() -> impl Strategy<Value = Vec<(Stored, bool)>> {
    prop::collection::vec(object(), 0..40).prop_map(|mut objects| {
        objects.sort_by(|one, other| one.0.key.cmp(&other.0.key));
        objects.dedup_by(|one, other| one.0.key == other.0.key);
        objects
    })
}

fn decided(objects: &[(Stored, bool)], grace: u64, now: i64) -> Leftovers {
    let named = objects.iter().filter(|(_, named)| *named).map(|(object, _)| object.key.to_string()).collect();
    let all = objects.iter().map(|(object, _)| object.clone()).collect();
    let mut found = Leftovers::none(RunId::new("r").unwrap());
    sort_out(&mut found, Stage::Embed, all, &named, Duration::from_millis(grace), at(now));
    found
}

proptest! {
    #[test]
    fn exactly_what_is_old_and_unnamed_goes(objects in objects(), grace in 0u64..100, now in 0i64..100) {
        let found = decided(&objects, grace, now);
        let going: BTreeSet<&str> = found.keys().collect();
        for (object, named) in &objects {
            let old = object.modified.unix_millis() + i64::try_from(grace).unwrap() <= now;
            let goes = !named && object.shard.is_some() && old;
            prop_assert_eq!(going.contains(object.key.as_ref()), goes, "{:?}", object);
        }
        let parts = [found.orphaned, found.young, found.committed, found.foreign];
        prop_assert_eq!(parts.iter().map(|part| part.objects).sum::<u64>(), objects.len() as u64);
        prop_assert_eq!(
            parts.iter().map(|part| part.bytes).sum::<u64>(),
            objects.iter().map(|(object, _)| object.bytes).sum::<u64>()
        );
        prop_assert_eq!(found.orphaned.objects, going.len() as u64);
    }

    #[test]
    fn a_longer_grace_and_more_commits_never_remove_more(objects in objects(), grace in 0u64..50, now in 0i64..100) {
        let going: BTreeSet<String> = decided(&objects, grace, now).keys().map(str::to_owned).collect();
        let longer = decided(&objects, grace + 50, now);
        prop_assert!(longer.keys().all(|key| going.contains(key)));
        let all_named: Vec<_> = objects.into_iter().map(|(object, _)| (object, true)).collect();
        prop_assert_eq!(decided(&all_named, grace, now).keys().count(), 0);
    }
}

struct Abandoned {
    store: RunStore,
    clock: ManualClock,
}

impl Abandoned {
    /// A run without a manifest; the clock stands an hour after its objects were written.
    fn new() -> Self {
        let store = RunStore::new(Arc::new(InMemory::new()), Path::from("p"), RunId::new("r").unwrap());
        let clock = ManualClock::new(renkei_runtime::SystemClock::new().now().saturating_add(HOUR));
        Self { store, clock }
    }

    async fn attempt(&self, name: &str) -> CommitRecord {
        attempt(&self.store, Stage::Fit, name, b"same").await
    }

    async fn find(&self, claim: Claim, grace: Duration) -> Result<Leftovers, ArtifactError> {
        find(&self.store, claim, grace, &self.clock).await
    }
}

#[tokio::test]
async fn a_run_that_may_go_on_is_left_alone() {
    let run = Abandoned::new();
    run.attempt("a1").await;
    let error = run.find(Claim::Sealed, Duration::ZERO).await.unwrap_err();
    assert!(matches!(error, ArtifactError::NotSealed { .. }), "{error}");
    assert_eq!(run.find(Claim::Abandoned, 2 * HOUR).await.unwrap().young.objects, 1);
}

#[tokio::test]
async fn an_attempt_that_wakes_after_its_objects_were_removed_cannot_commit() {
    let run = Abandoned::new();
    let asleep = run.attempt("a1").await;
    let found = run.find(Claim::Abandoned, HOUR / 2).await.unwrap();
    assert_eq!(remove(&run.store, &found).await.unwrap(), Tally { objects: 1, bytes: 4 });
    let error = commit(&run.store, &asleep).await.unwrap_err();
    assert!(matches!(error, ArtifactError::Vanished { .. }) && error.kind().retryable(), "{error}");
    let fresh = run.attempt("a2").await;
    assert_eq!(commit(&run.store, &fresh).await.unwrap(), Committed::Won);
    assert_eq!(commit(&run.store, &asleep).await.unwrap(), Committed::Yielded, "the shard is committed by now");
}

#[tokio::test]
async fn what_was_committed_after_the_search_is_not_removed() {
    let run = Abandoned::new();
    let (late, lost) = (run.attempt("a1").await, run.attempt("a2").await);
    let found = run.find(Claim::Abandoned, HOUR / 2).await.unwrap();
    assert_eq!(found.orphaned.objects, 2);
    commit(&run.store, &late).await.unwrap();
    assert_eq!(remove(&run.store, &found).await.unwrap().objects, 1);
    assert_eq!(run.store.get_artifact(&late.artifacts[0]).await.unwrap().as_ref(), b"same");
    assert!(run.store.store().head(&Path::from(lost.artifacts[0].key.as_str())).await.is_err());
}
