//! The study's documents, signatures and life, and the orders that a hub must not get through.

#[cfg(test)]
mod documents;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod life;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod policy;
