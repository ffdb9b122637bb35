//! The statistics against reference values, plain computation, invariances and bad input.

#[cfg(test)]
mod competing;
#[cfg(test)]
mod cox;
#[cfg(test)]
mod discrimination;
#[cfg(test)]
mod elastic_net;
#[cfg(test)]
mod features;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod hazard;
#[cfg(test)]
mod horizon;
#[cfg(test)]
mod imputation;
#[cfg(test)]
mod prediction;
#[cfg(test)]
mod selection;
#[cfg(test)]
mod survival;
