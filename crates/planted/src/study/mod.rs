//! How often the analysis finds what was planted, and how often it finds what was not.

mod figures;
mod key_features;
mod one;
mod rate;
mod years;

pub use figures::{Figure, figures, table};
pub use key_features::{KeyFeatures, key_features};
pub use one::{Found, Recovered, Settings, recover};
pub use rate::{Rate, clopper_pearson};
pub use years::{Cell, YearFindings};
