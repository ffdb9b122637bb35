//! What every [`MetaStore`] must do. Each implementation's tests call these and nothing else tells them apart.

#![expect(clippy::unwrap_used, reason = "a contract suite fails by panicking, like any test")]

use std::sync::Arc;

use renkei_domain::ErrorKind;

use crate::transaction::{MAX_OPERATIONS, MAX_WRITTEN_BYTES};
use crate::{Guard, Key, MetaStore, Outcome, Prefix, Version, Write};

/// Runs the whole suite; `make` gives a new, empty store each time.
pub async fn run_all(make: impl AsyncFn() -> Arc<dyn MetaStore>) {
    values_are_kept_byte_for_byte(&*make().await).await;
    versions_grow_with_every_change(&*make().await).await;
    deletes_remove_once(&*make().await).await;
    a_failed_guard_leaves_nothing_written(&*make().await).await;
    guards_see_absence_and_versions(&*make().await).await;
    lists_are_sorted_and_go_by_segments(&*make().await).await;
    limits_are_kept(&*make().await).await;
    let store = make().await;
    changes_are_linearisable(&store, &store).await;
    let store = make().await;
    one_creator_wins(&store, &store).await;
}

/// Runs what concerns several handles; `make` gives two handles on one new, empty store, as two processes have them.
pub async fn run_two_handles(make: impl AsyncFn() -> [Arc<dyn MetaStore>; 2]) {
    let [one, other] = make().await;
    each_handle_sees_the_other(&*one, &*other).await;
    let [one, other] = make().await;
    changes_are_linearisable(&one, &other).await;
    let [one, other] = make().await;
    one_creator_wins(&one, &other).await;
}

fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

fn put(at: &str, value: impl Into<Vec<u8>>) -> Write {
    Write::Put { key: key(at), value: value.into() }
}

fn delete(at: &str) -> Write {
    Write::Delete { key: key(at) }
}

fn absent(at: &str) -> Guard {
    Guard::Absent { key: key(at) }
}

fn version_is(at: &str, version: Version) -> Guard {
    Guard::VersionIs { key: key(at), version }
}

fn failed(at: &str) -> Outcome {
    Outcome::GuardFailed { key: key(at) }
}

/// Commits and returns the version; the guards must hold.
async fn commit(store: &dyn MetaStore, guards: &[Guard], writes: &[Write]) -> Version {
    match store.transact(guards, writes).await.unwrap() {
        Outcome::Committed { version } => version,
        Outcome::GuardFailed { key } => unreachable!("the guard on '{key}' must hold"),
    }
}

async fn value(store: &dyn MetaStore, at: &str) -> Option<Vec<u8>> {
    store.get(&key(at)).await.unwrap().map(|found| found.value)
}

async fn keys(store: &dyn MetaStore, prefix: Prefix) -> Vec<String> {
    store.list(&prefix).await.unwrap().into_iter().map(|(key, _)| key.to_string()).collect()
}

async fn values_are_kept_byte_for_byte(store: &dyn MetaStore) {
    assert_eq!(store.get(&key("a")).await.unwrap(), None);
    let bytes: Vec<u8> = (0..=255).collect();
    commit(store, &[], &[put("a", bytes.clone()), put("a/b", "")]).await;
    assert_eq!(value(store, "a").await, Some(bytes));
    assert_eq!(value(store, "a/b").await, Some(Vec::new()), "an empty value is a value");
    assert_eq!(value(store, "A").await, None, "keys differ by case");
}

async fn versions_grow_with_every_change(store: &dyn MetaStore) {
    let first = commit(store, &[], &[put("a", "1"), put("b", "1")]).await;
    let second = commit(store, &[], &[put("a", "1")]).await;
    assert!(second > first, "putting an equal value is a change");
    let version = async |at: &str| store.get(&key(at)).await.unwrap().unwrap().version;
    assert_eq!((version("a").await, version("b").await), (second, first));
    assert_eq!(commit(store, &[], &[delete("none")]).await, second, "deleting nothing is no change");
    assert_eq!(commit(store, &[version_is("b", first)], &[]).await, second, "a mere check is no change");
    let third = commit(store, &[], &[delete("a")]).await;
    assert!(third > second && commit(store, &[], &[put("a", "2")]).await > third);
}

async fn deletes_remove_once(store: &dyn MetaStore) {
    let version = commit(store, &[], &[put("a", "1"), put("b", "2")]).await;
    commit(store, &[version_is("a", version)], &[delete("a"), put("c", "3")]).await;
    assert_eq!(value(store, "a").await, None);
    assert_eq!(keys(store, Prefix::all()).await, ["b", "c"]);
    assert_eq!(store.transact(&[version_is("a", version)], &[delete("a")]).await.unwrap(), failed("a"));
    commit(store, &[absent("a")], &[put("a", "4")]).await;
    assert_eq!(
        store.transact(&[version_is("a", version)], &[delete("a")]).await.unwrap(),
        failed("a"),
        "a key that was deleted and put again must not pass for the old one"
    );
}

async fn a_failed_guard_leaves_nothing_written(store: &dyn MetaStore) {
    let version = commit(store, &[], &[put("a", "1"), put("b", "1")]).await;
    let before = store.list(&Prefix::all()).await.unwrap();
    let writes = [put("a", "2"), delete("b"), put("c", "2")];
    let outcome = store.transact(&[version_is("a", version), absent("c"), absent("b")], &writes).await.unwrap();
    assert_eq!(outcome, failed("b"));
    assert_eq!(store.list(&Prefix::all()).await.unwrap(), before);
    let next = commit(store, &[], &[put("a", "3")]).await;
    assert_eq!(store.transact(&[version_is("a", version)], &writes).await.unwrap(), failed("a"));
    commit(store, &[version_is("a", next)], &[]).await;
}

async fn guards_see_absence_and_versions(store: &dyn MetaStore) {
    let version = commit(store, &[absent("a"), absent("a")], &[put("a", "1")]).await;
    let refused = |guards: Vec<Guard>| async move { store.transact(&guards, &[put("x", "")]).await.unwrap() };
    assert_eq!(refused(vec![absent("a")]).await, failed("a"));
    assert_eq!(refused(vec![version_is("none", version)]).await, failed("none"));
    let both = vec![absent("none"), absent("a"), version_is("none", version)];
    assert_eq!(refused(both).await, failed("a"), "the first guard that fails is named");
    assert_eq!(value(store, "x").await, None);
    commit(store, &[version_is("a", version), absent("b")], &[put("x", "")]).await;
}

async fn lists_are_sorted_and_go_by_segments(store: &dyn MetaStore) {
    assert!(store.list(&Prefix::all()).await.unwrap().is_empty());
    let names = [
        "z",
        "runs",
        "runs/2/state",
        "runs/1",
        "runs/10/state",
        "runs/1/state",
        "runs-old/1",
        "runs.x",
        "runs0",
        "Runs/1",
    ];
    commit(store, &[], &names.map(|name| put(name, name))).await;
    let sorted = [
        "Runs/1",
        "runs",
        "runs-old/1",
        "runs.x",
        "runs/1",
        "runs/1/state",
        "runs/10/state",
        "runs/2/state",
        "runs0",
        "z",
    ];
    assert_eq!(keys(store, Prefix::all()).await, sorted);
    assert_eq!(keys(store, Prefix::under(&key("runs"))).await, &sorted[4..8]);
    assert_eq!(keys(store, Prefix::under(&key("runs/1"))).await, ["runs/1/state"]);
    assert!(keys(store, Prefix::under(&key("run"))).await.is_empty());
    for (key, found) in store.list(&Prefix::all()).await.unwrap() {
        assert_eq!(found.value, key.as_str().as_bytes());
        assert_eq!(store.get(&key).await.unwrap().unwrap(), found);
    }
}

async fn limits_are_kept(store: &dyn MetaStore) {
    let largest = vec![7; MAX_WRITTEN_BYTES - 1];
    commit(store, &[], &[put("a", largest.clone())]).await;
    assert_eq!(value(store, "a").await, Some(largest));
    let many = |count: usize| (0..count).map(|i| put(&format!("many/{i}"), "")).collect::<Vec<_>>();
    commit(store, &vec![absent("none"); MAX_OPERATIONS], &many(MAX_OPERATIONS)).await;

    let too_large = [put("b", vec![7; MAX_WRITTEN_BYTES])];
    let too_many = many(MAX_OPERATIONS + 1);
    let twice = [put("b", "1"), delete("b")];
    for writes in [&too_large[..], &too_many, &twice] {
        assert_eq!(store.transact(&[], writes).await.unwrap_err().kind(), ErrorKind::Invalid);
    }
    let guards = vec![absent("none"); MAX_OPERATIONS + 1];
    assert_eq!(store.transact(&guards, &[]).await.unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(value(store, "b").await, None);
}

/// 16 tasks add to one counter, each by reading and then changing what it read: no addition may be lost, none seen
/// twice, and whoever committed reads at least its own.
async fn changes_are_linearisable(one: &Arc<dyn MetaStore>, other: &Arc<dyn MetaStore>) {
    const TASKS: u32 = 16;
    const EACH: u32 = 8;
    commit(&**one, &[], &[put("counter", 0_u32.to_le_bytes())]).await;
    let tasks = (0..TASKS).map(|i| {
        let store = Arc::clone(if i % 2 == 0 { one } else { other });
        tokio::spawn(async move {
            let mut versions = Vec::new();
            for _ in 0..EACH {
                versions.push(add_one(&*store).await);
            }
            versions
        })
    });
    let mut versions = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        let of_task = task.await.unwrap();
        assert!(of_task.is_sorted(), "one task's commits go back in version");
        versions.extend(of_task);
    }
    versions.sort();
    versions.dedup();
    assert_eq!(versions.len(), (TASKS * EACH) as usize, "two commits share a version");
    assert_eq!(count(&**other).await.0, TASKS * EACH, "an addition was lost");
}

async fn add_one(store: &dyn MetaStore) -> Version {
    loop {
        let (present, version) = count(store).await;
        let write = put("counter", (present + 1).to_le_bytes());
        if let Outcome::Committed { version } =
            store.transact(&[version_is("counter", version)], &[write]).await.unwrap()
        {
            assert!(count(store).await.0 > present, "a commit is not seen by the next read");
            return version;
        }
    }
}

async fn count(store: &dyn MetaStore) -> (u32, Version) {
    let found = store.get(&key("counter")).await.unwrap().unwrap();
    (u32::from_le_bytes(found.value.try_into().unwrap()), found.version)
}

async fn one_creator_wins(one: &Arc<dyn MetaStore>, other: &Arc<dyn MetaStore>) {
    let creators = (0..16_u8).map(|i| {
        let store = Arc::clone(if i % 2 == 0 { one } else { other });
        tokio::spawn(async move { (i, store.transact(&[absent("leader")], &[put("leader", [i])]).await.unwrap()) })
    });
    let mut winners = Vec::new();
    for creator in creators.collect::<Vec<_>>() {
        match creator.await.unwrap() {
            (i, Outcome::Committed { .. }) => winners.push(i),
            (_, outcome) => assert_eq!(outcome, failed("leader")),
        }
    }
    assert_eq!(winners.len(), 1, "{winners:?}");
    assert_eq!(value(&**other, "leader").await, Some(winners));
}

async fn each_handle_sees_the_other(one: &dyn MetaStore, other: &dyn MetaStore) {
    let version = commit(one, &[], &[put("a", "1")]).await;
    assert_eq!(value(other, "a").await, Some(b"1".to_vec()));
    let next = commit(other, &[version_is("a", version)], &[put("a", "2")]).await;
    assert_eq!(one.transact(&[version_is("a", version)], &[put("a", "3")]).await.unwrap(), failed("a"));
    commit(one, &[version_is("a", next)], &[delete("a")]).await;
    assert!(keys(other, Prefix::all()).await.is_empty());
}
