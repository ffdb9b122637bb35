//! The coordinator as a process: real TLS over loopback, facts in memory, workers that only talk.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod gate;
mod lead;
mod place;
mod program;
mod requests;
mod runs;
mod study;
mod talk;
