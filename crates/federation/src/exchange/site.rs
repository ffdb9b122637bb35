//! A site's side of a study.

use ed25519_dalek::SigningKey;
use rand::CryptoRng;
use renkei_domain::Digest;
use serde::{Deserialize, Serialize};

use super::{
    Call, Refusal, Reply, describe,
    uses::{RoundNumber, method_of, terms_of},
};
use crate::{
    audit::{Happening, Log},
    egress::{Gate, Passed, Release, Rules, finest},
    methods::{Answer, Broadcast, Method, Sums, Table},
    secure::{HubMessage, Input, SiteMessage, SiteRounds},
    study::{Grid, MethodUse, Moment, Order, SignedStudy, SitePolicy, SiteStudy},
};

/// A study at a site: what people approved, and the rounds of secure sums. It is secret, and to be saved before an answer
/// is sent, after the site's door: a door that knows of a vector that did not leave does no harm, the contrary would.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteDesk {
    signed: SignedStudy,
    life: SiteStudy,
    policy: SitePolicy,
    rounds: SiteRounds,
    /// The open round's sums, formed once for its two uses; formed anew after a restart.
    #[serde(skip)]
    draft: Option<Draft>,
}

/// What a round would tell.
#[derive(Debug, Clone)]
struct Draft {
    order: Order,
    broadcast: Broadcast,
    sums: Sums,
    release: Release,
    /// What the gate found, and how many rounds had left then: nothing else moves its judgement.
    judged: Option<(usize, Passed)>,
}

/// The one door out of a site: one for all its studies, since it judges what each tells beside the others.
#[derive(Debug, Clone)]
pub struct Door {
    /// What may leave beside all that left.
    pub gate: Gate,
    /// The end of the site's log.
    pub log: Log,
}

/// An answer, with what is to be written before it is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// To the hub.
    pub reply: Reply,
    /// Lines for the site's log, each with its line feed.
    pub log: String,
}

impl SiteDesk {
    /// A desk for a study that this site's people approved under `policy`.
    #[must_use]
    pub fn new(signed: SignedStudy, life: SiteStudy, policy: SitePolicy) -> Self {
        let rounds = SiteRounds::new(Digest::from(*life.study().as_bytes()));
        Self { signed, life, policy, rounds, draft: None }
    }

    /// The study's life at this site.
    #[must_use]
    pub fn life(&self) -> &SiteStudy {
        &self.life
    }

    /// Moves the study on.
    pub fn set_life(&mut self, life: SiteStudy) {
        self.life = life;
    }

    /// Answers the hub from the site's `table`, if the approved spec, the `door` and the secure sum let it. The gate judges
    /// before the first message of a round, so that a refusal costs the others nothing, and again before the vector leaves;
    /// only then it remembers the round. A round that left is judged alike when it is asked for again, and counts once.
    ///
    /// # Errors
    /// Why not; nothing has changed then. [`Self::refused`] writes it into the log.
    pub fn answer(
        &mut self,
        call: &Call,
        (table, door): (&Table, &mut Door),
        identity: &SigningKey,
        now: Moment,
        rng: &mut impl CryptoRng,
    ) -> Result<Answered, Refusal> {
        let agreed = self.life.admit(&call.order, &self.signed, now)?.clone();
        let method = self.checked(call, &agreed)?;
        let rules = Rules::stricter(&self.signed.spec.thresholds, &self.policy);
        let (round, attempt) = (call.terms.round(), call.terms.attempt());
        let (mut rounds, mut lines) = (self.rounds.clone(), String::new());
        let message = match &call.message {
            None => {
                self.judge_beginning(call, &agreed, table, (&door.gate, &rules))?;
                let draft = self.draft(call, &method, table)?;
                judge(&door.gate, draft, &rules)?;
                rounds.begin(&call.terms, identity, rng)?
            }
            Some(message @ HubMessage::Shares(_)) => {
                let draft = self.draft(call, &method, table)?;
                let input = Input { reals: &draft.sums.reals, counts: &draft.sums.counts };
                let message = rounds.step(round, attempt, identity, &input, message)?;
                if let SiteMessage::Masked(signed) = &message {
                    let left = judge(&door.gate, draft, &rules)?.left("hub", signed.body.values.as_bytes());
                    lines = door.log.append(identity, now, Happening::Left(left))?;
                    door.gate.depart(&draft.release);
                }
                message
            }
            // The others ask for nothing of the site's rows.
            Some(message) => rounds.step(round, attempt, identity, &Input { reals: &[], counts: &[] }, message)?,
        };
        self.rounds = rounds;
        Ok(Answered { reply: Reply { round, attempt, message }, log: lines })
    }

    /// What the round of the call would tell.
    fn draft(&mut self, call: &Call, method: &Method, table: &Table) -> Result<&mut Draft, Refusal> {
        let kept = self.draft.take().filter(|kept| kept.order == call.order && kept.broadcast == call.broadcast);
        let draft = match kept {
            Some(kept) => kept,
            None => {
                let answer = method.answer(self.policy.site.as_str(), table, &call.broadcast)?;
                let release = describe::release(&call.order, method, table, &answer)?;
                let (order, broadcast) = (call.order.clone(), call.broadcast.clone());
                Draft { order, broadcast, sums: answer.sums, release, judged: None }
            }
        };
        Ok(self.draft.insert(draft))
    }

    /// Before a use's first round: whether it can go on to its second, and if not, on which coarser agreed grid it could.
    fn judge_beginning(
        &self,
        call: &Call,
        agreed: &MethodUse,
        table: &Table,
        (gate, rules): (&Gate, &Rules),
    ) -> Result<(), Refusal> {
        if call.broadcast.round > 0 {
            return Ok(());
        }
        let describe = |grid: Option<Grid>| -> Result<Release, Refusal> {
            let method = method_of(&self.signed.spec, agreed, grid)?;
            describe::first_rounds(&call.order, &method, (self.policy.site.as_str(), table), &call.broadcast.ask)
        };
        let Err(refused) = gate.judge(&describe(call.order.grid)?, rules) else { return Ok(()) };
        let coarser = |grid: &Grid| call.order.grid.is_some_and(|asked| *grid > asked);
        let coarser: Vec<Grid> = agreed.grids.iter().copied().filter(coarser).collect();
        let passes = finest(gate, rules, &coarser, |grid| describe(Some(grid))).map(|settled| settled.grid).ok();
        Err(Refusal::Gate { refused, passes })
    }

    /// What [`Self::answer`] would send in this round if the gate lets it, for people to look at first.
    ///
    /// # Errors
    /// As [`Self::answer`], but for door and secure sum.
    pub fn preview(&self, call: &Call, table: &Table, now: Moment) -> Result<Answer, Refusal> {
        let agreed = self.life.admit(&call.order, &self.signed, now)?.clone();
        Ok(self.checked(call, &agreed)?.answer(self.policy.site.as_str(), table, &call.broadcast)?)
    }

    /// Writes into the log that a call was refused.
    ///
    /// # Errors
    /// As [`Log::append`].
    pub fn refused(
        order: &Order,
        refusal: &Refusal,
        log: &mut Log,
        identity: &SigningKey,
        now: Moment,
    ) -> Result<String, Refusal> {
        let reasons = match refusal {
            Refusal::Gate { refused, .. } => refused.reasons.iter().map(ToString::to_string).collect(),
            other => vec![other.to_string()],
        };
        let refused = Happening::Refused {
            study: order.study,
            method_use: order.method_use.clone(),
            round: order.round,
            reasons,
        };
        Ok(log.append(identity, now, refused)?)
    }

    /// The method of the call, if the call fits what was approved.
    fn checked(&self, call: &Call, agreed: &MethodUse) -> Result<Method, Refusal> {
        let asked = call.broadcast.round.saturating_add(1).saturating_add(call.order.began);
        let ordered = call.order.round;
        if ordered != asked {
            return Err(Refusal::Rounds { ordered, asked });
        }
        let method = method_of(&self.signed.spec, agreed, call.order.grid)?;
        let place = self.signed.spec.methods.iter().position(|one| one.name == agreed.name).unwrap_or_default();
        let round = RoundNumber { place: place as u32, round: ordered - 1 };
        let numbers = method.layout(&call.broadcast)?;
        let expected = terms_of(&self.signed.spec, call.order.study, round, call.terms.attempt(), &numbers)?;
        if expected == call.terms { Ok(method) } else { Err(Refusal::Terms) }
    }
}

fn judge<'d>(gate: &Gate, draft: &'d mut Draft, rules: &Rules) -> Result<&'d Passed, Refusal> {
    let left = gate.history().rounds();
    let judged = match draft.judged.take().filter(|(before, _)| *before == left) {
        Some(judged) => judged,
        None => {
            let refused = |refused| Refusal::Gate { refused, passes: None };
            (left, gate.judge(&draft.release, rules).map_err(refused)?)
        }
    };
    Ok(&draft.judged.insert(judged).1)
}
