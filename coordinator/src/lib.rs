//! Plans a run, drives its stages through an engine, counts commits and seals the result.
//!
//! [`planner`] decides (pure), [`engine`] runs shards (never trusted), [`ledger`] keeps the few facts about runs,
//! [`run`] is the loop that brings them together.

pub mod engine;
pub mod error;
pub mod ledger;
pub mod planner;
pub mod run;

pub use error::RunError;
