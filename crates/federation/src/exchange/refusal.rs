//! Why a site does not answer, and why the hub cannot go on.

use crate::{
    audit::AuditError,
    egress::{Refused, ReleaseError},
    methods::MethodError,
    secure::{Seat, SecureError},
    study::{Grid, StudyError, Unordered},
};

/// Why a call is refused. The site stays as it was; nothing left.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The approved document does not hold it.
    #[error(transparent)]
    Order(#[from] Unordered),
    /// The document at hand is bad.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// The broadcast's round is not the order's.
    #[error("the order is for round {ordered}, the question for round {asked}")]
    Rounds {
        /// Of the order, from 1.
        ordered: u32,
        /// Of the broadcast, from 0, plus 1.
        asked: u32,
    },
    /// Other sites, another threshold or other lengths than the spec gives.
    #[error("the terms of the secure sum are not those that the approved spec gives")]
    Terms,
    /// The study asks for noise, and nothing here adds any yet: better none of it runs than without what was promised.
    #[error("the study has a budget of differential privacy, and rounds add no noise yet: propose it without one")]
    Privacy,
    /// The method does not answer it.
    #[error(transparent)]
    Method(#[from] MethodError),
    /// The secure sum does not go on.
    #[error(transparent)]
    Secure(#[from] SecureError),
    /// The gate lets nothing out.
    #[error("{refused}")]
    Gate {
        /// Why.
        refused: Refused,
        /// The finest coarser grid of those agreed on which this use could begin here; none where no grid would help, and after
        /// the first round. It is all of this refusal that the hub is to be told.
        passes: Option<Grid>,
    },
    /// A table that cannot be described to the gate.
    #[error(transparent)]
    Release(#[from] ReleaseError),
    /// The log cannot be written.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

/// Why the hub cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// The study's document does not give sound rounds.
    #[error(transparent)]
    Round(#[from] Refusal),
    /// A message that is not taken.
    #[error(transparent)]
    Secure(#[from] SecureError),
    /// A reply to another round or attempt.
    #[error("the reply is for round {round}, attempt {attempt}, which is not open")]
    NotOpen {
        /// The round of the secure sum.
        round: u64,
        /// The attempt.
        attempt: u32,
    },
    /// A reply under another site's seat.
    #[error("a message of seat {claimed} came from the site of seat {from}")]
    Impostor {
        /// The seat in the message.
        claimed: Seat,
        /// The seat of the connection.
        from: Seat,
    },
    /// Times that were not agreed, are no coarser, or come when a total was formed already.
    #[error("'{method_use}' cannot go on by {to}: a coarser agreed grid is needed, before its first total")]
    Grid {
        /// The use that is open.
        method_use: String,
        /// The grid asked for.
        to: Grid,
    },
    /// The log cannot be written.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl From<StudyError> for HubError {
    fn from(error: StudyError) -> Self {
        Self::Round(error.into())
    }
}

impl From<MethodError> for HubError {
    fn from(error: MethodError) -> Self {
        Self::Round(error.into())
    }
}
