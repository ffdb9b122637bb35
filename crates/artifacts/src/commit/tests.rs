use std::sync::Arc;

use object_store::memory::InMemory;
use object_store::path::Path;
use renkei_domain::plan::{Shard, Stage};
use renkei_domain::record::RECORD_VERSION;
use renkei_domain::{AttemptId, RunId};

use super::*;
use crate::fault::{Fault, FaultyStore};

fn store() -> RunStore {
    RunStore::new(Arc::new(InMemory::new()), Path::from("p"), RunId::new("r1").unwrap())
}

async fn attempt(store: &RunStore, name: &str, content: &[u8]) -> CommitRecord {
    let shard = Shard::whole(Stage::Fit).unwrap();
    let attempt = AttemptId::new(name).unwrap();
    let entry = store.put_artifact(&shard, &attempt, "model", "model.json", content.to_vec(), 1).await.unwrap();
    CommitRecord {
        version: RECORD_VERSION,
        run: store.run().clone(),
        stage: shard.stage,
        shard: shard.id,
        attempt,
        epoch: 1,
        artifacts: vec![entry],
        quarantine: vec![],
        input: None,
        started: "0".into(),
        committed: "1".into(),
    }
}

#[tokio::test]
async fn the_first_attempt_wins_and_an_equal_second_cleans_up_after_itself() {
    let store = store();
    let first = attempt(&store, "a1", b"same").await;
    let second = attempt(&store, "a2", b"same").await;
    assert_eq!(commit(&store, &first).await.unwrap(), Committed::Won);
    assert_eq!(commit(&store, &second).await.unwrap(), Committed::Yielded);
    assert!(store.get_artifact(&second.artifacts[0]).await.is_err(), "the loser's object is gone");
    assert_eq!(store.get_artifact(&first.artifacts[0]).await.unwrap().as_ref(), b"same");
    assert_eq!(store.commit_of(Stage::Fit, &first.shard).await.unwrap().unwrap(), first);
}

#[tokio::test]
async fn a_retried_put_that_meets_itself_deletes_nothing() {
    let store = store();
    let only = attempt(&store, "a1", b"x").await;
    assert_eq!(commit(&store, &only).await.unwrap(), Committed::Won);
    assert_eq!(commit(&store, &only).await.unwrap(), Committed::Again);
    assert!(store.get_artifact(&only.artifacts[0]).await.is_ok());
}

#[tokio::test]
async fn other_content_is_a_conflict_and_the_committed_result_stays() {
    let store = store();
    let first = attempt(&store, "a1", b"one").await;
    let second = attempt(&store, "a2", b"two").await;
    commit(&store, &first).await.unwrap();
    let error = commit(&store, &second).await.unwrap_err();
    assert_eq!(error.kind(), renkei_domain::ErrorKind::Conflict);
    assert!(store.get_artifact(&first.artifacts[0]).await.is_ok());
}

#[tokio::test]
async fn an_altered_artifact_is_noticed_on_reading() {
    let store = store();
    let mut record = attempt(&store, "a1", b"one").await;
    record.artifacts[0].sha256 = renkei_domain::Digest::of(b"other");
    let error = store.get_artifact(&record.artifacts[0]).await.unwrap_err();
    assert!(matches!(error, ArtifactError::Altered { .. }));
}

/// The put reaches the store but its answer is lost: the retry must find itself.
#[tokio::test]
async fn a_lost_answer_to_the_commit_is_not_a_second_commit() {
    let faulty = Arc::new(FaultyStore::new(Arc::new(InMemory::new())));
    let store = RunStore::new(faulty.clone(), Path::from("p"), RunId::new("r1").unwrap());
    let record = attempt(&store, "a1", b"one").await;
    faulty.next_put(Fault::AnswerLost);
    assert!(commit(&store, &record).await.unwrap_err().kind().retryable());
    assert_eq!(commit(&store, &record).await.unwrap(), Committed::Again);
}
