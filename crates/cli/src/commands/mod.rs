//! One command, one file or folder.

pub(crate) mod cluster;
pub(crate) mod cohort;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod erase;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod gc;
pub(crate) mod plan;
pub(crate) mod records;
pub(crate) mod run;
pub(crate) mod score;
pub(crate) mod sql;
pub(crate) mod status;
pub(crate) mod submit;
pub(crate) mod verify;
