//! Cohorts from real and from broken tables.
//!
//! `cfg(test)` is always on here; it tells clippy that these modules may unwrap.

#[cfg(test)]
mod baselines;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod hospitals;
#[cfg(test)]
mod leakage;
#[cfg(test)]
mod missing;
#[cfg(test)]
mod new_cases;
#[cfg(test)]
mod opt_outs;
#[cfg(test)]
mod place;
#[cfg(test)]
mod privacy;
#[cfg(test)]
mod questions;
#[cfg(test)]
mod real;
#[cfg(test)]
mod recurrence;
#[cfg(test)]
mod slides;
#[cfg(test)]
mod sql;
#[cfg(test)]
mod tables;
