//! The life of a study at a site: who may do what next, whatever the order in which it is asked.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    Day, Moment, Objection, Review, ReviewError, SignedStudy, SitePolicy, SpecHash, StudyError, Verdict, check,
};

/// Where a study stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Signed by its lead, seen by nobody here.
    Proposed,
    /// At least one reviewer has answered.
    Reviewed,
    /// Enough reviewers approved, none rejects, the policy lets it pass.
    Approved,
    /// Rounds run.
    Running,
    /// No rounds run until it is resumed.
    Paused,
    /// Finished.
    Done,
    /// Withdrawn: nothing of it runs here any more.
    Withdrawn,
}

/// What moves a study on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Move {
    /// A reviewer answered.
    Review,
    /// The site approves.
    Approve,
    /// The first round begins.
    Start,
    /// Rounds stop for now.
    Pause,
    /// Rounds go on.
    Resume,
    /// The last round is over.
    Finish,
    /// Somebody at the site ends it.
    Withdraw,
}

macro_rules! in_words {
    ($name:ident: $($variant:ident => $words:literal),+) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $words),+ })
            }
        }
    };
}

in_words!(State: Proposed => "proposed", Reviewed => "reviewed", Approved => "approved", Running => "running",
    Paused => "paused", Done => "done", Withdrawn => "withdrawn");
in_words!(Move: Review => "review", Approve => "approve", Start => "start", Pause => "pause", Resume => "resume",
    Finish => "finish", Withdraw => "withdraw");

impl State {
    /// Where `step` leads from here; none where it is illegal.
    #[must_use]
    pub fn after(self, step: Move) -> Option<Self> {
        Some(match (self, step) {
            (Self::Proposed | Self::Reviewed, Move::Review) => Self::Reviewed,
            (Self::Reviewed, Move::Approve) => Self::Approved,
            (Self::Approved, Move::Start) => Self::Running,
            (Self::Running, Move::Pause) => Self::Paused,
            (Self::Paused, Move::Resume) => Self::Running,
            (Self::Running, Move::Finish) => Self::Done,
            (Self::Proposed | Self::Reviewed | Self::Approved | Self::Running | Self::Paused, Move::Withdraw) => {
                Self::Withdrawn
            }
            _ => return None,
        })
    }
}

/// Why a study does not move.
#[derive(Debug, thiserror::Error)]
pub enum LifeError {
    /// The step is not legal in this state.
    #[error("a study that is {state} cannot {step}")]
    Illegal {
        /// Where it stands.
        state: State,
        /// What was asked.
        step: Move,
    },
    /// The study's last day is over; it can only be withdrawn, or finished.
    #[error("the study expired on {0}")]
    Expired(Day),
    /// The proposal itself is bad.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// The document is not the one that was proposed.
    #[error("this document has hash {found}, the study here is {known}")]
    Changed {
        /// The study as it was proposed.
        known: SpecHash,
        /// What was shown now.
        found: SpecHash,
    },
    /// A review does not count.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// Too few reviewers approve.
    #[error("{approving} of {needed} reviewers approve")]
    TooFew {
        /// Different reviewers who approve.
        approving: usize,
        /// How many the policy needs.
        needed: u32,
    },
    /// A reviewer rejects.
    #[error("a reviewer rejects: {0}")]
    Rejected(String),
    /// The policy does not let it pass.
    #[error("the policy of this site does not let it pass: {}", .0.iter().map(Objection::to_string).collect::<Vec<_>>().join("; "))]
    Policy(Vec<Objection>),
}

/// A study at one site. Serialised, it is all that a restart needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteStudy {
    study: SpecHash,
    expires: Day,
    state: State,
    reviews: Vec<Review>,
}

impl SiteStudy {
    /// A proposal arrives.
    ///
    /// # Errors
    /// When its content is faulty or its lead did not sign it.
    pub fn proposed(signed: &SignedStudy) -> Result<Self, LifeError> {
        let study = signed.verified()?;
        Ok(Self { study, expires: signed.spec.expires, state: State::Proposed, reviews: Vec::new() })
    }

    /// The hash of the spec.
    #[must_use]
    pub fn study(&self) -> SpecHash {
        self.study
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// The last answer of every reviewer.
    #[must_use]
    pub fn reviews(&self) -> &[Review] {
        &self.reviews
    }

    /// Whether its last day is over.
    #[must_use]
    pub fn expired(&self, now: Moment) -> bool {
        now.is_after(self.expires)
    }

    /// A reviewer answers; a later answer of the same reviewer replaces the earlier one.
    ///
    /// # Errors
    /// When the review does not count, or comes too late.
    pub fn review(mut self, review: Review, policy: &SitePolicy, now: Moment) -> Result<Self, LifeError> {
        review.verify(self.study, policy)?;
        self.moved(Move::Review, now)?;
        self.reviews.retain(|earlier| earlier.reviewer != review.reviewer);
        self.reviews.push(review);
        Ok(self)
    }

    /// The site approves: all that the policy asks is checked again, over the document itself.
    ///
    /// # Errors
    /// When the document is not the proposed one, the policy objects, a reviewer rejects, or too few approve.
    pub fn approve(mut self, signed: &SignedStudy, policy: &SitePolicy, now: Moment) -> Result<Self, LifeError> {
        let found = signed.verified()?;
        if found != self.study {
            return Err(LifeError::Changed { known: self.study, found });
        }
        let objections = now.day().map_or_else(Vec::new, |today| check(&signed.spec, policy, today));
        if !objections.is_empty() {
            return Err(LifeError::Policy(objections));
        }
        for review in &self.reviews {
            // Again: the reviewers of the policy may have changed, and a stored state is not trusted.
            review.verify(self.study, policy)?;
            if review.verdict == Verdict::Reject {
                return Err(LifeError::Rejected(review.reason.clone()));
            }
        }
        let approving: std::collections::BTreeSet<_> = self.reviews.iter().map(|r| *r.reviewer.as_bytes()).collect();
        if approving.len() < policy.reviewers_needed as usize {
            return Err(LifeError::TooFew { approving: approving.len(), needed: policy.reviewers_needed });
        }
        self.moved(Move::Approve, now)?;
        Ok(self)
    }

    /// Any other step.
    ///
    /// # Errors
    /// When it is illegal here, needs more than a word ([`SiteStudy::review`], [`SiteStudy::approve`]), or is too late.
    pub fn step(mut self, step: Move, now: Moment) -> Result<Self, LifeError> {
        if matches!(step, Move::Review | Move::Approve) {
            return Err(LifeError::Illegal { state: self.state, step });
        }
        self.moved(step, now)?;
        Ok(self)
    }

    fn moved(&mut self, step: Move, now: Moment) -> Result<(), LifeError> {
        let next = self.state.after(step).ok_or(LifeError::Illegal { state: self.state, step })?;
        if self.expired(now) && !matches!(step, Move::Withdraw | Move::Finish) {
            return Err(LifeError::Expired(self.expires));
        }
        self.state = next;
        Ok(())
    }
}
