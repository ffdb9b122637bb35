//! All rounds of one study at one site: which attempt is open, and which may not be tried again.

use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;
use rand::CryptoRng;
use renkei_domain::Digest;
use serde::{Deserialize, Serialize};

use super::{HubMessage, Input, RoundTerms, SecureError, SiteMessage, SiteRound};

/// A site's rounds of one study. Its state is secret, and to be saved before what it answered is sent.
///
/// A hub could tell of a failure that never was and ask for the round again without one site: the difference of the two
/// totals would be that site's numbers. So a round whose unmasking this site helped is never begun again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteRounds {
    study: Digest,
    rounds: BTreeMap<u64, Kept>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kept {
    Open(Box<SiteRound>),
    Closed { attempt: u32, revealed: bool },
}

impl Kept {
    fn attempt(&self) -> u32 {
        match self {
            Self::Open(round) => round.terms().attempt(),
            Self::Closed { attempt, .. } => *attempt,
        }
    }

    fn revealed(&self) -> bool {
        match self {
            Self::Open(round) => round.revealed(),
            Self::Closed { revealed, .. } => *revealed,
        }
    }
}

impl SiteRounds {
    /// No rounds yet, of the study with this digest.
    #[must_use]
    pub fn new(study: Digest) -> Self {
        Self { study, rounds: BTreeMap::new() }
    }

    /// Begins an attempt and gives its first message; the same message again for the same terms while it is open. A
    /// later attempt takes the place of an earlier one that was not unmasked. Rounds before this one are closed.
    pub fn begin(
        &mut self,
        terms: &RoundTerms,
        identity: &SigningKey,
        rng: &mut impl CryptoRng,
    ) -> Result<SiteMessage, SecureError> {
        if terms.study() != self.study {
            return Err(SecureError::OtherStudy);
        }
        let (round, attempt) = (terms.round(), terms.attempt());
        if let Some(kept) = self.rounds.get(&round) {
            if let Kept::Open(open) = kept
                && open.terms() == terms
            {
                return Ok(open.first(identity));
            }
            let begun = kept.attempt();
            if kept.revealed() {
                return Err(SecureError::AlreadyUnmasked { round, begun });
            }
            if attempt <= begun {
                return Err(SecureError::OldAttempt { round, begun, attempt });
            }
        }
        let open = SiteRound::new(terms.clone(), identity, rng)?;
        let first = open.first(identity);
        // The hub has gone on: the secrets of what came before are wiped.
        let earlier: Vec<u64> = self.rounds.range(..round).map(|(earlier, _)| *earlier).collect();
        earlier.into_iter().for_each(|earlier| self.close(earlier));
        self.rounds.insert(round, Kept::Open(Box::new(open)));
        Ok(first)
    }

    /// Answers a message of the hub for an open attempt; see [`SiteRound::step`].
    pub fn step(
        &mut self,
        round: u64,
        attempt: u32,
        identity: &SigningKey,
        input: &Input<'_>,
        message: &HubMessage,
    ) -> Result<SiteMessage, SecureError> {
        match self.rounds.get_mut(&round) {
            Some(Kept::Open(open)) if open.terms().attempt() == attempt => open.step(identity, input, message),
            _ => Err(SecureError::NotOpen { round, attempt }),
        }
    }

    /// Ends a round and wipes its secrets; what was begun and unmasked is remembered.
    pub fn close(&mut self, round: u64) {
        if let Some(kept) = self.rounds.get_mut(&round) {
            *kept = Kept::Closed { attempt: kept.attempt(), revealed: kept.revealed() };
        }
    }
}
