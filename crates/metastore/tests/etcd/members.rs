//! Members that are killed, stopped or left alone.

use std::sync::Arc;
use std::time::Duration;

use renkei_domain::ErrorKind;
use renkei_metastore::{Error, EtcdOptions, EtcdStore, Guard, MetaStore, Outcome, Prefix};
use renkei_testkit::Etcd;

use crate::increments::Stream;
use crate::{HANG, commit, connect, key, open, options, put, starting_with, value};

/// As short as a busy machine allows; nothing below depends on it.
pub(crate) fn hasty(endpoints: Vec<String>) -> EtcdOptions {
    let (connect_timeout, request_timeout) = (Duration::from_millis(500), Duration::from_millis(1500));
    EtcdOptions { connect_timeout, request_timeout, ..options(endpoints, "site") }
}

fn is_unavailable<T>(result: &Result<T, Error>) -> bool {
    result.as_ref().is_err_and(|error| error.kind() == ErrorKind::Unavailable)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn increments_survive_the_death_of_a_follower_and_of_the_leader() {
    let Some(mut etcd) = Etcd::start(3).unwrap() else { return };
    let leader = etcd.leader().unwrap();
    let follower = (leader + 1) % 3;
    let mut stores = Vec::new();
    for first in [leader, follower] {
        stores.push(Arc::new(connect(options(starting_with(first, etcd.endpoints()), "site")).await.unwrap()));
    }
    let check = async {
        let stream = Stream::start(stores).await;
        for _ in 0..2 {
            stream.go_on(40).await;
            etcd.kill(follower).unwrap();
            stream.go_on(40).await;
            etcd.restart(follower).unwrap();
            stream.go_on(40).await;
            let leader = etcd.leader().unwrap();
            etcd.kill(leader).unwrap();
            stream.go_on(40).await;
            etcd.restart(leader).unwrap();
        }
        stream.end(&open(etcd.endpoints(), "site").await).await;
    };
    tokio::time::timeout(HANG, check).await.unwrap();
}

/// A stopped leader keeps its connections, answers nobody, and wakes with what was sent to it meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn increments_survive_a_leader_that_stops_and_wakes() {
    let Some(mut etcd) = Etcd::start(3).unwrap() else { return };
    let leader = etcd.leader().unwrap();
    let mut stores = Vec::new();
    for first in [leader, (leader + 1) % 3] {
        stores.push(Arc::new(connect(hasty(starting_with(first, etcd.endpoints()))).await.unwrap()));
    }
    let check = async {
        let stream = Stream::start(stores).await;
        for _ in 0..2 {
            stream.go_on(40).await;
            let leader = etcd.leader().unwrap();
            etcd.pause(leader).unwrap();
            stream.go_on(40).await;
            etcd.resume(leader).unwrap();
        }
        stream.go_on(40).await;
        stream.end(&open(etcd.endpoints(), "site").await).await;
    };
    tokio::time::timeout(HANG, check).await.unwrap();
}

#[tokio::test]
async fn a_dead_member_in_front_is_passed_over() {
    let Some(mut etcd) = Etcd::start(3).unwrap() else { return };
    let follower = (etcd.leader().unwrap() + 1) % 3;
    let endpoints = starting_with(follower, etcd.endpoints());
    let connected = open(endpoints.clone(), "site").await;
    etcd.kill(follower).unwrap();
    let fresh = open(endpoints, "site").await;
    assert!(matches!(fresh.transact(&[], &[put("a", "1")]).await, Ok(Outcome::Committed { .. })));
    assert_eq!(value(&connected, "a").await, Some(b"1".to_vec()), "a read finds another member by itself");
    commit(&connected, &[put("a", "2")]).await;
}

#[tokio::test]
async fn a_stopped_etcd_is_unavailable_and_serves_again_once_it_wakes() {
    let Some(mut etcd) = Etcd::start(1).unwrap() else { return };
    let store = connect(hasty(etcd.endpoints())).await.unwrap();
    let version = commit(&store, &[put("a", "1")]).await;
    let guard = [Guard::VersionIs { key: key("a"), version }];
    etcd.pause(0).unwrap();
    let calls = async {
        let (a, all, writes) = (key("a"), Prefix::all(), [put("a", "2")]);
        tokio::join!(store.get(&a), store.list(&all), store.transact(&guard, &writes), connect(hasty(etcd.endpoints())))
    };
    let (got, listed, transacted, connected) = tokio::time::timeout(HANG, calls).await.unwrap();
    assert!(is_unavailable(&got) && is_unavailable(&listed) && is_unavailable(&connected));
    assert!(is_unavailable(&transacted), "{transacted:?}");
    etcd.resume(0).unwrap();

    // Whether it was done is unknown, and it may be done only now: a guarded repetition is made once all the same.
    let patient = open(etcd.endpoints(), "site").await;
    let again = patient.transact(&guard, &[put("a", "2")]).await.unwrap();
    assert_eq!(value(&patient, "a").await, Some(b"2".to_vec()), "{again:?}");
    assert_eq!(reads(&store).await, Some(b"2".to_vec()), "the old handle connects again by itself");
}

/// Asks until the handle, whose patience is short, gets an answer.
async fn reads(store: &EtcdStore) -> Option<Vec<u8>> {
    let asking = async {
        loop {
            if let Ok(found) = store.get(&key("a")).await {
                return found.map(|found| found.value);
            }
        }
    };
    tokio::time::timeout(HANG, asking).await.unwrap()
}

/// What a member alone remembers may be old, so it may not answer: not even a question that compares nothing.
#[tokio::test]
async fn a_member_without_the_others_answers_nothing() {
    let Some(mut etcd) = Etcd::start(3).unwrap() else { return };
    let alone = etcd.endpoints().swap_remove(2);
    let store = connect(hasty(vec![alone])).await.unwrap();
    let version = commit(&store, &[put("a", "1")]).await;
    etcd.kill(0).unwrap();
    etcd.kill(1).unwrap();
    let guard = [Guard::VersionIs { key: key("a"), version }];
    let a = key("a");
    let (nothing, guarded, read) = tokio::join!(store.transact(&[], &[]), store.transact(&guard, &[]), store.get(&a));
    assert!(is_unavailable(&nothing), "{nothing:?}");
    assert!(is_unavailable(&guarded), "{guarded:?}");
    assert!(is_unavailable(&read), "{read:?}");
}

#[tokio::test]
async fn where_nobody_listens_connecting_is_unavailable() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let silent = connect(hasty(vec![endpoint.clone()])).await;
    assert!(is_unavailable(&silent));
    drop(listener);
    let closed = connect(hasty(vec![endpoint.clone()])).await;
    assert!(is_unavailable(&closed));
    let words = closed.unwrap_err().to_string();
    assert!(words.contains(&endpoint), "{words}");
    assert!(!words.contains("may or may not"), "nothing was sent: {words}");
}
