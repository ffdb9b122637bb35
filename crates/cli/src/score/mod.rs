//! New cases by the models of a sealed run.

mod cases;
mod frozen_run;
mod slides;
mod tables;

pub(crate) use cases::{Cases, ScoredCase, Tiles};
pub(crate) use frozen_run::FrozenRun;
pub(crate) use slides::{Embedded, cases_of, embed};
pub(crate) use tables::{contributions, of_scored, scores};
