//! The store in a real etcd: the contract, members that die or stop, and who may come in.
//!
//! Each test starts an etcd of its own and is skipped, loudly, where there is none.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod access;
mod contract;
mod increments;
mod members;
mod partition;

use std::sync::Arc;
use std::time::Duration;

use renkei_metastore::{Error, EtcdOptions, EtcdStore, Key, MetaStore, Outcome, Version, Write};
use renkei_runtime::SystemClock;

/// Only turns a hang into a failure: nothing here takes a tenth of it.
const HANG: Duration = Duration::from_secs(300);

fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

fn put(at: &str, value: impl Into<Vec<u8>>) -> Write {
    Write::Put { key: key(at), value: value.into() }
}

fn options(endpoints: Vec<String>, prefix: &str) -> EtcdOptions {
    EtcdOptions::new(endpoints, key(prefix))
}

async fn connect(options: EtcdOptions) -> Result<EtcdStore, Error> {
    tokio::time::timeout(HANG, EtcdStore::connect(options, Arc::new(SystemClock::new()))).await.unwrap()
}

/// A store that waits long enough for a busy machine.
async fn open(endpoints: Vec<String>, prefix: &str) -> EtcdStore {
    let patient = Duration::from_secs(20);
    let options = EtcdOptions { connect_timeout: patient, request_timeout: 3 * patient, ..options(endpoints, prefix) };
    connect(options).await.unwrap()
}

/// `endpoints` with the one numbered `first` in front.
fn starting_with(first: usize, mut endpoints: Vec<String>) -> Vec<String> {
    endpoints.swap(0, first);
    endpoints
}

async fn commit(store: &EtcdStore, writes: &[Write]) -> Version {
    match store.transact(&[], writes).await.unwrap() {
        Outcome::Committed { version } => version,
        Outcome::GuardFailed { .. } => panic!("a guard failed where there was none"),
    }
}

async fn value(store: &EtcdStore, at: &str) -> Option<Vec<u8>> {
    store.get(&key(at)).await.unwrap().map(|found| found.value)
}
