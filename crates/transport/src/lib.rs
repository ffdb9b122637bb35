//! TLS between processes: who a certificate says its holder is, and what that role may call.
//!
//! A certificate's holder is a role in a realm, written as the one URI name `spiffe://<realm>/renkei/<role>/<name>`.
//! A realm is a hospital (its cluster: coordinators, workers, users) or a consortium (a hub, its sites and leads).
//! A [`server()`] lets nobody in without a certificate of its own authority, and its [`Gate`] refuses every call that
//! no [`Rules`] open to the caller's role and realm. [`Servers`] dials only those whose certificate names the role that
//! the caller's role dials, in the caller's own realm.
//!
//! A hospital brings its own certificates to its cluster; a trial has an [`Authority`] for a while. A consortium's hub
//! keeps one in a folder: a site comes to its [`enrolment_server`] by an [`enrolment_channel`], without a certificate, and
//! leaves with one for the key of its [`CertificateRequest`].

pub mod authority;
pub mod client;
pub mod credentials;
pub mod error;
pub mod identity;
pub mod limits;
mod provider;
pub mod server;

pub use authority::{Authority, CertificateRequest, Issued, MAX_REQUEST_BYTES, Validity};
pub use client::{Found, Servers, enrolment_channel, is_lost, reason};
pub use credentials::{Credentials, Files};
pub use error::{Error, Unclear};
pub use identity::{Identity, Role};
pub use provider::install_ring;
pub use server::{Connection, Gate, GatedServer, Rules, enrolment_server, incoming, server};
