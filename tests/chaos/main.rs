//! Faults in a cluster of real processes: each run must end with the Merkle root of an undisturbed embedded one, no
//! shard committed twice, none missing, nothing orphaned after `renkei gc`.

#![expect(clippy::unwrap_used, reason = "whole files of test code: a failed unwrap is a failed test")]

mod cancel;
mod clocks;
mod commits;
mod ground;
mod leaders;
mod networks;
mod poison;
mod servers;
mod workers;
