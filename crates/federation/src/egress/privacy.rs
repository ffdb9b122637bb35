//! Optional differential privacy: the analytic Gaussian mechanism, and a ledger of what a study has spent at a site.
//!
//! Noise after Balle & Wang, "Improving the Gaussian mechanism for differential privacy" (ICML 2018, theorem 8): the
//! exact delta of Gaussian noise for every epsilon. Composition after Dong, Roth & Su, "Gaussian differential privacy"
//! (JRSS B 84, 2022, corollary 3.3): Gaussian mechanisms of mu = sensitivity / sigma compose to one of
//! mu = sqrt(sum mu^2), exactly; mu^2 / 2 is the rho of zero-concentrated differential privacy (Bun & Steinke 2016),
//! which adds up too. The budget is spent when the composed mechanism's delta at the budget's epsilon exceeds its delta.

use rand::CryptoRng;
use renkei_stats::distribution::{normal_quantile, normal_upper_tail};
use serde::{Deserialize, Serialize};

use crate::study::{PrivacyBudget, SpecHash};

/// Epsilon beyond this protects nobody, and its exponential leaves the numbers' range.
const MOST_EPSILON: f64 = 100.0;
/// What rounding may add to a composed delta, relative.
const ROUNDING: f64 = 1e-9;
/// Halvings of the interval in which the scale is sought: enough for the last bit.
const HALVINGS: usize = 200;

/// Why no noise can be given.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PrivacyError {
    /// A parameter that is none.
    #[error("epsilon above 0 and at most {MOST_EPSILON}, delta between 0 and 1 and a sensitivity above 0 are needed")]
    Setting,
    /// The budget does not hold this release too.
    #[error(
        "the budget of epsilon {epsilon} and delta {delta} is spent: with this release delta would be {would_be}; what \
         would pass: a release with less epsilon or delta, or none"
    )]
    Spent {
        /// The budget's epsilon.
        epsilon: f64,
        /// The budget's delta.
        delta: f64,
        /// Delta at that epsilon, were this released too.
        would_be: f64,
    },
    /// Noise was drawn for this round: fresh noise on the same numbers would spend again.
    #[error("round {round} of '{method_use}' was given noise before: send the bytes that left then")]
    Again {
        /// The use of the method.
        method_use: String,
        /// The round.
        round: u32,
    },
}

/// The delta of Gaussian noise at `epsilon`, for noise of `scale` standard deviations per unit of L2 sensitivity:
/// Phi(1/(2 s) - epsilon s) - exp(epsilon) Phi(-1/(2 s) - epsilon s).
#[must_use]
pub fn delta(scale: f64, epsilon: f64) -> f64 {
    let half = 0.5 / scale;
    (normal_upper_tail(epsilon * scale - half) - epsilon.exp() * normal_upper_tail(epsilon * scale + half)).max(0.0)
}

/// The least standard deviation of Gaussian noise per number that makes a release of L2 `sensitivity` (the most by which
/// one person moves the whole vector) differentially private with `budget`.
///
/// # Errors
/// When a parameter is out of its range.
pub fn noise_scale(budget: PrivacyBudget, sensitivity: f64) -> Result<f64, PrivacyError> {
    let PrivacyBudget { epsilon, delta: at_most } = budget;
    let budget_fits = epsilon > 0.0 && epsilon <= MOST_EPSILON && at_most > 0.0 && at_most < 1.0;
    let sensitivity_fits = sensitivity > 0.0 && sensitivity.is_finite();
    if !(budget_fits && sensitivity_fits) {
        return Err(PrivacyError::Setting);
    }
    // Delta falls with the scale. Halve between a scale too small and one large enough; keep the latter.
    let (mut small, mut enough) = (0.0, 1.0);
    while delta(enough, epsilon) > at_most {
        enough *= 2.0;
    }
    for _ in 0..HALVINGS {
        let middle = 0.5 * (small + enough);
        if delta(middle, epsilon) > at_most { small = middle } else { enough = middle }
    }
    Ok(enough * sensitivity)
}

/// A standard normal number from `random`, by the quantile of a uniform one of 53 bits: at most 8.3 in size. As any
/// floating-point noise it is open to Mironov's attack on the last bits (CCS 2012); rounding to the fixed point of the
/// secure sums comes after it.
pub fn gaussian(random: &mut impl CryptoRng) -> f64 {
    let uniform = ((random.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    normal_quantile(uniform)
}

/// One release that was given noise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spent {
    /// The use of the method, by its name in the study.
    pub method_use: String,
    /// The round.
    pub round: u32,
    /// What it was released with.
    pub with: PrivacyBudget,
    /// The square of sensitivity over standard deviation.
    pub mu_squared: f64,
}

/// What one study has spent at one site. Serialised, it is all that a restart needs; store it before the bytes leave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    study: SpecHash,
    budget: PrivacyBudget,
    spent: Vec<Spent>,
}

impl Ledger {
    /// A ledger with nothing spent.
    #[must_use]
    pub fn new(study: SpecHash, budget: PrivacyBudget) -> Self {
        Self { study, budget, spent: Vec::new() }
    }

    /// The study.
    #[must_use]
    pub fn study(&self) -> SpecHash {
        self.study
    }

    /// Everything spent.
    #[must_use]
    pub fn spent(&self) -> &[Spent] {
        &self.spent
    }

    /// Delta of everything spent together, at the budget's epsilon.
    #[must_use]
    pub fn composed_delta(&self) -> f64 {
        self.delta_at(self.spent.iter().map(|spent| spent.mu_squared).sum())
    }

    fn delta_at(&self, mu_squared: f64) -> f64 {
        if mu_squared > 0.0 { delta(mu_squared.sqrt().recip(), self.budget.epsilon) } else { 0.0 }
    }

    /// Spends `with` on a round and returns the standard deviation of the noise for every number of its vector, whose
    /// L2 sensitivity to one person is `sensitivity`.
    ///
    /// # Errors
    /// When the budget does not hold it, the round was given noise before, or a parameter is out of range; then nothing
    /// is spent.
    pub fn spend(
        &mut self,
        method_use: &str,
        round: u32,
        with: PrivacyBudget,
        sensitivity: f64,
    ) -> Result<f64, PrivacyError> {
        if self.spent.iter().any(|spent| spent.method_use == method_use && spent.round == round) {
            return Err(PrivacyError::Again { method_use: method_use.to_owned(), round });
        }
        let scale = noise_scale(with, sensitivity)?;
        let mu_squared = (sensitivity / scale).powi(2);
        let would_be = self.delta_at(self.spent.iter().map(|spent| spent.mu_squared).sum::<f64>() + mu_squared);
        let PrivacyBudget { epsilon, delta } = self.budget;
        if would_be > delta * (1.0 + ROUNDING) {
            return Err(PrivacyError::Spent { epsilon, delta, would_be });
        }
        self.spent.push(Spent { method_use: method_use.to_owned(), round, with, mu_squared });
        Ok(scale)
    }
}
