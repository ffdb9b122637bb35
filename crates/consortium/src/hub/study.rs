//! One study at the hub: what the sites decided, where it stands, and its rounds. Decides only; nothing here waits or writes.

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::SigningKey;
use renkei_domain::ErrorKind;
use renkei_federation::audit::Log;
use renkei_federation::exchange::{Call, HubDesk, HubError, Progress};
use renkei_federation::secure::{Phase, Seat};
use renkei_federation::study::{DropOut, Moment, SignedStudy, SiteName, SpecHash};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::wire::{Decision, Declined, HubState, Said, SiteStatus, Steering, StudyStatus, Why};

/// What people said of a study, and where it stands. Kept as a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Standing {
    pub(super) signed: SignedStudy,
    pub(super) decisions: BTreeMap<SiteName, Decision>,
    pub(super) state: HubState,
    /// What the state is due to.
    pub(super) why: String,
}

/// A study.
#[derive(Debug, Clone)]
pub(super) struct Study {
    pub(super) hash: SpecHash,
    pub(super) standing: Standing,
    /// There once it runs.
    pub(super) desk: Option<HubDesk>,
    /// Sites that were not heard at a deadline: nobody waits for them until they speak again.
    absent: BTreeSet<Seat>,
}

impl Study {
    /// A proposal arrives.
    pub(super) fn proposed(signed: SignedStudy) -> Result<Self, Error> {
        let hash = signed.verified()?;
        let decisions = signed.spec.sites.iter().map(|site| (site.name.clone(), Decision::Pending)).collect();
        let standing = Standing { signed, decisions, state: HubState::Proposed, why: String::new() };
        Ok(Self { hash, standing, desk: None, absent: BTreeSet::new() })
    }

    /// As it was kept.
    pub(super) fn kept(standing: Standing, desk: Option<HubDesk>) -> Result<Self, Error> {
        let hash = standing.signed.verified()?;
        let mut study = Self { hash, standing, desk, absent: BTreeSet::new() };
        study.open_desk()?;
        Ok(study)
    }

    /// The desk of a study that runs; also where a crash came between the decision and the desk.
    fn open_desk(&mut self) -> Result<(), Error> {
        let begun = !matches!(self.standing.state, HubState::Proposed);
        if begun && self.desk.is_none() {
            self.desk = Some(HubDesk::new(self.standing.signed.clone())?);
        }
        Ok(())
    }

    pub(super) fn is_over(&self) -> bool {
        matches!(self.standing.state, HubState::Done | HubState::Withdrawn)
    }

    /// The seat of a site of the spec.
    pub(super) fn seat(&self, site: &SiteName) -> Option<Seat> {
        let place = self.standing.signed.spec.sites.iter().position(|one| one.name == *site)?;
        u8::try_from(place + 1).ok().and_then(Seat::new)
    }

    /// A site decided. The last decision counts, but what ran is not unsaid: from then on a site can only withdraw.
    pub(super) fn decide(&mut self, site: &SiteName, decision: Decision) -> Result<(), Error> {
        let known = self.standing.decisions.get(site).copied();
        let known = known.ok_or_else(|| Error::refused(ErrorKind::Denied, "this site is not part of the study"))?;
        let legal = match (self.standing.state, decision) {
            (_, decision) if decision == known => return Ok(()),
            (HubState::Proposed, Decision::Approved | Decision::Rejected | Decision::Withdrawn) => true,
            (HubState::Running | HubState::Paused, Decision::Withdrawn) => true,
            _ => false,
        };
        if !legal {
            return Err(Error::refused(
                ErrorKind::Conflict,
                "this decision comes too late, or is none that a site takes",
            ));
        }
        self.standing.decisions.insert(site.clone(), decision);
        if decision == Decision::Withdrawn {
            self.after_withdrawal(site);
        }
        if self.standing.state == HubState::Proposed
            && self.standing.decisions.values().all(|one| *one == Decision::Approved)
        {
            self.standing.state = HubState::Running;
            self.open_desk()?;
        }
        Ok(())
    }

    fn after_withdrawal(&mut self, site: &SiteName) {
        let left = self.standing.decisions.values().filter(|decision| **decision == Decision::Approved).count();
        let needed = self.standing.signed.spec.thresholds.survivors as usize;
        if !matches!(self.standing.state, HubState::Proposed) && left < needed {
            self.standing.state = HubState::Withdrawn;
            self.standing.why = format!("{site} withdrew, and {left} of the {needed} sites that a sum needs are left");
        }
    }

    /// Its lead pauses, resumes or withdraws it.
    pub(super) fn steer(&mut self, to: Steering) -> Result<(), Error> {
        let state = match (self.standing.state, to) {
            (HubState::Running | HubState::Paused, Steering::Pause) => HubState::Paused,
            (HubState::Running | HubState::Paused, Steering::Resume) => HubState::Running,
            (HubState::Done, _) | (HubState::Withdrawn, Steering::Pause | Steering::Resume) => {
                return Err(Error::refused(ErrorKind::Conflict, "the study is over"));
            }
            (_, Steering::Withdraw) => HubState::Withdrawn,
            (HubState::Proposed, _) => {
                return Err(Error::refused(
                    ErrorKind::Conflict,
                    "the study does not run yet: not all sites have approved it",
                ));
            }
        };
        self.standing.state = state;
        self.standing.why = if state == HubState::Running { String::new() } else { "by its lead".to_owned() };
        Ok(())
    }

    /// What is asked of a site now.
    pub(super) fn call(&self, seat: Seat) -> Result<Option<Call>, Error> {
        let Some(desk) = self.desk.as_ref().filter(|_| self.standing.state == HubState::Running) else {
            return Ok(None);
        };
        Ok(desk.calls()?.into_iter().find(|(to, _)| *to == seat).map(|(_, call)| call))
    }

    /// A site answers, or says that it does not; gives lines for the hub's log, which ends at `log` then. Whatever does not
    /// belong to the open call is dropped: the site is asked anew.
    pub(super) fn hear(
        &mut self,
        (site, seat): (&SiteName, Seat),
        said: Said,
        log: &mut Log,
        (key, now): (&SigningKey, Moment),
    ) -> Result<String, Error> {
        self.absent.remove(&seat);
        let call = self.call(seat)?;
        let Some((desk, call)) = self.desk.as_mut().zip(call) else { return Ok(String::new()) };
        let open = (call.terms.round(), call.terms.attempt());
        let lines = match said {
            Said::Reply(reply) if (reply.round, reply.attempt) == open => {
                desk.receive(seat, *reply, log, (key, now))?
            }
            Said::Declined(Declined { round, attempt, why }) if (round, attempt) == open => {
                self.declined(site, why)?;
                String::new()
            }
            _ => return Ok(String::new()),
        };
        self.go_on(false)?;
        Ok(lines)
    }

    fn declined(&mut self, site: &SiteName, why: Why) -> Result<(), Error> {
        let Some(desk) = &mut self.desk else { return Ok(()) };
        match why {
            Why::Gate { passes: Some(grid) } => match desk.coarsen(grid) {
                // A grid that another site's refusal has brought already.
                Err(HubError::Grid { .. }) => {}
                coarsened => coarsened?,
            },
            Why::Gate { passes: None } => {
                desk.give_up(format!("the gate of {site} lets nothing of it out"))?;
            }
            Why::Data => {
                desk.give_up(format!("the records of {site} do not give what this method needs"))?;
            }
            Why::Order => self.pause(format!("{site} does not run it: ask there")),
        }
        Ok(())
    }

    fn pause(&mut self, why: String) {
        (self.standing.state, self.standing.why) = (HubState::Paused, why);
    }

    /// Ends the phase if all are heard for whom it waits; `deadline`: whoever was not heard is taken for absent first.
    pub(super) fn go_on(&mut self, deadline: bool) -> Result<(), Error> {
        if self.standing.state != HubState::Running {
            return Ok(());
        }
        let waiting = self.waiting()?;
        if deadline && !waiting.is_empty() {
            if self.standing.signed.spec.drop_out == DropOut::Pause {
                let sites = self.names(&waiting).join(", ");
                self.pause(format!("not heard in time: {sites}"));
                return Ok(());
            }
            self.absent.extend(waiting);
        } else if !waiting.is_empty() {
            return Ok(());
        }
        self.close(deadline)
    }

    /// Ends the phase with those that were heard.
    fn close(&mut self, late: bool) -> Result<(), Error> {
        let restart = late && self.standing.signed.spec.drop_out == DropOut::Restart;
        let Some(desk) = &mut self.desk else { return Ok(()) };
        let keys = desk.position().1.is_some_and(|(_, _, phase)| phase == Phase::Keys);
        if restart && !keys {
            // The next attempt does not wait for those that were not heard.
            desk.restart()?;
            return Ok(());
        }
        match desk.advance(true) {
            Ok(Progress::Done) => self.standing.state = HubState::Done,
            Ok(_) => {}
            Err(HubError::Secure(error)) => self.pause(format!("the round cannot end: {error}")),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// The sites for whom the open phase waits.
    fn waiting(&self) -> Result<Vec<Seat>, Error> {
        let Some(desk) = &self.desk else { return Ok(Vec::new()) };
        let gone = |seat: &Seat| self.absent.contains(seat) || self.has_left(*seat);
        Ok(desk.calls()?.into_iter().map(|(seat, _)| seat).filter(|seat| !gone(seat)).collect())
    }

    fn has_left(&self, seat: Seat) -> bool {
        let site = self.standing.signed.spec.sites.get(usize::from(seat.number()).wrapping_sub(1));
        site.and_then(|site| self.standing.decisions.get(&site.name)) == Some(&Decision::Withdrawn)
    }

    fn names(&self, seats: &[Seat]) -> Vec<String> {
        let sites = &self.standing.signed.spec.sites;
        seats
            .iter()
            .filter_map(|seat| sites.get(usize::from(seat.number()) - 1))
            .map(|site| site.name.to_string())
            .collect()
    }

    /// As people see it.
    pub(super) fn status(&self) -> Result<StudyStatus, Error> {
        let spec = &self.standing.signed.spec;
        let running = self.standing.state == HubState::Running;
        let waiting = if running { self.waiting()? } else { Vec::new() };
        let open = self.desk.as_ref().filter(|_| !self.is_over()).map(HubDesk::calls).transpose()?;
        let order = open.and_then(|calls| calls.into_iter().next()).map(|(_, call)| call.order);
        let site = |site: &SiteName, decision: Decision| SiteStatus {
            site: site.clone(),
            decision,
            waited_for: self.seat(site).is_some_and(|seat| waiting.contains(&seat)),
        };
        Ok(StudyStatus {
            study: self.hash,
            name: spec.name.clone(),
            state: self.standing.state,
            why: self.standing.why.clone(),
            sites: self.standing.decisions.iter().map(|(name, decision)| site(name, *decision)).collect(),
            uses_done: self.desk.as_ref().map_or(0, |desk| desk.results().len() as u32),
            uses: spec.methods.len() as u32,
            open_use: order.as_ref().map(|order| order.method_use.clone()).unwrap_or_default(),
            round: order.map_or(0, |order| order.round),
        })
    }
}
