//! The wire as others see it: its promise to older and newer sides, its faults, and a real server.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed test panics")]

mod contract;
mod faults;
mod golden;
mod round_trip;
mod samples;
mod server;
