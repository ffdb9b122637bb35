//! A whole study in one process: three real hospitals and a hub that sees totals only.
#![expect(clippy::unwrap_used, reason = "tests")]

mod gate;
mod hospitals;
mod study;
mod whole;
