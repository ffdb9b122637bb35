//! What keys, tokens and masks are drawn from.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::Error;

/// A stream for secrets: `ChaCha20` under 256 bits of the machine's entropy.
pub fn secrets() -> Result<ChaCha20Rng, Error> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(Error::Entropy)?;
    Ok(ChaCha20Rng::from_seed(key))
}
