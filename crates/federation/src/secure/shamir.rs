//! Shares of 32 secret bytes (Shamir 1979, over GF(2^8), by `blahaj`), one for each seat at the point of its number.

use blahaj::{Share, Sharks};
use zeroize::{Zeroize, Zeroizing};

use super::keys::Secret;
use super::{RoundTerms, Seat, SecureError};

/// A share without its point, which is the holder's seat.
pub(super) type ShareBytes = Zeroizing<[u8; 32]>;

/// One share for every seat of the terms, in order of seats; any threshold of them rebuild the secret.
pub(super) fn split(
    terms: &RoundTerms,
    secret: &Secret,
    rng: &mut impl rand::CryptoRng,
) -> Result<Vec<ShareBytes>, SecureError> {
    Sharks(terms.threshold()).dealer_rng(secret.bytes(), rng).take(terms.sites()).map(bytes).collect()
}

fn bytes(mut share: Share) -> Result<ShareBytes, SecureError> {
    let mut bytes = ShareBytes::default();
    if share.y.len() != bytes.len() {
        return Err(SecureError::Primitive);
    }
    bytes.iter_mut().zip(&share.y).for_each(|(byte, element)| *byte = element.0);
    share.y.iter_mut().for_each(|element| element.0.zeroize());
    Ok(bytes)
}

/// The secret from the shares that distinct seats hold; `None` below the threshold. That it is the right one is for the
/// caller to check.
pub(super) fn rebuild(terms: &RoundTerms, shares: &[(Seat, &[u8; 32])]) -> Option<Secret> {
    let points: Vec<Zeroizing<Vec<u8>>> =
        (shares.iter()).map(|(seat, share)| Zeroizing::new([&[seat.number()][..], &share[..]].concat())).collect();
    let mut shares: Vec<Share> =
        points.iter().map(|point| Share::try_from(point.as_slice()).ok()).collect::<Option<_>>()?;
    // `recover` counts distinct points but would interpolate over repeats too: seats come from a map, so there are
    // none.
    let secret = Zeroizing::new(Sharks(terms.threshold()).recover(&shares).ok()?);
    shares.iter_mut().flat_map(|share| &mut share.y).for_each(|element| element.0.zeroize());
    <[u8; 32]>::try_from(secret.as_slice()).ok().map(Secret::from)
}
