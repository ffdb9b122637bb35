//! A stream of compare-and-set increments that tells what it knows of each, and the check of what etcd holds in the end.

use std::collections::BTreeSet;
use std::sync::Arc;

use renkei_domain::ErrorKind;
use renkei_metastore::{EtcdStore, Guard, MetaStore, Outcome, Prefix, Version};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::{commit, key, put};

/// What one handle was told about its increments, by their ids.
#[derive(Debug, Default)]
pub(crate) struct Told {
    committed: BTreeSet<String>,
    unknown: BTreeSet<String>,
}

/// Handles that increment one counter until they are stopped.
pub(crate) struct Stream {
    handles: Vec<JoinHandle<Told>>,
    commits: watch::Sender<usize>,
    stopped: watch::Sender<bool>,
}

impl Stream {
    /// Puts the counter and starts one task a store.
    pub(crate) async fn start(stores: Vec<Arc<EtcdStore>>) -> Self {
        commit(&stores[0], &[put("counter", "0")]).await;
        let (commits, stopped) = (watch::Sender::new(0), watch::Sender::new(false));
        let run = |(name, store)| tokio::spawn(increments(name, store, commits.clone(), stopped.subscribe()));
        let handles = stores.into_iter().enumerate().map(run).collect();
        Self { handles, commits, stopped }
    }

    /// Returns when the handles were told of `more` further commits in all.
    pub(crate) async fn go_on(&self, more: usize) {
        let now = *self.commits.borrow();
        self.commits.subscribe().wait_for(|commits| *commits >= now + more).await.unwrap();
    }

    /// Lets each handle end its present increment, then compares what etcd holds with what the handles were told.
    pub(crate) async fn end(self, store: &EtcdStore) {
        self.stopped.send_replace(true);
        let mut told = Told::default();
        for handle in self.handles {
            let Told { committed, unknown } = handle.await.unwrap();
            told.committed.extend(committed);
            told.unknown.extend(unknown);
        }
        let steps = store.list(&Prefix::under(&key("steps"))).await.unwrap();
        let ids: BTreeSet<String> =
            steps.iter().map(|(_, fact)| String::from_utf8(fact.value.clone()).unwrap()).collect();
        assert_eq!(ids.len(), steps.len(), "an increment was made twice");
        for (i, (step, _)) in steps.iter().enumerate() {
            assert_eq!(step.as_str(), format!("steps/{:06}", i + 1), "an increment overwrote another");
        }
        assert_eq!(count(store).await.unwrap().0, steps.len(), "the counter and its steps differ");
        assert!(told.committed.is_subset(&ids), "lost: {:?}", told.committed.difference(&ids));
        let known: BTreeSet<String> = &told.committed | &told.unknown;
        assert!(ids.is_subset(&known), "made without being told: {:?}", ids.difference(&known));
        eprintln!("{} told as committed, {} as unknown, {} made", told.committed.len(), told.unknown.len(), ids.len());
    }
}

/// Every increment has an id and is sent until its outcome is known or reported unknown; it is never sent after that.
async fn increments(
    name: usize,
    store: Arc<EtcdStore>,
    commits: watch::Sender<usize>,
    stopped: watch::Receiver<bool>,
) -> Told {
    let mut told = Told::default();
    for number in 0.. {
        if *stopped.borrow() {
            break;
        }
        let id = format!("{name}-{number}");
        match increment(&store, &id).await {
            Some(ErrorKind::Unavailable) => assert!(told.unknown.insert(id)),
            Some(kind) => panic!("a failure of kind {kind:?}"),
            None => {
                assert!(told.committed.insert(id));
                commits.send_modify(|commits| *commits += 1);
            }
        }
    }
    told
}

/// `None` where the increment was committed, else the kind of the failure that leaves it unknown.
async fn increment(store: &EtcdStore, id: &str) -> Option<ErrorKind> {
    loop {
        let Some((count, version)) = count(store).await else { continue };
        let guard = Guard::VersionIs { key: key("counter"), version };
        let next = count + 1;
        let writes = [put("counter", next.to_string()), put(&format!("steps/{next:06}"), id)];
        match store.transact(&[guard], &writes).await {
            Ok(Outcome::Committed { .. }) => return None,
            Ok(Outcome::GuardFailed { .. }) => {}
            Err(error) => return Some(error.kind()),
        }
    }
}

/// `None` while etcd does not answer, as while it chooses a leader.
async fn count(store: &EtcdStore) -> Option<(usize, Version)> {
    match store.get(&key("counter")).await {
        Ok(found) => {
            let found = found.unwrap();
            Some((String::from_utf8(found.value).unwrap().parse().unwrap(), found.version))
        }
        Err(error) if error.kind() == ErrorKind::Unavailable => None,
        Err(error) => panic!("{error}"),
    }
}
