//! Predictors without a value: what is filled in, learned in the training part alone.

mod fill;
mod layout;
mod method;
mod multiple;
mod pooled;
mod prepare;

pub(crate) use fill::Fill;
pub(crate) use layout::Layout;
pub(crate) use method::method;
pub(crate) use multiple::{Imputed, Imputing, predict_imputed};
pub(crate) use pooled::describe_imputed;
pub(crate) use prepare::{Prepared, prepare};
