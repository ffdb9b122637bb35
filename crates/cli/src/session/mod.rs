//! From the command line to the parts that commands work with.

mod control;
mod launch;
mod machine;
mod opened;

pub(crate) use control::ledger_of;
pub(crate) use launch::{Launch, Prepared};
pub(crate) use machine::{Machine, site_key};
pub(crate) use opened::OpenedRun;
