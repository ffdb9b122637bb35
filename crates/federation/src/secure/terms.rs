//! What all sites agreed before a round: who they are, how many must survive, how many numbers are summed.

use std::fmt;
use std::num::NonZeroU8;

use ed25519_dalek::SigningKey;
use renkei_domain::Digest;
use serde::{Deserialize, Serialize};

use super::{MAX_NUMBERS, SecureError};
use crate::keys::Identity;

/// Shares are points of a field of 256 elements, of which zero is the secret.
pub const MAX_SITES: usize = 255;

/// Of two survivors each could subtract itself and see the other.
pub const MIN_SURVIVORS: u8 = 3;

/// A site's place in the terms, from 1; also the point at which its shares are taken, so no two sites can hold one
/// share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Seat(NonZeroU8);

impl Seat {
    /// Seat `number`, from 1.
    #[must_use]
    pub fn new(number: u8) -> Option<Self> {
        NonZeroU8::new(number).map(Self)
    }

    /// The number, from 1.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0.get()
    }
}

impl fmt::Display for Seat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How many numbers each site gives: real numbers in fixed point, and counts, which are exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Real numbers, summed to a multiple of 2^-40.
    pub reals: u32,
    /// Counts, summed exactly.
    pub counts: u32,
}

impl Layout {
    pub(super) fn numbers(self) -> u64 {
        u64::from(self.reals) + u64::from(self.counts)
    }
}

/// The terms of one attempt at one round. Every key, mask and signature is bound to their digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "TermsText", into = "TermsText")]
pub struct RoundTerms {
    study: Digest,
    round: u64,
    attempt: u32,
    threshold: u8,
    layout: Layout,
    identities: Vec<Identity>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TermsText {
    study: Digest,
    round: u64,
    attempt: u32,
    threshold: u8,
    layout: Layout,
    identities: Vec<Identity>,
}

impl RoundTerms {
    /// Checks and takes the terms. `study` is the digest of the approved spec; `identities` are the sites' keys as
    /// pinned beforehand, in the agreed order of seats; `threshold` sites must survive to the end
    /// ([`usual_threshold`]).
    pub fn new(
        study: Digest,
        round: u64,
        attempt: u32,
        threshold: u8,
        layout: Layout,
        identities: Vec<Identity>,
    ) -> Result<Self, SecureError> {
        let sites = identities.len();
        if !(usize::from(MIN_SURVIVORS)..=MAX_SITES).contains(&sites) {
            return Err(SecureError::Sites { sites });
        }
        // More than half: two lists of survivors can't both find a threshold of signatures, for a site signs one.
        let reachable = threshold >= MIN_SURVIVORS && usize::from(threshold) <= sites;
        if !reachable || 2 * usize::from(threshold) <= sites {
            return Err(SecureError::Threshold { threshold, sites });
        }
        if !(1..=MAX_NUMBERS).contains(&layout.numbers()) {
            return Err(SecureError::Layout { numbers: layout.numbers() });
        }
        let terms = Self { study, round, attempt, threshold, layout, identities };
        for (first, one) in terms.seated() {
            if let Some((second, _)) = terms.seated().find(|(second, other)| *second > first && *other == one) {
                return Err(SecureError::SameIdentity { first, second });
            }
        }
        Ok(terms)
    }

    /// The study's digest.
    #[must_use]
    pub fn study(&self) -> Digest {
        self.study
    }

    /// The round within the study.
    #[must_use]
    pub fn round(&self) -> u64 {
        self.round
    }

    /// The attempt at the round.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The numbers each site gives.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// How many sites must survive to the end.
    #[must_use]
    pub fn threshold(&self) -> u8 {
        self.threshold
    }

    /// How many sites have a seat.
    #[must_use]
    pub fn sites(&self) -> usize {
        self.identities.len()
    }

    /// All seats, ascending.
    pub fn seats(&self) -> impl Iterator<Item = Seat> {
        self.seated().map(|(seat, _)| seat)
    }

    /// The seat of the site that signs with `identity`.
    pub fn seat_of(&self, identity: &SigningKey) -> Result<Seat, SecureError> {
        let own = Identity::of(identity);
        self.seated().find(|(_, other)| **other == own).map(|(seat, _)| seat).ok_or(SecureError::NoSeat)
    }

    pub(super) fn identity(&self, seat: Seat) -> Option<&Identity> {
        self.identities.get(usize::from(seat.number()) - 1)
    }

    /// Fails unless `have` sites reach the threshold.
    pub(super) fn enough(&self, phase: super::Phase, have: usize) -> Result<(), SecureError> {
        let need = usize::from(self.threshold);
        if have < need { Err(SecureError::TooFew { phase, have, need }) } else { Ok(()) }
    }

    /// The digest that everything in the round is bound to.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let numbers = [self.round, u64::from(self.attempt), u64::from(self.threshold)];
        let layout = [u64::from(self.layout.reals), u64::from(self.layout.counts)];
        let numbers: Vec<[u8; 8]> = numbers.iter().chain(&layout).map(|number| number.to_le_bytes()).collect();
        Digest::of_parts(
            [&b"renkei secure sum v1 terms"[..], self.study.as_bytes()]
                .into_iter()
                .chain(numbers.iter().map(|bytes| &bytes[..]))
                .chain(self.identities.iter().map(|identity| &identity.as_bytes()[..])),
        )
    }

    fn seated(&self) -> impl Iterator<Item = (Seat, &Identity)> {
        (1..=u8::MAX).filter_map(Seat::new).zip(&self.identities)
    }
}

impl TryFrom<TermsText> for RoundTerms {
    type Error = SecureError;
    fn try_from(text: TermsText) -> Result<Self, SecureError> {
        Self::new(text.study, text.round, text.attempt, text.threshold, text.layout, text.identities)
    }
}

impl From<RoundTerms> for TermsText {
    fn from(terms: RoundTerms) -> Self {
        let RoundTerms { study, round, attempt, threshold, layout, identities } = terms;
        Self { study, round, attempt, threshold, layout, identities }
    }
}

/// Two thirds of the sites and one more, at least three: about a third of the sites may drop out, and about a third may
/// collude with the hub (`docs/privacy.md`). Three sites tolerate no drop-out.
#[must_use]
pub fn usual_threshold(sites: u8) -> u8 {
    MIN_SURVIVORS.max(u8::try_from(u16::from(sites) * 2 / 3 + 1).unwrap_or(u8::MAX))
}
