//! The worker as a process, against coordinators that follow a script, over mutual TLS.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bench;
mod coordinator;
mod joining;
mod leaving;
mod runs;
mod shards;
mod trial;
