//! The demo's input: real records and real tissue of different people, joined by a planted and printed link.
//!
//! `deploy/demo/fetch` brings a slide, an encoder and a cohort. [`prepare`] sorts the slide's stored tiles by how they
//! look, without any outcome, and composes one pseudo-slide a man: a field of sparse tiles with one dense lesion, whose size
//! depends on the man's real outcome through the rule that [`PlantDescription`] prints. So a run has a truth to find:
//! [`check_surface`] tells whether its risk surface found the lesion. None of it supports a clinical claim.

mod cohort;
mod components;
mod error;
mod folder;
mod layout;
mod plant;
mod prepare;
mod source;
mod spec;
mod truth;

pub use error::DemoError;
pub use plant::PlantDescription;
pub use prepare::{Prepared, prepare};
pub use truth::{SurfaceCheck, Truth, check_surface};
