//! A log with one entry of every kind, countersigned twice.

use ed25519_dalek::SigningKey;
use renkei_domain::Digest;
use renkei_federation::audit::{Allowed, Countersigned, Happening, Left, Log, Tampering, Verified, Witness, verify};
use renkei_federation::keys::Identity;
use renkei_federation::study::{MethodId, Moment, SpecHash, State, Verdict};
use serde_json::json;

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub(crate) const SITE: u8 = 1;
pub(crate) const ROTATED: u8 = 2;
pub(crate) const HUB: u8 = 3;
pub(crate) const STRANGER: u8 = 4;

pub(crate) fn identity(seed: u8) -> Identity {
    Identity::of(&key(seed))
}

fn study() -> SpecHash {
    serde_json::from_value(json!(Digest::of(b"spec"))).unwrap()
}

pub(crate) fn left(round: u32) -> Happening {
    Happening::Left(Left {
        study: study(),
        method_use: "headline".into(),
        method: MethodId { name: "cox.stratified".into(), version: 1 },
        round,
        to: "hub".into(),
        vector: Digest::of(&round.to_le_bytes()),
        bytes: 336,
        numbers: 21,
        persons: 104,
        allowed: vec![Allowed { check: "minimum cell".into(), found: "none found below 5".into() }],
    })
}

pub(crate) fn happenings() -> Vec<Happening> {
    let (study, method_use) = (study(), "headline".to_owned());
    vec![
        Happening::Proposed { study, lead: identity(9) },
        Happening::Reviewed { study, reviewer: identity(21), verdict: Verdict::Approve },
        Happening::Approved { study, reviewers: vec![identity(21), identity(22)] },
        Happening::Moved { study, state: State::Running, why: "first round, \"as agreed\"\n連携".into() },
        left(1),
        Happening::Refused { study, method_use: method_use.clone(), round: 2, reasons: vec!["a cell of 3".into()] },
        Happening::KeyRotated { to: identity(ROTATED) },
        left(2),
        Happening::Received {
            study,
            method_use,
            round: 1,
            site: "north".to_owned().try_into().unwrap(),
            vector: Digest::of(b"v"),
        },
        left(3),
        left(4),
    ]
}

/// Entries 0 to 10; heads countersigned after entries 4 and 8.
pub(crate) fn written() -> (Vec<String>, Vec<Countersigned>) {
    let (lines, heads, _) = write(&happenings());
    (lines, heads)
}

/// A log of what happened, signed by its owner's keys in turn.
pub(crate) fn write(happenings: &[Happening]) -> (Vec<String>, Vec<Countersigned>, Log) {
    let (mut log, mut witness) = (Log::new(identity(SITE)), Witness::of(identity(SITE)));
    let (mut lines, mut heads) = (Vec::new(), Vec::new());
    for (at, what) in happenings.iter().enumerate() {
        let now = Moment(1_795_521_600 + at as i64);
        let key = if log.signer() == identity(SITE) { key(SITE) } else { key(ROTATED) };
        lines.push(log.append(&key, now, what.clone()).unwrap());
        if at == 4 || at == 8 {
            heads.push(witness.countersign(log.head().unwrap(), &self::key(HUB), now).unwrap());
        }
    }
    (lines, heads, log)
}

pub(crate) fn judged(text: &[u8], heads: &[Countersigned]) -> Result<Verified, Tampering> {
    verify(text, identity(SITE), &[identity(HUB)], heads)
}
