//! The analysis protocol of Renkei, as pure code: which survival models are fitted, how they are validated, what is tested.
//!
//! [`analyse`] takes an [`Input`] and gives [`Findings`]. It reads nothing, writes nothing and knows no clock; the same input,
//! settings and seed give the same bytes. The statistics are those of `renkei-stats`; what is decided here is the protocol.

pub mod baseline;
mod calibration;
mod check;
mod compare;
mod curves;
mod design;
mod error;
mod findings;
mod fit;
pub mod frozen;
mod fusion;
mod held_out;
mod horizons;
mod hospitals;
mod impacts;
mod input;
mod likelihood;
mod method;
mod missing;
mod model;
mod null;
mod order;
mod penalty;
mod protocol;
mod resampled;
mod scheme;
mod seeds;
mod selection;
mod years;

pub use error::ModelError;
pub use findings::*;
pub use input::{Column, Hospitals, Images, Input, Records};
pub use penalty::PENALTY_GRID;
pub use protocol::{analyse, check_records};
