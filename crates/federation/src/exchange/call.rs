//! What goes between the hub and a site.

use serde::{Deserialize, Serialize};

use crate::{
    methods::Broadcast,
    secure::{HubMessage, RoundTerms, SiteMessage},
    study::Order,
};

/// The hub to one site: everything that the next answer needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Which round of which use of a method.
    pub order: Order,
    /// What is to be summed.
    pub broadcast: Broadcast,
    /// The terms of the secure sum.
    pub terms: RoundTerms,
    /// The next message of the secure sum; none at the start of an attempt.
    pub message: Option<HubMessage>,
}

/// A site to the hub.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// The round of the secure sum.
    pub round: u64,
    /// The attempt at it.
    pub attempt: u32,
    /// The message.
    pub message: SiteMessage,
}
