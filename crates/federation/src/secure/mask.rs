//! Masks: ChaCha20's key stream, read as elements of the ring and added or subtracted.

use chacha20::ChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher};
use renkei_domain::Digest;
use zeroize::Zeroizing;

use super::keys::{AgreementKey, Secret};
use super::{RingVector, Seat, SecureError, ring};

/// Bytes of key stream made at a time: all masks pass over one stretch of the vector while it is in the cache.
const STRETCH: usize = 32 * 1024;

/// One mask, to be added to or taken from a vector.
pub(super) struct Mask {
    stream: ChaCha20,
    added: bool,
}

impl Mask {
    /// The mask that `own` and the site in seat `other` both know: the lower seat adds it, the higher one takes it
    /// away.
    pub(super) fn pairwise(
        secret: &Secret,
        own: Seat,
        other: Seat,
        key: &AgreementKey,
        bound: &Digest,
    ) -> Result<Self, SecureError> {
        let seats = [own.min(other), own.max(other)];
        let key = secret.agree(key, other)?.derive("pairwise mask", bound, &seats)?;
        Ok(Self::new(&key, own < other))
    }

    /// The mask that only the site in seat `own` knows until its seed is rebuilt.
    pub(super) fn own(seed: &Secret, own: Seat, bound: &Digest) -> Result<Self, SecureError> {
        Ok(Self::new(&seed.derive("own mask", bound, &[own])?, true))
    }

    /// The same mask, to take away what was added.
    pub(super) fn reversed(self) -> Self {
        Self { added: !self.added, ..self }
    }

    // The key is derived for this one stream, so the nonce need not vary.
    fn new(key: &Secret, added: bool) -> Self {
        Self { stream: ChaCha20::new(key.bytes().into(), &[0; 12].into()), added }
    }
}

/// Puts all masks on the vector (or takes them off). A stream has 256 GiB, a vector 256 MiB at most.
pub(super) fn apply(vector: &mut RingVector, masks: &mut [Mask]) {
    let mut stream = Zeroizing::new([0; STRETCH]);
    for stretch in vector.bytes_mut().chunks_mut(STRETCH) {
        let stream = &mut stream[..stretch.len()];
        for mask in &mut *masks {
            mask.stream.write_keystream(stream);
            if mask.added { ring::add(stretch, stream) } else { ring::subtract(stretch, stream) }
        }
    }
}
