//! Is a store fit to commit to? Sixteen writers race for one key; exactly one may win.
//!
//! A check with two puts in a row is not enough: one S3 look-alike passed it and lost 17 of 20 races.

use std::sync::Arc;

use futures::future::join_all;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use renkei_domain::AttemptId;

use crate::{ArtifactError, key};

const WRITERS: usize = 16;

/// Races sixteen creators for a fresh key (made unique by `nonce`), then removes it.
///
/// A winner whose answer was lost is told that it lost, so no winner at all is no fault, as long as the key holds what
/// one of the writers wrote.
pub async fn probe_conditional_create(
    store: &Arc<dyn ObjectStore>,
    prefix: &Path,
    nonce: &AttemptId,
) -> Result<(), ArtifactError> {
    let key = key::probe(prefix, nonce);
    let race = (0..WRITERS).map(|writer| {
        let (store, key) = (Arc::clone(store), key.clone());
        async move {
            let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
            store.put_opts(&key, PutPayload::from(writer.to_string().into_bytes()), options).await
        }
    });
    let mut winners = Vec::new();
    for (writer, outcome) in join_all(race).await.into_iter().enumerate() {
        match outcome {
            Ok(_) => winners.push(writer),
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let kept = store.get(&key).await?.bytes().await?;
    store.delete(&key).await?;
    let fair = match winners[..] {
        [] => (0..WRITERS).any(|writer| kept == writer.to_string()),
        [winner] => kept == winner.to_string(),
        _ => false,
    };
    if fair { Ok(()) } else { Err(ArtifactError::NotExclusive { winners: winners.len(), writers: WRITERS }) }
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;
    use renkei_runtime::SystemClock;

    use super::*;
    use crate::fault::{FaultyStore, PutFault};

    fn faulty() -> FaultyStore {
        FaultyStore::new(Arc::new(InMemory::new()), Arc::new(SystemClock::new()))
    }

    async fn probe(store: FaultyStore) -> Result<Arc<dyn ObjectStore>, ArtifactError> {
        let store: Arc<dyn ObjectStore> = Arc::new(store);
        probe_conditional_create(&store, &Path::from("p"), &AttemptId::new("n").unwrap()).await?;
        Ok(store)
    }

    #[tokio::test]
    async fn a_store_that_refuses_second_writers_passes_and_keeps_nothing() {
        let store = probe(faulty()).await.unwrap();
        assert!(store.head(&Path::from("p/probe/n")).await.is_err());
    }

    #[tokio::test]
    async fn a_store_that_ignores_the_condition_is_refused() {
        let error = probe(faulty().every_put(PutFault::IgnoreCondition)).await.unwrap_err();
        assert!(error.to_string().contains("16 of 16"), "{error}");
    }

    /// The store let one writer win, but its answer was lost and the client's retry met the object.
    #[tokio::test]
    async fn a_winner_that_was_told_otherwise_is_no_fault_of_the_store() {
        let store = faulty();
        store.next_put(PutFault::MetItself);
        probe(store).await.unwrap();
    }
}
