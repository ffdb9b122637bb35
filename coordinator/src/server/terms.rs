//! The present term of leadership, if there is one: what the services of the one listener work with.

use std::num::NonZeroUsize;
use std::sync::{Arc, PoisonError, RwLock};

use renkei_domain::ErrorKind;
use renkei_metastore::MetaStore;
use renkei_proto::status::status_of;
use renkei_stage::{ExecutorId, Ticket};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::desk::FrontDesk;
use crate::engine::ballista::{Tally, Tries};
use crate::lead;
use crate::runs::Host;

/// One term: begins when this coordinator begins to lead.
#[derive(Debug)]
pub(super) struct Term {
    /// Fencing number of the term.
    pub(super) epoch: u64,
    pub(super) desk: Arc<FrontDesk>,
    pub(super) host: Arc<Host>,
    /// Cancelled when the term is over.
    pub(super) over: CancellationToken,
}

/// The present term. Services and scheduler live as long as the process, terms come and go.
#[derive(Debug)]
pub(super) struct Terms {
    facts: Arc<dyn MetaStore>,
    most_in_flight: Option<NonZeroUsize>,
    present: RwLock<Option<Arc<Term>>>,
}

impl Terms {
    pub(super) fn new(facts: Arc<dyn MetaStore>, most_in_flight: Option<NonZeroUsize>) -> Self {
        Self { facts, most_in_flight, present: RwLock::default() }
    }

    pub(super) fn set(&self, term: Option<Arc<Term>>) {
        *self.present.write().unwrap_or_else(PoisonError::into_inner) = term;
    }

    /// The term, while this coordinator leads.
    pub(super) fn present(&self) -> Option<Arc<Term>> {
        let present = self.present.read().unwrap_or_else(PoisonError::into_inner).clone();
        present.filter(|term| !term.over.is_cancelled())
    }

    /// The term, or for a caller the refusal of one who stands by, which names who leads.
    pub(super) async fn term(&self) -> Result<Arc<Term>, Status> {
        match self.present() {
            Some(term) => Ok(term),
            None => Err(status_of(ErrorKind::Unavailable, self.who_leads().await)),
        }
    }

    async fn who_leads(&self) -> String {
        match lead::leader(self.facts.as_ref()).await {
            Ok(Some(leader)) => {
                format!(
                    "this coordinator stands by; the last to lead is {} at {}: ask there",
                    leader.name, leader.address
                )
            }
            Ok(None) => "this coordinator stands by, and none leads yet: ask again".to_owned(),
            Err(error) => format!("this coordinator stands by and cannot see who leads ({error}): ask another"),
        }
    }
}

/// The scheduler's view of the desk. Between terms nobody takes shards, and waves have nothing in flight.
impl Tries for Terms {
    fn open(&self, ticket: &Ticket) -> watch::Receiver<Tally> {
        match self.present() {
            Some(term) => term.desk.open(ticket),
            None => watch::channel(Tally::default()).1,
        }
    }

    fn close(&self, ticket: &Ticket) {
        if let Some(term) = self.present() {
            term.desk.close(ticket);
        }
    }

    fn cancel(&self, ticket: &Ticket) {
        if let Some(term) = self.present() {
            term.desk.cancel(ticket);
        }
    }

    fn forget(&self, ticket: &Ticket) {
        if let Some(term) = self.present() {
            term.desk.forget(ticket);
        }
    }

    fn takes(&self, executor: &ExecutorId, pool: Option<&str>) -> bool {
        let Some(term) = self.present() else { return false };
        let in_flight = || term.desk.workers().iter().map(|worker| worker.tries.len()).sum::<usize>();
        term.desk.takes(executor, pool) && self.most_in_flight.is_none_or(|most| in_flight() < most.get())
    }
}
