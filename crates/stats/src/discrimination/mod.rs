//! How well a risk score orders the cases: Harrell's and Uno's concordance and the cumulative/dynamic AUC.

mod auc;
mod concordance;
mod pairs;
mod ranks;
mod uno;

pub use auc::{TimeAuc, cumulative_dynamic_auc};
pub use concordance::{Concordance, concordance};
pub use uno::{UnoConcordance, uno_concordance};
