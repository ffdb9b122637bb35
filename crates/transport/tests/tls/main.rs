//! Real connections over loopback: who gets in, who does not, and what a lost connection comes back from.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod calls;
mod certificates;
mod consortium;
mod credentials;
mod enrolment;
mod kept;
mod partition;
mod proxy;
mod requests;
mod thief;
mod trial;
