//! Guards, writes and listings in etcd's words, and its answers in ours.

use std::collections::BTreeMap;

use etcd_client::{Compare, CompareOp, GetOptions, KeyValue, KvClient, Txn, TxnOp, TxnOpResponse, TxnResponse};

use super::keyspace::Keyspace;
use crate::Version;
use crate::error::Error;
use crate::key::{Key, MAX_KEY_BYTES};
use crate::transaction::{self, Guard, MAX_WRITTEN_BYTES, Outcome, Write};

/// Facts in one answer of a listing.
const PAGE: usize = 64;

/// What an answer of [`PAGE`] facts takes at most: each with its value, the prefix and key, and numbers about it.
pub(super) const LARGEST_PAGE_BYTES: usize = PAGE * (MAX_WRITTEN_BYTES + 2 * MAX_KEY_BYTES + 1024);

/// One step of etcd: compares all guards; then writes, or else reads what the guards look at.
///
/// There is always a read or a write in it. etcd answers a transaction without any from the member's own state, which
/// may be old (`isTxnSerializable` in its `v3_server.go`); a read makes it ask the others first.
pub(super) fn step(keyspace: &Keyspace, guards: &[Guard], writes: &[Write]) -> Txn {
    let compares: Vec<Compare> = guards.iter().map(|guard| compare(keyspace, guard)).collect();
    let mut changes: Vec<TxnOp> = writes.iter().map(|write| change(keyspace, write)).collect();
    if changes.is_empty() {
        changes.push(TxnOp::get(keyspace.empty(), Some(GetOptions::new().with_count_only())));
    }
    let look = |guard: &Guard| TxnOp::get(keyspace.at(guard.key()), Some(GetOptions::new().with_keys_only()));
    let looks: Vec<TxnOp> = guards.iter().map(look).collect();
    Txn::new().when(compares).and_then(changes).or_else(looks)
}

/// The modification revision of a key that is not there is 0, and no present one's is.
fn compare(keyspace: &Keyspace, guard: &Guard) -> Compare {
    let revision = match guard {
        Guard::Absent { .. } => 0,
        Guard::VersionIs { version, .. } => version.0,
    };
    Compare::mod_revision(keyspace.at(guard.key()), CompareOp::Equal, revision)
}

fn change(keyspace: &Keyspace, write: &Write) -> TxnOp {
    match write {
        Write::Put { key, value } => TxnOp::put(keyspace.at(key), value.clone(), None),
        Write::Delete { key } => TxnOp::delete(keyspace.at(key), None),
    }
}

/// What came of a [`step`] with these guards.
pub(super) fn outcome(keyspace: &Keyspace, guards: &[Guard], answer: &TxnResponse) -> Result<Outcome, Error> {
    if answer.succeeded() {
        // The revision after the step, which is the present one where it changed nothing.
        let header = answer.header().ok_or(Error::EtcdAnswer { fault: "has no header" })?;
        return Ok(Outcome::Committed { version: Version(header.revision()) });
    }
    let mut present = BTreeMap::new();
    for looked in answer.op_responses() {
        let TxnOpResponse::Get(found) = looked else {
            return Err(Error::EtcdAnswer { fault: "is to a question that was not asked" });
        };
        for fact in found.kvs() {
            present.insert(name(keyspace, fact)?, Version(fact.mod_revision()));
        }
    }
    transaction::failed_guard(guards, |key| Ok::<_, Error>(present.get(key).copied()))?
        .ok_or(Error::EtcdAnswer { fault: "says that a guard failed, but shows none that did" })
}

/// The name of a fact that etcd holds.
pub(super) fn name(keyspace: &Keyspace, fact: &KeyValue) -> Result<Key, Error> {
    keyspace.fact(fact.key()).ok_or(Error::EtcdAnswer { fault: "holds a key that Renkei did not write: remove it" })
}

/// Everything from `start` up to `end` at one revision, in the byte order of the keys.
pub(super) async fn pages(
    mut kv: KvClient,
    mut start: Vec<u8>,
    end: Vec<u8>,
) -> Result<Vec<KeyValue>, etcd_client::Error> {
    let (mut found, mut revision) = (Vec::new(), 0);
    loop {
        let page = GetOptions::new().with_range(end.clone()).with_limit(PAGE as i64).with_revision(revision);
        let mut answer = kv.get(start, Some(page)).await?;
        if revision == 0 {
            revision = answer.header().map_or(0, |header| header.revision());
        }
        let more = answer.more();
        found.append(&mut answer.take_kvs());
        match found.last() {
            // The next key in byte order.
            Some(last) if more => start = [last.key(), &[0]].concat(),
            _ => return Ok(found),
        }
    }
}
