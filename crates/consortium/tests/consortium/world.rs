//! A consortium whose processes are runtimes: dropping one is a crash.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use renkei_consortium::hub::{Hub, Patience, UseReport};
use renkei_consortium::site::{Papers, Settings, Site, Tables, policy};
use renkei_consortium::wire::{Decision, HubState, StudyStatus};
use renkei_consortium::{Error, Folder, HubClient};
use renkei_federation::keys::Identity;
use renkei_federation::methods::Table;
use renkei_federation::study::{Moment, SignedStudy, SiteName, SpecHash, StudySpec, Verdict};
use renkei_runtime::{Clock, SystemClock};
use renkei_transport::{Authority, Credentials, Role, Servers, Validity, incoming, server};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::study::{LEAD, REVIEWERS, key, name, table};

pub(crate) const CONSORTIUM: &str = "trial";
const HUB: u8 = 99;
const POLL: Duration = Duration::from_millis(50);

#[derive(Debug)]
struct Fixed(usize);

#[async_trait]
impl Tables for Fixed {
    async fn table(&self, _: &StudySpec) -> Result<Table, Error> {
        Ok(table(self.0))
    }
}

pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock::new())
}

pub(crate) fn now() -> Moment {
    Moment(SystemClock::new().now().unix_millis() / 1_000)
}

/// A folder that the process before, which was killed, may hold for a moment still.
fn free<T>(mut open: impl FnMut() -> Result<T, Error>) -> T {
    loop {
        match open() {
            Err(Error::Held { .. }) => std::thread::yield_now(),
            opened => return opened.unwrap(),
        }
    }
}

pub(crate) struct World {
    place: TempDir,
    authority: Authority,
    at: SocketAddr,
    patience: Patience,
    hub: Option<Runtime>,
    sites: Vec<Option<Runtime>>,
    /// Where the lead lives.
    pub(crate) lead: Runtime,
}

impl World {
    /// A hub and `count` sites that are enrolled, all running.
    pub(crate) fn new(count: usize, phase: Duration) -> Self {
        let (place, authority) = (TempDir::new().unwrap(), Authority::new(CONSORTIUM, valid()).unwrap());
        let at = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let patience = Patience { phase, poll: Duration::from_millis(500) };
        let sites = (0..count).map(|_| None).collect();
        let lead = runtime();
        let mut world = Self { place, authority, at, patience, hub: None, sites, lead };
        world.start_hub(|hub| {
            hub.enrol(|register| {
                register.leads.insert("lead".to_owned(), Identity::of(&key(LEAD)));
                (0..count).try_for_each(|place| {
                    register.add_site(SiteName::try_from(name(place)).unwrap(), Identity::of(&key(place as u8 + 1)))
                })
            })
            .unwrap();
        });
        (0..count).for_each(|place| world.start_site(place));
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    pub(crate) fn credentials(&self, role: Role, name: &str) -> Credentials {
        let identity = renkei_transport::Identity::new(role, CONSORTIUM, name).unwrap();
        let hosts: &[&str] = if role == Role::Hub { &["127.0.0.1"] } else { &[] };
        let folder = TempDir::new_in(self.place.path()).unwrap().keep();
        let files = self.authority.issue(&identity, hosts, valid()).unwrap().write(&folder).unwrap();
        Credentials::read(&files, &SystemClock::new()).unwrap()
    }

    fn dial(&self, credentials: &Credentials) -> HubClient {
        let servers = Servers::new(&[format!("https://{}", self.at)], credentials).unwrap();
        let (_, channel) = servers.channels().next().unwrap();
        HubClient::new(channel)
    }

    /// Somebody who calls the hub from the lead's runtime.
    pub(crate) fn client(&self, role: Role, name: &str) -> HubClient {
        let _inside = self.lead.enter();
        self.dial(&self.credentials(role, name))
    }

    pub(crate) fn start_hub(&mut self, first: impl FnOnce(&Hub)) {
        let (runtime, path) = (runtime(), self.path("hub"));
        let hub = free(|| Hub::open(Folder::open(&path)?, key(HUB), self.patience, None, clock()));
        first(&hub);
        let credentials = self.credentials(Role::Hub, "hub");
        let listener = runtime.block_on(tokio::net::TcpListener::bind(self.at)).unwrap();
        runtime.spawn(async move {
            let serve = server(&credentials, Hub::rules().unwrap(), clock()).unwrap().add_service(hub.service());
            tokio::select! {
                served = serve.serve_with_incoming(incoming(listener, clock())) => served.unwrap(),
                () = hub.keep_time() => {}
            }
        });
        self.hub = Some(runtime);
    }

    /// What was under way is lost.
    pub(crate) fn kill_hub(&mut self) {
        if let Some(runtime) = self.hub.take() {
            runtime.shutdown_background();
        }
    }

    pub(crate) fn start_site(&mut self, place: usize) {
        let policy = self.path(&format!("policy-{place}.json"));
        std::fs::write(&policy, crate::study::policy(place).to_string()).unwrap();
        let (runtime, folder) = (runtime(), self.site_folder(place));
        let _inside = runtime.enter();
        let site = free(|| {
            let (folder, policy, hub) = (Folder::open(folder.path())?, policy.clone(), Identity::of(&key(HUB)));
            let settings = Settings { folder, policy, key: key(place as u8 + 1), hub, poll: POLL };
            Site::open(settings, Arc::new(Fixed(place)), clock())
        });
        let hub = self.dial(&self.credentials(Role::Site, &name(place)));
        runtime.spawn(async move { site.work(hub).await });
        drop(_inside);
        self.sites[place] = Some(runtime);
    }

    pub(crate) fn kill_site(&mut self, place: usize) {
        if let Some(runtime) = self.sites[place].take() {
            runtime.shutdown_background();
        }
    }

    pub(crate) fn site_folder(&self, place: usize) -> Folder {
        Folder::open(self.path(&name(place))).unwrap()
    }

    pub(crate) fn hub_folder(&self) -> PathBuf {
        self.path("hub")
    }

    pub(crate) fn policy(&self, place: usize) -> renkei_federation::study::SitePolicy {
        policy(Path::new(&self.path(&format!("policy-{place}.json")))).unwrap()
    }

    /// The papers of a study at a site, once it has come there.
    pub(crate) fn papers(&self, place: usize, study: SpecHash) -> Papers {
        loop {
            match Papers::of(&self.site_folder(place), study).and_then(|papers| papers.life().map(|_| papers)) {
                Ok(papers) => return papers,
                Err(_) => std::thread::sleep(POLL),
            }
        }
    }

    pub(crate) fn propose(&self, signed: &SignedStudy) -> SpecHash {
        let mut client = self.client(Role::Lead, "lead");
        self.lead.block_on(client.propose(signed)).unwrap()
    }

    /// Two reviewers and the site approve.
    pub(crate) fn approve(&self, place: usize, study: SpecHash) {
        let (papers, policy) = (self.papers(place, study), self.policy(place));
        for reviewer in REVIEWERS {
            papers.review(&policy, &key(reviewer), (Verdict::Approve, "read"), now()).unwrap();
        }
        papers.approve(&policy, now()).unwrap();
    }

    /// Proposed by the lead, approved everywhere.
    pub(crate) fn approved(&self, signed: &SignedStudy) -> SpecHash {
        let study = self.propose(signed);
        (0..self.sites.len()).for_each(|place| self.approve(place, study));
        study
    }

    /// Approved everywhere and running, with one site that told so and is never heard again.
    pub(crate) fn running_without(&mut self, gone: usize, signed: &SignedStudy) -> SpecHash {
        let study = self.propose(signed);
        self.approve(gone, study);
        self.until(study, |status| status.sites[gone].decision == Decision::Approved);
        self.kill_site(gone);
        (0..self.sites.len()).filter(|place| *place != gone).for_each(|place| self.approve(place, study));
        self.until(study, |status| status.state != HubState::Proposed);
        study
    }

    pub(crate) fn status(&self, study: SpecHash) -> Option<StudyStatus> {
        let mut client = self.client(Role::Lead, "lead");
        // The hub may be down at this moment.
        let studies = self.lead.block_on(client.studies()).unwrap_or_default();
        studies.into_iter().find(|status| status.study == study)
    }

    /// Waits until the study stands so; a study that never does hangs the test.
    pub(crate) fn until(&self, study: SpecHash, wanted: impl Fn(&StudyStatus) -> bool) -> StudyStatus {
        loop {
            match self.status(study).filter(&wanted) {
                Some(status) => return status,
                None => std::thread::sleep(POLL),
            }
        }
    }

    pub(crate) fn done(&self, study: SpecHash) -> Vec<UseReport> {
        let status =
            self.until(study, |status| matches!(status.state, HubState::Done | HubState::Withdrawn | HubState::Paused));
        assert_eq!(status.state, HubState::Done, "{}", status.why);
        let mut client = self.client(Role::Lead, "lead");
        self.lead.block_on(client.results(study)).unwrap()
    }
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

pub(crate) fn valid() -> Validity {
    Validity { from: "2020-01-01T00:00:00Z".parse().unwrap(), until: "2090-01-01T00:00:00Z".parse().unwrap() }
}
