//! From the command line to the parts that commands work with.

mod control;
mod drive;
mod launch;
mod machine;
mod opened;

pub(crate) use control::ledger_of;
pub(crate) use drive::drive;
pub(crate) use launch::Ready;
pub(crate) use machine::{machine, site_key, site_key_file, stores};
pub(crate) use opened::{OpenedRun, location_of, runs_of};
