//! A network that can lose everything without telling anybody.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Stands between callers and a server. Cut, it takes whatever is sent and gives nothing on, and closes nothing.
/// Healed, it forwards new connections; those that lived through a cut stay dead, as after a lost NAT entry.
pub(crate) struct Proxy {
    pub(crate) at: SocketAddr,
    state: Arc<watch::Sender<State>>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default, Clone, Copy)]
struct State {
    cut: bool,
    /// How often it was cut.
    cuts: usize,
    /// Callers that closed a connection from their side.
    closed: usize,
    /// Connections taken while cut.
    swallowed: usize,
}

impl Proxy {
    pub(crate) async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let state = Arc::new(watch::Sender::new(State::default()));
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            loop {
                let (caller, _) = listener.accept().await.unwrap();
                let callee = TcpStream::connect(server).await.unwrap();
                tokio::spawn(carry(caller, callee, Arc::clone(&shared)));
            }
        });
        Self { at, state, task }
    }

    pub(crate) fn cut(&self) {
        self.state.send_modify(|state| {
            state.cut = true;
            state.cuts += 1;
        });
    }

    pub(crate) fn heal(&self) {
        self.state.send_modify(|state| state.cut = false);
    }

    /// Waits until callers have closed `count` connections in all.
    pub(crate) async fn closed(&self, count: usize) {
        self.state.subscribe().wait_for(|state| state.closed >= count).await.unwrap();
    }

    /// How many connections were taken while cut.
    pub(crate) fn swallowed(&self) -> usize {
        self.state.borrow().swallowed
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(caller: TcpStream, callee: TcpStream, state: Arc<watch::Sender<State>>) {
    state.send_modify(|state| state.swallowed += usize::from(state.cut));
    let born = *state.borrow();
    let (caller_out, caller_in) = caller.into_split();
    let (callee_out, callee_in) = callee.into_split();
    let (there, back) = (state.subscribe(), state.subscribe());
    let back = tokio::spawn(async move {
        let kept = one_way(callee_out, caller_in, born, back.clone()).await;
        // What the server closes on a dead line, its caller never hears of.
        if is_dead(born, &back) {
            std::future::pending::<()>().await;
        }
        drop(kept);
    });
    drop(one_way(caller_out, callee_in, born, there).await);
    state.send_modify(|state| state.closed += 1);
    back.abort();
}

/// Once cut, for ever cut: such a connection has lost bytes.
fn is_dead(born: State, state: &watch::Receiver<State>) -> bool {
    born.cut || state.borrow().cuts != born.cuts
}

/// Carries bytes until their sender closes, and gives back the other end.
async fn one_way(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    born: State,
    state: watch::Receiver<State>,
) -> OwnedWriteHalf {
    let mut bytes = vec![0; 16 << 10];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if !is_dead(born, &state) && to.write_all(&bytes[..count]).await.is_err() {
            break;
        }
    }
    to
}
