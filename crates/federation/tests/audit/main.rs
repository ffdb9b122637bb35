//! Logs that were tampered with at every position, by those who lack the owner's key and by the owner.

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod heads;
#[cfg(test)]
mod tamper;
