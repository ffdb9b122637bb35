//! How somebody becomes a member: an invitation with a secret that works once, and a certificate by the consortium's authority.
//!
//! The hub's operator writes an [`Invitation`] and gives it to the invited over a channel that both trust. The invited draws
//! its keys at home, and sends the secret with a certificate request and a signature of its ed25519 key over both
//! ([`accept`]). The hub burns the secret before it answers. What leaves the invited is public; what the hub keeps of the
//! secret is its SHA-256.

mod accept;
mod book;
mod invitation;
mod issuer;
mod service;

pub use accept::{Enrolled, HUB_KEY, SIGNING_KEY, TLS, accept};
use book::Book;
pub(crate) use book::take;
pub use invitation::{Invitation, Member, Whereabouts, invite};
pub use issuer::Issuer;
pub(crate) use service::Desk;
