//! The protocol on synthetic cohorts with a known truth, on a real cohort against R, and on input that it must refuse.

#[cfg(test)]
mod baselines;
#[cfg(test)]
mod cleveland;
#[cfg(test)]
mod cohort;
#[cfg(test)]
mod frozen;
#[cfg(test)]
mod fusion;
#[cfg(test)]
mod horizons;
#[cfg(test)]
mod hospitals;
#[cfg(test)]
mod invariance;
#[cfg(test)]
mod missing;
#[cfg(test)]
mod planted;
#[cfg(test)]
mod refused;
