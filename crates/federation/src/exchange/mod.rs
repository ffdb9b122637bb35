//! One study from its first round to its last, at the hub and at a site: orders, methods, secure sums, the door out and the
//! log put together. Still without transport and clock: a driver carries [`Call`]s and [`Reply`]s, saves the state after
//! every step, and tells the time.
//!
//! The hub asks each site with a [`Call`] that is whole: a site that has forgotten nothing but the last answer gives the same
//! [`Reply`] again. Nothing the hub says is believed: the site takes method, parameters, sites and thresholds from the signed
//! spec that its people approved, and checks the rest against it.

mod call;
mod describe;
mod hub;
mod refusal;
mod site;
mod uses;

pub use call::{Call, Reply};
pub use hub::{HubDesk, Progress, UseResult};
pub use refusal::{HubError, Refusal};
pub use site::{Answered, Door, SiteDesk};
pub use uses::RoundNumber;
