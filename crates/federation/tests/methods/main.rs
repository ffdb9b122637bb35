//! Federated methods against the ordinary functions on pooled rows, against reference values, and with bad input.

#[cfg(test)]
mod certificate;
#[cfg(test)]
mod cohort;
#[cfg(test)]
mod equality;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod protocol;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod splits;
