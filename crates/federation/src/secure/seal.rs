//! Shares sealed from site to site (ChaCha20-Poly1305), so that the hub carries what it can't read or exchange.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use renkei_domain::Digest;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::keys::{AgreementKey, Secret};
use super::shamir::ShareBytes;
use super::{Seat, SecureError, hexed};

/// A share of the seed and one of the mask key, and the tag.
const SEALED: usize = 2 * 32 + 16;

/// Two shares for one site: of the sender's own mask and of its mask key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// Never twice under one key.
    #[serde(with = "hexed")]
    pub nonce: [u8; 12],
    /// 64 bytes of shares and the tag.
    #[serde(with = "hexed")]
    pub bytes: [u8; SEALED],
}

/// Who seals for whom, after which keys were agreed.
pub(super) struct Envelope<'a> {
    pub(super) bound: &'a Digest,
    pub(super) from: Seat,
    pub(super) to: Seat,
}

/// The two shares that a site holds of another.
pub(super) struct Pair {
    pub(super) seed: ShareBytes,
    pub(super) mask_key: ShareBytes,
}

impl Envelope<'_> {
    /// One key for each direction, from the secret of this end and the public key of the other.
    fn key(&self, secret: &Secret, other: &AgreementKey, seat: Seat) -> Result<ChaCha20Poly1305, SecureError> {
        let key = secret.agree(other, seat)?.derive("sealed share", self.bound, &[self.from, self.to])?;
        Ok(ChaCha20Poly1305::new(key.bytes().into()))
    }

    fn associated(&self) -> Digest {
        let seats = [self.from.number(), self.to.number()];
        Digest::of_parts([&b"renkei secure sum v1 share"[..], self.bound.as_bytes(), &seats])
    }

    pub(super) fn seal(
        &self,
        secret: &Secret,
        receiver: &AgreementKey,
        pair: &Pair,
        nonce: [u8; 12],
    ) -> Result<Sealed, SecureError> {
        let plain = Zeroizing::new([&pair.seed[..], &pair.mask_key[..]].concat());
        let aad = self.associated();
        let bytes = (self.key(secret, receiver, self.to)?)
            .encrypt(&Nonce::from(nonce), Payload { msg: &plain, aad: aad.as_bytes() })
            .map_err(|_| SecureError::Primitive)?;
        Ok(Sealed { nonce, bytes: bytes.try_into().map_err(|_| SecureError::Primitive)? })
    }

    pub(super) fn open(&self, secret: &Secret, sender: &AgreementKey, sealed: &Sealed) -> Result<Pair, SecureError> {
        let refused = SecureError::Sealed { from: self.from };
        let aad = self.associated();
        let plain = (self.key(secret, sender, self.from)?)
            .decrypt(&Nonce::from(sealed.nonce), Payload { msg: &sealed.bytes, aad: aad.as_bytes() })
            .map(Zeroizing::new)
            .map_err(|_| refused.clone())?;
        let (seed, mask_key) = plain.split_at_checked(32).ok_or(refused)?;
        let mut pair = Pair { seed: ShareBytes::default(), mask_key: ShareBytes::default() };
        pair.seed.copy_from_slice(seed);
        pair.mask_key.copy_from_slice(mask_key);
        Ok(pair)
    }
}
