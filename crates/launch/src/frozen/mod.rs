//! A frozen run and new cases for it.

mod model;
mod new_cases;

pub use model::{Frozen, cells};
pub use new_cases::NewLaunch;
