//! Hosting of several runs at once, by the coordinator that leads.
//!
//! A run is checked and planned whole when it is submitted ([`Host::submit`]); what the next leader needs to go on with it
//! is kept in its store then. It waits for its turn, is driven by [`crate::run`], and is gone on with by whoever leads
//! next, planned anew from the same launch: a plan that is not the same stops the run and says what differs.

mod census;
mod drive;
mod error;
mod host;
mod planned;
mod progress;
mod queue;
mod submit;
mod view;
mod vitals;

pub use census::{Census, Shards};
pub use error::HostError;
pub use host::{Host, Means};
