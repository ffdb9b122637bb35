//! A cluster on this machine, for trying things out: real etcd, a real S3 server, mutual TLS, separate processes.

mod etcd;
mod files;
mod ports;
mod processes;
mod seaweed;
mod start;

pub(crate) use processes::Processes;
pub(crate) use start::{Started, up};
