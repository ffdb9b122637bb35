//! A run is sealed once.

use std::collections::BTreeMap;

use futures::future::join_all;
use renkei_domain::Digest;
use renkei_domain::plan::Stage;
use renkei_domain::record::{CommitRecord, Identity, Manifest, RECORD_VERSION, SealedStage};

use super::{WRITERS, attempt};
use crate::{RunStore, commit};

/// A manifest over `commits` that tells its writer by the epoch.
pub(super) fn manifest(store: &RunStore, commits: Vec<CommitRecord>, epoch: u64) -> Manifest {
    let identity = Identity {
        software: "0".into(),
        execution_class: "cpu".into(),
        spec: Digest::of(b"spec"),
        inputs: BTreeMap::new(),
    };
    let stages = vec![SealedStage { stage: Stage::Fit, commits }];
    Manifest {
        version: RECORD_VERSION,
        run: store.run().clone(),
        name: "n".into(),
        merkle_root: Manifest::root_of(&identity, &stages),
        identity,
        unreadable: vec![],
        stages,
        epoch,
        sealed: "t".into(),
    }
}

pub(super) async fn whoever_seals_second_gets_what_the_first_sealed(store: &RunStore) {
    let record = attempt(store, Stage::Fit, "a1", b"x").await;
    commit(store, &record).await.unwrap();
    let (first, second) = (manifest(store, vec![record.clone()], 1), manifest(store, vec![record], 2));
    assert_eq!(store.manifest().await.unwrap(), None);
    assert_eq!(store.seal_stage(&first.stages[0]).await.unwrap(), None);
    let empty = SealedStage { stage: Stage::Fit, commits: vec![] };
    assert_eq!(store.seal_stage(&empty).await.unwrap().as_ref(), Some(&first.stages[0]));
    assert_eq!(store.sealed_stage(Stage::Fit).await.unwrap().as_ref(), Some(&first.stages[0]));
    assert_eq!(store.seal(&first).await.unwrap(), None);
    assert_eq!(store.seal(&second).await.unwrap().as_ref(), Some(&first));
    assert_eq!(store.manifest().await.unwrap(), Some(first));
}

pub(super) async fn sixteen_sealers_get_one_manifest(store: &RunStore) {
    let manifests: Vec<Manifest> = (0..WRITERS as u64).map(|epoch| manifest(store, vec![], epoch)).collect();
    let sealed = join_all(manifests.iter().map(|manifest| store.seal(manifest))).await;
    let kept = store.manifest().await.unwrap().unwrap();
    let sealed = manifests.iter().zip(sealed).map(|(mine, before)| before.unwrap().unwrap_or_else(|| mine.clone()));
    assert!(sealed.into_iter().all(|sealed| sealed == kept));
}
