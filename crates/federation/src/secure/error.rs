//! Why a step of a secure sum is refused. No message carries a value that a site put in.

use super::{MAX_NUMBERS, MAX_SITES, MIN_SURVIVORS, Phase, Seat};

/// A refused term, message or input. The state that refused is as it was before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecureError {
    /// Fewer sites than survivors needed, or more than shares can be told apart.
    #[error("{sites} sites: a secure sum takes {MIN_SURVIVORS} to {MAX_SITES}")]
    Sites {
        /// How many were named.
        sites: usize,
    },
    /// A threshold that lets the hub split the sites in two groups, or that cannot be reached.
    #[error(
        "threshold {threshold} of {sites} sites: at least {MIN_SURVIVORS}, more than half and at most all are needed"
    )]
    Threshold {
        /// The threshold asked for.
        threshold: u8,
        /// How many sites there are.
        sites: usize,
    },
    /// Nothing to sum, or too much for one message.
    #[error("{numbers} numbers a site: 1 to {MAX_NUMBERS} fit into one secure sum")]
    Layout {
        /// Reals and counts together.
        numbers: u64,
    },
    /// One identity in two seats.
    #[error("seats {first} and {second} have the same identity: a site joins once")]
    SameIdentity {
        /// The first seat.
        first: Seat,
        /// The second seat.
        second: Seat,
    },
    /// The own identity has no seat in the terms.
    #[error("this site's identity has no seat in the terms")]
    NoSeat,
    /// RoundTerms of another study.
    #[error("the terms belong to another study")]
    OtherStudy,
    /// No round of that number and attempt is open at this site.
    #[error("round {round}, attempt {attempt} is not open at this site")]
    NotOpen {
        /// The round asked for.
        round: u64,
        /// The attempt asked for.
        attempt: u32,
    },
    /// An attempt that was begun before, or changed terms for one.
    #[error("round {round} was begun with attempt {begun}: attempt {attempt} is a replay or has other terms")]
    OldAttempt {
        /// The round.
        round: u64,
        /// The latest attempt begun.
        begun: u32,
        /// The attempt asked for.
        attempt: u32,
    },
    /// A new attempt after the site helped to unmask an earlier one: two totals would show a site by difference.
    #[error("round {round} was unmasked in attempt {begun}: a second total would show a site by difference")]
    AlreadyUnmasked {
        /// The round.
        round: u64,
        /// The attempt that was unmasked.
        begun: u32,
    },
    /// A message of a phase that has not come or has gone.
    #[error("a message of the phase '{given}' while in '{current}'")]
    OutOfPhase {
        /// The message's phase.
        given: Phase,
        /// Where the round is.
        current: Phase,
    },
    /// A second, different message of a phase that was answered.
    #[error("the phase '{phase}' was answered already, for other content")]
    Changed {
        /// The phase.
        phase: Phase,
    },
    /// A seat that does not exist or has no part in this phase.
    #[error("seat {seat} has no part in the phase '{phase}'")]
    NotExpected {
        /// The seat.
        seat: Seat,
        /// The phase.
        phase: Phase,
    },
    /// A site that spoke twice in a phase.
    #[error("seat {seat} was heard already in the phase '{phase}'")]
    Twice {
        /// The seat.
        seat: Seat,
        /// The phase.
        phase: Phase,
    },
    /// A list that is not in ascending order of seats, or names one twice.
    #[error("the list of the phase '{phase}' is not in ascending order of seats without repeats")]
    Unordered {
        /// The phase.
        phase: Phase,
    },
    /// The hub's list leaves this site out, or shows other keys for it than it sent.
    #[error("the list of the phase '{phase}' does not hold what this site sent")]
    LeftOut {
        /// The phase.
        phase: Phase,
    },
    /// Fewer sites than the threshold.
    #[error("{have} sites in the phase '{phase}', {need} are needed: nothing can be summed")]
    TooFew {
        /// The phase.
        phase: Phase,
        /// Sites heard.
        have: usize,
        /// The threshold.
        need: usize,
    },
    /// A signature that does not fit the seat's identity, the content, the study, the round or what was agreed before.
    #[error("the signature of seat {seat} in the phase '{phase}' fits another identity, round or agreement")]
    Signature {
        /// The seat.
        seat: Seat,
        /// The phase.
        phase: Phase,
    },
    /// A public key of small order: the agreed key would be known to everyone.
    #[error("a public key of seat {seat} has small order")]
    WeakKey {
        /// The seat.
        seat: Seat,
    },
    /// One public key used twice.
    #[error("a public key of seat {seat} is used twice")]
    SameKey {
        /// The second seat that shows it.
        seat: Seat,
    },
    /// A sealed share that does not open.
    #[error("the share from seat {from} does not open: changed, or sealed for another site, round or list of keys")]
    Sealed {
        /// Who sealed it.
        from: Seat,
    },
    /// A message whose parts do not have the agreed number or size.
    #[error("seat {seat} sent parts of another number or size than agreed in the phase '{phase}'")]
    Shape {
        /// The seat.
        seat: Seat,
        /// The phase.
        phase: Phase,
    },
    /// An input of another length than the terms say.
    #[error("{given} {what} given, the terms say {agreed}")]
    Length {
        /// Reals or counts.
        what: &'static str,
        /// Given.
        given: usize,
        /// Agreed.
        agreed: usize,
    },
    /// NaN or infinite.
    #[error("the real number at index {index} is not finite")]
    NotFinite {
        /// Zero-based place among the reals.
        index: usize,
    },
    /// Too large for the ring.
    #[error(
        "the {what} at index {index} is out of range: divided over {sites} sites it must stay below the ring's bound"
    )]
    OutOfRange {
        /// Real number or count.
        what: &'static str,
        /// Zero-based place among its kind.
        index: usize,
        /// Sites of the round.
        sites: usize,
    },
    /// A total that no set of honest inputs can have.
    #[error("the total count at index {index} is out of range: a site sent what no count can be")]
    Total {
        /// Zero-based place among the counts.
        index: usize,
    },
    /// Shares that do not rebuild what the site committed to.
    #[error(
        "the shares of seat {seat} do not rebuild what it committed to: it dealt wrongly, or a site gave a wrong share"
    )]
    Rebuild {
        /// Whose secret.
        seat: Seat,
    },
    /// A primitive refused lengths that this crate fixes.
    #[error("a cryptographic primitive refused its input")]
    Primitive,
}
