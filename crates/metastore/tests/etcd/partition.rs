//! A network that swallows what is sent and heals.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use renkei_domain::ErrorKind;
use renkei_metastore::{Guard, MetaStore};
use renkei_testkit::Etcd;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::members::hasty;
use crate::{commit, connect, key, put, value};

/// Passes bytes between clients and one member. What is connected when it is cut stays open and silent for ever.
struct Network {
    address: SocketAddr,
    /// Of the connections made since the last cut.
    flows: Mutex<Flows>,
}

/// Whether bytes pass, each way.
#[derive(Debug, Clone)]
struct Flows {
    requests: Arc<AtomicBool>,
    answers: Arc<AtomicBool>,
}

impl Flows {
    fn new() -> Self {
        Self { requests: Arc::new(AtomicBool::new(true)), answers: Arc::new(AtomicBool::new(true)) }
    }
}

impl Network {
    async fn before(member: SocketAddr) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let network = Arc::new(Self { address, flows: Mutex::new(Flows::new()) });
        let accepting = Arc::clone(&network);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let flows = accepting.flows.lock().unwrap().clone();
                let (from_client, to_client) = client.into_split();
                let (from_member, to_member) = TcpStream::connect(member).await.unwrap().into_split();
                tokio::spawn(pass(from_client, to_member, flows.requests));
                tokio::spawn(pass(from_member, to_client, flows.answers));
            }
        });
        network
    }

    /// Swallows everything on the present connections; new ones work.
    fn cut_and_heal(&self) {
        let mut flows = self.flows.lock().unwrap();
        flows.requests.store(false, Ordering::SeqCst);
        flows.answers.store(false, Ordering::SeqCst);
        *flows = Flows::new();
    }

    /// Swallows the answers on the present connections; requests arrive.
    fn lose_answers(&self) {
        self.flows.lock().unwrap().answers.store(false, Ordering::SeqCst);
    }
}

async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, flows: Arc<AtomicBool>) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        if flows.load(Ordering::SeqCst) && to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_connection_that_went_silent_is_not_used_again() {
    let Some(etcd) = Etcd::start(1).unwrap() else { return };
    let member = etcd.endpoints()[0].strip_prefix("http://").unwrap().parse().unwrap();
    let network = Network::before(member).await;
    let store = connect(hasty(vec![format!("http://{}", network.address)])).await.unwrap();
    commit(&store, &[put("a", "1")]).await;

    network.cut_and_heal();
    let error = store.transact(&[], &[put("a", "2")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(value(&store, "a").await, Some(b"1".to_vec()), "what was swallowed was not done");
    commit(&store, &[put("a", "3")]).await;

    network.cut_and_heal();
    assert_eq!(store.get(&key("a")).await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(value(&store, "a").await, Some(b"3".to_vec()));
}

/// It is made once, and nobody tells the caller that it was not, though another member could have been asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_transaction_whose_answer_is_lost_is_unavailable_and_not_repeated() {
    let Some(etcd) = Etcd::start(1).unwrap() else { return };
    let direct = etcd.endpoints().swap_remove(0);
    let network = Network::before(direct.strip_prefix("http://").unwrap().parse().unwrap()).await;
    let store = connect(hasty(vec![format!("http://{}", network.address), direct])).await.unwrap();

    network.lose_answers();
    let first = [Guard::Absent { key: key("a") }];
    let error = store.transact(&first, &[put("a", "1")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.to_string().contains("may or may not have been committed"), "{error}");
    assert_eq!(value(&store, "a").await, Some(b"1".to_vec()));
}
