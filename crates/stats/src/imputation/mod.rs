//! Missing values: multiple imputation by chained equations (van Buuren, Brand, Groothuis-Oudshoorn and Rubin 2006), and the
//! pooling of what is fitted on the imputations (Rubin 1987; Barnard and Rubin 1999; Li, Raghunathan and Rubin 1991).
//!
//! Numbers are drawn by predictive mean matching (Little 1988; five donors, as R `mice`), categories by Bayesian logistic
//! regressions with the augmentation of White, Daniel and Royston 2010 against separation. Where there is follow-up, the event
//! and the Nelson-Aalen estimate stand among the regressors (White and Royston 2009). Cases that a model has not seen are
//! filled in by regressions *without* the outcome, learned on the same completed cases.
//!
//! Values must be missing at random given what is observed: nothing here can see whether they are.

mod category;
mod chained;
mod conditional;
mod draw;
mod number;
mod pooling;
mod variable;

pub use chained::{Imputation, ImputationSettings, impute};
pub use pooling::{GroupWald, ImputedFit, Pooled, pool};
pub use variable::{Kind, Variable};
