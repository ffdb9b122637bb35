//! A consortium as processes: one hub, and sites that dial it. Nothing here computes; `renkei-federation` does.
//!
//! [`hub`] serves leads and sites and keeps what they decided and what came out; [`site`] answers for one hospital, through
//! the one door; [`HubClient`] is how sites and leads speak to the hub. Both sides keep their state in a [`Folder`] and may
//! be killed at any moment: what is sent was written before, and whatever is asked twice is answered alike.

mod client;
pub mod enrol;
mod error;
mod folder;
pub mod hub;
mod journal;
pub mod signer;
pub mod site;
pub mod wire;

pub use client::HubClient;
pub use error::Error;
pub use folder::{Folder, Held};
pub use journal::{Journal, LOG};
