//! The contract suite, run by every kind of store.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use renkei_artifacts::contract::{Ground, attempt, run_all, run_without_races};
use renkei_artifacts::{Committed, Location, RunStore, Stores, commit};
use renkei_domain::plan::Stage;
use renkei_domain::{ErrorKind, RunId};
use renkei_testkit::{LinkFault, LinkRequest, Seaweed};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory() {
    run_all(async || (Arc::new(InMemory::new()) as Arc<dyn ObjectStore>, Path::from("p"))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn local_file_system() {
    let folder = tempfile::tempdir().unwrap();
    let next = Prefixes::default();
    run_all(async || {
        let place = folder.path().join(next.next());
        let location = Location::resolve(&place.display().to_string(), folder.path()).unwrap();
        (location.store, location.path)
    })
    .await;
}

/// A store that is rooted elsewhere than at `/`, as no [`Location`] gives it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn local_file_system_below_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let next = Prefixes::default();
    let store: Arc<dyn ObjectStore> = Arc::new(LocalFileSystem::new_with_prefix(folder.path()).unwrap());
    run_all(async || (Arc::clone(&store), Path::from(next.next()))).await;
}

/// One server for all, since it takes seconds to start.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s3() {
    let Some(seaweed) = Seaweed::start().unwrap() else { return };
    let next = Prefixes::default();
    let stores = Stores::read(&seaweed.store_file()).unwrap();
    run_all(async || ground(&seaweed.url(&next.next()), &stores)).await;
    behind_a_link_with_faults(&seaweed, &next).await;
    a_commit_whose_answer_is_lost_meets_itself(&seaweed, &next).await;
    a_cut_list_is_unavailable_and_not_short(&seaweed, &next).await;
    after_a_kill_everything_is_there(seaweed, &stores).await;
}

/// Every third request meets a fault; the client's own retries must get over it, with the right bytes.
async fn behind_a_link_with_faults(seaweed: &Seaweed, next: &Prefixes) {
    let link = seaweed.link().unwrap();
    let stores = Stores::read(link.store_file()).unwrap();
    link.plan(|request| request.nth.is_multiple_of(3).then(|| fault_of(request)));
    run_without_races(&async || ground(&seaweed.url(&next.next()), &stores)).await;
    assert!(link.faults() > 20, "only {} requests met a fault", link.faults());
}

/// A cut list is given up by the client, and a creator whose answer was cut meets its own object: each has its own test.
fn fault_of(request: &LinkRequest) -> LinkFault {
    let delay = LinkFault::Delay(Duration::from_millis(50));
    match request.nth / 3 % 5 {
        0 => LinkFault::Status(503),
        1 => LinkFault::Status(429),
        2 if request.method == "GET" && !request.target.contains("list-type") => LinkFault::CutBody,
        3 if !request.conditional => LinkFault::CutAnswer,
        4 => LinkFault::Status(500),
        _ => delay,
    }
}

async fn after_a_kill_everything_is_there(mut seaweed: Seaweed, stores: &Stores) {
    let (store, prefix) = ground(&seaweed.url("kept"), stores);
    let keys: Vec<Path> = (0..50).map(|i| prefix.clone().join(i.to_string())).collect();
    for key in &keys {
        store.put_opts(key, key.to_string().into_bytes().into(), Default::default()).await.unwrap();
    }
    seaweed.kill().unwrap();
    seaweed.restart().unwrap();
    for key in &keys {
        let object = store.get_opts(key, Default::default()).await.unwrap();
        assert_eq!(object.bytes().await.unwrap(), key.to_string(), "{key}");
    }
}

async fn a_commit_whose_answer_is_lost_meets_itself(seaweed: &Seaweed, next: &Prefixes) {
    let link = seaweed.link().unwrap();
    let store = run(&seaweed.url(&next.next()), &Stores::read(link.store_file()).unwrap());
    let cut = AtomicU32::new(0);
    link.plan(move |request| {
        let first = request.conditional && cut.fetch_add(1, Ordering::Relaxed) == 0;
        first.then_some(LinkFault::CutAnswer)
    });
    let record = attempt(&store, Stage::Fit, "a1", b"content").await;
    assert_eq!(commit(&store, &record).await.unwrap(), Committed::Again);
    assert_eq!(link.faults(), 1);
    assert_eq!(store.get_artifact(&record.artifacts[0]).await.unwrap(), "content");
}

async fn a_cut_list_is_unavailable_and_not_short(seaweed: &Seaweed, next: &Prefixes) {
    let link = seaweed.link().unwrap();
    let store = run(&seaweed.url(&next.next()), &Stores::read(link.store_file()).unwrap());
    commit(&store, &attempt(&store, Stage::Fit, "a1", b"content").await).await.unwrap();
    link.plan(|request| request.target.contains("list-type").then_some(LinkFault::CutBody));
    assert_eq!(store.committed(Stage::Fit).await.unwrap_err().kind(), ErrorKind::Unavailable);
    link.plan(|_| None);
    assert_eq!(store.committed(Stage::Fit).await.unwrap().len(), 1);
}

fn run(url: &str, stores: &Stores) -> RunStore {
    let (store, prefix) = ground(url, stores);
    RunStore::new(store, prefix, RunId::new("r1").unwrap())
}

fn ground(url: &str, stores: &Stores) -> Ground {
    let location = Location::resolve_with(url, std::path::Path::new("/"), stores).unwrap();
    (location.store, location.path)
}

/// Gives a name that was not given before.
#[derive(Default)]
struct Prefixes(AtomicU32);

impl Prefixes {
    fn next(&self) -> String {
        format!("p{}", self.0.fetch_add(1, Ordering::Relaxed))
    }
}
