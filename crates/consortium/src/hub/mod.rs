//! The hub: what sites and leads dial. It forms totals of what sites send under masks, and sees nothing else of them.

mod register;
mod report;
mod service;
mod slot;
mod study;
pub(crate) mod witness;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ed25519_dalek::SigningKey;
use renkei_domain::ErrorKind;
use renkei_federation::audit::{Countersigned, Happening, Head};
use renkei_federation::keys::Identity;
use renkei_federation::study::{Moment, SignedStudy, SiteName, SpecHash, State};
use renkei_proto::v1::consortium_server::ConsortiumServer;
use renkei_proto::v1::enrolment_server::EnrolmentServer;
use renkei_runtime::Clock;
use renkei_transport::limits::MAX_MESSAGE_BYTES;
use renkei_transport::{Role, Rules};

pub use register::Register;
pub use report::UseReport;

use crate::enrol::{Desk, Issuer, Member, take};
use crate::wire::{Decision, HubState, Now, Said, Steering, StudyStatus};
use crate::{Error, Folder, Held, Journal};
use service::{Caller, Service};
use slot::Slot;
use witness::{HEADS, Heads};

/// The file with who belongs to the consortium.
pub const REGISTER: &str = "register.json";
const STUDIES: &str = "studies";
/// The longest message of somebody who is not known yet, in bytes.
const MOST_OF_AN_INVITED: usize = 16 << 10;
/// How often deadlines are looked at.
const TICK: Duration = Duration::from_secs(1);

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// After so long a phase of a round ends with those that were heard, by the study's rule.
    pub phase: Duration,
    /// A site that is asked nothing is told so after this; less than what a call may take.
    pub poll: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { phase: Duration::from_secs(15 * 60), poll: Duration::from_secs(20) }
    }
}

/// A hub with its studies.
#[derive(Debug)]
pub struct Hub {
    folder: Folder,
    _held: Held,
    key: SigningKey,
    clock: Arc<dyn Clock>,
    patience: Patience,
    issuer: Option<Issuer>,
    register: Mutex<Register>,
    journal: Mutex<Journal>,
    heads: Mutex<Heads>,
    studies: Mutex<BTreeMap<SpecHash, Arc<Slot>>>,
}

impl Hub {
    /// Opens the hub whose state lies in `folder` and who signs with `key`. Without `issuer` nobody enrols and no
    /// certificate is renewed here: members bring certificates from elsewhere.
    pub fn open(
        folder: Folder,
        key: SigningKey,
        patience: Patience,
        issuer: Option<Issuer>,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, Error> {
        let held = folder.hold()?;
        let heads = Heads::read(&folder)?;
        let own: Vec<Countersigned> = heads.own.values().cloned().collect();
        let journal = Journal::open(&folder, Identity::of(&key), &own)?;
        let register = folder.document(REGISTER)?.unwrap_or_default();
        let mut studies = BTreeMap::new();
        let all = folder.inner(STUDIES)?;
        for name in all.folders()? {
            if let Some(slot) = Slot::read(all.inner(&name)?)? {
                let hash = slot.study().hash;
                studies.insert(hash, Arc::new(slot));
            }
        }
        Ok(Arc::new(Self {
            folder,
            _held: held,
            key,
            clock,
            patience,
            issuer,
            register: Mutex::new(register),
            journal: Mutex::new(journal),
            heads: Mutex::new(heads),
            studies: Mutex::new(studies),
        }))
    }

    /// The service, for the listener that [`Hub::rules`] guard.
    #[must_use]
    pub fn service(self: &Arc<Self>) -> ConsortiumServer<impl renkei_proto::v1::consortium_server::Consortium> {
        let server = ConsortiumServer::new(Service(Arc::clone(self)));
        server.max_decoding_message_size(MAX_MESSAGE_BYTES).max_encoding_message_size(MAX_MESSAGE_BYTES)
    }

    /// Who may call what.
    pub fn rules() -> Result<Rules, renkei_transport::Error> {
        Rules::new().allow("/renkei.v1.Consortium/", &[Role::Site, Role::Lead])
    }

    /// The service for those who have no certificate yet, for the listener that [`Hub::enrolment_rules`] guard.
    #[must_use]
    pub fn enrolment(self: &Arc<Self>) -> EnrolmentServer<impl renkei_proto::v1::enrolment_server::Enrolment> {
        EnrolmentServer::new(Desk(Arc::clone(self))).max_decoding_message_size(MOST_OF_AN_INVITED)
    }

    /// What anybody may call there.
    pub fn enrolment_rules() -> Result<Rules, renkei_transport::Error> {
        Rules::new().allow_anyone("/renkei.v1.Enrolment/Enrol")
    }

    /// Ends phases whose time is over and certifies what has ended, for as long as it is polled.
    pub async fn keep_time(self: &Arc<Self>) {
        loop {
            self.clock.sleep(TICK).await;
            let slots: Vec<Arc<Slot>> = lock(&self.studies).values().cloned().collect();
            for slot in slots {
                if let Err(error) = self.look_at(&slot).await {
                    tracing::error!(study = %slot.study().hash, %error, "a study does not go on");
                }
            }
        }
    }

    async fn look_at(self: &Arc<Self>, slot: &Arc<Slot>) -> Result<(), Error> {
        let running = slot.study().standing.state == HubState::Running;
        let now = self.clock.monotonic();
        if running && slot.waited(now) >= self.patience.phase {
            let (hub, slot) = (Arc::clone(self), Arc::clone(slot));
            blocking(move || slot.change(&hub.journal, now, |study, _| study.go_on(true).map(|()| String::new())))
                .await?;
        }
        let slot = Arc::clone(slot);
        blocking(move || slot.reports()).await.map(drop)
    }

    /// Adds members.
    pub fn enrol(&self, add: impl FnOnce(&mut Register) -> Result<(), Error>) -> Result<(), Error> {
        let mut register = lock(&self.register);
        let mut next = register.clone();
        add(&mut next)?;
        self.folder.put_document(REGISTER, &next)?;
        *register = next;
        Ok(())
    }

    /// Somebody who was invited becomes a member: its secret is burnt before anything else happens.
    pub(crate) async fn admit(
        self: Arc<Self>,
        name: String,
        secret: String,
        request: String,
        identity: Identity,
    ) -> Result<(String, Identity), Error> {
        let hub = self;
        blocking(move || {
            let issuer = hub.issuer()?;
            let member = hub.take(&name, &secret)?;
            hub.enrol(|register| match member {
                Member::Site => {
                    let site = SiteName::try_from(name.clone());
                    register.add_site(site.map_err(|error| Error::refused(ErrorKind::Invalid, error))?, identity)
                }
                Member::Lead => register.add_lead(&name, identity),
            })?;
            let certificate = issuer.sign(&request, member.role(), &name, hub.clock.as_ref())?;
            let enrolled = Happening::Enrolled { member: name, key: identity };
            lock(&hub.journal).tell(&hub.key, hub.moment(), enrolled)?;
            Ok((certificate, Identity::of(&hub.key)))
        })
        .await
    }

    fn take(&self, name: &str, secret: &str) -> Result<Member, Error> {
        take(&self.folder, (name, secret), self.moment())
            .inspect_err(|error| tracing::warn!(%error, "an enrolment was refused"))
    }

    fn issuer(&self) -> Result<&Issuer, Error> {
        let none =
            || Error::refused(ErrorKind::Unavailable, "this hub issues no certificates: its operator brings them");
        self.issuer.as_ref().ok_or_else(none)
    }

    /// Another certificate for a member, before the present one ends.
    async fn renew(self: &Arc<Self>, member: Member, name: String, request: String) -> Result<String, Error> {
        let hub = Arc::clone(self);
        blocking(move || {
            let register = lock(&hub.register);
            let key = match member {
                Member::Site => {
                    SiteName::try_from(name.clone()).ok().and_then(|site| register.sites.get(&site).copied())
                }
                Member::Lead => register.leads.get(&name).copied(),
            };
            drop(register);
            let key = key.ok_or_else(|| Error::refused(ErrorKind::Denied, "the caller is no member any more"))?;
            let certificate = hub.issuer()?.sign(&request, member.role(), &name, hub.clock.as_ref())?;
            lock(&hub.journal).tell(&hub.key, hub.moment(), Happening::Enrolled { member: name, key })?;
            Ok(certificate)
        })
        .await
    }

    fn moment(&self) -> Moment {
        Moment(self.clock.now().unix_millis().div_euclid(1_000))
    }

    async fn propose(self: &Arc<Self>, lead: String, signed: SignedStudy) -> Result<SpecHash, Error> {
        let hub = Arc::clone(self);
        blocking(move || hub.propose_now(&lead, signed)).await
    }

    fn propose_now(&self, lead: &str, signed: SignedStudy) -> Result<SpecHash, Error> {
        let hash = signed.verified()?;
        lock(&self.register).check(&signed.spec, lead)?;
        let mut studies = lock(&self.studies);
        if let Entry::Vacant(place) = studies.entry(hash) {
            let proposed = Happening::Proposed { study: hash, lead: signed.spec.lead.identity };
            lock(&self.journal).tell(&self.key, self.moment(), proposed)?;
            let folder = self.folder.inner(STUDIES)?.inner(&hash.to_string())?;
            place.insert(Arc::new(Slot::proposed(folder, signed)?));
        }
        Ok(hash)
    }

    fn studies(&self, caller: &Caller) -> Result<Vec<StudyStatus>, Error> {
        let slots: Vec<Arc<Slot>> = lock(&self.studies).values().cloned().collect();
        slots.iter().filter(|slot| self.concerns(slot, caller)).map(|slot| slot.study().status()).collect()
    }

    /// The study, if it is the caller's business; else it is not there.
    fn slot_of(&self, caller: &Caller, study: SpecHash) -> Result<Arc<Slot>, Error> {
        let slot = lock(&self.studies).get(&study).cloned().filter(|slot| self.concerns(slot, caller));
        slot.ok_or_else(|| Error::refused(ErrorKind::NotFound, format!("no study {study} concerns the caller")))
    }

    fn concerns(&self, slot: &Slot, caller: &Caller) -> bool {
        let (register, study) = (lock(&self.register), slot.study());
        let spec = &study.standing.signed.spec;
        match caller {
            Caller::Lead(name) => register.leads.get(name) == Some(&spec.lead.identity),
            Caller::Site(name) => {
                register.sites.get(name).is_some_and(|known| spec.site(known).is_some_and(|site| site.name == *name))
            }
        }
    }

    async fn decide(self: &Arc<Self>, site: SiteName, study: SpecHash, decision: Decision) -> Result<(), Error> {
        let slot = self.slot_of(&Caller::Site(site.clone()), study)?;
        let why = format!("{site}: {}", words(decision));
        self.change(slot, why, move |study| study.decide(&site, decision)).await.map(drop)
    }

    async fn steer(self: &Arc<Self>, lead: String, study: SpecHash, to: Steering) -> Result<HubState, Error> {
        let slot = self.slot_of(&Caller::Lead(lead), study)?;
        self.change(slot, "by its lead".to_owned(), move |study| study.steer(to)).await
    }

    /// Changes where a study stands, and tells the log.
    async fn change(
        self: &Arc<Self>,
        slot: Arc<Slot>,
        why: String,
        act: impl FnOnce(&mut study::Study) -> Result<(), Error> + Send + 'static,
    ) -> Result<HubState, Error> {
        let hub = Arc::clone(self);
        blocking(move || {
            let now = hub.clock.monotonic();
            slot.change(&hub.journal, now, |study, log| {
                act(study)?;
                let state = state_in_log(study.standing.state);
                let moved = Happening::Moved { study: study.hash, state, why };
                Ok(log.append(&hub.key, hub.moment(), moved)?)
            })?;
            Ok(slot.study().standing.state)
        })
        .await
    }

    /// Takes what a site says, and gives it the next call as soon as there is one.
    async fn exchange(self: &Arc<Self>, site: SiteName, study: SpecHash, said: Option<Said>) -> Result<Now, Error> {
        let slot = self.slot_of(&Caller::Site(site.clone()), study)?;
        let seat = slot.study().seat(&site);
        let seat = seat.ok_or_else(|| Error::refused(ErrorKind::Denied, "this site is not part of the study"))?;
        let mut changed = slot.changed.subscribe();
        if let Some(said) = said {
            let (hub, slot) = (Arc::clone(self), Arc::clone(&slot));
            blocking(move || {
                let now = hub.clock.monotonic();
                slot.change(&hub.journal, now, |study, log| {
                    study.hear((&site, seat), said, log, (&hub.key, hub.moment()))
                })
            })
            .await?;
        }
        let patience = self.clock.sleep(self.patience.poll);
        tokio::pin!(patience);
        loop {
            {
                let study = slot.study();
                if study.is_over() || study.standing.state == HubState::Paused {
                    return Ok(Now::State(study.standing.state));
                }
                if let Some(call) = study.call(seat)? {
                    return Ok(Now::Call(Box::new(call)));
                }
            }
            tokio::select! {
                _ = changed.changed() => {}
                () = &mut patience => return Ok(Now::Wait),
            }
        }
    }

    async fn countersign(
        self: &Arc<Self>,
        site: SiteName,
        head: Option<Head>,
        countersigned: Option<Countersigned>,
    ) -> Result<(Option<Countersigned>, Option<Head>), Error> {
        let hub = Arc::clone(self);
        blocking(move || {
            let identity = lock(&hub.register).sites.get(&site).copied();
            let identity = identity.ok_or_else(|| Error::refused(ErrorKind::Denied, "this site is not enrolled"))?;
            let own = Identity::of(&hub.key);
            let other = (site.as_str(), identity);
            let mut heads = lock(&hub.heads);
            let mut next = heads.clone();
            if let Some(countersigned) = countersigned {
                next.keep(other, own, countersigned)?;
            }
            let signed = head.map(|head| next.sign(other, head, (&hub.key, hub.moment()))).transpose()?;
            hub.folder.put_document(HEADS, &next)?;
            *heads = next;
            Ok((signed, lock(&hub.journal).end().head()))
        })
        .await
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs what waits for the disk or computes apart from those who only wait.
async fn blocking<T: Send + 'static>(act: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    match tokio::task::spawn_blocking(act).await {
        Ok(done) => done,
        Err(error) => Err(Error::refused(ErrorKind::Internal, format!("a task of the hub failed: {error}"))),
    }
}

fn words(decision: Decision) -> &'static str {
    match decision {
        Decision::Pending => "pending",
        Decision::Approved => "approves",
        Decision::Rejected => "rejects",
        Decision::Withdrawn => "withdraws",
    }
}

fn state_in_log(state: HubState) -> State {
    match state {
        HubState::Proposed => State::Proposed,
        HubState::Running => State::Running,
        HubState::Paused => State::Paused,
        HubState::Done => State::Done,
        HubState::Withdrawn => State::Withdrawn,
    }
}
