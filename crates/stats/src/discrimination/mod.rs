//! How well a risk score orders the cases: Harrell's and Uno's concordance, the cumulative/dynamic AUC and, where
//! nobody is censored before the horizon, the AUC of DeLong.

mod auc;
mod concordance;
mod delong;
mod pairs;
mod ranks;
mod uno;

pub use auc::{TimeAuc, auc_difference, cumulative_dynamic_auc};
pub use concordance::{Concordance, concordance};
pub use delong::{DeLong, delong};
pub use uno::{UnoConcordance, uno_concordance};
