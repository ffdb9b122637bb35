//! Does the work of a shard: reads, computes, writes artifacts, commits.
//!
//! [`StageRunner`] is what an engine calls. Each stage is one file under [`stages`]; it gets a [`Context`] (what the run
//! is made with) and an [`Attempt`] (where its artifacts go), and the runner commits what the attempt wrote.
//! As a process of a cluster it is [`agent`].

pub mod agent;
mod attempt;
pub mod config;
mod context;
mod error;
mod executor;
mod machine;
mod progress;
mod reading;
mod runner;
pub mod scoring;
pub mod stages;

pub use attempt::Attempt;
pub use context::Context;
pub use error::WorkerError;
pub use executor::{ExecutorSettings, StageExecutor};
pub use machine::{Machine, Models};
pub use progress::{Progress, Snapshot};
pub use runner::StageRunner;
