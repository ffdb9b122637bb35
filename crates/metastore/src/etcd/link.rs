//! One member of etcd and the connection to it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use etcd_client::{Client, GetOptions, KvClient};
use tokio::sync::Mutex;

use super::EtcdOptions;
use super::request::LARGEST_PAGE_BYTES;
use crate::error::Error;

/// One member, by its endpoint.
pub(super) struct Member {
    pub(super) endpoint: String,
    link: Mutex<Option<Link>>,
}

/// A connection that has answered at least once.
#[derive(Clone)]
pub(super) struct Link {
    kv: KvClient,
    abandoned: Arc<AtomicBool>,
}

impl Member {
    pub(super) fn new(endpoint: String) -> Self {
        Self { endpoint, link: Mutex::new(None) }
    }

    /// The present connection, or a new one where there is none or the last was abandoned.
    ///
    /// Dropping the future is safe at any point: the next caller begins anew.
    pub(super) async fn link(&self, options: &EtcdOptions, probe: &str) -> Result<Link, Error> {
        let mut present = self.link.lock().await;
        match present.take().filter(|link| !link.abandoned.load(Ordering::Acquire)) {
            Some(link) => Ok(present.insert(link).clone()),
            None => Ok(present.insert(self.open(options, probe).await?).clone()),
        }
    }

    /// Connects and asks a question whose answer needs the consent of most members.
    ///
    /// The kernel accepts connections for a process that is stopped, and a member may be cut off from the others: a
    /// transaction must not be the first to find out, since it cannot be repeated.
    async fn open(&self, options: &EtcdOptions, probe: &str) -> Result<Link, Error> {
        let failed = |source| Error::Etcd { endpoint: self.endpoint.clone(), source };
        let connect = options.read().await?;
        let client = Client::connect([&self.endpoint], Some(connect)).await.map_err(failed)?;
        let mut kv = client.kv_client().max_decoding_message_size(LARGEST_PAGE_BYTES);
        kv.get(probe, Some(GetOptions::new().with_count_only())).await.map_err(failed)?;
        Ok(Link { kv, abandoned: Arc::default() })
    }
}

impl Link {
    pub(super) fn kv(&self) -> KvClient {
        self.kv.clone()
    }

    /// Makes the next caller connect anew. After a partition, TCP may try for minutes before it notices that the other
    /// side is back, so a connection that once stayed silent is not used again.
    pub(super) fn abandon(&self) {
        self.abandoned.store(true, Ordering::Release);
    }
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Member").field(&self.endpoint).finish()
    }
}
