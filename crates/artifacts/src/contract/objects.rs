//! Bytes under keys.

use bytes::Bytes;
use futures::TryStreamExt;
use futures::future::join_all;
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutPayload};
use renkei_domain::ErrorKind;
use renkei_domain::plan::Stage;

use super::{Ground, WRITERS, attempt, object_of};
use crate::run_store::Created;
use crate::{ArtifactError, RunStore};

/// Larger than the pieces that stores cut objects into (4 MiB in SeaweedFS).
const LARGE: usize = (5 << 20) + 3;
const SEAM: u64 = 4 << 20;

pub(super) async fn bytes_are_kept_and_read_by_range((store, prefix): &Ground) {
    let large: Vec<u8> = (0..LARGE).map(|i| (i % 251) as u8).collect();
    for (name, bytes) in [("empty", vec![]), ("one", vec![0]), ("all", (0..=255).collect()), ("large", large.clone())] {
        let key = prefix.clone().join(name);
        store.put(&key, PutPayload::from(bytes.clone())).await.unwrap();
        assert_eq!(store.get(&key).await.unwrap().bytes().await.unwrap(), bytes, "{name}");
        assert_eq!(store.head(&key).await.unwrap().size, bytes.len() as u64);
    }
    let key = prefix.clone().join("large");
    let ranges = [SEAM - 7..SEAM + 9, 0..1, LARGE as u64 - 1..LARGE as u64];
    let read = store.get_ranges(&key, &ranges).await.unwrap();
    for (range, bytes) in ranges.iter().zip(read) {
        assert_eq!(bytes, large[range.start as usize..range.end as usize], "{range:?}");
    }
}

pub(super) async fn lists_go_by_segments((store, prefix): &Ground) {
    for (name, bytes) in [("a/x", 1), ("a/y/z", 2), ("ab", 3)] {
        let key = Path::from(format!("{prefix}/{name}"));
        store.put(&key, PutPayload::from(vec![0; bytes])).await.unwrap();
    }
    let list = async |under: &str| {
        let objects: Vec<_> = store.list(Some(&prefix.clone().join(under))).try_collect().await.unwrap();
        let mut found: Vec<_> = objects.into_iter().map(|one| (one.location.to_string(), one.size)).collect();
        found.sort();
        found
    };
    assert_eq!(list("a").await, [(format!("{prefix}/a/x"), 1), (format!("{prefix}/a/y/z"), 2)]);
    assert_eq!(list("none").await, []);
}

pub(super) async fn deleting_is_final_and_twice_is_no_error(store: &RunStore) {
    let (gone, kept) = (attempt(store, Stage::Fit, "a1", b"x").await, attempt(store, Stage::Fit, "a2", b"x").await);
    store.discard(&gone.artifacts).await.unwrap();
    store.discard(&gone.artifacts).await.unwrap();
    assert_eq!(store.get_artifact(&gone.artifacts[0]).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(store.get_artifact(&kept.artifacts[0]).await.unwrap(), Bytes::from_static(b"x"));
}

pub(super) async fn a_second_creator_reads_the_first_ones_bytes(store: &RunStore) {
    let key = store.keys().identity();
    assert_eq!(store.create(&key, b"one".to_vec().into()).await.unwrap(), Created::First);
    assert_eq!(store.create(&key, b"two".to_vec().into()).await.unwrap(), Created::Present(Bytes::from_static(b"one")));
    store.delete(vec![key.clone()]).await.unwrap();
    assert_eq!(
        store.create(&key, b"two".to_vec().into()).await.unwrap(),
        Created::First,
        "a deleted key is free again"
    );
}

pub(super) async fn one_of_sixteen_creators_wins(store: &RunStore) {
    let key = store.keys().identity();
    let race = (0..WRITERS).map(|writer| store.create(&key, writer.to_string().into_bytes().into()));
    let outcomes: Vec<Created> = join_all(race).await.into_iter().map(Result::unwrap).collect();
    let winners: Vec<usize> = (0..WRITERS).filter(|&writer| outcomes[writer] == Created::First).collect();
    assert_eq!(winners.len(), 1, "{outcomes:?}");
    let present = Created::Present(Bytes::from(winners[0].to_string()));
    assert!(outcomes.iter().all(|outcome| *outcome == Created::First || *outcome == present), "{outcomes:?}");
}

pub(super) async fn an_altered_or_missing_artifact_is_noticed(store: &RunStore) {
    let record = attempt(store, Stage::Fit, "a1", b"content").await;
    let (entry, key) = (&record.artifacts[0], object_of(&record));
    assert_eq!(store.get_artifact(entry).await.unwrap(), Bytes::from_static(b"content"));
    for other in [&b"Content"[..], b"conten", b"contents", b""] {
        store.store().put(&key, PutPayload::from(other.to_vec())).await.unwrap();
        let error = store.get_artifact(entry).await.unwrap_err();
        assert!(matches!(error, ArtifactError::Altered { .. }), "{error}");
    }
    store.delete(vec![key]).await.unwrap();
    assert_eq!(store.get_artifact(entry).await.unwrap_err().kind(), ErrorKind::NotFound);
}
