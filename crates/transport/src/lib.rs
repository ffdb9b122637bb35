//! Mutual TLS between processes: who a certificate says its holder is, and what that role may call.
//!
//! A certificate's holder is a role at a site, written as the one URI name `spiffe://<site>/renkei/<role>/<name>`.
//! A [`server()`] lets nobody in without a certificate of its own authority, and its [`Gate`] refuses every call that
//! no [`Rules`] open to the caller's role and site. [`Coordinators`] dial only servers whose certificate names a
//! coordinator of the caller's own site. Real hospitals bring their own certificates; [`Authority`] is for trials.

pub mod authority;
pub mod client;
pub mod credentials;
pub mod error;
pub mod identity;
pub mod limits;
mod provider;
pub mod server;

pub use authority::{Authority, Issued, Validity};
pub use client::{Coordinators, Found, is_lost, reason};
pub use credentials::{Credentials, Files};
pub use error::{Error, Unclear};
pub use identity::{Identity, Role};
pub use provider::install_ring;
pub use server::{Connection, Gate, GatedServer, Rules, incoming, server};
