//! The sections, each from its part of the content.

pub(super) mod baselines;
pub(super) mod closing;
pub(super) mod cohort;
pub(super) mod identity;
pub(super) mod importance;
pub(super) mod key_features;
pub(super) mod models;
pub(super) mod nulls;
pub(super) mod risk;
pub(super) mod slides;
pub(super) mod survival;
pub(super) mod validation;
pub(super) mod yearly;
