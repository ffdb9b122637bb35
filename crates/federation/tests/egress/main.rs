//! The one door out: the attacks it must find, on made cohorts and on pbc312, and the budget of noise.

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod linear;
#[cfg(test)]
mod preview;
#[cfg(test)]
mod privacy;
