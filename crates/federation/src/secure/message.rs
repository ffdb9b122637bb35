//! Messages between a site and the hub, their signatures, and what each is bound to.

use std::fmt;

use ed25519_dalek::{Signer, SigningKey};
use renkei_domain::Digest;
use serde::{Deserialize, Serialize};

pub use super::seal::Sealed;
use super::{Keys, RingVector, RoundTerms, Seat, SecureError, hexed};

/// Where a round is: which of the sites' messages it waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Fresh public keys.
    Keys,
    /// Shares of the secrets, sealed.
    Shares,
    /// Masked vectors.
    Masked,
    /// Signatures over the list of survivors.
    Survivors,
    /// Shares that unmask the total.
    Unmask,
    /// The total is known.
    Done,
}

impl Phase {
    fn name(self) -> &'static str {
        match self {
            Self::Keys => "keys",
            Self::Shares => "shares",
            Self::Masked => "masked",
            Self::Survivors => "survivors",
            Self::Unmask => "unmask",
            Self::Done => "done",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The content of a site's message in one phase.
pub(super) trait Body {
    const PHASE: Phase;
    fn digest(&self) -> Digest;
}

/// A site's message under its identity, bound to the study, the round, the attempt and all that was agreed before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed<B> {
    /// The sender.
    pub from: Seat,
    /// What it says.
    pub body: B,
    /// Ed25519 under the sender's identity.
    #[serde(with = "hexed")]
    pub signature: [u8; 64],
}

impl<B> Signed<B> {
    pub(super) fn new(identity: &SigningKey, from: Seat, bound: &Digest, body: B) -> Self
    where
        B: Body,
    {
        let signature = identity.sign(&text(from, bound, &body)).to_bytes();
        Self { from, body, signature }
    }

    pub(super) fn check(&self, terms: &RoundTerms, bound: &Digest) -> Result<(), SecureError>
    where
        B: Body,
    {
        let (seat, phase) = (self.from, B::PHASE);
        let identity = terms.identity(seat).ok_or(SecureError::NotExpected { seat, phase })?;
        if identity.signed(&text(seat, bound, &self.body), &self.signature) {
            Ok(())
        } else {
            Err(SecureError::Signature { seat, phase })
        }
    }
}

/// What is signed: a prefix that no other use of the identity has, and a digest of all that counts.
fn text<B: Body>(from: Seat, bound: &Digest, body: &B) -> Vec<u8> {
    let digest =
        Digest::of_parts([B::PHASE.name().as_bytes(), bound.as_bytes(), &[from.number()], body.digest().as_bytes()]);
    [&b"renkei secure sum v1 message "[..], digest.as_bytes()].concat()
}

/// A site's shares for all sites whose keys were agreed, itself among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shares {
    /// Tells the right seed of the own mask from a wrong one when it is rebuilt.
    pub commitment: Digest,
    /// Ascending by receiver.
    pub sealed: Vec<SealedShare>,
}

/// What one site sealed for another; `peer` is the receiver on the way in, the sender on the way out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedShare {
    /// The other end.
    pub peer: Seat,
    /// What only the receiver can open.
    pub sealed: Sealed,
}

/// A site's vector under its masks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Masked {
    /// As many elements as the terms say.
    pub values: RingVector,
}

/// The list of those whose vectors are in the sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Survivors {
    /// Ascending.
    pub seats: Vec<Seat>,
}

/// What a site reveals: for every site that took part, one share, of the one kind or the other.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unmask {
    /// Shares of the survivors' own masks.
    pub seeds: Vec<Piece>,
    /// Shares of the mask keys of those that dropped out.
    pub mask_keys: Vec<Piece>,
}

impl fmt::Debug for Unmask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unmask").finish_non_exhaustive()
    }
}

/// The sender's share of a secret of the site in seat `of`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// Whose secret.
    pub of: Seat,
    /// The share; its point is the sender's seat.
    #[serde(with = "hexed")]
    pub share: [u8; 32],
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Piece").field("of", &self.of).finish_non_exhaustive()
    }
}

impl Body for Shares {
    const PHASE: Phase = Phase::Shares;
    fn digest(&self) -> Digest {
        let parts = self
            .sealed
            .iter()
            .map(|share| Digest::of_parts([&[share.peer.number()][..], &share.sealed.nonce, &share.sealed.bytes]));
        of_digests(std::iter::once(self.commitment).chain(parts))
    }
}

impl Body for Masked {
    const PHASE: Phase = Phase::Masked;
    fn digest(&self) -> Digest {
        Digest::of(self.values.as_bytes())
    }
}

impl Body for Survivors {
    const PHASE: Phase = Phase::Survivors;
    fn digest(&self) -> Digest {
        Digest::of(&numbers(self.seats.iter().copied()))
    }
}

impl Body for Unmask {
    const PHASE: Phase = Phase::Unmask;
    fn digest(&self) -> Digest {
        let pieces = |kind: &'static [u8], pieces: &[Piece]| {
            let parts = pieces.iter().map(|piece| Digest::of_parts([kind, &[piece.of.number()], &piece.share]));
            of_digests(parts.collect::<Vec<_>>())
        };
        of_digests([pieces(b"seed", &self.seeds), pieces(b"mask key", &self.mask_keys)])
    }
}

/// From a site to the hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SiteMessage {
    /// See [`Phase::Keys`].
    Keys(Signed<Keys>),
    /// See [`Phase::Shares`].
    Shares(Signed<Shares>),
    /// See [`Phase::Masked`].
    Masked(Signed<Masked>),
    /// See [`Phase::Survivors`].
    Survivors(Signed<Survivors>),
    /// See [`Phase::Unmask`].
    Unmask(Signed<Unmask>),
}

/// From the hub to one site: what other sites sent. The hub signs nothing, for nothing it says is believed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HubMessage {
    /// All sites' keys, ascending.
    Keys(Vec<Signed<Keys>>),
    /// What each site sealed for the receiver, ascending by sender: those that go on.
    Shares(Vec<SealedShare>),
    /// Whose vectors the hub has.
    Survivors(Survivors),
    /// Signatures over the list of survivors, ascending.
    Agreed(Vec<Signed<Survivors>>),
}

/// What the sites agreed once the list of keys is known.
pub(super) fn after_keys<'a>(terms: &RoundTerms, keys: impl IntoIterator<Item = (Seat, &'a Keys)>) -> Digest {
    let keys = keys.into_iter().map(|(seat, keys)| Digest::of_parts([&[seat.number()][..], keys.digest().as_bytes()]));
    of_digests(std::iter::once(terms.digest()).chain(keys))
}

/// What they agreed once it is known whose shares were dealt, or who survived.
pub(super) fn after_list(before: &Digest, phase: Phase, seats: impl IntoIterator<Item = Seat>) -> Digest {
    Digest::of_parts([phase.name().as_bytes(), before.as_bytes(), &numbers(seats)])
}

/// Fails unless the seats ascend, which no list with a repeat does.
pub(super) fn ascending(phase: Phase, seats: impl IntoIterator<Item = Seat>) -> Result<(), SecureError> {
    if seats.into_iter().is_sorted_by(|one, next| one < next) { Ok(()) } else { Err(SecureError::Unordered { phase }) }
}

fn numbers(seats: impl IntoIterator<Item = Seat>) -> Vec<u8> {
    seats.into_iter().map(Seat::number).collect()
}

fn of_digests(digests: impl IntoIterator<Item = Digest>) -> Digest {
    let digests: Vec<Digest> = digests.into_iter().collect();
    Digest::of_parts(digests.iter().map(|digest| &digest.as_bytes()[..]))
}
