use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use async_trait::async_trait;
use renkei_metastore::{DiskStore, Error, Key, MemoryStore, MetaStore, Outcome, Prefix, Versioned, Write};
use renkei_runtime::clock::ManualClock;
use renkei_runtime::{Clock, Timestamp};
use tokio::task::JoinHandle;

use super::*;

const WORKS: u8 = 0;
const AWAY: u8 = 1;
const HANGS: u8 = 2;
const ANSWER_LOST: u8 = 3;

/// A store between one process and the common one, which can be cut off.
#[derive(Debug)]
struct Path {
    store: Arc<dyn MetaStore>,
    state: AtomicU8,
}

impl Path {
    fn set(&self, state: u8) {
        self.state.store(state, Ordering::SeqCst);
    }

    async fn cross<T>(&self, request: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let away = || Err(Error::EtcdSilent { endpoint: "test".into(), limit: Duration::from_secs(1) });
        match self.state.load(Ordering::SeqCst) {
            WORKS => request.await,
            HANGS => std::future::pending().await,
            ANSWER_LOST => {
                request.await?;
                away()
            }
            _ => away(),
        }
    }
}

#[async_trait]
impl MetaStore for Path {
    async fn get(&self, key: &Key) -> Result<Option<Versioned>, Error> {
        self.cross(self.store.get(key)).await
    }
    async fn list(&self, prefix: &Prefix) -> Result<Vec<(Key, Versioned)>, Error> {
        self.cross(self.store.list(prefix)).await
    }
    async fn transact(&self, guards: &[Guard], writes: &[Write]) -> Result<Outcome, Error> {
        self.cross(self.store.transact(guards, writes)).await
    }
}

/// One coordinator: leads whenever it can; what it leads with is told on `terms`.
struct Process {
    path: Arc<Path>,
    terms: Arc<std::sync::Mutex<Vec<Leadership>>>,
    task: JoinHandle<()>,
}

impl Process {
    fn start(store: &Arc<dyn MetaStore>, clock: &Arc<ManualClock>, number: u64) -> Self {
        let path = Arc::new(Path { store: Arc::clone(store), state: AtomicU8::new(WORKS) });
        let terms = Arc::<std::sync::Mutex<Vec<Leadership>>>::default();
        let (name, address) = (format!("c{number}"), format!("c{number}:1"));
        let candidate = Candidate::new(path.clone(), clock.clone(), name, address, number);
        let task = tokio::spawn({
            let terms = Arc::clone(&terms);
            async move {
                loop {
                    let (leadership, mut keeper) = candidate.lead().await.unwrap();
                    terms.lock().unwrap().push(leadership);
                    keeper.keep().await;
                }
            }
        });
        Self { path, terms, task }
    }

    /// The present term, where this process believes that it leads.
    fn term(&self) -> Option<Leadership> {
        let newest = self.terms.lock().unwrap().last().cloned();
        newest.filter(|term| !term.lost.is_cancelled())
    }

    fn epochs(&self) -> Vec<u64> {
        self.terms.lock().unwrap().iter().map(Leadership::epoch).collect()
    }
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::new(Timestamp::from_unix_millis(0).unwrap()))
}

async fn settle() {
    for _ in 0..32 {
        tokio::task::yield_now().await;
    }
}

/// Time goes by in tenths of a second; at no moment may two believe that they lead.
async fn pass(clock: &ManualClock, seconds: f64, processes: &[&Process]) {
    for _ in 0..(seconds * 10.0) as u32 {
        settle().await;
        clock.advance(Duration::from_millis(100));
        settle().await;
        assert!(processes.iter().filter(|process| process.term().is_some()).count() <= 1, "two lead");
    }
}

async fn may_write(store: &dyn MetaStore, term: &Leadership) -> bool {
    let write = Write::Put { key: Key::new("x").unwrap(), value: vec![] };
    matches!(store.transact(&[term.guard()], &[write]).await.unwrap(), Outcome::Committed { .. })
}

fn memory() -> Arc<dyn MetaStore> {
    Arc::new(MemoryStore::new())
}

#[tokio::test]
async fn one_of_two_leads_and_the_other_knows_who() {
    let (store, clock) = (memory(), clock());
    let (a, b) = (Process::start(&store, &clock, 1), Process::start(&store, &clock, 2));
    pass(&clock, 60.0, &[&a, &b]).await;
    let epochs = [a.epochs(), b.epochs()].concat();
    assert_eq!(epochs, [1], "one term, however long it lasts");
    let leader = leader(store.as_ref()).await.unwrap().unwrap();
    let expected = if a.term().is_some() { ("c1", "c1:1") } else { ("c2", "c2:1") };
    assert_eq!((leader.name.as_str(), leader.address.as_str(), leader.epoch), (expected.0, expected.1, 1));
}

#[tokio::test]
async fn a_dead_leader_is_followed_within_seven_seconds_and_its_writes_are_fenced() {
    let (store, clock) = (memory(), clock());
    let a = Process::start(&store, &clock, 1);
    pass(&clock, 3.0, &[&a]).await;
    let b = Process::start(&store, &clock, 2);
    pass(&clock, 3.0, &[&a, &b]).await;
    let old = a.term().unwrap();
    assert!(may_write(store.as_ref(), &old).await);
    a.task.abort();
    settle().await;
    assert!(old.lost().is_cancelled(), "a term that nobody keeps is over");
    pass(&clock, 7.0, &[&b]).await;
    let new = b.term().unwrap();
    assert_eq!(new.epoch(), 2);
    assert!(!may_write(store.as_ref(), &old).await && may_write(store.as_ref(), &new).await);
}

#[tokio::test]
async fn a_leader_cut_off_for_half_a_minute_stops_before_the_next_begins_and_comes_back_as_standby() {
    for fault in [AWAY, HANGS] {
        let (store, clock) = (memory(), clock());
        let a = Process::start(&store, &clock, 1);
        pass(&clock, 3.0, &[&a]).await;
        let b = Process::start(&store, &clock, 2);
        pass(&clock, 3.0, &[&a, &b]).await;
        let old = a.term().unwrap();
        a.path.set(fault);
        pass(&clock, 30.0, &[&a, &b]).await;
        assert!(old.lost().is_cancelled());
        a.path.set(WORKS);
        pass(&clock, 10.0, &[&a, &b]).await;
        assert_eq!(b.term().unwrap().epoch(), 2);
        assert!(a.term().is_none() && !may_write(store.as_ref(), &old).await);
    }
}

#[tokio::test]
async fn a_store_that_is_away_from_all_for_half_a_minute_gets_a_leader_again() {
    let (store, clock) = (memory(), clock());
    let (a, b) = (Process::start(&store, &clock, 1), Process::start(&store, &clock, 2));
    pass(&clock, 6.0, &[&a, &b]).await;
    [&a, &b].iter().for_each(|process| process.path.set(AWAY));
    pass(&clock, 30.0, &[&a, &b]).await;
    assert!(a.term().is_none() && b.term().is_none(), "nobody can show that it leads");
    [&a, &b].iter().for_each(|process| process.path.set(WORKS));
    pass(&clock, 7.0, &[&a, &b]).await;
    let term = a.term().or(b.term()).unwrap();
    assert_eq!(term.epoch(), 2);
    assert!(may_write(store.as_ref(), &term).await);
}

#[tokio::test]
async fn a_short_cut_ends_no_term() {
    let (store, clock) = (memory(), clock());
    let a = Process::start(&store, &clock, 1);
    pass(&clock, 3.0, &[&a]).await;
    let b = Process::start(&store, &clock, 2);
    pass(&clock, 3.0, &[&a, &b]).await;
    a.path.set(AWAY);
    pass(&clock, 2.5, &[&a, &b]).await;
    a.path.set(WORKS);
    pass(&clock, 20.0, &[&a, &b]).await;
    assert_eq!((a.epochs(), b.epochs()), (vec![1], vec![]));
}

#[tokio::test]
async fn beats_and_takeovers_whose_answers_are_lost_do_no_harm() {
    let (store, clock) = (memory(), clock());
    let a = Process::start(&store, &clock, 1);
    a.path.set(ANSWER_LOST);
    pass(&clock, 2.0, &[&a]).await;
    assert!(a.term().is_none(), "it cannot know that it leads");
    a.path.set(WORKS);
    pass(&clock, 2.0, &[&a]).await;
    let term = a.term().unwrap();
    assert!(may_write(store.as_ref(), &term).await);
    a.path.set(ANSWER_LOST);
    pass(&clock, 5.0, &[&a]).await;
    assert!(term.lost().is_cancelled(), "beats that may have arrived show nothing");
    a.path.set(WORKS);
    pass(&clock, 2.0, &[&a]).await;
    assert!(a.term().unwrap().epoch() > term.epoch());
    assert!(!may_write(store.as_ref(), &term).await, "an own earlier term is fenced too");
}

#[tokio::test]
async fn a_leader_that_was_paused_finds_itself_overtaken() {
    let (store, clock) = (memory(), clock());
    let candidate = Candidate::new(Arc::clone(&store), clock.clone(), "a".into(), "a:1".into(), 1);
    let (old, mut keeper) = candidate.lead().await.unwrap();
    // Nothing polls `keeper`: the process is stopped.
    let b = Process::start(&store, &clock, 2);
    pass(&clock, 60.0, &[&b]).await;
    assert_eq!(b.term().unwrap().epoch(), 2);
    assert!(!may_write(store.as_ref(), &old).await, "fenced even before it notices");
    keeper.keep().await;
    assert!(old.lost().is_cancelled());
}

#[tokio::test]
async fn who_resigns_is_followed_at_once() {
    let (store, clock) = (memory(), clock());
    let candidate = Candidate::new(Arc::clone(&store), clock.clone(), "a".into(), "a:1".into(), 1);
    let (old, keeper) = candidate.lead().await.unwrap();
    let b = Process::start(&store, &clock, 2);
    pass(&clock, 1.0, &[&b]).await;
    assert!(b.term().is_none());
    keeper.resign().await.unwrap();
    assert!(old.lost().is_cancelled());
    pass(&clock, 0.6, &[&b]).await;
    assert_eq!(b.term().unwrap().epoch(), 2);
}

#[tokio::test]
async fn a_fact_that_cannot_be_read_is_an_error_and_not_a_vacancy() {
    let (store, clock) = (memory(), clock());
    let write = Write::Put { key: Key::new("leader/epoch").unwrap(), value: b"{}".to_vec() };
    let _ = store.transact(&[], &[write]).await.unwrap();
    let candidate = Candidate::new(Arc::clone(&store), clock, "a".into(), "a:1".into(), 1);
    let error = candidate.lead().await.unwrap_err();
    assert!(error.to_string().contains("leader/epoch"), "{error}");
}

#[tokio::test]
async fn the_disk_store_elects_too() {
    let folder = tempfile::tempdir().unwrap();
    let store: Arc<dyn MetaStore> = Arc::new(DiskStore::open(folder.path().join("m.sqlite3")).await.unwrap());
    let clock = clock();
    let candidate =
        |number: u64| Candidate::new(Arc::clone(&store), clock.clone(), format!("c{number}"), "c:1".into(), number);
    let (first, keeper) = candidate(1).lead().await.unwrap();
    let next = tokio::spawn({
        let second = candidate(2);
        async move { second.lead().await.unwrap() }
    });
    // The disk answers when it answers: time goes by only while everybody sleeps.
    while !next.is_finished() {
        tokio::select! {
            biased;
            () = async { while !next.is_finished() { tokio::task::yield_now().await; } } => {}
            _ = clock.advance_to_next_sleeper() => {}
        }
    }
    let (second, _keeper) = next.await.unwrap();
    assert_eq!((first.epoch(), second.epoch()), (1, 2));
    assert!(clock.monotonic() >= TAKE_OVER_AFTER);
    assert!(!may_write(store.as_ref(), &first).await && may_write(store.as_ref(), &second).await);
    drop(keeper);
}
