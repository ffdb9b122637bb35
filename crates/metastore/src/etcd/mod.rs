//! A store in etcd (3.4 or newer), for a cluster: every coordinator sees the same facts, and a minority of etcd's
//! members may die.
//!
//! A version is etcd's revision. It also grows by what others write in the same etcd, which is why only order and
//! equality of versions mean something.
//!
//! A read that gets no answer is asked again at the next member. A transaction is asked again only where it was
//! certainly not done (no connection was there to send it over, or etcd refused it before it went to the other members);
//! else it fails as `Unavailable`. Such a transaction may be committed even after it failed, when a stopped member
//! wakes and takes it up: its guards must then fail, so guard on what was read.

pub(crate) mod answer;
mod keyspace;
mod link;
mod members;
mod options;
mod request;

use std::sync::Arc;

use async_trait::async_trait;
use etcd_client::KeyValue;
use renkei_runtime::Clock;

pub use options::{EtcdLogin, EtcdOptions, EtcdTls};

use crate::error::Error;
use crate::key::{Key, Prefix};
use crate::transaction::{self, Guard, Outcome, Write};
use crate::{MetaStore, Version, Versioned};
use keyspace::Keyspace;
use members::{Members, Repeat};

/// Facts in etcd.
#[derive(Debug)]
pub struct EtcdStore {
    keyspace: Keyspace,
    members: Members,
}

impl EtcdStore {
    /// Connects to whichever member answers first, and checks on the way that files, user and permissions are right.
    ///
    /// `Unavailable` where none answers within [`EtcdOptions::request_timeout`]; `Invalid` or `Denied` where trying
    /// again is of no use.
    pub async fn connect(options: EtcdOptions, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        options.check()?;
        let keyspace = Keyspace::new(&options.prefix);
        let members = Members::new(options, keyspace.empty().to_owned(), clock);
        // The connection asks its own question first; nothing is left to ask.
        members.ask(Repeat::Always, |_| std::future::ready(Ok(()))).await?;
        Ok(Self { keyspace, members })
    }
}

#[async_trait]
impl MetaStore for EtcdStore {
    async fn get(&self, key: &Key) -> Result<Option<Versioned>, Error> {
        let at = self.keyspace.at(key);
        let request = |mut kv: etcd_client::KvClient| {
            let at = at.clone();
            async move { kv.get(at, None).await }
        };
        let mut answer = self.members.ask(Repeat::Always, request).await?;
        Ok(answer.take_kvs().pop().map(versioned))
    }

    async fn list(&self, prefix: &Prefix) -> Result<Vec<(Key, Versioned)>, Error> {
        let (start, end) = self.keyspace.range(prefix);
        let request = |kv| request::pages(kv, start.clone().into_bytes(), end.clone().into_bytes());
        let found = self.members.ask(Repeat::Always, request).await?;
        found.into_iter().map(|fact| Ok((request::name(&self.keyspace, &fact)?, versioned(fact)))).collect()
    }

    async fn transact(&self, guards: &[Guard], writes: &[Write]) -> Result<Outcome, Error> {
        transaction::check(guards, writes)?;
        let request = |mut kv: etcd_client::KvClient| {
            let step = request::step(&self.keyspace, guards, writes);
            async move { kv.txn(step).await }
        };
        let answer = self.members.ask(Repeat::WhereNotDone, request).await?;
        request::outcome(&self.keyspace, guards, &answer)
    }
}

fn versioned(fact: KeyValue) -> Versioned {
    let version = Version(fact.mod_revision());
    Versioned { value: fact.into_key_value().1, version }
}
