//! Discrete-time yearly hazard (Cox 1972 for the logit link, Prentice and Gloeckler 1978 for the complementary log-log link):
//! P(event in year k | alive at its start) = link^-1(intercept of the year + predictors), with the same effect of a predictor
//! in every year or with one effect a year. R: `glm(binomial)` on person-years.
//!
//! Whether effects differ by year is answered by [`test_year_effects`], on unpenalised fits. [`fit_shrunk`] is for the picture
//! of effects by year only.

mod bootstrap;
mod fit;
mod likelihood;
mod link;
mod person_years;
mod shrunk;
mod sums;
mod year_test;
mod years;

pub use fit::{Effects, HazardFit, fit};
pub use likelihood::Curvature;
pub use link::Link;
pub use person_years::{PersonYears, YearRows};
pub use shrunk::{Shrinkage, fit_shrunk};
pub use sums::{HazardModel, HazardSums};
pub use year_test::{YearEffectsTest, test_year_effects};
pub use years::{Years, choose_years};
