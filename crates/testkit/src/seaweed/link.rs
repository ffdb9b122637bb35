//! A proxy for HTTP on which a test makes requests meet faults, so that a client's own retries are seen at work.

use std::fmt;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Access, write_secret};

/// What a request meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkFault {
    /// This status instead of an answer; the server hears nothing.
    Status(u16),
    /// The server does what it is asked; half of a good answer's body arrives, then the connection ends.
    CutBody,
    /// The server does what it is asked; the connection ends before its answer.
    CutAnswer,
    /// Everything takes this much longer.
    Delay(Duration),
}

/// A request, as a test decides on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRequest {
    /// How many came before it.
    pub nth: u64,
    /// `GET`, `PUT`, ...
    pub method: String,
    /// Path and query.
    pub target: String,
    /// It asks for something to be done only if the object is, or is not, there.
    pub conditional: bool,
}

type Plan = dyn Fn(&LinkRequest) -> Option<LinkFault> + Send + Sync;

/// A way to a server. It closes when dropped.
pub struct Link {
    shared: Arc<Shared>,
    at: SocketAddr,
    access: Access,
    store_file: PathBuf,
}

struct Shared {
    server: SocketAddr,
    plan: Mutex<Arc<Plan>>,
    requests: AtomicU64,
    faults: AtomicU64,
    closed: AtomicBool,
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").field("at", &self.at).field("server", &self.shared.server).finish_non_exhaustive()
    }
}

impl Link {
    /// Listens for what is meant for `server`; its file with credentials goes into `folder`. No faults yet.
    pub(super) fn to(server: SocketAddr, access: &Access, folder: &Path) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let at = listener.local_addr()?;
        let store_file = folder.join(format!("stores-{}.yaml", at.port()));
        write_secret(&store_file, &access.stores(&format!("http://{at}")))?;
        let shared = Arc::new(Shared {
            server,
            plan: Mutex::new(Arc::new(|_| None)),
            requests: AtomicU64::new(0),
            faults: AtomicU64::new(0),
            closed: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || accept(&listener, &accepting));
        Ok(Self { shared, at, access: access.clone(), store_file })
    }

    /// The same to the server that a file of stores names; its own file of stores goes beside that one.
    pub fn beside(stores: &Path) -> anyhow::Result<Self> {
        let (server, access) = Access::read(stores)?;
        Self::to(server, &access, stores.parent().unwrap_or(Path::new("")))
    }

    /// Faults on every seventh request that a client of the store must get over by itself. A list that is cut short is
    /// for the caller to ask for again.
    pub fn disturb(&self) {
        self.plan(|request| {
            let is_object = request.method == "GET" && !request.target.contains("list-type");
            request.nth.is_multiple_of(7).then(|| match request.nth / 7 % 5 {
                0 => LinkFault::Status(503),
                1 => LinkFault::Status(429),
                2 => LinkFault::Status(500),
                3 if is_object => LinkFault::CutBody,
                4 => LinkFault::CutAnswer,
                _ => LinkFault::Delay(Duration::from_millis(100)),
            })
        });
    }

    /// Decides from now on which requests meet which faults.
    pub fn plan(&self, plan: impl Fn(&LinkRequest) -> Option<LinkFault> + Send + Sync + 'static) {
        *self.shared.plan.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(plan);
    }

    /// How many requests met a fault.
    #[must_use]
    pub fn faults(&self) -> u64 {
        self.shared.faults.load(Ordering::SeqCst)
    }

    /// The file for `renkei_artifacts::Stores::read` by which this way is taken.
    #[must_use]
    pub fn store_file(&self) -> &Path {
        &self.store_file
    }

    /// Environment variables with which a process takes this way.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        self.access.environment(&format!("http://{}", self.at))
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts, which then ends.
        let _ = TcpStream::connect(self.at);
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming() {
        if shared.closed.load(Ordering::SeqCst) {
            return;
        }
        let Ok(client) = client else { continue };
        let shared = Arc::clone(shared);
        // A connection that breaks is the client's to notice.
        std::thread::spawn(move || shared.one_request(client));
    }
}

impl Shared {
    /// Serves one request; every answer closes its connection, so that there is never a second.
    fn one_request(&self, mut client: TcpStream) -> io::Result<()> {
        let Some((head, body)) = read_request(&client)? else { return Ok(()) };
        let request = self.describe(&head);
        let plan = Arc::clone(&self.plan.lock().unwrap_or_else(PoisonError::into_inner));
        let fault = plan(&request);
        self.faults.fetch_add(u64::from(fault.is_some()), Ordering::SeqCst);
        match fault {
            Some(LinkFault::Status(status)) => {
                write!(client, "HTTP/1.1 {status} Planned\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
            }
            Some(LinkFault::CutAnswer) => drop(self.ask(&head, &body)?),
            Some(LinkFault::CutBody) => client.write_all(half_of(&self.ask(&head, &body)?))?,
            Some(LinkFault::Delay(time)) => {
                std::thread::sleep(time);
                client.write_all(&self.ask(&head, &body)?)?;
            }
            None => client.write_all(&self.ask(&head, &body)?)?,
        }
        client.shutdown(Shutdown::Both)
    }

    fn describe(&self, head: &[String]) -> LinkRequest {
        let mut words = head.first().map(String::as_str).unwrap_or_default().split(' ').map(str::to_owned);
        let is_condition = |line: &String| line.to_ascii_lowercase().starts_with("if-");
        LinkRequest {
            nth: self.requests.fetch_add(1, Ordering::SeqCst),
            method: words.next().unwrap_or_default(),
            target: words.next().unwrap_or_default(),
            conditional: head.iter().any(is_condition),
        }
    }

    /// The server's whole answer. The signature covers neither the connection nor its headers.
    fn ask(&self, head: &[String], body: &[u8]) -> io::Result<Vec<u8>> {
        let mut server = TcpStream::connect(self.server)?;
        let mut request = String::new();
        for line in head.iter().filter(|line| !line.to_ascii_lowercase().starts_with("connection:")) {
            request.push_str(line);
            request.push_str("\r\n");
        }
        request.push_str("Connection: close\r\n\r\n");
        server.write_all(request.as_bytes())?;
        server.write_all(body)?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer)?;
        Ok(answer)
    }
}

/// Lines of the head, and the body; `None` where the client only came and went.
fn read_request(client: &TcpStream) -> io::Result<Option<(Vec<String>, Vec<u8>)>> {
    let mut reader = BufReader::new(client);
    let mut head = Vec::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        head.push(line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some((head, body)))
}

/// The head and half of the body, if the answer is good: a client takes a refusal that is cut for no answer at all.
fn half_of(answer: &[u8]) -> &[u8] {
    if !answer.starts_with(b"HTTP/1.1 2") {
        return answer;
    }
    let body = answer.windows(4).position(|end| end == b"\r\n\r\n").map_or(answer.len(), |at| at + 4);
    &answer[..body + (answer.len() - body) / 2]
}
