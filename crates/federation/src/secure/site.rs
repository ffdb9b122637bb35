//! One site in one attempt at a round.

use ed25519_dalek::SigningKey;
use rand::{CryptoRng, RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use renkei_domain::Digest;
use serde::{Deserialize, Serialize};

use super::keys::{Secret, check_list};
use super::mask::{self, Mask};
use super::message::{Phase, after_keys, after_list, ascending};
use super::seal::{Envelope, Pair};
use super::{
    HubMessage, Input, Keys, Masked, Piece, RingVector, RoundTerms, SealedShare, Seat, SecureError, Shares, Signed,
    SiteMessage, Survivors, Unmask, shamir,
};

/// A site's state: secret, and to be saved before what [`SiteRound::step`] answered is sent.
///
/// All randomness is drawn at the start, so an equal message is answered equally, before and after a restart; another
/// message for a phase that was answered is refused.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteRound {
    terms: RoundTerms,
    seat: Seat,
    secrets: Secrets,
    keys: Option<Vec<Signed<Keys>>>,
    shares: Option<Vec<SealedShare>>,
    masked: Option<Digest>,
    survivors: Option<Survivors>,
    revealed: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Secrets {
    mask: Secret,
    share: Secret,
    seed: Secret,
    dealer: Secret,
}

impl SiteRound {
    /// Draws the secrets of one attempt for the site that signs with `identity`. Once for each terms: see
    /// [`super::SiteRounds`], which sees to it.
    pub fn new(terms: RoundTerms, identity: &SigningKey, rng: &mut impl CryptoRng) -> Result<Self, SecureError> {
        let seat = terms.seat_of(identity)?;
        let mut secret = || Secret::random(rng);
        let secrets = Secrets { mask: secret(), share: secret(), seed: secret(), dealer: secret() };
        Ok(Self { terms, seat, secrets, keys: None, shares: None, masked: None, survivors: None, revealed: false })
    }

    /// The first message: the attempt's public keys.
    #[must_use]
    pub fn first(&self, identity: &SigningKey) -> SiteMessage {
        let keys = Keys { mask: self.secrets.mask.public(), share: self.secrets.share.public() };
        SiteMessage::Keys(Signed::new(identity, self.seat, &self.terms.digest(), keys))
    }

    /// The terms this attempt was begun with.
    #[must_use]
    pub fn terms(&self) -> &RoundTerms {
        &self.terms
    }

    /// Whether this site gave the hub shares that unmask a total.
    #[must_use]
    pub fn revealed(&self) -> bool {
        self.revealed
    }

    /// Answers a message of the hub, or refuses it and stays as it is. `input` is read in the phase of masked vectors
    /// only and must be the same when that message is answered again.
    pub fn step(
        &mut self,
        identity: &SigningKey,
        input: &Input<'_>,
        message: &HubMessage,
    ) -> Result<SiteMessage, SecureError> {
        match message {
            HubMessage::Keys(list) => self.deal(identity, list).map(SiteMessage::Shares),
            HubMessage::Shares(shares) => self.mask(identity, shares, input).map(SiteMessage::Masked),
            HubMessage::Survivors(survivors) => self.endorse(identity, survivors).map(SiteMessage::Survivors),
            HubMessage::Agreed(signatures) => self.reveal(identity, signatures).map(SiteMessage::Unmask),
        }
    }

    fn deal(&mut self, identity: &SigningKey, list: &[Signed<Keys>]) -> Result<Signed<Shares>, SecureError> {
        once(Phase::Keys, self.keys.as_deref(), list)?;
        check_list(&self.terms, list)?;
        let own = Keys { mask: self.secrets.mask.public(), share: self.secrets.share.public() };
        if !list.iter().any(|signed| signed.from == self.seat && signed.body == own) {
            return Err(SecureError::LeftOut { phase: Phase::Keys });
        }
        let bound = bound_by_keys(&self.terms, list);
        let mut rng = ChaCha20Rng::from_seed(*self.secrets.dealer.derive("dealer", &bound, &[self.seat])?.bytes());
        let seeds = shamir::split(&self.terms, &self.secrets.seed, &mut rng)?;
        let mask_keys = shamir::split(&self.terms, &self.secrets.mask, &mut rng)?;
        let pairs = (self.terms.seats().zip(seeds.into_iter().zip(mask_keys)))
            .map(|(seat, (seed, mask_key))| (seat, Pair { seed, mask_key }));
        let mut sealed = Vec::new();
        for (to, pair) in pairs {
            if let Some(keys) = keys_of(list, to) {
                let envelope = Envelope { bound: &bound, from: self.seat, to };
                let sealed_pair = envelope.seal(&self.secrets.share, &keys.share, &pair, rng.random())?;
                sealed.push(SealedShare { peer: to, sealed: sealed_pair });
            }
        }
        let shares = Shares { commitment: self.secrets.seed.commitment(&bound), sealed };
        self.keys = Some(list.to_vec());
        Ok(Signed::new(identity, self.seat, &bound, shares))
    }

    fn mask(
        &mut self,
        identity: &SigningKey,
        shares: &[SealedShare],
        input: &Input<'_>,
    ) -> Result<Signed<Masked>, SecureError> {
        let phase = Phase::Shares;
        let keys = self.keys.as_deref().ok_or(out_of_phase(Phase::Masked, Phase::Keys))?;
        once(phase, self.shares.as_deref(), shares)?;
        ascending(phase, senders(shares))?;
        self.terms.enough(phase, shares.len())?;
        if !senders(shares).any(|seat| seat == self.seat) {
            return Err(SecureError::LeftOut { phase });
        }
        let by_keys = bound_by_keys(&self.terms, keys);
        // Opened here to refuse a wrong one by its sender's name; opened again when it is needed, never kept open.
        shares.iter().try_for_each(|share| self.open(keys, &by_keys, share).map(drop))?;
        let mut masks = vec![Mask::own(&self.secrets.seed, self.seat, &by_keys)?];
        for seat in senders(shares).filter(|seat| *seat != self.seat) {
            let key = keys_of(keys, seat).ok_or(SecureError::NotExpected { seat, phase })?;
            masks.push(Mask::pairwise(&self.secrets.mask, self.seat, seat, &key.mask, &by_keys)?);
        }
        let mut values = RingVector::encode(input, self.terms.layout(), self.terms.sites())?;
        mask::apply(&mut values, &mut masks);
        let digest = Digest::of(values.as_bytes());
        once(Phase::Masked, self.masked.as_ref(), &digest)?;
        let bound = after_list(&by_keys, phase, senders(shares));
        (self.shares, self.masked) = (Some(shares.to_vec()), Some(digest));
        Ok(Signed::new(identity, self.seat, &bound, Masked { values }))
    }

    /// Signs the list of survivors: one list, whatever the hub says later, so that it is fixed which kind of share of
    /// each site may leave.
    fn endorse(&mut self, identity: &SigningKey, survivors: &Survivors) -> Result<Signed<Survivors>, SecureError> {
        let phase = Phase::Survivors;
        let shares = self.shares.as_deref().ok_or(out_of_phase(phase, self.phase()))?;
        once(phase, self.survivors.as_ref(), survivors)?;
        ascending(phase, survivors.seats.iter().copied())?;
        self.terms.enough(phase, survivors.seats.len())?;
        let unknown = survivors.seats.iter().find(|seat| !senders(shares).any(|sender| sender == **seat));
        if let Some(seat) = unknown {
            return Err(SecureError::NotExpected { seat: *seat, phase });
        }
        if !survivors.seats.contains(&self.seat) {
            return Err(SecureError::LeftOut { phase });
        }
        let bound = self.bound_by_shares(shares)?;
        self.survivors = Some(survivors.clone());
        Ok(Signed::new(identity, self.seat, &bound, survivors.clone()))
    }

    /// Reveals one share for every site that took part, by the one list that this site and a threshold of sites signed.
    fn reveal(
        &mut self,
        identity: &SigningKey,
        signatures: &[Signed<Survivors>],
    ) -> Result<Signed<Unmask>, SecureError> {
        let phase = Phase::Unmask;
        let nothing = || out_of_phase(phase, self.phase());
        let (keys, shares) = (self.keys.as_deref().ok_or_else(nothing)?, self.shares.as_deref().ok_or_else(nothing)?);
        let survivors = self.survivors.as_ref().ok_or_else(nothing)?;
        let by_shares = self.bound_by_shares(shares)?;
        self.check_agreement(survivors, signatures, &by_shares)?;
        let by_keys = bound_by_keys(&self.terms, keys);
        let mut unmask = Unmask { seeds: Vec::new(), mask_keys: Vec::new() };
        for share in shares {
            let pair = self.open(keys, &by_keys, share)?;
            if survivors.seats.contains(&share.peer) {
                unmask.seeds.push(Piece { of: share.peer, share: *pair.seed });
            } else {
                unmask.mask_keys.push(Piece { of: share.peer, share: *pair.mask_key });
            }
        }
        let bound = after_list(&by_shares, Phase::Survivors, survivors.seats.iter().copied());
        self.revealed = true;
        Ok(Signed::new(identity, self.seat, &bound, unmask))
    }

    fn check_agreement(
        &self,
        survivors: &Survivors,
        signatures: &[Signed<Survivors>],
        bound: &Digest,
    ) -> Result<(), SecureError> {
        let phase = Phase::Survivors;
        ascending(phase, signatures.iter().map(|signed| signed.from))?;
        self.terms.enough(phase, signatures.len())?;
        for signed in signatures {
            if !survivors.seats.contains(&signed.from) {
                return Err(SecureError::NotExpected { seat: signed.from, phase });
            }
            if signed.body != *survivors {
                return Err(SecureError::Changed { phase });
            }
            signed.check(&self.terms, bound)?;
        }
        Ok(())
    }

    fn open(&self, keys: &[Signed<Keys>], bound: &Digest, share: &SealedShare) -> Result<Pair, SecureError> {
        let from = share.peer;
        let sender = keys_of(keys, from).ok_or(SecureError::NotExpected { seat: from, phase: Phase::Shares })?;
        Envelope { bound, from, to: self.seat }.open(&self.secrets.share, &sender.share, &share.sealed)
    }

    fn bound_by_shares(&self, shares: &[SealedShare]) -> Result<Digest, SecureError> {
        let keys = self.keys.as_deref().ok_or_else(|| out_of_phase(Phase::Shares, self.phase()))?;
        Ok(after_list(&bound_by_keys(&self.terms, keys), Phase::Shares, senders(shares)))
    }

    fn phase(&self) -> Phase {
        match (&self.keys, &self.shares, &self.survivors, self.revealed) {
            (.., true) => Phase::Done,
            (_, _, Some(_), _) => Phase::Unmask,
            (_, Some(_), ..) => Phase::Survivors,
            (Some(_), ..) => Phase::Masked,
            (None, ..) => Phase::Keys,
        }
    }
}

/// Fails if the phase was answered for something else.
fn once<T: PartialEq + ?Sized>(phase: Phase, answered: Option<&T>, given: &T) -> Result<(), SecureError> {
    if answered.is_some_and(|answered| answered != given) { Err(SecureError::Changed { phase }) } else { Ok(()) }
}

fn out_of_phase(given: Phase, current: Phase) -> SecureError {
    SecureError::OutOfPhase { given, current }
}

fn senders(shares: &[SealedShare]) -> impl Iterator<Item = Seat> {
    shares.iter().map(|share| share.peer)
}

fn keys_of(list: &[Signed<Keys>], seat: Seat) -> Option<&Keys> {
    list.iter().find(|signed| signed.from == seat).map(|signed| &signed.body)
}

fn bound_by_keys(terms: &RoundTerms, list: &[Signed<Keys>]) -> Digest {
    after_keys(terms, list.iter().map(|signed| (signed.from, &signed.body)))
}
