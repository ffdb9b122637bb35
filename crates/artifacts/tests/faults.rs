//! Whatever a store does wrong, a read or a commit succeeds, or fails with the right kind; never with wrong bytes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use object_store::memory::InMemory;
use object_store::path::Path;
use renkei_artifacts::contract::attempt;
use renkei_artifacts::fault::{FaultyStore, GetFault, PutFault};
use renkei_artifacts::{ArtifactError, Committed, RunStore, commit};
use renkei_domain::plan::{Shard, Stage};
use renkei_domain::record::{CommitRecord, SealedStage};
use renkei_domain::{AttemptId, ErrorKind, RunId};
use renkei_runtime::clock::ManualClock;
use renkei_runtime::{Clock as _, Timestamp};

const CONTENT: &[u8] = b"forty-two bytes of features, or thereabouts";

struct Ground {
    faulty: Arc<FaultyStore>,
    clock: Arc<ManualClock>,
    store: RunStore,
}

impl Ground {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_unix_millis(0).unwrap()));
        let faulty = Arc::new(FaultyStore::new(Arc::new(InMemory::new()), clock.clone()));
        let store = RunStore::new(faulty.clone(), Path::from("p"), RunId::new("r1").unwrap());
        Self { faulty, clock, store }
    }

    async fn attempt(&self, name: &str) -> CommitRecord {
        attempt(&self.store, Stage::Fit, name, CONTENT).await
    }
}

/// What a read makes of each fault, of an artifact and of a record.
#[tokio::test]
async fn a_read_gives_the_right_bytes_or_the_right_kind() {
    let ground = Ground::new();
    let record = ground.attempt("a1").await;
    commit(&ground.store, &record).await.unwrap();
    let passing = [GetFault::Status(503), GetFault::Status(429), GetFault::Broken, GetFault::CutShort];
    for fault in passing {
        ground.faulty.next_get(fault);
        let error = ground.store.get_artifact(&record.artifacts[0]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{fault:?}: {error}");
        ground.faulty.next_get(fault);
        let error = ground.store.commit_of(Stage::Fit, &record.shard).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{fault:?}: {error}");
        assert_eq!(ground.store.get_artifact(&record.artifacts[0]).await.unwrap(), CONTENT, "once it has passed");
        assert_eq!(ground.store.commit_of(Stage::Fit, &record.shard).await.unwrap().unwrap(), record);
    }
}

#[tokio::test]
async fn bytes_turned_on_the_way_are_read_again_and_only_then_called_altered() {
    let ground = Ground::new();
    let record = ground.attempt("a1").await;
    ground.faulty.next_get(GetFault::Turned);
    assert_eq!(ground.store.get_artifact(&record.artifacts[0]).await.unwrap(), CONTENT);
    ground.faulty.next_get(GetFault::Turned);
    ground.faulty.next_get(GetFault::Turned);
    let error = ground.store.get_artifact(&record.artifacts[0]).await.unwrap_err();
    assert!(matches!(error, ArtifactError::Altered { .. }) && error.kind() == ErrorKind::Data, "{error}");
}

#[tokio::test]
async fn a_put_that_fails_leaves_nothing_committed_and_may_be_tried_again() {
    let ground = Ground::new();
    for (fault, kind) in [
        (PutFault::Status(503), ErrorKind::Unavailable),
        (PutFault::Status(429), ErrorKind::Unavailable),
        (PutFault::Full, ErrorKind::Exhausted),
    ] {
        ground.faulty.next_put(fault);
        let (shard, id) = (Shard::whole(Stage::Fit).unwrap(), AttemptId::new("a1").unwrap());
        let put = ground.store.put_artifact(&shard, &id, "m", "m.json", CONTENT.to_vec(), 1).await;
        assert_eq!(put.unwrap_err().kind(), kind, "writing an artifact: {fault:?}");
        let record = ground.attempt("a1").await;
        ground.faulty.next_put(fault);
        let error = commit(&ground.store, &record).await.unwrap_err();
        assert!(error.kind() == kind && error.kind().retryable(), "committing: {fault:?}: {error}");
        assert_eq!(ground.store.committed(Stage::Fit).await.unwrap(), []);
    }
    let record = ground.attempt("a1").await;
    assert_eq!(commit(&ground.store, &record).await.unwrap(), Committed::Won);
}

/// The put reaches the store, but its answer is lost: the retry, whoever makes it, must find itself.
#[tokio::test]
async fn a_lost_answer_to_the_commit_is_not_a_second_commit() {
    let ground = Ground::new();
    let record = ground.attempt("a1").await;
    ground.faulty.next_put(PutFault::AnswerLost);
    assert!(commit(&ground.store, &record).await.unwrap_err().kind().retryable());
    assert_eq!(commit(&ground.store, &record).await.unwrap(), Committed::Again);
    let ground = Ground::new();
    let record = ground.attempt("a1").await;
    ground.faulty.next_put(PutFault::MetItself);
    assert_eq!(commit(&ground.store, &record).await.unwrap(), Committed::Again);
    assert_eq!(ground.store.get_artifact(&record.artifacts[0]).await.unwrap(), CONTENT);
}

#[tokio::test]
async fn an_answer_lost_while_yielding_ends_as_yielded() {
    let ground = Ground::new();
    let (first, second) = (ground.attempt("a1").await, ground.attempt("a2").await);
    commit(&ground.store, &first).await.unwrap();
    ground.faulty.next_get(GetFault::Status(503));
    assert!(commit(&ground.store, &second).await.unwrap_err().kind().retryable());
    assert_eq!(commit(&ground.store, &second).await.unwrap(), Committed::Yielded);
    assert_eq!(commit(&ground.store, &second).await.unwrap(), Committed::Yielded, "its objects are gone by now");
}

/// S3 answers 409 to writers that meet; it does not mean that one of them wrote.
#[tokio::test]
async fn a_key_called_taken_that_holds_nothing_is_tried_again() {
    let ground = Ground::new();
    let record = ground.attempt("a1").await;
    for _ in 0..3 {
        ground.faulty.next_put(PutFault::Busy);
    }
    assert_eq!(commit(&ground.store, &record).await.unwrap(), Committed::Won);
    let ground = Ground::new();
    let record = ground.attempt("a1").await;
    for _ in 0..4 {
        ground.faulty.next_put(PutFault::Busy);
    }
    let error = commit(&ground.store, &record).await.unwrap_err();
    assert!(matches!(error, ArtifactError::Contended { .. }) && error.kind().retryable(), "{error}");
}

#[tokio::test]
async fn a_lost_answer_to_a_seal_gives_what_was_sealed() {
    let ground = Ground::new();
    let sealed = SealedStage { stage: Stage::Fit, commits: vec![ground.attempt("a1").await] };
    ground.faulty.next_put(PutFault::MetItself);
    assert_eq!(ground.store.seal_stage(&sealed).await.unwrap().as_ref(), Some(&sealed));
    let other = SealedStage { stage: Stage::Fit, commits: vec![] };
    assert_eq!(ground.store.seal_stage(&other).await.unwrap().as_ref(), Some(&sealed));
}

#[tokio::test]
async fn slowness_is_only_slow() {
    let ground = Ground::new();
    let minute = Duration::from_secs(60);
    for _ in 0..2 {
        ground.faulty.next_put(PutFault::Slow(minute));
    }
    ground.faulty.next_get(GetFault::Slow(minute));
    let work = async {
        let record = ground.attempt("a1").await;
        assert_eq!(commit(&ground.store, &record).await.unwrap(), Committed::Won);
        assert_eq!(ground.store.get_artifact(&record.artifacts[0]).await.unwrap(), CONTENT);
    };
    let time = async {
        for _ in 0..3 {
            ground.clock.advance_to_next_sleeper().await;
        }
    };
    tokio::join!(work, time);
    assert_eq!(ground.clock.monotonic(), 3 * minute);
}
