//! Secure sums: totals for every set of survivors, and the attacks that must fail.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod attacks;
mod inputs;
mod protocol;
mod restart;
mod rounds;
mod sums;
mod uniform;
