//! A coordinator that follows a script and remembers what it heard.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use renkei_domain::ErrorKind;
use renkei_proto::status::status_of;
use renkei_proto::v1::workers_server::{Workers, WorkersServer};
use renkei_proto::v1::{self, EndResponse, LeaveResponse};
use renkei_proto::workers::{Announcement, Beat, Begin, Directives, End, Permission, Wave, Welcome, WorkerState};
use renkei_runtime::SystemClock;
use renkei_stage::ExecutorId;
use renkei_transport::{Credentials, Role, Rules, incoming, server};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tonic::{Request, Response, Status, async_trait};

/// What a worker said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    Join(Announcement),
    Beat(Beat),
    Begin(Begin),
    End(End),
    Leave(ExecutorId),
}

/// What a coordinator answers.
#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) leads: bool,
    /// Why a worker may not join.
    pub(crate) refusal: Option<(ErrorKind, &'static str)>,
    /// Told with every beat.
    pub(crate) cancelled: Vec<Wave>,
    /// Told with the next beat.
    pub(crate) rejoin: bool,
    /// Told one after the other; then it is always "go".
    pub(crate) permissions: VecDeque<Permission>,
}

/// Lives on threads of its own, so that it can fall with all its connections.
pub(crate) struct Scripted {
    pub(crate) url: String,
    desk: Desk,
    runtime: Option<Runtime>,
}

#[derive(Clone)]
struct Desk {
    name: String,
    epoch: u64,
    script: Arc<Mutex<Script>>,
    heard: Arc<watch::Sender<Vec<Heard>>>,
}

impl Scripted {
    pub(crate) fn start(credentials: Credentials, name: &str, epoch: u64) -> Self {
        let script =
            Script { leads: true, refusal: None, cancelled: vec![], rejoin: false, permissions: VecDeque::new() };
        let (script, heard) = (Arc::new(Mutex::new(script)), Arc::new(watch::Sender::default()));
        let desk = Desk { name: name.to_owned(), epoch, script, heard };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let service = WorkersServer::new(desk.clone());
        runtime.spawn(async move {
            let clock = Arc::new(SystemClock::new());
            let rules = Rules::new().allow("/renkei.v1.Workers/", &[Role::Worker]).unwrap();
            let listener = TcpListener::from_std(listener).unwrap();
            let mut server = server(&credentials, rules, Arc::clone(&clock) as _).unwrap();
            server.add_service(service).serve_with_incoming(incoming(listener, clock)).await.unwrap();
        });
        Self { url, desk, runtime: Some(runtime) }
    }

    pub(crate) fn follow(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.desk.script.lock().unwrap());
    }

    /// Stands by from now on.
    pub(crate) fn stand_by(&self) {
        self.follow(|script| script.leads = false);
    }

    /// Falls, and its connections with it.
    pub(crate) fn fall(mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }

    /// Waits until `what` finds what it looks for in all that was heard.
    pub(crate) async fn heard<T>(&self, what: impl Fn(&[Heard]) -> Option<T>) -> T {
        let mut heard = self.desk.heard.subscribe();
        let found = heard.wait_for(|heard| what(heard).is_some()).await.unwrap();
        what(&found).unwrap()
    }

    pub(crate) fn so_far(&self) -> Vec<Heard> {
        self.desk.heard.borrow().clone()
    }

    /// Waits for the `n`-th join, from 1.
    pub(crate) async fn join(&self, n: usize) -> Announcement {
        let join = |heard: &Heard| if let Heard::Join(join) = heard { Some(join.clone()) } else { None };
        self.heard(|heard| heard.iter().filter_map(join).nth(n - 1)).await
    }

    /// Waits for the end of a try.
    pub(crate) async fn end(&self) -> End {
        self.heard(|heard| {
            heard.iter().find_map(|one| if let Heard::End(end) = one { Some(end.clone()) } else { None })
        })
        .await
    }

    /// Waits for a beat that `fits`.
    pub(crate) async fn beat(&self, fits: impl Fn(&Beat) -> bool) -> Beat {
        let beat = |heard: &Heard| if let Heard::Beat(beat) = heard { Some(beat.clone()) } else { None };
        self.heard(|heard| heard.iter().filter_map(beat).find(|beat| fits(beat))).await
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// How many beats there are in what was heard.
pub(crate) fn beats(heard: &[Heard]) -> usize {
    heard.iter().filter(|one| matches!(one, Heard::Beat(_))).count()
}

pub(crate) fn is_draining(beat: &Beat) -> bool {
    beat.state == WorkerState::Draining
}

impl Desk {
    /// Notes what was said, and refuses unless this coordinator leads.
    fn hear(&self, heard: Heard) -> Result<(), Status> {
        if !self.script.lock().unwrap().leads {
            return Err(status_of(ErrorKind::Unavailable, "another coordinator leads"));
        }
        self.heard.send_modify(|all| all.push(heard));
        Ok(())
    }
}

#[async_trait]
impl Workers for Desk {
    async fn join(&self, request: Request<v1::Announcement>) -> Result<Response<v1::Welcome>, Status> {
        self.hear(Heard::Join(request.into_inner().try_into()?))?;
        if let Some((kind, why)) = self.script.lock().unwrap().refusal {
            return Err(status_of(kind, why));
        }
        let (beat_interval, lost_after) = (Duration::from_secs(1), Duration::from_secs(8));
        let engine = "ballista 55.0.0".to_owned();
        let welcome = Welcome { epoch: self.epoch, leader: self.name.clone(), beat_interval, lost_after, engine };
        Ok(Response::new(welcome.into()))
    }

    async fn beat(&self, request: Request<v1::BeatRequest>) -> Result<Response<v1::Directives>, Status> {
        // What this beat is answered with was decided before anybody hears of the beat.
        let directives = {
            let mut script = self.script.lock().unwrap();
            Directives { cancelled: script.cancelled.clone(), please_rejoin: std::mem::take(&mut script.rejoin) }
        };
        self.hear(Heard::Beat(request.into_inner().try_into()?))?;
        Ok(Response::new(directives.into()))
    }

    async fn begin(&self, request: Request<v1::BeginRequest>) -> Result<Response<v1::BeginResponse>, Status> {
        self.hear(Heard::Begin(request.into_inner().try_into()?))?;
        let permission = self.script.lock().unwrap().permissions.pop_front().unwrap_or(Permission::Go);
        Ok(Response::new(permission.into()))
    }

    async fn end(&self, request: Request<v1::EndRequest>) -> Result<Response<EndResponse>, Status> {
        self.hear(Heard::End(request.into_inner().try_into()?))?;
        Ok(Response::new(EndResponse {}))
    }

    async fn leave(&self, request: Request<v1::LeaveRequest>) -> Result<Response<LeaveResponse>, Status> {
        self.hear(Heard::Leave(request.into_inner().try_into()?))?;
        Ok(Response::new(LeaveResponse {}))
    }
}
