//! The hub's side of a study: use after use, round after round.

use ed25519_dalek::SigningKey;
use renkei_domain::Digest;
use serde::{Deserialize, Serialize};

use super::{
    Call, HubError, Reply,
    uses::{RoundNumber, method_of, terms_of},
};
use crate::{
    audit::{Happening, Log},
    methods::{Hub, Method, MethodError, Outcome, Step, Sums},
    secure::{HubMessage, HubRound, HubStep, Phase, Seat, SiteMessage, Totals},
    study::{DropOut, Grid, Moment, Order, SignedStudy, SpecHash, StudySpec},
};

/// The hub's state of one study.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubDesk {
    spec: StudySpec,
    study: SpecHash,
    results: Vec<UseResult>,
    /// None when all uses are done.
    open: Option<Open>,
}

/// The use that is under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Open {
    grid: Option<Grid>,
    method: Hub,
    /// Rounds before the use began anew.
    began: u32,
    attempt: u32,
    round: HubRound,
    messages: Vec<(Seat, HubMessage)>,
    totals: Vec<Sums>,
}

impl Open {
    /// Number of the open round over all beginnings of the use, from 0.
    fn number(&self) -> u32 {
        self.began + self.method.broadcast().round
    }
}

/// The result of one use of a method, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UseResult {
    /// Its name in the study.
    pub method_use: String,
    /// The grid of times, where there was one.
    pub grid: Option<Grid>,
    /// The method with its terms.
    pub method: Method,
    /// The totals of every round: all that the sites told.
    pub totals: Vec<Sums>,
    /// The result.
    pub outcome: Result<Outcome, String>,
}

impl UseResult {
    /// How many rounds it took.
    #[must_use]
    pub fn rounds(&self) -> u32 {
        self.totals.len() as u32
    }
}

/// Where the study is after a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Sites are still to be heard in this phase.
    Waiting(Vec<Seat>),
    /// There are new calls.
    Called,
    /// All uses are done.
    Done,
}

impl HubDesk {
    /// A study that is to be run; every site has approved it for itself.
    ///
    /// # Errors
    /// A document that is not signed by its lead, or whose first round cannot be formed.
    pub fn new(signed: SignedStudy) -> Result<Self, HubError> {
        let study = signed.verified()?;
        let mut desk = Self { spec: signed.spec, study, results: Vec::new(), open: None };
        desk.open_next()?;
        Ok(desk)
    }

    /// The results so far, in the order of the spec.
    #[must_use]
    pub fn results(&self) -> &[UseResult] {
        &self.results
    }

    /// Where the study is: uses that ended, and round, attempt and phase of the open one. What was received since it moved
    /// last is received again after a restart.
    #[must_use]
    pub fn position(&self) -> (usize, Option<(u32, u32, Phase)>) {
        let open = self.open.as_ref();
        (self.results.len(), open.map(|open| (open.number(), open.attempt, open.round.phase())))
    }

    /// What the sites that are still to be heard are to be asked now; the same again until they answer.
    ///
    /// # Errors
    /// When the round cannot be formed.
    pub fn calls(&self) -> Result<Vec<(Seat, Call)>, HubError> {
        let Some(open) = &self.open else { return Ok(Vec::new()) };
        let waiting = open.round.waiting();
        let message = |seat: Seat| open.messages.iter().find(|(to, _)| *to == seat).map(|(_, message)| message.clone());
        let terms = self.terms(open)?;
        let call = |seat: Seat| {
            let message = message(seat);
            let call =
                Call { order: self.order(open), broadcast: open.method.broadcast(), terms: terms.clone(), message };
            (seat, call)
        };
        Ok(waiting.into_iter().map(call).collect())
    }

    /// Takes a reply that came over the connection of `from`; gives the next line of the hub's `log` where a vector came.
    ///
    /// # Errors
    /// A reply that does not belong here; the desk stays as it was.
    pub fn receive(
        &mut self,
        from: Seat,
        reply: Reply,
        log: &mut Log,
        (identity, now): (&SigningKey, Moment),
    ) -> Result<String, HubError> {
        let Some(open) = &mut self.open else {
            return Err(HubError::NotOpen { round: reply.round, attempt: reply.attempt });
        };
        let number = RoundNumber { place: self.results.len() as u32, round: open.number() };
        if (reply.round, reply.attempt) != (number.number(), open.attempt) {
            return Err(HubError::NotOpen { round: reply.round, attempt: reply.attempt });
        }
        let claimed = seat(&reply.message);
        if claimed != from {
            return Err(HubError::Impostor { claimed, from });
        }
        let vector = match &reply.message {
            SiteMessage::Masked(signed) => Some(Digest::of(signed.body.values.as_bytes())),
            _ => None,
        };
        open.round.receive(reply.message)?;
        let Some(vector) = vector else { return Ok(String::new()) };
        let received = Happening::Received {
            study: self.study,
            method_use: self.spec.methods[self.results.len()].name.clone(),
            round: number.round + 1,
            site: self.spec.sites[usize::from(from.number()) - 1].name.clone(),
            vector,
        };
        Ok(log.append(identity, now, received)?)
    }

    /// Goes on if all sites of the phase were heard, or if `deadline` is past and enough of them were.
    ///
    /// # Errors
    /// Too few sites at the deadline; a total that cannot be (the use then ends with the reason, and the study goes on).
    pub fn advance(&mut self, deadline: bool) -> Result<Progress, HubError> {
        let Some(open) = &mut self.open else { return Ok(Progress::Done) };
        let waiting = open.round.waiting();
        if !waiting.is_empty() && !deadline {
            return Ok(Progress::Waiting(waiting));
        }
        match open.round.close()? {
            HubStep::Send(messages) => {
                open.messages = messages;
                Ok(Progress::Called)
            }
            HubStep::Done(totals) => self.total(totals),
        }
    }

    /// Begins the attempt anew, with fresh secrets; sites that helped to unmask it will refuse.
    ///
    /// # Errors
    /// When the round cannot be formed.
    pub fn restart(&mut self) -> Result<(), HubError> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        open.attempt += 1;
        self.begin(open)
    }

    /// Begins the open use anew on a coarser agreed grid: the coarsest that any site's refusal names.
    ///
    /// # Errors
    /// `Grid` when that is none, or a total was formed already; the desk stays as it was.
    pub fn coarsen(&mut self, to: Grid) -> Result<(), HubError> {
        let Some(open) = &self.open else { return Ok(()) };
        let agreed = &self.spec.methods[self.results.len()];
        let coarser = open.grid.is_some_and(|grid| to > grid) && agreed.grids.contains(&to);
        if !coarser || !open.totals.is_empty() {
            return Err(HubError::Grid { method_use: agreed.name.clone(), to });
        }
        let method = Hub::start(method_of(&self.spec, agreed, Some(to))?)?;
        let attempt = open.attempt + 1;
        self.begin(Open { grid: Some(to), method, attempt, ..open.clone() })
    }

    /// Ends the open use without a result, and opens the next: a site cannot answer, and no coarser grid would help.
    ///
    /// # Errors
    /// When the next cannot be opened.
    pub fn give_up(&mut self, why: impl Into<String>) -> Result<Progress, HubError> {
        if let Some(open) = self.open.take() {
            self.close(open, Err(why.into()))?;
        }
        Ok(if self.open.is_some() { Progress::Called } else { Progress::Done })
    }

    fn total(&mut self, totals: Totals) -> Result<Progress, HubError> {
        let Some(mut open) = self.open.take() else { return Ok(Progress::Done) };
        let sums = Sums { counts: totals.counts, reals: totals.reals };
        let agreed = &self.spec.methods[self.results.len()];
        let may_begin_anew = self.spec.drop_out == DropOut::Restart && open.number() + 1 < agreed.max_rounds;
        let end = match open.method.step(&sums) {
            Ok(Step::Next(broadcast)) if open.began + broadcast.round >= agreed.max_rounds => {
                Some(Err(format!("not done after {} rounds, the most that were agreed", agreed.max_rounds)))
            }
            Ok(Step::Next(_)) => None,
            Err(MethodError::CohortChanged) if may_begin_anew => return self.anew(open),
            Ok(Step::Done(outcome)) => Some(Ok(*outcome)),
            Err(error) => Some(Err(error.to_string())),
        };
        open.totals.push(sums);
        match end {
            None => {
                open.attempt = 0;
                self.begin(open)?;
            }
            Some(outcome) => self.close(open, outcome)?,
        }
        Ok(if self.open.is_some() { Progress::Called } else { Progress::Done })
    }

    /// Begins the use anew with the sites that are left: what the lost one told before is in no total any more.
    fn anew(&mut self, mut open: Open) -> Result<Progress, HubError> {
        let agreed = &self.spec.methods[self.results.len()];
        open.began = open.number() + 1;
        open.method = Hub::start(method_of(&self.spec, agreed, open.grid)?)?;
        open.totals.clear();
        open.attempt = 0;
        self.begin(open)?;
        Ok(Progress::Called)
    }

    fn close(&mut self, open: Open, outcome: Result<Outcome, String>) -> Result<(), HubError> {
        let agreed = &self.spec.methods[self.results.len()];
        let method_use = agreed.name.clone();
        let method = method_of(&self.spec, agreed, open.grid)?;
        self.results.push(UseResult { method_use, grid: open.grid, method, totals: open.totals, outcome });
        self.open_next()
    }

    /// Opens the use after those that have results, if there is one.
    fn open_next(&mut self) -> Result<(), HubError> {
        let Some(agreed) = self.spec.methods.get(self.results.len()) else { return Ok(()) };
        let grid = agreed.grids.first().copied();
        let method = Hub::start(method_of(&self.spec, agreed, grid)?)?;
        let place = RoundNumber { place: self.results.len() as u32, round: 0 };
        let terms = terms_of(&self.spec, self.study, place, 0, &method.layout()?)?;
        let round = HubRound::new(terms);
        self.open = Some(Open { grid, method, began: 0, attempt: 0, round, messages: Vec::new(), totals: Vec::new() });
        Ok(())
    }

    /// Opens the round that the method waits for.
    fn begin(&mut self, mut open: Open) -> Result<(), HubError> {
        open.messages.clear();
        open.round = HubRound::new(self.terms(&open)?);
        self.open = Some(open);
        Ok(())
    }

    fn terms(&self, open: &Open) -> Result<crate::secure::RoundTerms, HubError> {
        let number = RoundNumber { place: self.results.len() as u32, round: open.number() };
        Ok(terms_of(&self.spec, self.study, number, open.attempt, &open.method.layout()?)?)
    }

    fn order(&self, open: &Open) -> Order {
        let agreed = &self.spec.methods[self.results.len()];
        Order {
            study: self.study,
            method_use: agreed.name.clone(),
            method: agreed.method.clone(),
            grid: open.grid,
            round: open.number() + 1,
            began: open.began,
        }
    }
}

fn seat(message: &SiteMessage) -> Seat {
    match message {
        SiteMessage::Keys(signed) => signed.from,
        SiteMessage::Shares(signed) => signed.from,
        SiteMessage::Masked(signed) => signed.from,
        SiteMessage::Survivors(signed) => signed.from,
        SiteMessage::Unmask(signed) => signed.from,
    }
}
