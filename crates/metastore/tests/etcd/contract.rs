//! The suite that every store passes, and what only a shared store with pages must do besides.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use renkei_metastore::contract::{run_all, run_two_handles};
use renkei_metastore::{Key, MetaStore, Prefix};
use renkei_testkit::Etcd;

use crate::{commit, key, open, put, starting_with, value};

/// Gives a new prefix at each call: a new, empty store.
#[derive(Default)]
struct Prefixes(AtomicU32);

impl Prefixes {
    fn next(&self) -> String {
        format!("cluster/{}", self.0.fetch_add(1, Ordering::Relaxed))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_member() {
    let Some(etcd) = Etcd::start(1).unwrap() else { return };
    let prefixes = Prefixes::default();
    run_all(async || Arc::new(open(etcd.endpoints(), &prefixes.next()).await) as Arc<dyn MetaStore>).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn three_members_asked_by_two_handles_through_different_ones() {
    let Some(etcd) = Etcd::start(3).unwrap() else { return };
    let prefixes = Prefixes::default();
    run_all(async || Arc::new(open(etcd.endpoints(), &prefixes.next()).await) as Arc<dyn MetaStore>).await;
    run_two_handles(async || {
        let prefix = prefixes.next();
        let handle =
            async |first| Arc::new(open(starting_with(first, etcd.endpoints()), &prefix).await) as Arc<dyn MetaStore>;
        [handle(0).await, handle(1).await]
    })
    .await;
}

#[tokio::test]
async fn clusters_that_share_an_etcd_see_only_their_own_facts() {
    let Some(etcd) = Etcd::start(1).unwrap() else { return };
    let outer = open(etcd.endpoints(), "site").await;
    let inner = open(etcd.endpoints(), "site/inner").await;
    commit(&outer, &[put("a", "outer"), put("inner/a", "outer")]).await;
    commit(&inner, &[put("a", "inner"), put("b", "inner")]).await;
    let names = async |store: &dyn MetaStore| -> Vec<String> {
        store.list(&Prefix::all()).await.unwrap().into_iter().map(|(key, _)| key.to_string()).collect()
    };
    assert_eq!(names(&outer).await, ["a", "inner/a"]);
    assert_eq!(names(&inner).await, ["a", "b"]);
    assert_eq!(value(&outer, "a").await, Some(b"outer".to_vec()));
}

/// A listing takes several answers; writes between two of them must not show.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_list_is_of_one_moment_though_it_comes_in_pages() {
    let Some(etcd) = Etcd::start(1).unwrap() else { return };
    let store = Arc::new(open(etcd.endpoints(), "site").await);
    let name = |i: u32| format!("facts/{i:03}");
    for start in [0, 100, 200] {
        let facts: Vec<_> = (start..start + 100).map(|i| put(&name(i), "0")).collect();
        commit(&store, &facts).await;
    }
    let round = move |round: u32| [put(&name(0), round.to_string()), put(&name(299), round.to_string())];
    commit(&store, &round(0)).await;
    let done = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn({
        let (store, done) = (Arc::clone(&store), Arc::clone(&done));
        async move {
            let mut rounds = 0;
            while !done.load(Ordering::Relaxed) {
                rounds += 1;
                commit(&store, &round(rounds)).await;
            }
            rounds
        }
    });
    for _ in 0..100 {
        let found = store.list(&Prefix::under(&key("facts"))).await.unwrap();
        assert_eq!(found.len(), 300);
        assert!(found.is_sorted_by_key(|(key, _): &(Key, _)| key.clone()));
        assert_eq!(found[0].1, found[299].1, "half of a transaction is seen");
    }
    done.store(true, Ordering::Relaxed);
    assert!(writer.await.unwrap() > 0);
}

#[tokio::test]
async fn a_list_may_be_larger_than_a_message_is_by_default() {
    let Some(etcd) = Etcd::start(1).unwrap() else { return };
    let store = open(etcd.endpoints(), "site").await;
    for i in 0..6 {
        commit(&store, &[put(&format!("large/{i}"), vec![i; 1_000_000])]).await;
    }
    let found = store.list(&Prefix::all()).await.unwrap();
    assert_eq!(found.iter().map(|(_, fact)| fact.value.len()).sum::<usize>(), 6_000_000);
}
