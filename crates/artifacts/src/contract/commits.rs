//! A shard is committed once.

use futures::future::join_all;
use object_store::{ObjectStoreExt, PutPayload};
use renkei_domain::ErrorKind;
use renkei_domain::plan::Stage;

use super::{WRITERS, attempt, object_of};
use crate::{ArtifactError, Committed, RunStore, commit};

pub(super) async fn the_first_wins_and_an_equal_second_cleans_up_after_itself(store: &RunStore) {
    let (first, second) =
        (attempt(store, Stage::Fit, "a1", b"same").await, attempt(store, Stage::Fit, "a2", b"same").await);
    assert_eq!(store.committed(Stage::Fit).await.unwrap(), []);
    assert_eq!(commit(store, &first).await.unwrap(), Committed::Won);
    assert_eq!(commit(store, &second).await.unwrap(), Committed::Yielded);
    assert!(store.get_artifact(&second.artifacts[0]).await.is_err(), "the loser's object is gone");
    assert_eq!(store.get_artifact(&first.artifacts[0]).await.unwrap().as_ref(), b"same");
    assert_eq!(store.commit_of(Stage::Fit, &first.shard).await.unwrap().unwrap(), first);
    assert_eq!(store.committed(Stage::Fit).await.unwrap(), [first.shard]);
    assert_eq!(store.committed(Stage::Score).await.unwrap(), []);
}

pub(super) async fn an_attempt_that_meets_itself_deletes_nothing(store: &RunStore) {
    let only = attempt(store, Stage::Fit, "a1", b"x").await;
    assert_eq!(commit(store, &only).await.unwrap(), Committed::Won);
    assert_eq!(commit(store, &only).await.unwrap(), Committed::Again);
    assert!(store.get_artifact(&only.artifacts[0]).await.is_ok());
}

pub(super) async fn other_content_is_a_conflict_and_the_committed_result_stays(store: &RunStore) {
    let (first, second) =
        (attempt(store, Stage::Fit, "a1", b"one").await, attempt(store, Stage::Fit, "a2", b"two").await);
    commit(store, &first).await.unwrap();
    assert_eq!(commit(store, &second).await.unwrap_err().kind(), ErrorKind::Conflict);
    assert_eq!(store.get_artifact(&first.artifacts[0]).await.unwrap().as_ref(), b"one");
    assert_eq!(store.commit_of(Stage::Fit, &first.shard).await.unwrap().unwrap(), first);
}

pub(super) async fn an_attempt_that_is_not_whole_is_not_committed(store: &RunStore) {
    let record = attempt(store, Stage::Fit, "a1", b"whole").await;
    store.store().put(&object_of(&record), PutPayload::from_static(b"who")).await.unwrap();
    let error = commit(store, &record).await.unwrap_err();
    assert!(matches!(error, ArtifactError::Vanished { .. }), "{error}");
    store.delete(vec![object_of(&record)]).await.unwrap();
    let error = commit(store, &record).await.unwrap_err();
    assert!(matches!(error, ArtifactError::Vanished { .. }), "{error}");
    assert_eq!(store.commit_of(Stage::Fit, &record.shard).await.unwrap(), None);
}

/// However many attempts end at the same moment: one counts, and only its object stays.
pub(super) async fn sixteen_equal_attempts_leave_one(store: &RunStore) {
    let names: Vec<String> = (0..WRITERS).map(|writer| format!("a{writer}")).collect();
    let attempts = join_all(names.iter().map(|name| attempt(store, Stage::Fit, name, b"same"))).await;
    let outcomes = join_all(attempts.iter().map(|record| commit(store, record))).await;
    let outcomes: Vec<Committed> = outcomes.into_iter().map(Result::unwrap).collect();
    let winner = store.commit_of(Stage::Fit, &attempts[0].shard).await.unwrap().unwrap();
    for (record, outcome) in attempts.iter().zip(&outcomes) {
        let won = record.attempt == winner.attempt;
        assert_eq!(*outcome == Committed::Won, won, "{outcomes:?}");
        assert_eq!(*outcome == Committed::Yielded, !won, "{outcomes:?}");
        assert_eq!(store.get_artifact(&record.artifacts[0]).await.is_ok(), won);
    }
}
