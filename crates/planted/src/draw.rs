//! Streams of random numbers: one seed a cohort, two streams a case, so that no case's draws depend on another's and an
//! outcome can be drawn anew over the same records and tiles.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;

/// What a stream is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    /// Hospital, records and tiles of a case.
    Case(usize),
    /// Events and loss of a case.
    FollowUp(usize),
    /// The stain of a hospital.
    Stain(usize),
}

pub(crate) fn generator(seed: u64, purpose: Purpose) -> ChaCha12Rng {
    let mut generator = ChaCha12Rng::seed_from_u64(seed);
    generator.set_stream(match purpose {
        Purpose::Case(case) => 3 * case as u64,
        Purpose::FollowUp(case) => 3 * case as u64 + 1,
        Purpose::Stain(hospital) => 3 * hospital as u64 + 2,
    });
    generator
}

/// A standard normal deviate (Box and Muller 1958).
pub(crate) fn normal(generator: &mut ChaCha12Rng) -> f64 {
    let (radius, angle): (f64, f64) = (generator.random(), generator.random());
    (-2.0 * (1.0 - radius).ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// An exponential deviate with mean 1.
pub(crate) fn exponential(generator: &mut ChaCha12Rng) -> f64 {
    -(1.0 - generator.random::<f64>()).ln()
}

/// A place, with chances in proportion to `weights` (not empty, none negative, one above 0).
pub(crate) fn choice(weights: &[f64], generator: &mut ChaCha12Rng) -> usize {
    let mut left = generator.random::<f64>() * weights.iter().sum::<f64>();
    for (place, weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 {
            return place;
        }
    }
    // Rounding used up the whole: the last place that has a chance.
    weights.iter().rposition(|weight| *weight > 0.0).unwrap_or(0)
}
