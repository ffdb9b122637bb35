//! A site: it dials the hub, files what is proposed, tells what people here decided, and answers for the studies that run.

mod answer;
mod papers;
mod watch;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use ed25519_dalek::SigningKey;
use renkei_federation::audit::Countersigned;
use renkei_federation::keys::Identity;
use renkei_federation::methods::Table;
use renkei_federation::study::{Moment, Move, SitePolicy, SpecHash, State, StudySpec};
use renkei_proto::WireError;
use renkei_runtime::Clock;
use tokio::task::JoinHandle;

pub use papers::Papers;

use crate::hub::witness::{HEADS, Heads};
use crate::wire::{Decision, HubState, Now, StudyStatus};
use crate::{Error, Folder, Held, HubClient, Journal};
use answer::{Answerer, Way, lock};

pub(crate) const STUDIES: &str = "studies";

/// Where a site's rows come from.
#[async_trait]
pub trait Tables: Send + Sync + Debug {
    /// The rows for a study: follow-up from the endpoint's origin, and the columns that its methods name.
    async fn table(&self, spec: &StudySpec) -> Result<Table, Error>;
}

/// What a site is told at its start.
#[derive(Debug)]
pub struct Settings {
    /// Its state.
    pub folder: Folder,
    /// The file of its policy, read anew whenever it counts.
    pub policy: PathBuf,
    /// The key that it signs with.
    pub key: SigningKey,
    /// The key of the hub, as it was told at enrolment.
    pub hub: Identity,
    /// How often the hub is asked for news.
    pub poll: Duration,
}

/// A site with its studies.
#[derive(Debug)]
pub struct Site {
    folder: Folder,
    _held: Held,
    policy: PathBuf,
    key: SigningKey,
    hub: Identity,
    poll: Duration,
    clock: Arc<dyn Clock>,
    tables: Arc<dyn Tables>,
    way: Mutex<Way>,
    heads: Mutex<Heads>,
    running: Mutex<BTreeMap<SpecHash, JoinHandle<()>>>,
}

/// Reads a site's policy.
pub fn policy(file: &std::path::Path) -> Result<SitePolicy, Error> {
    let text = std::fs::read_to_string(file);
    let text = text.map_err(|source| Error::File { doing: "read", path: file.to_owned(), source })?;
    Ok(SitePolicy::parse(&text)?)
}

impl Site {
    /// Opens a site.
    pub fn open(settings: Settings, tables: Arc<dyn Tables>, clock: Arc<dyn Clock>) -> Result<Arc<Self>, Error> {
        let Settings { folder, policy, key, hub, poll } = settings;
        let held = folder.hold()?;
        let heads = Heads::read(&folder)?;
        let own: Vec<Countersigned> = heads.own.values().cloned().collect();
        let journal = Journal::open(&folder, Identity::of(&key), &own)?;
        let way = Mutex::new(Way::open(folder.clone(), journal));
        let (heads, running) = (Mutex::new(heads), Mutex::default());
        Ok(Arc::new(Self { folder, _held: held, policy, key, hub, poll, clock, tables, way, heads, running }))
    }

    /// Works with the hub for as long as it is polled; whatever fails is tried again.
    pub async fn work(self: &Arc<Self>, hub: HubClient) {
        loop {
            if let Err(error) = self.look(&mut hub.clone()).await {
                tracing::warn!(%error, "the hub cannot be asked now; it is asked again");
            }
            self.clock.sleep(self.poll).await;
        }
    }

    /// Looks once at everything.
    async fn look(self: &Arc<Self>, hub: &mut HubClient) -> Result<(), Error> {
        for status in hub.studies().await? {
            let study = status.study;
            if let Err(error) = self.look_at(hub, status).await {
                tracing::warn!(%study, %error, "a study does not go on here");
            }
        }
        self.countersign(hub).await
    }

    async fn look_at(self: &Arc<Self>, hub: &mut HubClient, status: StudyStatus) -> Result<(), Error> {
        let study = status.study;
        let papers = match Papers::of(&self.folder, study) {
            Ok(papers) => papers,
            Err(_) => self.file(hub, study).await?,
        };
        self.follow(&papers, &status)?;
        watch::notice(self, &papers)?;
        let life = papers.life()?;
        let decided = papers::decision(&life);
        let own = policy(&self.policy)?.site;
        let known = status.sites.iter().find(|site| site.site == own).map(|site| site.decision);
        if decided != Decision::Pending && known != Some(decided) {
            hub.decide(study, decided).await?;
        }
        if life.state() == State::Running {
            self.run(hub.clone(), papers);
        }
        Ok(())
    }

    async fn file(&self, hub: &mut HubClient, study: SpecHash) -> Result<Papers, Error> {
        let signed = hub.document(study).await?;
        let found = signed.verified()?;
        if found != study {
            return Err(WireError::Answer {
                kind: renkei_domain::ErrorKind::Data,
                message: format!("the hub gave study {found} for {study}"),
            }
            .into());
        }
        let (papers, new) = Papers::file(&self.folder, &signed)?;
        if new {
            let lead = signed.spec.lead.identity;
            let proposed = renkei_federation::audit::Happening::Proposed { study, lead };
            lock(&self.way).journal().tell(&self.key, self.moment(), proposed)?;
        }
        Ok(papers)
    }

    /// Follows the hub where that needs nobody here.
    fn follow(&self, papers: &Papers, status: &StudyStatus) -> Result<(), Error> {
        let step = match (papers.life()?.state(), status.state) {
            (State::Approved, HubState::Running) => Move::Start,
            (State::Running, HubState::Done) => Move::Finish,
            (
                State::Proposed | State::Reviewed | State::Approved | State::Running | State::Paused,
                HubState::Withdrawn,
            ) => Move::Withdraw,
            _ => return Ok(()),
        };
        papers.change(|life| Ok(life.step(step, self.moment())?)).map(drop)
    }

    /// Answers for a study until it stands or is over, unless somebody does already.
    fn run(self: &Arc<Self>, hub: HubClient, papers: Papers) {
        let Ok(study) = papers.life().map(|life| life.study()) else { return };
        let mut running = lock(&self.running);
        running.retain(|_, task| !task.is_finished());
        running.entry(study).or_insert_with(|| {
            let site = Arc::clone(self);
            tokio::spawn(async move {
                if let Err(error) = site.exchange(hub, study, papers).await {
                    tracing::warn!(%study, %error, "a study's exchange broke off; it is taken up again");
                }
            })
        });
    }

    async fn exchange(self: &Arc<Self>, mut hub: HubClient, study: SpecHash, papers: Papers) -> Result<(), Error> {
        let table = self.tables.table(&papers.proposal()?.spec).await?;
        let mut answerer = Answerer::open(Arc::clone(self), papers, policy(&self.policy)?, table)?;
        let mut said = None;
        loop {
            match hub.exchange(study, said.take()).await? {
                Now::Wait => {}
                Now::State(_) => return Ok(()),
                Now::Call(call) => {
                    let (back, answer) = answered(answerer, call).await?;
                    answerer = back;
                    said = Some(answer?);
                }
            }
        }
    }

    /// Each side signs the head of the other's log, where one moved.
    async fn countersign(&self, hub: &mut HubClient) -> Result<(), Error> {
        const HUB: &str = "hub";
        let own = Identity::of(&self.key);
        let head = lock(&self.way).journal().end().head();
        let (known, of_hub) = {
            let heads = lock(&self.heads);
            (heads.own.get(HUB).map(|signed| signed.head), heads.signed.get(HUB).cloned())
        };
        let (signed, hub_head) = hub.countersign(head.filter(|head| Some(*head) != known), of_hub.as_ref()).await?;
        let mut heads = lock(&self.heads);
        let mut next = heads.clone();
        if let Some(signed) = signed {
            next.keep((HUB, self.hub), own, signed)?;
        }
        if let Some(head) = hub_head.filter(|head| of_hub.is_none_or(|signed| signed.head != *head)) {
            next.sign((HUB, self.hub), head, (&self.key, self.moment()))?;
        }
        self.folder.put_document(HEADS, &next)?;
        *heads = next;
        Ok(())
    }

    fn moment(&self) -> Moment {
        Moment(self.clock.now().unix_millis().div_euclid(1_000))
    }
}

/// Answers apart from those who only wait: it computes, and it waits for the disk.
async fn answered(
    mut answerer: Answerer,
    call: Box<renkei_federation::exchange::Call>,
) -> Result<(Answerer, Result<crate::wire::Said, Error>), Error> {
    let task = tokio::task::spawn_blocking(move || {
        let answer = answerer.answer(&call);
        (answerer, answer)
    });
    task.await.map_err(|error| Error::refused(renkei_domain::ErrorKind::Internal, format!("an answer failed: {error}")))
}
