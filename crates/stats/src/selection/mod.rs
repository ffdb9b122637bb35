//! Which predictors are chosen again and again: stability selection on the elastic net, and the mRMR order.

mod relevance;
mod stability;

pub use relevance::{Ranked, relevance_order};
pub use stability::{StabilitySelection, StabilitySettings, stability_selection};
