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
    let mut winners = 0;
    for outcome in join_all(race).await {
        match outcome {
            Ok(_) => winners += 1,
            Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    store.delete(&key).await?;
    if winners == 1 { Ok(()) } else { Err(ArtifactError::NotExclusive { winners, writers: WRITERS }) }
}

#[cfg(test)]
mod tests {
    use object_store::memory::InMemory;

    use super::*;
    use crate::fault::{Fault, FaultyStore};

    #[tokio::test]
    async fn a_store_that_refuses_second_writers_passes_and_keeps_nothing() {
        let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        probe_conditional_create(&store, &Path::from("p"), &AttemptId::new("n").unwrap()).await.unwrap();
        assert!(store.head(&Path::from("p/probe/n")).await.is_err());
    }

    #[tokio::test]
    async fn a_store_that_ignores_the_condition_is_refused() {
        let store: Arc<dyn ObjectStore> =
            Arc::new(FaultyStore::always(Arc::new(InMemory::new()), Fault::IgnoreCondition));
        let error =
            probe_conditional_create(&store, &Path::from("p"), &AttemptId::new("n").unwrap()).await.unwrap_err();
        assert!(error.to_string().contains("16 of 16"), "{error}");
    }
}
