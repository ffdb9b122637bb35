//! A way between two processes that a test can cut without either of them being told, as a partitioned network does.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Carries bytes both ways between whoever connects and one server. Cut, it keeps every connection open and carries
/// nothing; mended, it carries what was held up first. It closes when dropped.
#[derive(Debug)]
pub struct Cable {
    at: SocketAddr,
    state: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Whole,
    Cut,
    Closed,
}

impl Cable {
    /// Listens for what is meant for `server`.
    pub fn to(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let at = listener.local_addr()?;
        let state = Arc::new((Mutex::new(State::Whole), Condvar::new()));
        let accepting = Arc::clone(&state);
        std::thread::spawn(move || accept(&listener, server, &accepting));
        Ok(Self { at, state })
    }

    /// Where it listens.
    #[must_use]
    pub fn at(&self) -> SocketAddr {
        self.at
    }

    /// Carries nothing from now on.
    pub fn cut(&self) {
        self.set(State::Cut);
    }

    /// Carries again.
    pub fn mend(&self) {
        self.set(State::Whole);
    }

    fn set(&self, state: State) {
        *self.state.0.lock().unwrap_or_else(PoisonError::into_inner) = state;
        self.state.1.notify_all();
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.set(State::Closed);
        // Wakes the thread that accepts, which then ends.
        let _ = TcpStream::connect(self.at);
    }
}

/// Waits until the cable carries; `false` once it is closed.
fn carries(state: &(Mutex<State>, Condvar)) -> bool {
    let held = state.0.lock().unwrap_or_else(PoisonError::into_inner);
    let held = state.1.wait_while(held, |state| *state == State::Cut).unwrap_or_else(PoisonError::into_inner);
    *held == State::Whole
}

fn accept(listener: &TcpListener, server: SocketAddr, state: &Arc<(Mutex<State>, Condvar)>) {
    for client in listener.incoming() {
        let Ok(client) = client else { continue };
        if *state.0.lock().unwrap_or_else(PoisonError::into_inner) == State::Closed {
            return;
        }
        let state = Arc::clone(state);
        // A connection that breaks is for its ends to notice.
        std::thread::spawn(move || connect(client, server, &state));
    }
}

fn connect(client: TcpStream, server: SocketAddr, state: &Arc<(Mutex<State>, Condvar)>) -> io::Result<()> {
    if !carries(state) {
        return Ok(());
    }
    let server = TcpStream::connect(server)?;
    for end in [&client, &server] {
        end.set_nodelay(true)?;
    }
    let (from, to, back) = (server.try_clone()?, client.try_clone()?, Arc::clone(state));
    std::thread::spawn(move || carry(from, to, &back));
    carry(client, server, state)
}

fn carry(mut from: TcpStream, mut to: TcpStream, state: &(Mutex<State>, Condvar)) -> io::Result<()> {
    let mut bytes = vec![0; 1 << 16];
    loop {
        let read = from.read(&mut bytes).unwrap_or(0);
        if !carries(state) || read == 0 {
            return to.shutdown(Shutdown::Both);
        }
        to.write_all(&bytes[..read])?;
    }
}
