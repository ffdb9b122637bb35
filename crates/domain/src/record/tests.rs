use std::collections::BTreeMap;

use super::*;

fn record(shard: &str, attempt: &str) -> CommitRecord {
    CommitRecord {
        version: RECORD_VERSION,
        run: RunId::new("r").unwrap(),
        stage: Stage::Embed,
        shard: ShardId::new(shard).unwrap(),
        attempt: AttemptId::new(attempt).unwrap(),
        epoch: 1,
        artifacts: vec![ArtifactEntry {
            name: "features".into(),
            key: format!("k/{attempt}"),
            bytes: 3,
            sha256: Digest::of(b"abc"),
            rows: 1,
        }],
        quarantine: vec![],
        input: None,
        started: "t0".into(),
        committed: "t1".into(),
    }
}

fn identity() -> Identity {
    Identity {
        software: "0.1.0".into(),
        execution_class: "cpu".into(),
        spec: Digest::of(b"spec"),
        inputs: BTreeMap::from([("encoder".to_owned(), Digest::of(b"e"))]),
    }
}

#[test]
fn content_ignores_who_made_it_but_not_what_was_made() {
    let first = record("s1", "a1");
    let mut second = record("s1", "a2");
    second.epoch = 7;
    second.committed = "later".into();
    assert_eq!(first.content(), second.content());
    second.artifacts[0].sha256 = Digest::of(b"abd");
    assert_ne!(first.content(), second.content());
}

#[test]
fn the_root_changes_with_every_leaf_and_with_the_order() {
    let leaves: Vec<Digest> = (0..7u8).map(|i| Digest::of(&[i])).collect();
    let root = merkle_root(&leaves);
    for i in 0..leaves.len() {
        let mut other = leaves.clone();
        other[i] = Digest::of(b"x");
        assert_ne!(merkle_root(&other), root, "leaf {i}");
    }
    let mut swapped = leaves.clone();
    swapped.swap(0, 1);
    assert_ne!(merkle_root(&swapped), root);
    assert_ne!(merkle_root(&leaves[..6]), root);
}

/// RFC 6962 test vector: the tree of one empty leaf. Our leaves are 32 bytes, so only the empty tree is comparable.
#[test]
fn the_empty_tree_is_the_hash_of_nothing() {
    let expected = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(merkle_root(&[]).to_string(), expected);
}

#[test]
fn an_identity_says_what_differs() {
    let mut other = identity();
    other.inputs.insert("encoder".into(), Digest::of(b"f"));
    other.inputs.insert("slide".into(), Digest::of(b"g"));
    assert_eq!(other.differences(&identity()), vec!["encoder has other content", "slide is new"]);
    assert_ne!(other.run_id().unwrap(), identity().run_id().unwrap());
}
