//! Whole runs with the shipped program: the mission, interruption at any moment, bad input.

mod bad_input;
mod interrupted;
mod mission;
