//! Principal components from moments that merge.

mod components;
mod moments;

pub use components::{Components, principal_components};
pub use moments::Moments;
pub(crate) use moments::check_rows;
