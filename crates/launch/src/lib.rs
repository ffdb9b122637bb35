//! From a spec to opened and checked inputs: what command line, coordinator and worker share, so that a run means the
//! same wherever it is planned and wherever its shards are computed.

mod error;
mod frozen;
mod grid;
mod identity;
mod inputs;
mod models;
mod records;
mod selection;
mod spec;

pub use error::LaunchError;
pub use frozen::{Frozen, NewLaunch, cells};
pub use grid::grid_wish;
pub use identity::{identity, own_identity, site_key};
pub use inputs::Inputs;
pub use models::{check_models, model_input};
pub use records::{Check, RecordsHalf, Warning};
pub use selection::Selection;
pub use spec::Launch;
