//! Logistic regression of the event by a horizon under censoring (Zheng, Cai and Feng 2006; Blanche, Holt and Scheike
//! 2023): each case whose state at the horizon is known counts with its inverse probability of censoring weight.
//!
//! No hazard is modelled and nothing is proportional over time: the odds ratios hold for that horizon. Where censoring
//! depends on the predictors they are biased; the weights know the time only.

mod fit;

pub use fit::{HorizonLogistic, fit};
