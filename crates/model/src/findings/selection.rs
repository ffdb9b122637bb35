//! Which key features are chosen again and again.

use serde::{Deserialize, Serialize};

use super::Outcome;

/// How often key features are chosen, and in which order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Selection {
    /// Stability selection beside the records.
    pub stability: Outcome<Stability>,
    /// The first key features in the order of minimum redundancy and maximum relevance (Peng, Long and Ding 2005).
    pub relevance: Outcome<Vec<Relevance>>,
}

/// Stability selection (Meinshausen and Buehlmann 2010; Shah and Samworth 2013).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stability {
    /// Complementary pairs of halves.
    pub pairs: usize,
    /// Key features that one half may choose.
    pub most: usize,
    /// Share of the halves from which on a key feature is called stable.
    pub threshold: f64,
    /// Share of the halves that chose it, by key feature.
    pub share: Vec<f64>,
    /// Stable key features, by descending share.
    pub chosen: Vec<usize>,
    /// Bound on the expected number of key features called stable by chance.
    pub expected_false: f64,
}

/// One place of the order.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Relevance {
    /// The key feature.
    pub key_feature: usize,
    /// Its dependence on the outcome, in nats.
    pub relevance: f64,
    /// Its mean dependence on those before it, in nats.
    pub redundancy: f64,
}
