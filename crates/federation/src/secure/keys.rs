//! Key pairs of one attempt, agreement between two sites, and keys derived from what was agreed.

use std::collections::BTreeSet;
use std::fmt;

use hkdf::Hkdf;
use renkei_domain::Digest;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Sha256;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::{Zeroize, Zeroizing};

use super::message::{Body, Phase, Signed, ascending};
use super::{RoundTerms, Seat, SecureError, hexed};

/// 32 secret bytes: wiped when dropped, never shown. Serialised with the state, so the state itself is secret.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret([u8; 32]);

impl Secret {
    pub(super) fn random(rng: &mut impl rand::CryptoRng) -> Self {
        let mut secret = Self([0; 32]);
        rng.fill_bytes(&mut secret.0);
        secret
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) fn public(&self) -> AgreementKey {
        AgreementKey(PublicKey::from(&StaticSecret::from(self.0)).to_bytes())
    }

    /// The key agreed with `theirs` (X25519). A key of small order is refused: everyone would know what was agreed.
    pub(super) fn agree(&self, theirs: &AgreementKey, seat: Seat) -> Result<Secret, SecureError> {
        let agreed = StaticSecret::from(self.0).diffie_hellman(&PublicKey::from(theirs.0));
        if agreed.was_contributory() { Ok(Secret(agreed.to_bytes())) } else { Err(SecureError::WeakKey { seat }) }
    }

    /// A key for one purpose between the given seats (HKDF-SHA-256), bound to the transcript so far.
    pub(super) fn derive(&self, purpose: &str, bound: &Digest, seats: &[Seat]) -> Result<Secret, SecureError> {
        let seats: Vec<u8> = seats.iter().map(|seat| seat.number()).collect();
        let info = Digest::of_parts([purpose.as_bytes(), bound.as_bytes(), &seats]);
        let mut derived = Secret([0; 32]);
        Hkdf::<Sha256>::new(Some(b"renkei secure sum v1"), &self.0)
            .expand(info.as_bytes(), &mut derived.0)
            .map_err(|_| SecureError::Primitive)?;
        Ok(derived)
    }

    /// What a site publishes so that a rebuilt secret can be told from a wrong one.
    pub(super) fn commitment(&self, bound: &Digest) -> Digest {
        Digest::of_parts([&b"renkei secure sum v1 seed"[..], bound.as_bytes(), &self.0])
    }
}

impl From<[u8; 32]> for Secret {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Zeroizing::new(hex::encode(self.0)))
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        let mut secret = Self([0; 32]);
        hex::decode_to_slice(&*text, &mut secret.0)
            .map_err(|_| serde::de::Error::custom("a secret is 64 hex digits"))?;
        Ok(secret)
    }
}

/// An X25519 public key of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AgreementKey(#[serde(with = "hexed")] pub [u8; 32]);

/// A site's two public keys of one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// Pairwise masks come from this one; its secret half is shared, and rebuilt if the site drops out.
    pub mask: AgreementKey,
    /// Shares are sealed under this one; its secret half never leaves the site.
    pub share: AgreementKey,
}

impl Body for Keys {
    const PHASE: Phase = Phase::Keys;
    fn digest(&self) -> Digest {
        Digest::of_parts([&self.mask.0[..], &self.share.0])
    }
}

/// Fails if a key has small order or is in `seen`, to which both are added.
pub(super) fn check_keys(keys: &Keys, seat: Seat, seen: &mut BTreeSet<AgreementKey>) -> Result<(), SecureError> {
    for key in [&keys.mask, &keys.share] {
        // Any secret tells a point of small order: a clamped scalar is a multiple of the cofactor.
        Secret([1; 32]).agree(key, seat)?;
        if !seen.insert(*key) {
            return Err(SecureError::SameKey { seat });
        }
    }
    Ok(())
}

/// Checks the list of keys that the hub says all sites sent: order, identities, binding to the terms, sound keys,
/// enough.
pub(super) fn check_list(terms: &RoundTerms, list: &[Signed<Keys>]) -> Result<(), SecureError> {
    ascending(Phase::Keys, list.iter().map(|signed| signed.from))?;
    terms.enough(Phase::Keys, list.len())?;
    let (bound, mut seen) = (terms.digest(), BTreeSet::new());
    list.iter().try_for_each(|signed| {
        signed.check(terms, &bound)?;
        check_keys(&signed.body, signed.from, &mut seen)
    })
}
