//! Several processes and sudden death: this test binary starts itself as children that write, and kills them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use renkei_metastore::{DiskStore, Guard, Key, MetaStore, Outcome, Prefix, Version, Write};

const PATH: &str = "RENKEI_TEST_METASTORE";

fn key(text: &str) -> Key {
    Key::new(text).unwrap()
}

/// Several pages of the file, every byte the same, so that a torn value shows.
fn payload(round: u64) -> Vec<u8> {
    let mut value = round.to_le_bytes().to_vec();
    value.resize(20_000, round as u8);
    value
}

fn round(value: &[u8]) -> u64 {
    u64::from_le_bytes(value[..8].try_into().unwrap())
}

async fn present(store: &DiskStore, at: &str) -> (u64, Option<Version>) {
    store.get(&key(at)).await.unwrap().map_or((0, None), |found| (round(&found.value), Some(found.version)))
}

/// A child's part: writes the same payload under two keys in one transaction, and says each round once it is committed.
#[tokio::test]
async fn writer() {
    let Ok(path) = std::env::var(PATH) else { return };
    let store = DiskStore::open(path).await.unwrap();
    loop {
        let next = present(&store, "a").await.0 + 1;
        let writes = ["a", "b"].map(|at| Write::Put { key: key(at), value: payload(next) });
        assert!(matches!(store.transact(&[], &writes).await.unwrap(), Outcome::Committed { .. }));
        println!("committed {next}");
    }
}

/// A child's part: adds 50 to a counter that other processes add to as well.
#[tokio::test]
async fn adder() {
    let Ok(path) = std::env::var(PATH) else { return };
    let store = DiskStore::open(path).await.unwrap();
    let mut added = 0;
    while added < 50 {
        let (count, version) = present(&store, "counter").await;
        let at = key("counter");
        let guard =
            version.map_or(Guard::Absent { key: at.clone() }, |version| Guard::VersionIs { key: at.clone(), version });
        let write = Write::Put { key: at, value: (count + 1).to_le_bytes().to_vec() };
        if matches!(store.transact(&[guard], &[write]).await.unwrap(), Outcome::Committed { .. }) {
            added += 1;
        }
    }
}

fn start(part: &str, path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", part, "--nocapture"])
        .env(PATH, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn committed(lines: &mut Lines<BufReader<ChildStdout>>) -> Option<u64> {
    lines.map_while(Result::ok).find_map(|line| line.split_once("committed ")?.1.parse().ok())
}

/// Returns when the writer begins to write its next transaction to the log, so that a kill falls in the middle of it;
/// gives up after some tries, since a kill between transactions is as good a case.
fn wait_for_next_write(path: &Path) {
    let log = path.with_extension("sqlite-wal");
    let stamp = || std::fs::metadata(&log).map(|file| (file.len(), file.modified().unwrap())).unwrap();
    let before = stamp();
    let _ = (0..100_000).find(|_| stamp() != before);
}

#[tokio::test]
async fn a_killed_writer_loses_nothing_it_was_told_is_committed_and_tears_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.sqlite");
    let mut last = 0;
    for rounds in [1, 5, 17, 2, 40, 3, 8, 11, 4, 23] {
        let mut child = start("writer", &path);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for _ in 0..rounds {
            last = committed(&mut lines).expect("the writer died by itself");
        }
        wait_for_next_write(&path);
        child.kill().unwrap();
        child.wait().unwrap();
        while let Some(more) = committed(&mut lines) {
            last = more;
        }

        let store = DiskStore::open(&path).await.unwrap();
        let found = store.list(&Prefix::all()).await.unwrap();
        let [(_, a), (_, b)] = &found[..] else { panic!("{} keys", found.len()) };
        assert_eq!(a, b, "half of a transaction was kept");
        assert!(round(&a.value) >= last, "round {last} was committed, but the file holds {}", round(&a.value));
        assert!(a.value == payload(round(&a.value)), "a value is torn");
    }
}

/// As `renkei status` reads while `renkei run` writes.
#[tokio::test]
async fn a_reader_beside_a_writing_process_sees_whole_transactions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.sqlite");
    let mut child = start("writer", &path);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut last = committed(&mut lines).expect("the writer died by itself");
    let store = DiskStore::open(&path).await.unwrap();
    let end = last + 20;
    // The bound only turns a hang into a failure: a read takes far less time than a write.
    let mut reads = 0;
    while last < end {
        reads += 1;
        assert!(reads < 200_000, "the writer makes no progress under a reader");
        let found = store.list(&Prefix::all()).await.unwrap();
        let [(_, a), (_, b)] = &found[..] else { panic!("{} keys", found.len()) };
        assert_eq!(a, b, "half of a transaction is seen");
        assert!(round(&a.value) >= last, "round {last} was seen, and then an older one");
        last = round(&a.value);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Children that also race to create the file.
#[tokio::test]
async fn processes_share_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.sqlite");
    let children = [(); 4].map(|()| start("adder", &path));
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let store = DiskStore::open(&path).await.unwrap();
    assert_eq!(present(&store, "counter").await.0, 200);
}
