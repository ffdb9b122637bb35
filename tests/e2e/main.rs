//! Whole runs with the shipped program: the mission, interruption at any moment, bad input.

#![expect(clippy::unwrap_used, reason = "whole files of test code: a failed unwrap is a failed test")]

mod bad_input;
mod interrupted;
mod mission;
mod s3;
mod score;
mod traces;
