//! A hub, sites and a lead over real mutual TLS on loopback, each in a runtime of its own that can be killed.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed test panics")]

mod enrolment;
mod faults;
mod lost;
mod people;
mod strangers;
mod study;
mod whole;
mod world;
