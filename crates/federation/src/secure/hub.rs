//! The hub in one attempt at a round: it gathers, checks, adds and unmasks.

use std::collections::{BTreeMap, BTreeSet};

use renkei_domain::Digest;
use serde::{Deserialize, Serialize};

use super::keys::{Secret, check_keys};
use super::mask::{self, Mask};
use super::message::{Body, Phase, after_keys, after_list};
use super::ring::HALF_STEP;
use super::{
    HubMessage, Keys, Piece, RingVector, RoundTerms, SealedShare, Seat, SecureError, Shares, Signed, SiteMessage,
    Survivors, Unmask, shamir,
};

/// The hub's state. It holds the sum of what came, not each site's vector.
///
/// The driver feeds [`HubRound::receive`] until [`HubRound::waiting`] is empty or its deadline is past, then calls
/// [`HubRound::close`]. After a restart [`HubRound::outgoing`] gives the messages of the current phase again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HubRound {
    terms: RoundTerms,
    phase: Phase,
    keys: BTreeMap<Seat, Signed<Keys>>,
    shares: BTreeMap<Seat, Signed<Shares>>,
    masked: BTreeSet<Seat>,
    sum: RingVector,
    survivors: BTreeMap<Seat, Signed<Survivors>>,
    unmask: BTreeMap<Seat, Signed<Unmask>>,
}

/// What follows a closed phase.
#[derive(Debug, Clone, PartialEq)]
pub enum HubStep {
    /// These messages, one for each site that is still in.
    Send(Vec<(Seat, HubMessage)>),
    /// The round is over.
    Done(Totals),
}

/// The sums over the sites that survived.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Totals {
    /// The sites whose numbers are in the sums, ascending.
    pub survivors: Vec<Seat>,
    /// Sums of the reals, each input rounded to the nearest multiple of 2^-40, the sum to the nearest double.
    pub reals: Vec<f64>,
    /// Sums of the counts, exact.
    pub counts: Vec<u64>,
}

impl Totals {
    /// How far a total can be from the sum of the unrounded reals, before the total itself is rounded to a double.
    #[must_use]
    pub fn rounding(&self) -> f64 {
        self.survivors.len() as f64 * HALF_STEP
    }
}

impl HubRound {
    /// An attempt that waits for all sites' keys.
    #[must_use]
    pub fn new(terms: RoundTerms) -> Self {
        let sum = RingVector::zeros(terms.layout());
        Self {
            terms,
            phase: Phase::Keys,
            keys: BTreeMap::new(),
            shares: BTreeMap::new(),
            masked: BTreeSet::new(),
            sum,
            survivors: BTreeMap::new(),
            unmask: BTreeMap::new(),
        }
    }

    /// The phase whose messages are taken now.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The sites that may still speak in this phase.
    #[must_use]
    pub fn waiting(&self) -> Vec<Seat> {
        let heard = |seat: &Seat| self.heard(*seat);
        self.expected().into_iter().filter(|seat| !heard(seat)).collect()
    }

    /// Takes a site's message, or refuses it and stays as it is.
    pub fn receive(&mut self, message: SiteMessage) -> Result<(), SecureError> {
        match message {
            SiteMessage::Keys(signed) => {
                self.check(&signed)?;
                let mut seen = (self.keys.values()).flat_map(|signed| [signed.body.mask, signed.body.share]).collect();
                check_keys(&signed.body, signed.from, &mut seen)?;
                self.keys.insert(signed.from, signed);
            }
            SiteMessage::Shares(signed) => {
                self.check(&signed)?;
                let fits = signed.body.sealed.iter().map(|share| share.peer).eq(self.keys.keys().copied());
                self.shaped(&signed, fits)?;
                self.shares.insert(signed.from, signed);
            }
            SiteMessage::Masked(signed) => {
                self.shaped(&signed, signed.body.values.fits(self.terms.layout()))?;
                self.check(&signed)?;
                self.sum.add(&signed.body.values);
                self.masked.insert(signed.from);
            }
            SiteMessage::Survivors(signed) => {
                self.check(&signed)?;
                self.shaped(&signed, signed.body.seats.iter().eq(&self.masked))?;
                self.survivors.insert(signed.from, signed);
            }
            SiteMessage::Unmask(signed) => {
                self.check(&signed)?;
                let of = |pieces: &[Piece]| pieces.iter().map(|piece| piece.of).collect::<Vec<_>>();
                let Unmask { seeds, mask_keys } = &signed.body;
                let fits = of(seeds).iter().eq(&self.masked) && of(mask_keys).into_iter().eq(self.dropped());
                self.shaped(&signed, fits)?;
                self.unmask.insert(signed.from, signed);
            }
        }
        Ok(())
    }

    /// Ends the phase with the sites heard so far. Below the threshold it fails, and may be tried
    /// again when more have come.
    pub fn close(&mut self) -> Result<HubStep, SecureError> {
        if self.phase != Phase::Done {
            self.advance()?;
        }
        if self.phase == Phase::Done { self.totals().map(HubStep::Done) } else { Ok(HubStep::Send(self.outgoing())) }
    }

    fn advance(&mut self) -> Result<(), SecureError> {
        let heard = self.expected().into_iter().filter(|seat| self.heard(*seat)).count();
        self.terms.enough(self.phase, heard)?;
        self.phase = match self.phase {
            Phase::Keys => Phase::Shares,
            Phase::Shares => Phase::Masked,
            Phase::Masked => Phase::Survivors,
            Phase::Survivors => Phase::Unmask,
            Phase::Unmask | Phase::Done => {
                self.take_masks_off()?;
                Phase::Done
            }
        };
        Ok(())
    }

    /// What each site that is still in is to be sent in this phase.
    #[must_use]
    pub fn outgoing(&self) -> Vec<(Seat, HubMessage)> {
        let to_all = |message: HubMessage| self.expected().into_iter().map(|seat| (seat, message.clone())).collect();
        match self.phase {
            Phase::Keys | Phase::Done => Vec::new(),
            Phase::Shares => to_all(HubMessage::Keys(self.keys.values().cloned().collect())),
            Phase::Masked => {
                (self.shares.keys()).map(|seat| (*seat, HubMessage::Shares(self.shares_for(*seat)))).collect()
            }
            Phase::Survivors => {
                to_all(HubMessage::Survivors(Survivors { seats: self.masked.iter().copied().collect() }))
            }
            Phase::Unmask => to_all(HubMessage::Agreed(self.survivors.values().cloned().collect())),
        }
    }

    fn shares_for(&self, to: Seat) -> Vec<SealedShare> {
        let from = self.shares.iter().filter_map(|(from, signed)| {
            let share = signed.body.sealed.iter().find(|share| share.peer == to)?;
            Some(SealedShare { peer: *from, sealed: share.sealed.clone() })
        });
        from.collect()
    }

    /// Phase, sender and signature.
    fn check<B: Body>(&self, signed: &Signed<B>) -> Result<(), SecureError> {
        let (seat, phase) = (signed.from, B::PHASE);
        if phase != self.phase {
            return Err(SecureError::OutOfPhase { given: phase, current: self.phase });
        }
        if !self.expected().contains(&seat) {
            return Err(SecureError::NotExpected { seat, phase });
        }
        if self.heard(seat) {
            return Err(SecureError::Twice { seat, phase });
        }
        signed.check(&self.terms, &self.bound())
    }

    fn shaped<B: Body>(&self, signed: &Signed<B>, fits: bool) -> Result<(), SecureError> {
        if fits { Ok(()) } else { Err(SecureError::Shape { seat: signed.from, phase: B::PHASE }) }
    }

    /// Who may speak: those heard in the phase before. A survivor that signs late may still help to unmask.
    fn expected(&self) -> Vec<Seat> {
        match self.phase {
            Phase::Keys => self.terms.seats().collect(),
            Phase::Shares => self.keys.keys().copied().collect(),
            Phase::Masked => self.shares.keys().copied().collect(),
            Phase::Survivors | Phase::Unmask => self.masked.iter().copied().collect(),
            Phase::Done => Vec::new(),
        }
    }

    fn heard(&self, seat: Seat) -> bool {
        match self.phase {
            Phase::Keys => self.keys.contains_key(&seat),
            Phase::Shares => self.shares.contains_key(&seat),
            Phase::Masked => self.masked.contains(&seat),
            Phase::Survivors => self.survivors.contains_key(&seat),
            Phase::Unmask => self.unmask.contains_key(&seat),
            Phase::Done => true,
        }
    }

    /// What the messages of this phase are bound to.
    fn bound(&self) -> Digest {
        match self.phase {
            Phase::Keys => self.terms.digest(),
            Phase::Shares => self.by_keys(),
            Phase::Masked | Phase::Survivors => self.by_shares(),
            Phase::Unmask | Phase::Done => after_list(&self.by_shares(), Phase::Survivors, self.masked.iter().copied()),
        }
    }

    fn by_keys(&self) -> Digest {
        after_keys(&self.terms, self.keys.iter().map(|(seat, signed)| (*seat, &signed.body)))
    }

    fn by_shares(&self) -> Digest {
        after_list(&self.by_keys(), Phase::Shares, self.shares.keys().copied())
    }

    fn dropped(&self) -> impl Iterator<Item = Seat> {
        self.shares.keys().copied().filter(|seat| !self.masked.contains(seat))
    }

    /// Rebuilds the survivors' own masks and the pairwise masks that dropped-out sites left behind, and takes them off.
    fn take_masks_off(&mut self) -> Result<(), SecureError> {
        let bound = self.by_keys();
        let mut masks = Vec::new();
        for (seat, signed) in self.shares.iter().filter(|(seat, _)| self.masked.contains(seat)) {
            let seed = self.rebuild(*seat, |unmask| &unmask.seeds)?;
            if seed.commitment(&bound) != signed.body.commitment {
                return Err(SecureError::Rebuild { seat: *seat });
            }
            masks.push(Mask::own(&seed, *seat, &bound)?.reversed());
        }
        for gone in self.dropped() {
            let secret = self.rebuild(gone, |unmask| &unmask.mask_keys)?;
            if self.keys.get(&gone).is_none_or(|signed| signed.body.mask != secret.public()) {
                return Err(SecureError::Rebuild { seat: gone });
            }
            for (seat, signed) in self.keys.iter().filter(|(seat, _)| self.masked.contains(seat)) {
                // What the dropped-out site would have put on for this survivor cancels what the survivor put on.
                masks.push(Mask::pairwise(&secret, gone, *seat, &signed.body.mask, &bound)?);
            }
        }
        mask::apply(&mut self.sum, &mut masks);
        Ok(())
    }

    fn rebuild(&self, of: Seat, kind: impl Fn(&Unmask) -> &[Piece]) -> Result<Secret, SecureError> {
        let shares: Vec<(Seat, &[u8; 32])> = (self.unmask.iter())
            .filter_map(|(holder, signed)| {
                let piece = kind(&signed.body).iter().find(|piece| piece.of == of)?;
                Some((*holder, &piece.share))
            })
            .collect();
        shamir::rebuild(&self.terms, &shares).ok_or(SecureError::Rebuild { seat: of })
    }

    fn totals(&self) -> Result<Totals, SecureError> {
        let (reals, counts) = self.sum.decode(self.terms.layout())?;
        Ok(Totals { survivors: self.masked.iter().copied().collect(), reals, counts })
    }
}
