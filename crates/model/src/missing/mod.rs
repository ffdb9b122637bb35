//! Predictors without a value: what is filled in, learned in the training part alone.

mod fill;
mod method;
mod prepare;

pub(crate) use fill::Fill;
pub(crate) use method::method;
pub(crate) use prepare::{Prepared, prepare};
