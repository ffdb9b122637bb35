//! Secure sums after Bonawitz et al. 2017: double masking, agreed survivors, three survivors or nothing.
//!
//! The hub learns the totals over the sites that took part to the end, and nothing else (`docs/privacy.md` states the
//! adversary and the claim). One round goes through five phases; a site answers each message of the hub with one
//! message:
//!
//! | phase | the hub sends | a site answers |
//! |---|---|---|
//! | keys | the [`RoundTerms`] | fresh public keys, signed |
//! | shares | everyone's signed keys | shares of its two secrets, sealed for each other site |
//! | masked | the shares meant for it | its vector under all pairwise masks and its own |
//! | survivors | who sent a vector | its signature over that list, once |
//! | unmask | at least a threshold of such signatures | per site one share: of its own mask, or of its mask key |
//!
//! [`SiteRounds`] and [`HubRound`] are the two ends, without transport or clock. Their state serialises: **save it
//! before what it answered is sent**, and after a restart send the same message again; a site answers an equal message
//! equally.
//!
//! Source: K. Bonawitz et al., "Practical Secure Aggregation for Privacy-Preserving Machine Learning", CCS 2017, the
//! protocol with the consistency check (section 6.2), signed keys and a threshold above half of the sites.

mod error;
mod hexed;
mod hub;
mod keys;
mod mask;
mod message;
mod ring;
mod rounds;
mod seal;
mod shamir;
mod site;
mod terms;

pub use error::SecureError;
pub use hub::{HubRound, HubStep, Totals};
pub use keys::{AgreementKey, Keys};
pub use message::{
    HubMessage, Masked, Phase, Piece, Sealed, SealedShare, Shares, Signed, SiteMessage, Survivors, Unmask,
};
pub use ring::{Input, MAX_NUMBERS, RingVector};
pub use rounds::SiteRounds;
pub use site::SiteRound;
pub use terms::{Layout, MAX_SITES, MIN_SURVIVORS, RoundTerms, Seat, usual_threshold};
