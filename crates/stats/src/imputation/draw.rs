//! Random numbers of the distributions that imputation needs.

use nalgebra::{DMatrix, DVector};
use rand::RngExt;
use rand_chacha::ChaCha12Rng;

use crate::distribution::normal_quantile;

/// A number between 0 and 1, neither of them.
fn open(generator: &mut ChaCha12Rng) -> f64 {
    (f64::from(generator.random::<u32>()) + 0.5) / 4_294_967_296.0
}

/// A standard normal number, by inversion.
pub(super) fn normal(generator: &mut ChaCha12Rng) -> f64 {
    normal_quantile(open(generator))
}

/// A chi-square number with `degrees` of freedom, at least 1 (Marsaglia and Tsang 2000 for the gamma distribution; below a shape
/// of 1 by a square).
pub(super) fn chi_square(generator: &mut ChaCha12Rng, degrees: usize) -> f64 {
    if degrees < 2 {
        return normal(generator).powi(2);
    }
    let d = degrees as f64 / 2.0 - 1.0 / 3.0;
    let c = (9.0 * d).sqrt().recip();
    loop {
        let x = normal(generator);
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && open(generator).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return 2.0 * d * v;
        }
    }
}

/// A draw around `mean`; `root` times its transpose is the covariance.
pub(super) fn around(generator: &mut ChaCha12Rng, mean: &DVector<f64>, root: &DMatrix<f64>) -> DVector<f64> {
    let steps = DVector::from_fn(mean.len(), |_, _| normal(generator));
    mean + root * steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resample::generator;

    #[test]
    fn draws_have_the_moments_of_their_distribution() {
        let mut source = generator(5, 0);
        for degrees in [1, 2, 7, 300] {
            let draws: Vec<f64> = (0..40_000).map(|_| chi_square(&mut source, degrees)).collect();
            let (expected, count) = (degrees as f64, draws.len() as f64);
            let mean = draws.iter().sum::<f64>() / count;
            let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
            assert!((mean - expected).abs() < 5.0 * (2.0 * expected / count).sqrt(), "{degrees} {mean}");
            assert!((variance / (2.0 * expected) - 1.0).abs() < 0.1, "{degrees} {variance}");
        }
        let draws: Vec<f64> = (0..40_000).map(|_| normal(&mut source)).collect();
        assert!(draws.iter().sum::<f64>().abs() / 40_000.0 < 0.02);
        assert!((draws.iter().filter(|x| x.abs() < 1.0).count() as f64 / 40_000.0 - 0.6827).abs() < 0.01);
    }
}
