//! Plans a run, drives its stages through an engine, counts commits and seals the result.
//!
//! [`planner`] decides (pure), [`engine`] runs shards (never trusted), [`desk`] knows who tries which, [`ledger`] keeps
//! the few facts about runs, [`lead`] finds who may write them, [`run`] is the loop that brings them together.
//! [`runs`] hosts several runs at once for as long as this coordinator leads, [`server`] is the process, [`config`] what it is told.

pub mod config;
pub mod desk;
pub mod engine;
pub mod error;
pub mod lead;
pub mod ledger;
pub mod planner;
pub mod run;
pub mod runs;
pub mod server;

pub use error::{Refusal, RunError};
